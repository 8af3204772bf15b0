"""Publishing a shop's next policy: the text is read and compared first, then a button puts it in force."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from dsr.models import PolicyVersion, Shop
from dsr.policy.loader import ProfileError, parse_profile
from dsr.staff import policy_page
from dsr.staff.policy_form import PublishForm
from dsr.staff.signed_in import posted, staff_of
from dsr.staff.what_if import what_if
from dsr.web import access
from dsr.workflow import policies, shops
from dsr.workflow.actors import staff
from dsr.workflow.policies import NotPublished


@access.owner
def publish(request: HttpRequest, slug: str) -> HttpResponse:
    """Every mistake at once; without one, what would change; and with the button of that page, the new version."""
    user = staff_of(request)
    shop = access.owned_shop(user, slug)
    current = policies.in_force(shop, timezone.now())
    zone = shops.profile_in(current).time_zone
    form = PublishForm(*posted(request), zone=zone, initial={"text": current.text})
    if request.method == "POST" and form.is_valid() and "edit" not in request.POST and _is_readable(form, shop):
        if "publish" not in request.POST:
            shown = {**_about(shop), **_would_change(form, current)}
            if "count" in request.POST:
                shown |= what_if(shop, parse_profile(form.cleaned_data["text"], shop.slug), timezone.now())
            return render(request, "staff/policy_check.html", shown)
        made = _published(form, shop, user)
        if made is not None:
            messages.success(request, _told(made, shop))
            return redirect("staff:policy", slug)
    return render(request, "staff/policy_publish.html", {**_about(shop), "form": form, "current": current})


def _about(shop: Shop) -> dict[str, object]:
    return {"section": "policy", "shop": shop, "tab": "versions"}


def _is_readable(form: PublishForm, shop: Shop) -> bool:
    try:
        parse_profile(form.cleaned_data["text"], shop.slug)
    except ProfileError as error:
        for problem in error.problems:
            form.add_error("text", str(problem))
        return False
    return True


def _would_change(form: PublishForm, current: PolicyVersion) -> dict[str, object]:
    text = form.cleaned_data["text"]
    profile = parse_profile(text, current.shop.slug)
    return {
        "kept": form.kept(),
        "said": form.cleaned_data,
        "proofs": form.proofs(),
        "profile": profile,
        "current": current,
        "is_same": text == current.text,
        "warnings": policy_page.warnings(profile, current.shop),
        **policy_page.difference_of(shops.profile_in(current), profile),
        "unified": policy_page.unified(current.text, text),
    }


def _published(form: PublishForm, shop: Shop, user: User) -> PolicyVersion | None:
    said = form.cleaned_data
    try:
        return policies.publish(
            shop,
            profile_text=said["text"],
            actor=staff(user),
            now=timezone.now(),
            in_force_from=said["in_force_from"],
            is_material=said["is_material"],
            proofs=form.proofs(),
        )
    except NotPublished as error:
        form.add_error(None, str(error))
        return None


def _told(version: PolicyVersion, shop: Shop) -> str:
    if version.in_force_from > timezone.now():
        return f"Version {version.number} of {shop.name} is published and begins on its day."
    return (
        f"Version {version.number} of {shop.name} is in force. Requests that are open keep the version they came under."
    )
