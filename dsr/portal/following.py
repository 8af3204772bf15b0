"""After the request was sent: confirming it, watching it, fetching the files, finding it again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from dsr.clocks.arithmetic import day_of
from dsr.exports.letter import Letter
from dsr.lifecycle import RequestType, State, Step, next_state
from dsr.models import Package, Shop, SubjectRequest
from dsr.portal import dates, pointing, proving
from dsr.portal import status as wording
from dsr.portal.forms import CheckRequestForm, CodeForm
from dsr.records import Identity, IdentityKind
from dsr.web import access
from dsr.web.rate_limits import is_too_often
from dsr.workflow import fulfilment, letters, review, sealing, shops, verification
from dsr.workflow.actors import CUSTOMER
from dsr.workflow.fulfilment import NotThere
from dsr.workflow.transitions import WrongState
from dsr.workflow.verification import CheckFailed

MOST_LOOKUPS = 20
STALE_CODE = "This code can no longer be used. Choose “Send it again” below for a new one"


@access.anyone
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """The page behind the link in our mail. Only its button confirms: mail scanners follow links too."""
    shop = access.shop_or_404(slug)
    now = timezone.now()
    try:
        subject_request = verification.find(token, now).subject_request
        is_of_shop = subject_request.shop_id == shop.pk
        if is_of_shop and request.method == "POST":
            subject_request = verification.confirm_by_token(token, now=now)
            access.remember(request, subject_request, access.CONFIRMED)
            return redirect("portal:status", slug, subject_request.reference)
    except CheckFailed:
        is_of_shop = False
    if not is_of_shop:
        context = {**_about(shop), "link_days": settings.DSR_LINK_HOURS // 24}
        return render(request, "portal/confirm_failed.html", context, status=404)
    is_first = subject_request.state == State.VERIFYING
    return render(
        request, "portal/confirm.html", {**_about(shop), "subject_request": subject_request, "is_first": is_first}
    )


@access.holder
@require_safe
def status(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Where the request stands, for the browser that opened or confirmed it; others are shown how to get a link."""
    try:
        subject_request, is_proved = access.my_request(request, slug, reference)
    except Http404:
        access.shop_or_404(slug)
        return redirect("portal:check_request", slug)
    return _status_page(request, subject_request, is_proved)


