"""*What we promised*: the shop's whole policy in plain words, with a way to do each thing, its version and its date."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from dsr.clocks.words import RightCode
from dsr.models import PolicyVersion, Shop
from dsr.policy.schema import Profile
from dsr.policy.terms import WayIn
from dsr.web import access, plain_terms
from dsr.web.plain_terms import Item
from dsr.web.standing import standing_of
from dsr.workflow import policies, shops

FORMS = {
    RightCode.ACCESS: "portal:find",
    RightCode.CORRECTION: "portal:wrong",
    RightCode.ERASURE: "portal:find_to_delete",
}
"""The rights that have a form of their own here; for the others a person is written to or called."""


@dataclass(frozen=True, slots=True)
class Door:
    """One way to do it, here and now: a page of ours, a mail or a call."""

    words: str
    address: str
    is_main: bool = False
    phone: str = ""


@dataclass(frozen=True, slots=True)
class RightLine:
    """One right, and the doors to it."""

    item: Item
    doors: tuple[Door, ...]


@access.anyone
@require_safe
def promised(request: HttpRequest, slug: str) -> HttpResponse:
    """What the shop promises today."""
    shop = access.shop_or_404(slug)
    return _page(request, shop, policies.in_force(shop, timezone.now()))


@access.anyone
@require_safe
def promised_then(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """What another version says: an earlier one, which requests of its time still go by, or one to come."""
    shop = access.shop_or_404(slug)
    version = shop.policy_versions.filter(number=number).first()
    if version is None:
        raise Http404
    return _page(request, shop, version)


def _page(request: HttpRequest, shop: Shop, version: PolicyVersion) -> HttpResponse:
    then = shops.profile_in(version)
    now = timezone.now()
    today = shops.profile_of(shop, now)
    chapters = plain_terms.chapters(then)
    context = {
        "shop": shop,
        "profile": today,
        "then": then,
        "version": version,
        "standing": standing_of(version, now),
        "chapters": chapters,
        "rights": [
            RightLine(item, _doors(shop, today, item))
            for each in chapters
            if each.key == "rights"
            for item in each.items
        ],
    }
    return render(request, "portal/promised.html", context)


def _doors(shop: Shop, profile: Profile, item: Item) -> tuple[Door, ...]:
    found = []
    if item.right in FORMS and WayIn.PORTAL in item.ways:
        found.append(Door("Ask now", reverse(FORMS[item.right], args=[shop.slug]), is_main=True))
    if not found or WayIn.EMAIL in item.ways:
        found += [Door(f"Write to {email}", f"mailto:{email}") for email in profile.contacts.emails[:1]]
    if not found or WayIn.PHONE in item.ways:
        found += [Door("Call", f"tel:{phone}", phone=phone) for phone in profile.contacts.phones[:1]]
    return tuple(found)
