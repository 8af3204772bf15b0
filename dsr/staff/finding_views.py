"""The findings of one collection, and what is left out of them."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from dsr.keyring import KeyDestroyed
from dsr.lifecycle import State
from dsr.models import FindingMark, SealedBlob, SourceRun
from dsr.redaction import Ground
from dsr.staff import contents
from dsr.staff.findings_page import Page
from dsr.staff.forms import GROUNDS, MarkForm, PlaceForm
from dsr.staff.signed_in import page_of, staff_of
from dsr.staff.wording import FORGOTTEN
from dsr.web import access
from dsr.workflow import chunks, review, shops
from dsr.workflow.transitions import WrongState

PAGE = 50
WIDEST_TABLE = 8


@access.contents
def show(request: HttpRequest, reference: str, run_id: int, collection: str) -> HttpResponse:
    """One page of rows. Opening a collection for the first time is logged."""
    user = staff_of(request)
    run = _run(request, reference, run_id, collection)
    count = run.counts[collection]
    number = min(page_of(request.GET), (count + PAGE - 1) // PAGE)
    first = (number - 1) * PAGE
    try:
        rows = review.open_findings(run, collection, user=user, first=first, rows=PAGE, now=timezone.now())
    except KeyDestroyed:
        messages.warning(request, FORGOTTEN)
        return redirect("staff:request", reference)
    profile = shops.profile_in(run.subject_request.policy_version)
    described = run.dataset_version.collections[collection]
    zone = described.get("time_zone") or profile.time_zone
    page = Page(described["fields"], _marks(run, collection), _mentions(run, collection, rows), zone)
    context = {
        "section": "requests",
        "it": run.subject_request,
        "run": run,
        "collection": described,
        "rows": [page.row(each, position) for position, each in enumerate(rows, first + 1)],
        "everywhere": page.everywhere(),
        "count": count,
        "first": first + 1,
        "last": first + len(rows),
        "page": number,
        "has_more": first + PAGE < count,
        "is_wide": len(described["fields"]) > WIDEST_TABLE,
        "grounds": GROUNDS,
        "is_reviewable": run.subject_request.state == State.REVIEW,
        "as_customer": "as_customer" in request.GET,
        "next": contents.following(contents.chapters(run.subject_request, user, profile), run, collection),
    }
    return render(request, "staff/findings.html", context)


@access.contents
@require_safe
def value(request: HttpRequest, reference: str, run_id: int, name: str) -> HttpResponse:
    """A value too large for the page, or a file that was handed in: to be saved, never shown by the browser itself."""
    user = staff_of(request)
    run = access.run_for(user, reference, run_id)
    try:
        content = review.open_value(run, name.partition(".")[0], user=user, now=timezone.now())
    except (KeyDestroyed, SealedBlob.DoesNotExist):
        raise Http404 from None
    response = HttpResponse(content, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = (
        content_disposition_header(True, f"{reference}-{name[-20:]}") or "attachment"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


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
    if form.cleaned_data["digest"] and not _is_on_page(run, collection, form):
        messages.warning(request, "This record was gathered anew and has changed since; nothing was left out.")
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


def _mentions(run: SourceRun, collection: str, rows: list[chunks.Row]) -> dict[tuple[str, str], list[str]]:
    shown = run.mentions.filter(collection=collection, digest__in=[row.digest for row in rows])
    return {(each.digest, each.field): each.kinds for each in shown}


def _is_on_page(run: SourceRun, collection: str, form: MarkForm) -> bool:
    """True when the record stands where it was shown: a mark for a row that is not there would spoil the counts."""
    first = ((form.cleaned_data["page"] or 1) - 1) * PAGE
    return any(row.digest == form.cleaned_data["digest"] for row in chunks.read(run, collection, first, PAGE))


def _back(request: HttpRequest, run: SourceRun, collection: str) -> HttpResponse:
    """To the page and row where the button was."""
    response = redirect("staff:findings", run.subject_request.reference, run.pk, collection)
    said = PlaceForm(request.POST)
    if said.is_valid() and said.cleaned_data["page"]:
        response["Location"] += f"?page={said.cleaned_data['page']}"
    if said.is_valid() and said.cleaned_data["digest"]:
        response["Location"] += f"#row-{said.cleaned_data['digest'][:12]}"
    return response
