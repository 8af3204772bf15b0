"""Data that may be wrong, old or missing: what the nightly look found, looked into or left as it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from dsr.models import DatasetVersion, Doubt, Notice, Source
from dsr.sources.base import SourceError
from dsr.sources.description import Description, in_words
from dsr.sources.doubts import Because
from dsr.staff.signed_in import page_of, staff_of
from dsr.web import access
from dsr.workflow import connections, doubt_corrections, doubts, shops
from dsr.workflow.actors import staff
from dsr.workflow.connections import NotDescribed, Refused
from dsr.workflow.doubts import GROUNDS, DoubtRefused
from dsr.workflow.intake import NotOffered

PAGE = 50
WORDS = {Because.WRONG: "Probably wrong", Because.OUTDATED: "Probably out of date", Because.INCOMPLETE: "Missing"}
REFUSALS = (DoubtRefused, NotDescribed, NotOffered, Refused, SourceError)


class LeaveForm(forms.Form):
    """Why a value is left as it is."""

    ground = forms.ChoiceField(
        choices=[("", "Choose why"), *GROUNDS.items()],
        error_messages={
            "required": "Choose why it is left as it is",
            "invalid_choice": "Choose why it is left as it is",
        },
    )


@access.reviewer
def waiting(request: HttpRequest) -> HttpResponse:
    """Every value in doubt that waits for somebody to look, those first that were found first."""
    user = staff_of(request)
    mine = list(access.shops_for(user))
    number = page_of(request.GET)
    found = access.doubts_for(user).order_by("found_at", "pk")
    rows = list(found[(number - 1) * PAGE : number * PAGE + 1])
    context = {
        "section": "doubts",
        "rows": list(_rows(rows[:PAGE])),
        "page": number,
        "has_more": len(rows) > PAGE,
        "has_shops": len(mine) > 1,
        "is_looked_for": doubts.is_looked_for(mine),
        "grounds": LeaveForm().fields["ground"].choices,  # type: ignore[attr-defined]  # a ChoiceField has them
    }
    return render(request, "staff/doubts.html", context)


@access.reviewer
@require_POST
def look_into(request: HttpRequest, doubt_id: int) -> HttpResponse:
    """Open a correction on the shop's initiative for the person of the record."""
    user = staff_of(request)
    doubt = access.doubt_for(user, doubt_id)
    try:
        made = doubt_corrections.look_into(doubt, actor=staff(user), now=timezone.now())
    except REFUSALS as error:
        messages.warning(request, str(error))
        return redirect("staff:doubts")
    number = made.correction_items.count()
    what = f"with everything that is in doubt in this record ({number} fields)" if number > 1 else "with this field"
    is_told = Notice.objects.filter(subject_request=made).exists()
    then = "The person is told of it." if is_told else "No mail reaches the person: a letter will have to be written."
    messages.success(request, f"A correction is open on the shop's own initiative, {what}. {then}")
    return redirect("staff:request", made.reference)


@access.reviewer
@require_POST
def leave(request: HttpRequest, doubt_id: int) -> HttpResponse:
    """Leave a value as it is."""
    user = staff_of(request)
    doubt = access.doubt_for(user, doubt_id)
    form = LeaveForm(request.POST)
    if not form.is_valid():
        messages.warning(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("staff:doubts")
    try:
        doubts.dismiss(doubt, ground=form.cleaned_data["ground"], actor=staff(user), now=timezone.now())
    except DoubtRefused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, "Left as it is. It is not shown again as long as it says the same.")
    return redirect("staff:doubts")


@dataclass(frozen=True)
class _Book:
    """How a source is described, by the version that is shown and, where that still holds, in full."""

    version: DatasetVersion
    described: Description | None
    zone: str

    def label(self, collection: str, column: str) -> str:
        """A column in words."""
        fields = self.version.collections.get(collection, {}).get("fields", ())
        return next((each["label"] for each in fields if each["name"] == column), "") or in_words(column)


def _book(source: Source) -> _Book:
    version = connections.current_version(source)
    try:
        described = connections.described_by(version)
    except Refused:
        described = None
    return _Book(version, described, shops.profile_of(source.shop, timezone.now()).time_zone)


def _rows(found: Iterable[Doubt]) -> Iterable[dict[str, Any]]:
    books: dict[int, _Book] = {}
    for doubt in found:
        if doubt.source_id not in books:
            books[doubt.source_id] = _book(doubt.source)
        yield _row(doubt, books[doubt.source_id])


def _row(doubt: Doubt, book: _Book) -> dict[str, Any]:
    described = book.version.collections.get(doubt.collection, {})
    shown = doubts.shown(doubt)
    told_by = doubts.told_by(doubt, book.described) if book.described else ""
    return {
        "it": doubt,
        "zone": book.zone,
        "field": book.label(doubt.collection, doubt.field),
        "place": described.get("title") or in_words(doubt.collection.rpartition(".")[2]),
        "source": book.version.description.get("title") or doubt.source.name,
        "why": WORDS[Because(doubt.because)],
        "value": shown.value,
        "day": date.fromisoformat(shown.day) if shown.day else None,
        "told_by": book.label(doubt.collection, told_by) if told_by else "",
    }
