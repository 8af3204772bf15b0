"""Shops: adding one, what it promises now, giving staff their roles."""

from __future__ import annotations

from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from dsr.clocks.arithmetic import day_of
from dsr.models import Membership, PolicyVersion, Shop, SubjectRequest
from dsr.policy.loader import default_profile, parse_profile
from dsr.policy.schema import Profile
from dsr.workflow import audit, policies
from dsr.workflow.actors import Actor
from dsr.workflow.connections import AlreadyThere

RESERVED = frozenset({"staff", "task", "partner", "dev", "static", "health"})
"""First words of the app's own addresses: a shop of such a name could not be reached."""


@transaction.atomic(durable=True)
def add_shop(*, slug: str, name: str, profile_text: str = "", actor: Actor, now: datetime) -> Shop:
    """Add a shop with its first policy version; without a text it gets the plain default profile.

    Raises AlreadyThere (also for a word that is the app's own address), or ProfileError with every mistake of the text.
    """
    if slug in RESERVED:
        raise AlreadyThere(f"{slug!r} is an address of the app itself; choose another word for the shop.")
    if Shop.objects.filter(slug=slug).exists():
        raise AlreadyThere(f"There is a shop {slug!r} already.")
    text = profile_text or default_profile(slug, name)
    shop = Shop.objects.create(slug=slug, name=name, created_at=now)
    audit.record_for_shop(shop, "shop.added", actor=actor, now=now, facts={"shop": slug})
    policies.publish_first(shop, profile_text=text, actor=actor, now=now)
    return shop


def profile_of(shop: Shop, now: datetime) -> Profile:
    """What the shop promises now."""
    return profile_in(policies.in_force(shop, now))


def profile_in(version: PolicyVersion) -> Profile:
    """What that version of the policy promises."""
    return parse_profile(version.text, version.shop.slug)


def today_of(subject_request: SubjectRequest, now: datetime) -> date:
    """The day it is where the shop is."""
    return day_of(now, profile_in(subject_request.policy_version).time_zone)


def give_role(user: User, role: Membership.Role, shop: Shop | None = None) -> Membership:
    """Let a member of staff work in one shop, or in all of them."""
    membership, _ = Membership.objects.update_or_create(user=user, shop=shop, defaults={"role": role})
    return membership


def owner_addresses(shop: Shop, profile: Profile) -> list[str]:
    """The owners' e-mail addresses; where none has one, the first mailbox that the shop published for its customers."""
    owners = Membership.objects.filter(Q(shop=None) | Q(shop=shop), role=Membership.Role.OWNER, user__is_active=True)
    found = owners.exclude(user__email="").values_list("user__email", flat=True).distinct()
    return sorted(found) or list(profile.contacts.emails[:1])
