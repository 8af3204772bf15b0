"""Wishes to have something corrected: noted, compared with what was found, followed or refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from dsr.keyring import KeyDestroyed
from dsr.lifecycle import RequestType, State
from dsr.models import CorrectionItem, SubjectRequest
from dsr.records import Portable
from dsr.sources import correcting
from dsr.sources.base import SourceError
from dsr.staff.correction_forms import AcceptForm, RefuseWishForm, StatementForm, WishForm
from dsr.staff.signed_in import posted, staff_of
from dsr.staff.wording import FORGOTTEN
from dsr.web import access
from dsr.workflow import correction_files, correction_places, corrections, disputes, review
from dsr.workflow.actors import staff
from dsr.workflow.correction_places import Candidate, CorrectionRefused
from dsr.workflow.corrections import Asked, Item, Place
from dsr.workflow.transitions import WrongState

MOST_RECORDS = 100
REFUSALS = (CorrectionRefused, SourceError, WrongState)
LONGEST_NUMBER = 5
TYPED = "to|"
"""Before the address of a value in a form: source, digest, field, collection."""


@access.contents
@require_http_methods(["GET", "HEAD", "POST"])
def wishes(request: HttpRequest, reference: str) -> HttpResponse:
    """Every wish and what was decided, and a form for one more."""
    user = staff_of(request)
    subject_request = _correction(request, reference)
    form = WishForm(*posted(request))
    if request.method == "POST" and form.is_valid():
        wish = Asked(**{**form.cleaned_data, "kind": CorrectionItem.Kind(form.cleaned_data["kind"])})
        try:
            made = corrections.add_in_review(subject_request, wish, actor=staff(user), now=timezone.now())
        except REFUSALS as error:
            form.add_error(None, str(error))
        else:
            return redirect("staff:correction", reference, made.number)
    try:
        items = corrections.items(subject_request)
    except KeyDestroyed:
        messages.warning(request, FORGOTTEN)
        return redirect("staff:request", reference)
    context = {
        "section": "requests",
        "it": subject_request,
        "items": items,
        "form": form,
        "is_reviewable": subject_request.state == State.REVIEW,
        "is_decided": bool(items) and not corrections.undecided(subject_request),
    }
    return render(request, "staff/corrections.html", context)


@access.contents
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """One wish beside the records that it may mean; following it writes down what each of them shall say."""
    user = staff_of(request)
    subject_request = _correction(request, reference)
    form = AcceptForm(*posted(request))
    try:
        item = _as_read(request, _item(subject_request, number))
        found = correction_places.candidates(subject_request, item.row, item.says)
    except KeyDestroyed:
        messages.warning(request, FORGOTTEN)
        return redirect("staff:request", reference)
    if request.method == "POST" and form.is_valid():

        def act(now: datetime) -> None:
            changes = _changes(request, found)
            corrections.accept(subject_request, item.row, changes, **form.cleaned_data, actor=staff(user), now=now)

        try:
            act(timezone.now())
        except REFUSALS as error:
            for reason in getattr(error, "reasons", (str(error),)):
                form.add_error(None, reason)
        else:
            messages.success(request, f"Wish {number} is followed. Copies elsewhere follow in the plan.")
            return redirect("staff:corrections", reference)
    _note_viewing(request, subject_request, found)
    return render(request, "staff/correction.html", _context(request, subject_request, item, found, form))


@access.reviewer
@require_POST
def refuse(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Do not follow a wish, on a ground."""
    user = staff_of(request)
    form = RefuseWishForm(request.POST)

    def act(subject_request: SubjectRequest, item: Item, now: datetime) -> None:
        corrections.refuse(subject_request, item.row, **form.cleaned_data, actor=staff(user), now=now)

    if not form.is_valid():
        messages.warning(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("staff:correction", reference, number)
    return _step(request, reference, number, act, f"Wish {number} is refused. The letter says why.")


@access.reviewer
@require_POST
def dispute(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Put what the person holds against a refusal beside it."""
    user = staff_of(request)
    form = StatementForm(request.POST)
    said = form.cleaned_data["statement"] if form.is_valid() else ""

    def act(subject_request: SubjectRequest, item: Item, now: datetime) -> None:
        disputes.attach(subject_request, item.row, said, actor=staff(user), now=now)

    return _step(request, reference, number, act, "Noted. It stands beside the answer from now on.")


@access.reviewer
@require_POST
def of_row(request: HttpRequest, reference: str, run_id: int, collection: str) -> HttpResponse:
    """A wish about one record that was found."""
    user = staff_of(request)
    subject_request = _correction(request, reference)
    run = access.run_for(user, reference, run_id)
    place = Place(run.source, collection, request.POST.get("digest", "")[:64], "")
    try:
        wish = Asked(CorrectionItem.Kind.OTHER, "", place=place)
        made = corrections.add_in_review(subject_request, wish, actor=staff(user), now=timezone.now())
    except REFUSALS as error:
        messages.warning(request, str(error))
        return redirect("staff:request", reference)
    return redirect("staff:correction", reference, made.number)


def _correction(request: HttpRequest, reference: str) -> SubjectRequest:
    subject_request = access.request_for(staff_of(request), reference)
    if subject_request.type != RequestType.CORRECTION:
        raise Http404
    return subject_request


def _item(subject_request: SubjectRequest, number: int) -> Item:
    found = next((each for each in corrections.items(subject_request) if each.row.number == number), None)
    if found is None:
        raise Http404
    return found


def _as_read(request: HttpRequest, item: Item) -> Item:
    """The wish as it stood on the page that was sent: who decides by an old page is told that somebody decided meanwhile."""
    read = request.POST.get("read", "")
    if read.isascii() and read.isdigit() and len(read) < LONGEST_NUMBER:
        item.row.revision = int(read)
    return item


def _step(
    request: HttpRequest,
    reference: str,
    number: int,
    act: Callable[[SubjectRequest, Item, datetime], None],
    told: str,
) -> HttpResponse:
    subject_request = _correction(request, reference)
    try:
        act(subject_request, _as_read(request, _item(subject_request, number)), timezone.now())
    except KeyDestroyed:
        messages.warning(request, FORGOTTEN)
        return redirect("staff:request", reference)
    except REFUSALS as error:
        messages.warning(request, str(error))
        return redirect("staff:correction", reference, number)
    messages.success(request, told)
    return redirect("staff:corrections", reference)


def _changes(request: HttpRequest, found: list[Candidate]) -> dict[tuple[int, str, str], dict[str, str]]:
    """What was typed and is not what stands there."""
    changes: dict[tuple[int, str, str], dict[str, str]] = {}
    for each in found:
        for name, _, value in each.fields:
            typed = request.POST.get(_address(each, name))
            if typed is not None and typed.strip() != _text(value).strip():
                changes.setdefault((each.source.pk, each.collection, each.digest), {})[name] = typed
    return changes


def _context(
    request: HttpRequest, subject_request: SubjectRequest, item: Item, found: list[Candidate], form: AcceptForm
) -> dict[str, Any]:
    decided = {
        (each.collection, each.digest, name): to for each in item.changes for name, (_, to) in each.fields.items()
    }
    records = []
    for position, each in enumerate(found[:MOST_RECORDS]):
        fields = []
        for name, label, value in each.fields:
            address = _address(each, name)
            shall = decided.get((each.collection, each.digest, name), value)
            is_only = len(found) == len(each.fields) - len(each.beside) == 1
            if not decided and position == 0 and item.wanted and _is_meant(item, each, name, value, is_only=is_only):
                shall = item.wanted
            fields.append((address, label, _text(value), request.POST.get(address, _text(shall))))
        records.append({"it": each, "fields": fields, "is_fixed": each.is_shared})
    return {
        "section": "requests",
        "it": subject_request,
        "item": item,
        "records": records,
        "more": max(0, len(found) - MOST_RECORDS),
        "form": form,
        "proofs": correction_files.of(subject_request, item.row),
        "refuse_form": RefuseWishForm(),
        "statement_form": StatementForm(initial={"statement": item.statement}),
        "is_reviewable": subject_request.state == State.REVIEW,
    }


def _is_meant(item: Item, candidate: Candidate, name: str, value: Portable, *, is_only: bool) -> bool:
    """Whether the wish can be filled in by itself: the value is what the person says stands there, or the only one found."""
    if candidate.is_history or candidate.is_shared or name in candidate.beside:
        return False
    if item.row.field:
        return name == item.row.field
    return correcting.is_same(value, item.says) if item.says else is_only


def _note_viewing(request: HttpRequest, subject_request: SubjectRequest, found: list[Candidate]) -> None:
    """Opening the page shows findings, which is logged as it is on their own pages."""
    places = {(each.source.pk, each.collection) for each in found[:MOST_RECORDS]}
    with transaction.atomic(durable=True):
        for run in subject_request.source_runs.select_related("source", "subject_request"):
            for collection in sorted(name for source, name in places if source == run.source_id):
                review.note_viewing(run, collection, user=staff_of(request), now=timezone.now())


def _address(candidate: Candidate, name: str) -> str:
    return f"{TYPED}{candidate.source.pk}|{candidate.digest}|{name}|{candidate.collection}"


def _text(value: Portable) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
