"""One request: what was asked, who answered, what comes next."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from dsr.clocks.arithmetic import day_of
from dsr.lifecycle import State
from dsr.models import FindingMark, SubjectRequest, Viewing
from dsr.staff import wording
from dsr.staff.forms import AssignForm, RefuseForm
from dsr.staff.signed_in import posted, staff_of
from dsr.web import access
from dsr.workflow import anchors, answer, dashboard, gathering, review, shops, timeline, verification
from dsr.workflow.actors import staff
from dsr.workflow.review import Claimed
from dsr.workflow.transitions import WrongState

NOW_ELSEWHERE = "This request has just been moved by somebody else. Here is where it stands now."


@access.reviewer
def show(request: HttpRequest, reference: str) -> HttpResponse:
    """Everything about one request on one page."""
    subject_request = access.request_for(staff_of(request), reference)
    return render(request, "staff/request.html", _context(request, subject_request))


@access.reviewer
def approve(request: HttpRequest, reference: str) -> HttpResponse:
    """First what will be released, in numbers; then the release."""
    user = staff_of(request)
    subject_request = access.request_for(user, reference)
    unseen = _unseen(subject_request)
    if request.method == "POST" and (not unseen or request.POST.get("unseen_accepted")):
        try:
            review.approve(subject_request, actor=staff(user), now=timezone.now())
        except WrongState:
            messages.warning(request, NOW_ELSEWHERE)
        return redirect("staff:request", reference)
    marks = FindingMark.objects.filter(source_run__subject_request=subject_request)
    context = {
        "section": "requests",
        "it": subject_request,
        "records": sum(run.records for run in subject_request.source_runs.all()),
        "redacted": marks.exclude(field="").count(),
        "withheld": marks.filter(field="").count(),
        "unseen": unseen,
        "must_accept": request.method == "POST",
        "is_reviewable": subject_request.state == State.REVIEW,
    }
    return render(request, "staff/approve.html", context)


@access.reviewer
def refuse(request: HttpRequest, reference: str) -> HttpResponse:
    """Decline, on a ground that the person is told."""
    user = staff_of(request)
    subject_request = access.request_for(user, reference)
    form = RefuseForm(*posted(request))
    if request.method == "POST" and form.is_valid():
        return _done(
            request,
            subject_request,
            lambda now: review.refuse(subject_request, ground=form.cleaned_data["ground"], actor=staff(user), now=now),
        )
    return render(request, "staff/refuse.html", {"section": "requests", "it": subject_request, "form": form})


@access.reviewer
@require_POST
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """The person told us that they take the request back."""
    user = staff_of(request)
    subject_request = access.request_for(user, reference)
    return _done(request, subject_request, lambda now: review.withdraw(subject_request, actor=staff(user), now=now))


@access.reviewer
@require_POST
def assign(request: HttpRequest, reference: str) -> HttpResponse:
    """Say who looks after it."""
    user = staff_of(request)
    subject_request = access.request_for(user, reference)
    form = AssignForm(request.POST, people=_people(subject_request))
    if form.is_valid():
        owner = form.cleaned_data["owner"]
        review.assign(subject_request, owner=owner, actor=staff(user), now=timezone.now())
    return redirect("staff:request", reference)


@access.reviewer
@require_POST
def send_link(request: HttpRequest, reference: str) -> HttpResponse:
    """Mail the person a fresh link."""
    subject_request = access.request_for(staff_of(request), reference)
    if verification.send_again(subject_request, now=timezone.now()):
        messages.success(request, "A new link is on its way to the first e-mail address of the request.")
    else:
        messages.warning(request, "Five links were sent within a day. Tomorrow there can be another.")
    return redirect("staff:request", reference)


@access.reviewer
@require_POST
def vouch(request: HttpRequest, reference: str) -> HttpResponse:
    """The person proved to this member of staff who they are."""
    user = staff_of(request)
    subject_request = access.request_for(user, reference)
    return _done(request, subject_request, lambda now: verification.vouch(subject_request, actor=staff(user), now=now))


@access.reviewer
@require_POST
def accept_claims(request: HttpRequest, reference: str) -> HttpResponse:
    """The other identifiers were proved too: search again with all of them."""
    user = staff_of(request)
    subject_request = access.request_for(user, reference)
    return _done(request, subject_request, lambda now: review.accept_claims(subject_request, user=user, now=now))


@access.reviewer
@require_POST
def identities(request: HttpRequest, reference: str) -> HttpResponse:
    """Open the identifiers. This look is logged."""
    user = staff_of(request)
    subject_request = access.request_for(user, reference)
    opened = review.show_identities(subject_request, user=user, now=timezone.now())
    return render(request, "staff/request.html", _context(request, subject_request, opened))


@access.reviewer
@require_POST
def verify_chain(request: HttpRequest, reference: str) -> HttpResponse:
    """Check the request's audit chain, here and now."""
    subject_request = access.request_for(staff_of(request), reference)
    faults = list(anchors.faults([subject_request.audit_stream]))
    for fault in faults:
        messages.error(request, f"Entry {fault.number}: {fault.message}.")
    if not faults:
        messages.success(request, f"All {subject_request.audit_stream.length} entries are as they were written.")
    return redirect("staff:request", reference)


