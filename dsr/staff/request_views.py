"""One request: what was asked, who answered, what comes next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from dsr.clocks.arithmetic import day_of
from dsr.keyring import KeyDestroyed
from dsr.lifecycle import State
from dsr.models import SourceRun, SubjectRequest
from dsr.staff import clock_page, contents, recipients_page, story, wording
from dsr.staff.forms import AssignForm, RefuseForm
from dsr.staff.reopening_views import ReopenForm
from dsr.staff.signed_in import posted, staff_of
from dsr.web import access, residences
from dsr.workflow import (
    anchors,
    answer,
    audit,
    connections,
    correction_mails,
    corrections,
    dashboard,
    expansion,
    gathering,
    review,
    shops,
    verification,
)
from dsr.workflow.actors import staff
from dsr.workflow.queue import Work
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
    unseen = contents.unseen(subject_request, shops.profile_in(subject_request.policy_version))
    if request.method == "POST" and (not unseen or request.POST.get("unseen_accepted")):
        try:
            review.approve(subject_request, actor=staff(user), now=timezone.now())
        except WrongState:
            messages.warning(request, NOW_ELSEWHERE)
        except review.CannotFulfil as error:
            messages.warning(request, str(error))
        except review.Undecided:
            messages.warning(request, "Answer first whether the records under “Same person?” are the person’s.")
        return redirect("staff:request", reference)
    context = {
        "section": "requests",
        "it": subject_request,
        "questions": subject_request.match_questions.unanswered().count(),
        "mentions": contents.open_mentions(subject_request),
        "released": answer.extent(subject_request),
        "not_searched": _not_searched(subject_request),
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
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """The person told us that they take the request back: first what that means, then the step."""
    user = staff_of(request)
    subject_request = access.request_for(user, reference)
    if request.method == "POST":
        return _done(request, subject_request, lambda now: review.withdraw(subject_request, actor=staff(user), now=now))
    found = sum(run.records for run in subject_request.source_runs.all())
    sentences = [
        f"{reference} is closed for good, and the person gets no copy.",
        "It cannot be opened again; they may make a new request at any time.",
        f"{_counted(found, 'gathered record')} will be let go.",
    ]
    return _confirm(request, reference, "Did the person take it back?", sentences, "Close it as taken back")


@access.reviewer
@require_POST
def assign(request: HttpRequest, reference: str) -> HttpResponse:
    """Say who looks after it; back to the list when the button stood there."""
    user = staff_of(request)
    subject_request = access.request_for(user, reference)
    form = AssignForm(request.POST, people=_people(subject_request))
    if form.is_valid():
        owner = form.cleaned_data["owner"]
        review.assign(subject_request, owner=owner, actor=staff(user), now=timezone.now())
    else:
        messages.warning(request, "This person does not work on this shop's requests; nothing was changed.")
    if "to_queue" in request.POST:
        return redirect("staff:queue")
    return redirect("staff:request", reference)


@access.reviewer
@require_POST
def send_link(request: HttpRequest, reference: str) -> HttpResponse:
    """Mail the person a fresh link."""
    subject_request = access.request_for(staff_of(request), reference)
    if not verification.link_address(subject_request):
        messages.warning(request, "The request names no e-mail address that was proved and stays, so no link was sent.")
    elif verification.send_again(subject_request, now=timezone.now()):
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
def accept_claims(request: HttpRequest, reference: str) -> HttpResponse:
    """The other identifiers were proved too: first what that costs, then search again with all of them."""
    user = staff_of(request)
    subject_request = access.request_for(user, reference)
    if request.method == "POST":
        return _done(request, subject_request, lambda now: review.accept_claims(subject_request, user=user, now=now))
    runs = subject_request.source_runs
    marks = runs.aggregate(made=Count("marks", filter=Q(marks__made_by__isnull=False)))["made"]
    claimed = subject_request.identity_hashes.filter(is_verified=False).count()
    sentences = [
        f"{_counted(claimed, 'more identifier')} will be searched for, in {_counted(runs.count(), 'place')}.",
        f"What was found so far is gathered anew, and {_counted(marks, 'decision')} to leave something out dropped.",
        "If an identifier is somebody else's, that person's records would be released.",
    ]
    return _confirm(
        request, reference, "Are you sure that it is the same person?", sentences, "They were proved: search again"
    )


@access.contents
@require_POST
def identities(request: HttpRequest, reference: str) -> HttpResponse:
    """Open the identifiers. This look is logged."""
    user = staff_of(request)
    subject_request = access.request_for(user, reference)
    try:
        opened = review.show_identities(subject_request, user=user, now=timezone.now())
    except KeyDestroyed:
        return redirect("staff:request", reference)
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


@access.reviewer
def go_on_without(request: HttpRequest, reference: str, run_id: int) -> HttpResponse:
    """A source was disconnected before it answered: first what going on means, then the step."""
    user = staff_of(request)
    run = access.run_for(user, reference, run_id)
    if request.method == "POST":
        return _done(
            request,
            run.subject_request,
            lambda now: gathering.go_on_without(run, actor=staff(user), now=now),
        )
    title = run.dataset_version.description["title"]
    sentences = [
        f"{run.source.name} was disconnected before it answered, so nobody knows what it holds about the person.",
        "The copy will name it among the places, and say that it was not searched.",
        "If it still holds data, have an owner connect it again instead, and ask it.",
    ]
    return _confirm(request, reference, f"Answer without {title}?", sentences, "Go on without it")


@access.reviewer
@require_POST
def retry_failed(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask every failed source again."""
    user = staff_of(request)
    subject_request = access.request_for(user, reference)
    return _done(
        request, subject_request, lambda now: gathering.retry_failed(subject_request, actor=staff(user), now=now)
    )


