"""From choosing a shop to the request being sent. Answers wait in the session, sealed, never in an address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from dsr.lifecycle import RequestType
from dsr.models import Shop, SubjectRequest
from dsr.policy.schema import Profile
from dsr.portal.accent import stylesheet
from dsr.portal.forms import FindForm
from dsr.portal.wrong_form import WrongForm
from dsr.records import Identity, IdentityKind
from dsr.web import access, residences, sealed_answers
from dsr.web.rate_limits import is_too_often
from dsr.workflow import intake, sealing
from dsr.workflow import shops as shop_book
from dsr.workflow.corrections import Asked


@dataclass(frozen=True, slots=True)
class Wish:
    """What can be asked for here: its right, its two pages, and what the person says by sending it."""

    right: RequestType
    find: str
    check: str
    words: str
    more: tuple[str, ...] = ()


WISHES = {
    each.right: each
    for each in (
        Wish(
            RequestType.ACCESS, "portal:find", "portal:check_answers", "A copy of the data {shop} holds about you",
        ),
        Wish(
            RequestType.ERASURE,
            "portal:find_to_delete",
            "portal:check_to_delete",
            "To have the data deleted that {shop} holds about you",
            (
                "A person checks what we found before anything is deleted.",
                ("Some things the law makes us keep for a time, such as what belongs to a purchase. You get a letter that says "
                "what was deleted, what was kept, why and until when."),
                "What is deleted cannot be brought back. If you would like to have it first, ask for a copy before this.",
            ),
        ),
        Wish(
            RequestType.CORRECTION,
            "portal:find_to_correct",
            "portal:check_to_correct",
            "To have corrected what {shop} has wrong about you",
            (
                "A person compares it with what we hold, in every place, before anything is changed.",
                ("What a past order or invoice says stays as it was then. You get a letter that says what was corrected, what "
                "was not and why."),
            ),
        ),
    )
}  # fmt: skip
MOST_REQUESTS_AN_HOUR = 60
"""By one visitor's address; several people behind one office or library share it."""
MOST_REQUESTS_A_DAY = 5
"""For one email address in one shop, known or not: each sends a mail there, and nobody's mailbox shall be filled by others."""


@access.anyone
@require_safe
def shops(request: HttpRequest) -> HttpResponse:
    """Choose a shop; where there is only one, go straight to it."""
    every = list(Shop.objects.all())
    if len(every) == 1:
        return redirect("portal:start", every[0].slug)
    return render(request, "portal/shops.html", {"shops": every})


@access.anyone
@require_safe
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """What can be done here, and how to reach a person for everything else."""
    shop = access.shop_or_404(slug)
    profile = shop_book.profile_of(shop, timezone.now())
    context = {
        "shop": shop,
        "profile": profile,
        "offers_access": profile.right(RequestType.ACCESS) is not None,
        "offers_correction": profile.right(RequestType.CORRECTION) is not None,
        "offers_erasure": profile.right(RequestType.ERASURE) is not None,
        "several_shops": Shop.objects.count() > 1,
    }
    return render(request, "portal/start.html", context)


@access.anyone
@require_safe
def accent(_request: HttpRequest, slug: str) -> HttpResponse:
    """The shop's accent colour as a stylesheet; its address changes with the colour, so it may be kept for a day."""
    profile = shop_book.profile_of(access.shop_or_404(slug), timezone.now())
    response = HttpResponse(stylesheet(profile.accent), content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@access.anyone
@require_http_methods(["GET", "HEAD", "POST"])
def wrong(request: HttpRequest, slug: str) -> HttpResponse:
    """What is wrong, and what should it say?"""
    shop = access.shop_or_404(slug)
    profile = shop_book.profile_of(shop, timezone.now())
    if not profile.right(RequestType.CORRECTION):
        return redirect("portal:start", slug)
    if request.method == "POST":
        form = WrongForm(request.POST, profile=profile)
        if form.is_valid():
            sealed_answers.keep(request, _wrong(shop), form.as_typed())
            return redirect("portal:find_to_correct", slug)
    else:
        form = WrongForm(initial=sealed_answers.kept(request, _wrong(shop)), profile=profile)
    return render(request, "portal/wrong.html", {"shop": shop, "profile": profile, "form": form})


@access.anyone
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest, slug: str, wish: RequestType = RequestType.ACCESS) -> HttpResponse:
    """How can we find you?"""
    shop = access.shop_or_404(slug)
    profile = shop_book.profile_of(shop, timezone.now())
    if not profile.right(wish):
        return redirect("portal:start", slug)
    if wish is RequestType.CORRECTION and not sealed_answers.kept(request, _wrong(shop)):
        return redirect("portal:wrong", slug)
    if request.method == "POST":
        form = FindForm(request.POST, profile=profile)
        if form.is_valid():
            sealed_answers.keep(request, _name(shop, wish), form.as_typed())
            return redirect(WISHES[wish].check, slug)
    else:
        form = FindForm(initial=sealed_answers.kept(request, _name(shop, wish)), profile=profile)
    before = reverse("portal:wrong" if wish is RequestType.CORRECTION else "portal:start", args=[slug])
    context = {"shop": shop, "profile": profile, "form": form, "wish": wish.value, "before": before}
    return render(request, "portal/find.html", context)


