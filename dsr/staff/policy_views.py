"""What a shop promised: its policy's versions, one of them in plain words, what differs between two, and its promises."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from dsr.clocks import regimes
from dsr.models import Membership, PolicyVersion, Shop
from dsr.policy.loader import ProfileError
from dsr.staff import policy_page
from dsr.staff.signed_in import staff_of
from dsr.web import access, plain_terms
from dsr.web.standing import standing_of
from dsr.workflow import backups, shops
from dsr.workflow import policies as policies_book


@access.owner
def policies(request: HttpRequest) -> HttpResponse:
    """The owner's shops; where there is only one, straight to its versions."""
    mine = list(access.shops_for(staff_of(request), Membership.Role.OWNER))
    if len(mine) == 1:
        return redirect("staff:policy", mine[0].slug)
    now = timezone.now()
    current = [policies_book.in_force(shop, now) for shop in mine]
    rows = [{"shop": version.shop, "version": version, **_profile(version)} for version in current]
    return render(request, "staff/policies.html", {"section": "policy", "rows": rows})


@access.owner
def versions(request: HttpRequest, slug: str) -> HttpResponse:
    """Every version of one shop's policy, newest first, and what a careful reader would mend in the one in force."""
    shop = access.owned_shop(staff_of(request), slug)
    context = {
        **_about(shop, "versions"),
        "rows": policy_page.rows(shop, timezone.now()),
        **_profile(policies_book.in_force(shop, timezone.now())),
    }
    if "profile" in context:
        context["backups_due"] = backups.due(shop, timezone.now())
    return render(request, "staff/policy_versions.html", context)


@access.owner
def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One version in plain words."""
    shop = access.owned_shop(staff_of(request), slug)
    chosen = _version(shop, number)
    profile = shops.profile_in(chosen)
    context = {
        **_about(shop, "versions"),
        "version": chosen,
        "standing": standing_of(chosen, timezone.now()),
        "who": policy_page.who([chosen])[chosen.published_by],
        "profile": profile,
        "chapters": [each for each in plain_terms.chapters(profile) if each.key != "kept"],
        "kept": plain_terms.kept(profile),
        "not_offered": profile.not_offered,
        "regimes": [regimes.title_of(code) for code in profile.regimes],
    }
    return render(request, "staff/policy_version.html", context)


@access.owner
def difference(request: HttpRequest, slug: str, before: int, after: int) -> HttpResponse:
    """What one version promises differently from another."""
    shop = access.owned_shop(staff_of(request), slug)
    pair = _version(shop, before), _version(shop, after)
    context = {**_about(shop, "versions"), "before": pair[0], "after": pair[1], **policy_page.difference(*pair)}
    return render(request, "staff/policy_difference.html", context)


def _version(shop: Shop, number: int) -> PolicyVersion:
    found = shop.policy_versions.select_related("shop").filter(number=number).first()
    if found is None:
        raise Http404
    return found


def _about(shop: Shop, tab: str) -> dict[str, Any]:
    return {"section": "policy", "shop": shop, "tab": tab}


def _profile(version: PolicyVersion) -> dict[str, Any]:
    """The profile and its warnings; a version that the app can no longer read says so instead of breaking the list."""
    try:
        profile = shops.profile_in(version)
    except ProfileError as error:
        return {"problem": error.problems[0]}
    return {"profile": profile, "warnings": policy_page.warnings(profile, version.shop)}
