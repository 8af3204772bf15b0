"""The findings of one collection, and what is left out of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from dsr.lifecycle import State
from dsr.models import FindingMark, SourceRun
from dsr.redaction import Ground, mask_values
from dsr.staff.forms import GROUNDS, MarkForm
from dsr.staff.signed_in import page_of, staff_of
from dsr.web import access
from dsr.workflow import review
from dsr.workflow.chunks import Row
from dsr.workflow.transitions import WrongState

PAGE = 50
WIDEST_TABLE = 8


@access.reviewer
def show(request: HttpRequest, reference: str, run_id: int, collection: str) -> HttpResponse:
    """One page of rows. Opening a collection for the first time is logged."""
    user = staff_of(request)
    run = _run(request, reference, run_id, collection)
    number = page_of(request.GET)
    first = (number - 1) * PAGE
    rows = review.open_findings(run, collection, user=user, first=first, rows=PAGE, now=timezone.now())
    described, marks = run.dataset_version.collections[collection], _marks(run, collection)
    shown = [_shown(row, described["fields"], marks) for row in rows]
    context = {
        "section": "requests",
        "it": run.subject_request,
        "run": run,
        "collection": described,
        "rows": shown,
        "count": run.counts[collection],
        "first": first + 1,
        "last": first + len(rows),
        "page": number,
        "has_more": first + PAGE < run.counts[collection],
        "is_wide": len(described["fields"]) > WIDEST_TABLE,
        "grounds": GROUNDS,
        "is_reviewable": run.subject_request.state == State.REVIEW,
        "as_customer": "as_customer" in request.GET,
        "everywhere": [mark for mark in marks.values() if not mark.digest],
    }
    return render(request, "staff/findings.html", context)


@access.reviewer
@require_POST
def mark(request: HttpRequest, reference: str, run_id: int, collection: str) -> HttpResponse:
    """Leave something out, on a ground."""
    run = _run(request, reference, run_id, collection)
    form = MarkForm(request.POST)
    columns = {column["name"] for column in run.dataset_version.collections[collection]["fields"]}
    if not form.is_valid() or form.cleaned_data["field"] not in columns | {""}:
        messages.error(request, "Choose what to leave out, and a ground.")
        return _back(request, run, collection)
    try:
        review.mark(
            run,
            collection=collection,
            digest=form.cleaned_data["digest"],
            field=form.cleaned_data["field"],
            kind=form.kind(),
            ground=Ground(form.cleaned_data["ground"]),
            user=staff_of(request),
            now=timezone.now(),
        )
    except WrongState:
        messages.warning(request, "This request is no longer in review; nothing was changed.")
    return _back(request, run, collection)


@access.reviewer
@require_POST
def unmark(request: HttpRequest, reference: str, mark_id: int) -> HttpResponse:
    """Include it again."""
    user = staff_of(request)
    subject_request = access.request_for(user, reference)
    marks = FindingMark.objects.filter(source_run__subject_request=subject_request)
    made = marks.select_related("source_run__source", "source_run__subject_request").filter(pk=mark_id).first()
    if made is None:
        raise Http404
    try:
        review.unmark(made, user=user, now=timezone.now())
    except WrongState:
        messages.warning(request, "This request is no longer in review; nothing was changed.")
    return _back(request, made.source_run, made.collection)


def _run(request: HttpRequest, reference: str, run_id: int, collection: str) -> SourceRun:
    run = access.run_for(staff_of(request), reference, run_id)
    if not run.counts.get(collection):
        raise Http404
    return run


def _marks(run: SourceRun, collection: str) -> dict[tuple[str, str], FindingMark]:
    return {(made.digest, made.field): made for made in run.marks.filter(collection=collection)}


def _shown(row: Row, columns: list[dict[str, Any]], marks: Mapping[tuple[str, str], FindingMark]) -> dict[str, Any]:
    values, _ = mask_values(row.values)  # A card number in a note is shown to nobody.
    cells = []
    for column in columns:
        name = column["name"]
        made = marks.get((row.digest, name)) or marks.get(("", name))
        cells.append(
            {
                "name": name,
                "label": column["label"],
                "value": values.get(name),
                "is_held": name in row.held,
                "mark": made,
                "remark": Ground(made.ground).remark if made else "",
            }
        )
    withheld = marks.get((row.digest, "")) or marks.get(("", ""))
    remark = Ground(withheld.ground).remark if withheld else ""
    return {"digest": row.digest, "cells": cells, "mark": withheld, "remark": remark}


def _back(request: HttpRequest, run: SourceRun, collection: str) -> HttpResponse:
    response = redirect("staff:findings", run.subject_request.reference, run.pk, collection)
    if "page" in request.POST:
        response["Location"] += f"?page={page_of(request.POST)}"
    return response
