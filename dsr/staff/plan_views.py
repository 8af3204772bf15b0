"""The plan of an erasure: what the policy says of every record, decisions of one's own, holds, freezing, approval, the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dsr.clocks.arithmetic import day_of
from dsr.keyring import KeyDestroyed
from dsr.lifecycle import RequestType, State
from dsr.models import Hold, PlanStep, Source, SubjectRequest
from dsr.records import Action
from dsr.sources.base import SourceError
from dsr.staff import plan_page
from dsr.staff.forms import StaffForm
from dsr.staff.plan_forms import ApproveForm, FollowForm, HoldForm, OutcomeForm
from dsr.staff.signed_in import posted, staff_of
from dsr.web import access
from dsr.workflow import erasure, erasure_approval, holds, plans, shops
from dsr.workflow.actors import staff
from dsr.workflow.erasure_approval import PlanRefused
from dsr.workflow.erasure_rows import FurtherIdentities
from dsr.workflow.holds import HoldRefused
from dsr.workflow.plans import NoPlan
from dsr.workflow.transitions import WrongState

FORGOTTEN = "What was found is forgotten by now, so no plan can be drawn."
MOST_ROWS = 500
REFUSALS = (PlanRefused, HoldRefused, SourceError, FurtherIdentities, WrongState)


@access.reviewer
@require_GET
def plan(request: HttpRequest, reference: str) -> HttpResponse:
    """What would become, or became, of each record, and why. Reading it changes nothing."""
    subject_request = access.request_for(staff_of(request), reference)
    frozen = erasure_approval.newest(subject_request) if subject_request.type in plans.DRAWN else None
    context: dict[str, Any] = {"section": "requests", "it": subject_request, "frozen": frozen}
    try:
        if subject_request.state == State.REVIEW or frozen is None:
            context |= _drawn(subject_request)
    except (NoPlan, WrongState) as error:
        messages.warning(request, str(error))
        return redirect("staff:request", reference)
    except KeyDestroyed:
        messages.warning(request, FORGOTTEN)
        return redirect("staff:request", reference)
    if frozen is not None:
        context |= plan_page.of_frozen(
            subject_request, frozen, ApproveForm(initial={"fingerprint": frozen.fingerprint})
        )
        context["is_shut"] = access.is_shut(staff_of(request), subject_request)
    return render(request, "staff/plan.html", context)


@access.reviewer
@require_GET
def rows(request: HttpRequest, reference: str, source_id: int, collection: str) -> HttpResponse:
    """One collection record by record."""
    subject_request = access.request_for(staff_of(request), reference)
    source = _source(subject_request, source_id)
    try:
        drawn = plans.draw(subject_request, today=_today(subject_request))
    except (NoPlan, WrongState, KeyDestroyed) as error:
        messages.warning(request, FORGOTTEN if isinstance(error, KeyDestroyed) else str(error))
        return redirect("staff:request", reference)
    found = [each for each in drawn.plan.records if (each.source, each.collection) == (source.name, collection)]
    context = {
        "section": "requests",
        "it": subject_request,
        "source": source,
        "collection": collection,
        "lines": plan_page.rows(found[:MOST_ROWS], drawn),
        "more": max(0, len(found) - MOST_ROWS),
    }
    return render(request, "staff/plan_rows.html", context)


@access.reviewer
@require_POST
def freeze(request: HttpRequest, reference: str) -> HttpResponse:
    """Look at every source now and keep what would be done."""
    user = staff_of(request)
    return _step(
        request,
        reference,
        lambda it, now: erasure_approval.freeze(it, actor=staff(user), now=now),
        "Frozen. Nothing is done before it is approved.",
    )


@access.reviewer
@require_POST
def approve(request: HttpRequest, reference: str) -> HttpResponse:
    """Let the frozen plan be run."""
    user = staff_of(request)
    form = ApproveForm(request.POST)
    said = form.cleaned_data if form.is_valid() else {"fingerprint": "", "typed_reference": ""}
    return _step(
        request,
        reference,
        lambda it, now: erasure_approval.approve(it, **said, actor=staff(user), now=now),
        "Approved. When it is done and proved, the letter goes to the person by itself.",
    )


@access.reviewer
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, reference: str, source_id: int, collection: str) -> HttpResponse:
    """Decide otherwise than the rule: of one record, or of all of a collection."""
    user = staff_of(request)
    digest = request.GET.get("record", "")[:64]

    def act(it: SubjectRequest, source: Source, said: dict[str, Any], now: datetime) -> None:
        erasure_approval.change_outcome(
            it,
            source=source,
            collection=collection,
            digest=digest,
            action=Action(said["action"]),
            reason=said["reason"],
            until=said.get("until"),
            actor=staff(user),
            now=now,
        )

    words = ("Decide otherwise", "Decide so", "The policy's own rule is broken by this where it says otherwise.")
    subject_request = access.request_for(user, reference)
    form = FollowForm if subject_request.type == RequestType.CORRECTION else OutcomeForm
    broken = _set_aside(subject_request, _source(subject_request, source_id), collection, digest)
    return _form(request, reference, source_id, collection, digest, form(*posted(request)), words, act, broken)


@access.reviewer
@require_http_methods(["GET", "HEAD", "POST"])
def hold(request: HttpRequest, reference: str, source_id: int, collection: str) -> HttpResponse:
    """Forbid any change of one record, or of all of a collection."""
    user = staff_of(request)
    digest = request.GET.get("record", "")[:64]

    def act(it: SubjectRequest, source: Source, said: dict[str, Any], now: datetime) -> None:
        holds.place(
            it,
            source_name=source.name,
            collection=collection,
            ground=said["ground"],
            digests=[digest] if digest else [],
            until=said["until"],
            actor=staff(user),
            now=now,
        )

    words = (
        "Forbid any change",
        "Place the hold",
        "As long as the hold lasts nobody can erase or correct these records.",
    )
    return _form(request, reference, source_id, collection, digest, HoldForm(*posted(request)), words, act)


@access.reviewer
@require_POST
def lift(request: HttpRequest, reference: str, hold_id: int) -> HttpResponse:
    """End a hold before its day."""
    user = staff_of(request)

    def act(it: SubjectRequest, now: datetime) -> None:
        holds.lift(list(Hold.objects.filter(pk=hold_id, subject_request=it)), actor=staff(user), now=now)

    return _step(request, reference, act, "Lifted. Freeze the plan anew to let these records follow the rule again.")


@access.reviewer
@require_POST
def by_hand(request: HttpRequest, reference: str, step_id: int) -> HttpResponse:
    """A colleague has changed a source that no machine can change."""
    user = staff_of(request)

    def act(it: SubjectRequest, now: datetime) -> None:
        erasure.by_hand_done(_plan_step(it, step_id), actor=staff(user), now=now)

    return _step(request, reference, act, "Noted. When everything is proved, the letter goes out.")


@access.reviewer
@require_POST
def hand_over(request: HttpRequest, reference: str, step_id: int) -> HttpResponse:
    """Leave a source that was disconnected to a colleague."""
    user = staff_of(request)

    def act(it: SubjectRequest, now: datetime) -> None:
        erasure.hand_over(_plan_step(it, step_id), actor=staff(user), now=now)

    return _step(request, reference, act, "Noted. Say here when nothing of the person is left there; the others go on.")


@access.reviewer
@require_POST
def again(request: HttpRequest, reference: str) -> HttpResponse:
    """Let a run that stopped go on."""
    staff_of(request)
    return _step(request, reference, erasure.go_on, "It goes on where it stopped.")


def _drawn(subject_request: SubjectRequest) -> dict[str, Any]:
    today = _today(subject_request)
    drawn = plans.draw(subject_request, today=today)
    return {"today": today, "drawn": drawn, **plan_page.of_drawn(subject_request, drawn)}


def _today(subject_request: SubjectRequest) -> Any:
    return day_of(timezone.now(), shops.profile_in(subject_request.policy_version).time_zone)


def _set_aside(subject_request: SubjectRequest, source: Source, collection: str, digest: str) -> list[plan_page.Broken]:
    """What a decision of one's own would break; nothing where no plan can be drawn, which posting says."""
    try:
        drawn = plans.draw(subject_request, today=_today(subject_request))
    except (NoPlan, WrongState, KeyDestroyed):
        return []
    return plan_page.set_aside(drawn, source.name, collection, digest)