@access.holder
@require_safe
def progress(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """The part of the status page that changes by itself: nothing when nothing did, the whole page when the state did."""
    subject_request, _ = access.my_request(request, slug, reference)
    if request.GET.get("seen") != subject_request.state:
        response = HttpResponse()
        response.headers["HX-Refresh"] = "true"
        return response
    context = {**_progress(subject_request), "is_part": True}
    if request.GET.get("places", "") == context["places_seen"]:
        return HttpResponse(status=204)
    return render(request, "portal/parts/progress.html", context)


@access.holder
@require_POST
def code(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """The person types the six digits."""
    subject_request, is_proved = access.my_request(request, slug, reference)
    form = CodeForm(request.POST, action=request.path)
    if form.is_valid():
        try:
            confirmed = verification.confirm_by_code(subject_request, form.cleaned_data["code"], now=timezone.now())
        except CheckFailed as failure:
            form.add_error("code", _why(failure))
        else:
            access.remember(request, confirmed, access.CONFIRMED)
            return redirect("portal:status", slug, reference)
    return _status_page(request, subject_request, is_proved, form)


@access.holder
@require_POST
def send_again(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """A fresh link and code; the page says the same however many were sent before."""
    subject_request, _ = access.my_request(request, slug, reference)
    verification.send_again(subject_request, now=timezone.now())
    return redirect("portal:check_request_sent", slug)


@access.anyone
@require_http_methods(["GET", "HEAD", "POST"])
def check_request(request: HttpRequest, slug: str) -> HttpResponse:
    """Find a request again by reference and address: always the same answer, and a link by mail if they match."""
    shop = access.shop_or_404(slug)
    form = CheckRequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if is_too_often(request, "check_request", most=MOST_LOOKUPS, seconds=3600):
            return render(request, "portal/too_often.html", _about(shop), status=429)
        found = _find(shop, form.cleaned_data["reference"], form.cleaned_data["email"])
        if found is not None:
            verification.send_again(found, now=timezone.now())
        return redirect("portal:check_request_sent", slug)
    return render(request, "portal/check_request.html", {**_about(shop), "form": form})


@access.anyone
@require_safe
def check_request_sent(request: HttpRequest, slug: str) -> HttpResponse:
    """Look at your email."""
    return render(request, "portal/check_request_sent.html", _about(access.shop_or_404(slug)))


@access.holder
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """The person takes the request back, before anything is done: first what that means, then the button."""
    subject_request = access.my_confirmed_request(request, slug, reference)
    if not _may_stop(subject_request):
        return redirect("portal:status", slug, reference)
    if request.method == "POST":
        with suppress(WrongState):  # It may have begun meanwhile: the page says so.
            review.withdraw(subject_request, actor=CUSTOMER, now=timezone.now())
        return redirect("portal:status", slug, reference)
    return render(request, "portal/stop.html", {**_about(subject_request.shop), "subject_request": subject_request})


@access.holder
@require_GET
def download(request: HttpRequest, slug: str, reference: str, name: str) -> HttpResponseBase:
    """One file of the copy."""
    subject_request = access.my_confirmed_request(request, slug, reference)
    package = wording.package_of(subject_request, timezone.now())
    found = package.files.filter(name=name).first() if package else None
    if found is None:
        return redirect("portal:status", slug, reference)
    try:
        content = fulfilment.open_file(found, now=timezone.now())
    except NotThere:  # Its time ended between the two looks, or its file is gone from the storage.
        return redirect("portal:status", slug, reference)
    file_name = f"{reference}-{name.replace('/', '-')}"
    return _attachment(content, file_name, found.media_type, size=found.size)


@access.holder
@require_GET
def download_all(request: HttpRequest, slug: str, reference: str) -> HttpResponseBase:
    """All files of the copy in one archive."""
    subject_request = access.my_confirmed_request(request, slug, reference)
    package = wording.package_of(subject_request, timezone.now())
    if package is None:
        return redirect("portal:status", slug, reference)
    return _attachment(fulfilment.open_zip(package, now=timezone.now()), f"{reference}.zip", "application/zip")


def _status_page(
    request: HttpRequest, subject_request: SubjectRequest, is_proved: bool, code_form: CodeForm | None = None
) -> HttpResponse:
    now = timezone.now()
    promised = shops.profile_in(subject_request.policy_version)
    package = wording.package_of(subject_request, now)
    headline, explanation = wording.sentences(subject_request, promised, package, is_proved)
    context = {
        **_about(subject_request.shop),
        **_progress(subject_request),
        **_files(package, is_proved=is_proved),
        **(dates.of(subject_request, promised, now, is_proved=is_proved) if subject_request.is_open else {}),
        "headline": headline,
        "explanation": explanation,
        "steps": wording.steps(subject_request),
        "step_number": wording.STEP_OF.get(State(subject_request.state), 0) + 1,
        "timeline": wording.told_so_far(subject_request, is_proved=is_proved),
        "letter": _letter(subject_request, now) if package is not None and is_proved else None,
        "is_overdue": subject_request.is_overdue(day_of(now, promised.time_zone)),
        "may_stop": is_proved and _may_stop(subject_request),
        "may_point": is_proved and pointing.may_point(subject_request),
        "may_add": is_proved and subject_request.state == State.REVIEW and proving.may_add(subject_request),
        "is_refused": subject_request.state == State.REFUSED,
        "refresh_seconds": wording.REFRESH_SECONDS.get(State(subject_request.state)),
        "form": code_form,
        "code_form": _code_form(request, subject_request, code_form, may_open=package is not None and not is_proved),
    }
    return render(request, "portal/status.html", context)


def _may_stop(subject_request: SubjectRequest) -> bool:
    """Whether it can be taken back: until the first place is changed or the answer is made."""
    return next_state(State(subject_request.state), Step.WITHDRAW, RequestType(subject_request.type)) is not None


def _letter(subject_request: SubjectRequest, now: datetime) -> Letter | None:
    """What became of the data, with the partners' answers of this moment; None where a copy was asked for."""
    zone = shops.profile_in(subject_request.policy_version).time_zone
    return letters.letter_of(subject_request, today=day_of(now, zone))


def _about(shop: Shop) -> dict[str, Any]:
    return {"shop": shop, "profile": shops.profile_of(shop, timezone.now())}


def _progress(subject_request: SubjectRequest) -> dict[str, Any]:
    found = wording.places(subject_request)
    answered = sum(each.word == "answered" for each in found)
    seen = ",".join(each.word for each in found)
    return {"subject_request": subject_request, "places": found, "places_seen": seen, "answered": answered}


def _files(package: Package | None, *, is_proved: bool) -> dict[str, Any]:
    found = wording.files(package) if package is not None and is_proved else []
    return {
        "package": package,
        "is_proved": is_proved,
        "report": next((each for each in found if each.name in wording.REPORTS), None),
        "other_files": [each for each in found if each.name not in wording.REPORTS],
    }


def _code_form(
    request: HttpRequest, subject_request: SubjectRequest, typed: CodeForm | None, *, may_open: bool
) -> CodeForm | None:
    if subject_request.state != State.VERIFYING and not may_open:
        return None
    return typed or CodeForm(action=f"{request.path}code/")


def _why(failure: CheckFailed) -> str:
    if failure.left == 0:
        return STALE_CODE
    times = "1 more time" if failure.left == 1 else f"{failure.left} more times"
    return f"This is not the code of our newest email. You can try {times}"


def _find(shop: Shop, reference: str, email: str) -> SubjectRequest | None:
    digests = sealing.identity_digests(shop, Identity(IdentityKind.EMAIL, email))
    mine = SubjectRequest.objects.select_related("shop", "policy_version__shop").filter(shop=shop, reference=reference)
    return mine.found_by(digests).first()


def _attachment(
    content: Iterator[bytes], file_name: str, media_type: str, *, size: int | None = None
) -> StreamingHttpResponse:
    response = StreamingHttpResponse(content, content_type=media_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, file_name) or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if size is not None:
        response.headers["Content-Length"] = str(size)
    return response