def _confirm(request: HttpRequest, reference: str, title: str, sentences: Sequence[str], button: str) -> HttpResponse:
    """What a step means, before it is taken."""
    back = {"back": reverse("staff:request", args=[reference]), "back_words": reference}
    context = {"section": "requests", "title": title, "sentences": sentences, "button": button, **back}
    return render(request, "staff/confirm.html", context)


def _done(request: HttpRequest, subject_request: SubjectRequest, step: Callable[[datetime], None]) -> HttpResponse:
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
    state = State(subject_request.state)
    person = _person(subject_request, opened)
    files = _files(subject_request, timezone.now())
    is_forgotten = person is None
    is_shut = access.is_shut(staff_of(request), subject_request)
    return {
        "section": "requests",
        "it": subject_request,
        "profile": profile,
        "zone": profile.time_zone,
        "state": wording.state_words(subject_request, progress.answered, progress.total, is_opened=_is_opened(files)),
        "wants": wording.TYPES[subject_request.type],
        "next": wording.next_step(subject_request),
        "due": wording.due_words(subject_request, today),
        "urgency": wording.urgency(subject_request, today),
        "lives_in": residences.name_of(subject_request.residence),
        "dates": clock_page.of(subject_request, profile, today),
        "refresh_seconds": wording.REFRESH_SECONDS.get(state),
        "refused_because": review.REFUSAL_GROUNDS.get(subject_request.refusal_ground, ""),
        "progress": progress,
        "today": today,
        "undescribed": connections.undescribed(subject_request.shop) if subject_request.is_open else [],
        "failed": sum(_can_be_asked(run) for run in progress.runs) if state == State.GATHERING else 0,
        "forgotten": wording.FORGOTTEN if is_forgotten else "",
        "is_shut": is_shut,
        "reopen_form": ReopenForm() if is_shut and access.may_reopen(staff_of(request), subject_request) else None,
        "claims": person or [],
        "learnt": [] if is_forgotten else _learnt(subject_request, is_open=opened is not None),
        "questions": list(subject_request.match_questions.select_related("source")),
        "has_claims": any(not each["is_proved"] for each in person or []),
        "is_open": opened is not None,
        "confirmation": subject_request.identity_checks.filter(confirmed_at__isnull=False).first(),
        "can_send_link": not is_forgotten and _can_send_link(subject_request, files),
        "chapters": contents.chapters(subject_request, staff_of(request), profile),
        "recipients": (told := recipients_page.rows(subject_request, profile, today)),
        "partners_pending": sum(each.instruction.is_pending for each in told),
        "events": story.of(subject_request),
        **_wishes(subject_request, is_forgotten=is_forgotten),
        "files": files,
        "assign_form": AssignForm(initial={"owner": subject_request.owner_id}, people=_people(subject_request)),
        "parked": subject_request.jobs.parked().exclude(kind=Work.GATHER_SOURCE.value),
    }


