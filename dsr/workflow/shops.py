"""Shops and what they promised: adding one, publishing its policy, giving staff their roles."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from dsr.models import Membership, PolicyVersion, Shop
from dsr.policy.loader import default_profile, parse_profile
from dsr.policy.schema import Profile
from dsr.workflow import audit
from dsr.workflow.actors import Actor


class AlreadyThere(Exception):
    """A shop or source of that name exists."""


RESERVED = frozenset({"staff", "task", "dev", "static"})
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
    parse_profile(text, slug)
    shop = Shop.objects.create(slug=slug, name=name, created_at=now)
    audit.record_for_shop(shop, "shop.added", actor=actor, now=now, facts={"shop": slug})
    _publish(shop, text, actor=actor, now=now)
    return shop


@transaction.atomic(durable=True)
def publish_policy(shop: Shop, *, profile_text: str, actor: Actor, now: datetime) -> PolicyVersion:
    """Put a new version of a shop's promises in force from now on; the same text again changes nothing."""
    parse_profile(profile_text, shop.slug)
    current = current_policy(shop)
    if current.text == profile_text:
        return current
    return _publish(shop, profile_text, actor=actor, now=now)


def current_policy(shop: Shop) -> PolicyVersion:
    """The version in force."""
    return shop.policy_versions.order_by("-number")[0]


def profile_of(shop: Shop) -> Profile:
    """What the shop promises today."""
    return profile_in(current_policy(shop))


def profile_in(version: PolicyVersion) -> Profile:
    """What that version of the policy promises."""
    return parse_profile(version.text, version.shop.slug)


def give_role(user: User, role: Membership.Role, shop: Shop | None = None) -> Membership:
    """Let a member of staff work in one shop, or in all of them."""
    membership, _ = Membership.objects.update_or_create(user=user, shop=shop, defaults={"role": role})
    return membership


def _publish(shop: Shop, text: str, *, actor: Actor, now: datetime) -> PolicyVersion:
    number = shop.policy_versions.count() + 1
    digest = hashlib.sha256(text.encode()).hexdigest()
    version = PolicyVersion.objects.create(shop=shop, number=number, text=text, digest=digest, published_at=now)
    facts: dict[str, audit.Fact] = {"shop": shop.slug, "number": number, "digest": digest}
    audit.record_for_shop(shop, "policy.published", actor=actor, now=now, facts=facts)
    return version
