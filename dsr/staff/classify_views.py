"""Sources → Classify: a person confirms or changes what every column holds, and publishes that."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from dsr.models import DatasetDraft, DraftCollection, DraftColumn
from dsr.sources.base import SourceError
from dsr.staff import classify_form, classify_page, version_page
from dsr.staff.category_words import WORDS, UnknownCategory
from dsr.staff.classify_form import CollectionForm, Typed
from dsr.staff.signed_in import staff_of
from dsr.web import access
from dsr.workflow import drafting, drafts
from dsr.workflow.actors import staff
from dsr.workflow.connections import Outdated, Refused


@access.owner
def overview(request: HttpRequest, source_id: int) -> HttpResponse:
    """The draft's tables and what is left to decide; without a draft, the way to begin one."""
    source = access.described_source_for(staff_of(request), source_id)
    draft = DatasetDraft.objects.filter(source=source).select_related("based_on").first()
    context: dict[str, Any] = {"section": "sources", "source": source, "draft": draft}
    context["newest"] = source.versions.order_by("-number").first()
    if draft is not None and draft.state == DatasetDraft.State.READY:
        wanted = _wanted(request.GET)
        tables = classify_page.tables_of(draft, wanted)
        context |= {"wanted": wanted, "filters": classify_page.FILTERS, "progress": drafts.progress_of(draft)}
        context |= {"tables": [table for table in tables if table.shown], "table_count": len(tables)}
        context |= {"first": next((table for table in tables if table.state != "done"), None)}
    return render(request, "staff/classify.html", context)


@access.owner
@require_POST
def begin(request: HttpRequest, source_id: int) -> HttpResponse:
    """Begin a draft from the version in force, or have the database looked at for what nobody has declared."""
    source = access.described_source_for(staff_of(request), source_id)
    draft = DatasetDraft.objects.filter(source=source).first()
    if draft is None and source.versions.exists() and "look" not in request.POST:
        drafts.open_draft(source, now=timezone.now())
    else:
        drafting.draft_again(source, now=timezone.now())
    return redirect("staff:classify", source.pk)


@access.owner
@require_POST
def discard(request: HttpRequest, source_id: int) -> HttpResponse:
    """Let go of the draft."""
    draft = _draft(staff_of(request), source_id)
    drafts.discard(draft)
    messages.success(request, "The draft is gone, with what was decided in it. What is published stays.")
    return redirect("staff:sources")


@access.owner
@require_POST
def confirm_sure(request: HttpRequest, source_id: int) -> HttpResponse:
    """Confirm every sure proposal of the whole draft."""
    user = staff_of(request)
    draft = _draft(user, source_id)
    try:
        count = drafts.confirm_sure(draft, user=user, now=timezone.now())
    except Outdated as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{count} column{'' if count == 1 else 's'} confirmed.")
    return redirect("staff:classify", source_id)


@access.owner
def columns(request: HttpRequest, source_id: int, collection: str) -> HttpResponse:
    """One table's columns, with masked examples; a plain form that sends everything, or one row sent by a key."""
    user = staff_of(request)
    draft = _draft(user, source_id)
    table = get_object_or_404(
        draft.collections.select_related("draft__source__shop"), name=collection, draft__state=DatasetDraft.State.READY
    )
    rows = list(table.columns.all())
    if request.method != "POST":
        return _show(request, draft, table, rows, Typed())
    typed = classify_form.typed(request.POST, rows, table.dataset)
    try:
        said = _carry_out(request.POST, draft, table, rows, typed, user)
    except UnknownCategory as error:
        typed, said = Typed(errors={0: str(error)}), ""
    except Outdated as error:
        messages.error(request, str(error))
        return redirect("staff:classify", source_id)
    if request.headers.get("X-Requested-With") == "fetch":
        return _told(draft, table, typed)
    if typed.errors:
        return _show(request, draft, table, rows, typed, request.POST)
    if said:
        messages.success(request, said)
    return _onward(request, draft, table)


@access.owner
@require_POST
def describe(request: HttpRequest, source_id: int, collection: str) -> HttpResponse:
    """Say what a table is."""
    draft = _draft(staff_of(request), source_id)
    table = get_object_or_404(draft.collections, name=collection)
    form = CollectionForm.of(table, request.POST)
    if form.is_valid():
        try:
            drafts.describe_collection(table, **form.cleaned_data, now=timezone.now())
        except Outdated as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"What {table.name} is has been saved.")
    else:
        messages.error(request, "This could not be saved: choose from the lists, and keep to 100 characters.")
    return _back_to(draft, table, _wanted(request.POST))