def _wishes(subject_request: SubjectRequest, *, is_forgotten: bool) -> dict[str, Any]:
    """Of a correction: how much is wished and undecided, and whether the person can be told by mail."""
    return {
        "wishes": subject_request.correction_items.count(),
        "wishes_open": corrections.undecided(subject_request),
        "must_be_written_to": not is_forgotten and correction_mails.must_be_written_to(subject_request),
    }


def _person(subject_request: SubjectRequest, opened: list[Claimed] | None) -> list[dict[str, Any]] | None:
    """The identifiers, masked unless they were opened; None when they have been forgotten."""
    try:
        claims = opened or review.claims_of(subject_request)
    except KeyDestroyed:
        return None
    return [
        {
            "label": answer.IDENTITY_LABELS[each.identity.kind.value],
            "value": wording.masked(each.identity.value) if opened is None else each.identity.value,
            "is_proved": each.is_proved,
        }
        for each in claims
    ]


def _learnt(subject_request: SubjectRequest, *, is_open: bool) -> list[dict[str, Any]]:
    """What the person's own rows revealed and was searched by too, masked unless the identifiers were opened."""
    return [
        {
            "label": answer.IDENTITY_LABELS[each.identity.kind.value],
            "value": each.identity.value if is_open else wording.masked(each.identity.value),
            "source": each.source.name,
            "via": each.via,
            "step": each.step,
        }
        for each in expansion.learnt_by(subject_request)
    ]


def _can_send_link(subject_request: SubjectRequest, files: dict[str, Any] | None) -> bool:
    is_of_use = subject_request.is_open or (files is not None and not files["is_expired"])
    return is_of_use and bool(verification.link_address(subject_request))


def _is_opened(files: dict[str, Any] | None) -> bool:
    return files is not None and bool(files["downloads"])


def _files(subject_request: SubjectRequest, now: datetime) -> dict[str, Any] | None:
    package = getattr(subject_request, "package", None)
    if package is None:
        return None
    downloads = sum(entry.action == "package.downloaded" for entry in audit.entries_of(subject_request))
    return {
        "package": package,
        "files": list(package.files.all()),
        "is_expired": package.is_expired(now),
        "downloads": downloads,
    }


def _people(subject_request: SubjectRequest) -> QuerySet[User]:
    here = Q(memberships__shop=subject_request.shop_id) | Q(memberships__shop=None, memberships__isnull=False)
    return User.objects.filter(here, is_active=True).distinct().order_by("username")


def _counted(number: int, singular: str) -> str:
    return f"{number:,} {singular}{'' if number == 1 else 's'}"


def _can_be_asked(run: SourceRun) -> bool:
    """Whether asking the source again may help."""
    return run.state == SourceRun.State.FAILED and run.source.is_active


def _not_searched(subject_request: SubjectRequest) -> list[str]:
    """The places that the answer says nothing of: left out by staff, or never described."""
    left_out = subject_request.source_runs.filter(state=SourceRun.State.LEFT_OUT)
    return [*left_out.values_list("source__name", flat=True), *connections.undescribed(subject_request.shop)]