def _plan_step(subject_request: SubjectRequest, step_id: int) -> PlanStep:
    steps = PlanStep.objects.select_related("plan__subject_request", "source__shop")
    step = steps.filter(pk=step_id, plan__subject_request=subject_request).first()
    if step is None:
        raise Http404
    return step


def _source(subject_request: SubjectRequest, source_id: int) -> Source:
    run = subject_request.source_runs.filter(source_id=source_id).select_related("source__shop").first()
    if run is None:
        raise Http404
    return run.source


def _step(
    request: HttpRequest, reference: str, act: Callable[[SubjectRequest, datetime], object], told: str
) -> HttpResponse:
    subject_request = access.request_for(staff_of(request), reference)
    try:
        act(subject_request, timezone.now())
    except REFUSALS as error:
        for reason in getattr(error, "reasons", (str(error),)):
            messages.warning(request, reason)
    else:
        messages.success(request, told)
    return redirect("staff:plan", reference)


def _form(
    request: HttpRequest,
    reference: str,
    source_id: int,
    collection: str,
    digest: str,
    form: StaffForm,
    words: tuple[str, str, str],
    act: Callable[[SubjectRequest, Source, dict[str, Any], datetime], None],
    broken: Sequence[plan_page.Broken] = (),
) -> HttpResponse:
    subject_request = access.request_for(staff_of(request), reference)
    source = _source(subject_request, source_id)
    if request.method == "POST" and form.is_valid():
        try:
            act(subject_request, source, form.cleaned_data, timezone.now())
        except REFUSALS as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Noted. The plan below follows it.")
            return redirect("staff:plan", reference)
    title, button, hint = words
    context = {
        "section": "requests",
        "it": subject_request,
        "form": form,
        "title": title,
        "button": button,
        "hint": hint,
        "broken": broken,
        "what": f"{'One record' if digest else 'Every record'} of {collection}, {source.name}",
    }
    return render(request, "staff/plan_form.html", context)