@access.owner
def publish(request: HttpRequest, source_id: int) -> HttpResponse:
    """Show what would change, then make a version of the draft."""
    user = staff_of(request)
    draft = _draft(user, source_id)
    progress = drafts.progress_of(draft)
    problems: list[str] = []
    if request.method == "POST" and progress.needing and "accepted" not in request.POST:
        problems = ["Tick the box to publish as it was proposed what nobody has decided, or decide it first"]
    elif request.method == "POST":
        try:
            version = drafts.publish(draft, actor=staff(user), now=timezone.now())
        except (Outdated, SourceError) as error:
            problems = [str(error)]
        except Refused as error:
            problems = [str(problem) for problem in error.problems]
        else:
            messages.success(request, f"Version {version.number} is published; requests search by it from now on.")
            return redirect("staff:versions", draft.source_id)
    context = {"section": "sources", "source": draft.source, "draft": draft, "progress": progress}
    tables = classify_page.tables_of(draft)
    context |= {"problems": problems, **version_page.of_draft(draft)}
    context |= {"searched": [each for each in tables if not each.collection.is_skipped]}
    context |= {"never_searched": [each for each in tables if each.collection.is_skipped]}
    return render(request, "staff/publish.html", context)


def _carry_out(
    sent: QueryDict, draft: DatasetDraft, table: DraftCollection, rows: list[DraftColumn], typed: Typed, user: User
) -> str:
    """Store what was typed, then do what the button says; returns what to tell."""
    now = timezone.now()
    what = sent.get("do", "save")
    ticked = classify_form.selected(sent, rows)
    choices = dict(typed.choices)
    if what == "apply":
        choices |= classify_form.applied(sent, ticked, choices)
    changed = drafts.decide(draft, choices, user=user, now=now) if choices else 0
    count = 0
    if what in ("confirm", "confirm_shown") and not typed.errors:
        numbers = (
            [row.pk for row in ticked] if what == "confirm" else [int(n) for n in sent.getlist("row") if n.isdigit()]
        )
        count = drafts.confirm(draft, numbers, user=user, now=now)
    elif what == "confirm_sure" and not typed.errors:
        count = drafts.confirm_sure(draft, collection=table.name, user=user, now=now)
    elif what == "reopen":
        return f"{drafts.reopen(draft, [row.pk for row in ticked])} taken back."
    parts = [f"{changed} changed" if changed else "", f"{count} confirmed" if count else ""]
    return ", ".join(filter(None, parts)) + "." if any(parts) else ""


def _show(
    request: HttpRequest,
    draft: DatasetDraft,
    table: DraftCollection,
    rows: list[DraftColumn],
    typed: Typed,
    sent: QueryDict | None = None,
) -> HttpResponse:
    wanted = _wanted(sent or request.GET)
    on_page = set(sent.getlist("row")) if sent else set()
    shown = [row for row in rows if classify_page.is_shown(row, wanted) or str(row.pk) in on_page]
    examples, reason = classify_page.examples_or_reason(table, shown)
    tables = classify_page.tables_of(draft, wanted)
    context = {
        "section": "sources",
        "source": draft.source,
        "draft": draft,
        "table": table,
        "form": CollectionForm.of(table),
        "rows": classify_page.rows_of(shown, examples, table.dataset, sent, typed.errors),
        "errors": list(typed.errors.items()),
        "no_examples": reason,
        "hidden": len(rows) - len(shown),
        "progress": drafts.progress_of(draft),
        "tables": tables,
        "next": classify_page.next_table(tables, table.name),
        "wanted": wanted,
        "filters": classify_page.FILTERS,
        "identities": classify_form.IDENTITIES,
        "categories": sorted(WORDS.items(), key=lambda pair: pair[1].casefold()),
        "letters": classify_page.letters(),
    }
    return render(request, "staff/columns.html", context)


def _told(draft: DatasetDraft, table: DraftCollection, typed: Typed) -> JsonResponse:
    """The answer to a key: how the rows stand now, and the progress."""
    progress = drafts.progress_of(draft)
    states = {row.pk: classify_page.state_of(row) for row in table.columns.all()}
    counts = {"decided": progress.decided, "total": progress.total, "needing": progress.needing}
    return JsonResponse(
        {"states": states, "progress": counts, "errors": typed.errors}, status=422 if typed.errors else 200
    )


def _onward(request: HttpRequest, draft: DatasetDraft, table: DraftCollection) -> HttpResponse:
    """Back to the table, or on to the next that has something open."""
    wanted = _wanted(request.POST)
    if request.POST.get("do") == "confirm_shown":
        following = classify_page.next_table(classify_page.tables_of(draft), table.name)
        if following is None:
            return redirect("staff:classify", draft.source_id)
        return _back_to(draft, following.collection, wanted)
    return _back_to(draft, table, wanted)


def _back_to(draft: DatasetDraft, table: DraftCollection, wanted: str) -> HttpResponse:
    response = redirect("staff:columns", draft.source_id, table.name)
    if wanted:
        response["Location"] += "?" + urlencode({"show": wanted})
    return response


def _wanted(sent: QueryDict) -> str:
    wanted = sent.get("show", "")
    return wanted if wanted in classify_page.FILTERS else ""


def _draft(user: User, source_id: int) -> DatasetDraft:
    source = access.described_source_for(user, source_id)
    draft = DatasetDraft.objects.filter(source=source).select_related("source__shop", "based_on").first()
    if draft is None:
        raise Http404
    return draft