@access.anyone
@require_http_methods(["GET", "HEAD", "POST"])
def check_answers(request: HttpRequest, slug: str, wish: RequestType = RequestType.ACCESS) -> HttpResponse:
    """Check your answers, then send them."""
    shop = access.shop_or_404(slug)
    profile = shop_book.profile_of(shop, timezone.now())
    form = FindForm(sealed_answers.kept(request, _name(shop, wish)), profile=profile)
    if not form.is_valid() or not profile.right(wish):
        return redirect(WISHES[wish].find, slug)
    asked = _asked(request, shop, profile) if wish is RequestType.CORRECTION else ()
    if wish is RequestType.CORRECTION and not asked:
        return redirect("portal:wrong", slug)
    if request.method == "POST":
        if _asks_too_often(request, shop, form.identities()[0]):
            return render(request, "portal/too_often.html", {"shop": shop, "profile": profile}, status=429)
        return _send(request, shop, form, wish, asked)
    context = {
        "shop": shop,
        "profile": profile,
        "answers": _answers(form),
        "asked_for": WISHES[wish].words.format(shop=profile.name),
        "more": WISHES[wish].more,
        "asked": [(each.kind.label, each) for each in asked],
        "find_url": reverse(WISHES[wish].find, args=[slug]),
    }
    return render(request, "portal/check_answers.html", context)


def _asks_too_often(request: HttpRequest, shop: Shop, address: Identity) -> bool:
    mailbox = sealing.identity_digest(shop, address)
    return is_too_often(request, "ask", most=MOST_REQUESTS_AN_HOUR, seconds=3600) or is_too_often(
        request, "ask-for", most=MOST_REQUESTS_A_DAY, seconds=24 * 3600, who=mailbox
    )


def _wrong(shop: Shop) -> str:
    return f"wrong:{shop.slug}"


def _asked(request: HttpRequest, shop: Shop, profile: Profile) -> tuple[Asked, ...]:
    """What was said to be wrong two pages before; empty when it was not said, or forgotten since."""
    form = WrongForm(sealed_answers.kept(request, _wrong(shop)), profile=profile)
    return form.wishes() if form.is_valid() else ()


def _send(
    request: HttpRequest, shop: Shop, form: FindForm, wish: RequestType, asked: tuple[Asked, ...]
) -> HttpResponse:
    subject_request = intake.open_request(
        shop=shop,
        request_type=wish,
        identities=form.identities(),
        channel=SubjectRequest.Channel.PORTAL,
        residence=form.cleaned_data["residence"],
        wishes=asked,
        now=timezone.now(),
    )
    sealed_answers.forget(request, _name(shop, wish))
    sealed_answers.forget(request, _wrong(shop))
    access.remember(request, subject_request, access.OPENED)
    return redirect("portal:status", shop.slug, subject_request.reference)


def _answers(form: FindForm) -> list[dict[str, Any]]:
    """The rows of the page; the first address stands apart, because we write to it."""
    first, *others = form.identities()
    rows = [("Email", [first], "email")]
    rows += [
        ("Other emails", [each for each in others if each.kind == IdentityKind.EMAIL], "other_emails"),
        ("Phone numbers", [each for each in others if each.kind == IdentityKind.PHONE], "phones"),
        (
            "Customer numbers",
            [each for each in others if each.kind == IdentityKind.CUSTOMER_NUMBER],
            "customer_numbers",
        ),
    ]
    found = [(label, [each.value for each in values], name) for label, values, name in rows]
    lives = form.cleaned_data["residence"]
    found.append(("Where you live", [residences.name_of(lives)] if lives else [], "residence"))
    return [{"label": label, "values": values, "field_id": form[name].id_for_label} for label, values, name in found]


def _name(shop: Shop, wish: RequestType) -> str:
    return f"{wish.value}:{shop.slug}"