@access.reviewer
@require_POST
def retry(request: HttpRequest, reference: str, run_id: int) -> HttpResponse:
    """Ask a failed source again."""
    user = staff_of(request)
    run = access.run_for(user, reference, run_id)
    return _done(request, run.subject_request, lambda now: gathering.retry(run, actor=staff(user), now=now))


def _done(request: HttpRequest, subject_request: SubjectRequest, step: Any) -> HttpResponse:
    try:
        step(timezone.now())
    except WrongState:
        messages.warning(request, NOW_ELSEWHERE)
    return redirect("staff:request", subject_request.reference)


def _context(
    request: HttpRequest, subject_request: SubjectRequest, opened: list[Claimed] | None = None
) -> dict[str, Any]:
    profile = shops.profile_in(subject_request.policy_version)
    progress = dashboard.progress(subject_request)
    today = day_of(timezone.now(), profile.time_zone)
    claims = opened or review.claims_of(subject_request)
    return {
        "section": "requests",
        "it": subject_request,
        "profile": profile,
        "zone": profile.time_zone,
        "state": wording.state_words(subject_request),
        "wants": wording.TYPES[subject_request.type],
        "next": wording.NEXT_STEPS.get(State(subject_request.state), ""),
        "due": wording.due_words(subject_request, today),
        "urgency": wording.urgency(subject_request, today),
        "progress": progress,
        "claims": [_claim(each, is_open=opened is not None) for each in claims],
        "has_claims": any(not each.is_proved for each in claims),
        "is_open": opened is not None,
        "categories": _categories(subject_request, staff_of(request), profile),
        "events": timeline.for_staff(subject_request),
        "files": _files(subject_request, timezone.now()),
        "assign_form": AssignForm(initial={"owner": subject_request.owner_id}, people=_people(subject_request)),
        "parked": subject_request.jobs.filter(state="parked").exclude(kind="gather_source"),
    }


def _claim(claimed: Claimed, *, is_open: bool) -> dict[str, Any]:
    value = claimed.identity.value
    return {
        "label": answer.IDENTITY_LABELS[claimed.identity.kind.value],
        "value": value if is_open else wording.masked(value),
        "is_proved": claimed.is_proved,
    }


def _categories(subject_request: SubjectRequest, user: User, profile: Any) -> list[dict[str, Any]]:
    """The policy's own categories with the collections that hold something, and which of them this person has opened."""
    seen = set(
        Viewing.objects.filter(source_run__subject_request=subject_request, user=user).values_list(
            "source_run_id", "collection"
        )
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for run in subject_request.source_runs.select_related("dataset_version", "source").order_by("source__name"):
        for name, each in run.dataset_version.collections.items():
            rows = run.counts.get(name, 0)
            if rows:
                entry = {"run": run, "name": name, "title": each["title"], "rows": rows, "seen": (run.pk, name) in seen}
                found.setdefault(answer.category_key(each, profile), []).append(entry)
    return [
        {"title": each.title, "rows": sum(entry["rows"] for entry in found[each.key]), "collections": found[each.key]}
        for each in profile.categories
        if each.key in found
    ]


def _unseen(subject_request: SubjectRequest) -> list[str]:
    """Collections with findings that nobody has opened."""
    seen = set(
        Viewing.objects.filter(source_run__subject_request=subject_request).values_list("source_run_id", "collection")
    )
    return [
        run.dataset_version.collections[name]["title"]
        for run in subject_request.source_runs.select_related("dataset_version")
        for name, rows in run.counts.items()
        if rows and (run.pk, name) not in seen
    ]


def _files(subject_request: SubjectRequest, now: datetime) -> dict[str, Any] | None:
    package = getattr(subject_request, "package", None)
    if package is None:
        return None
    return {"package": package, "files": list(package.files.all()), "is_expired": package.is_expired(now)}


def _people(subject_request: SubjectRequest) -> Any:
    here = Q(memberships__shop=subject_request.shop_id) | Q(memberships__shop=None, memberships__isnull=False)
    return User.objects.filter(here, is_active=True).distinct().order_by("username")
