"""What the classify screen does, by command: show a draft, decide its columns, publish it or throw it away."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandError

from dsr.data_categories import data_categories
from dsr.management.json_command import JsonCommand, refuse_unheeded, the_owner, the_shop, the_source
from dsr.models import DatasetDraft, DraftColumn, Source
from dsr.sources.revision import ColumnChoice
from dsr.workflow import drafting, drafts
from dsr.workflow.actors import by_command
from dsr.yaml_text import nearest


class Command(JsonCommand):
    """``classify_source SHOP SOURCE --as STAFF``, then what to do with its draft; without more it shows the open columns.

    A source without a draft gets one: from the version in force, or by a job that looks at the database.
    """

    help = "Decide what the columns of a source hold, and publish that as a new version."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("shop")
        parser.add_argument("source")
        parser.add_argument("--as", dest="staff", required=True, help="the owner who decides")
        parser.add_argument("--look", action="store_true", help="look at the database for new columns first")
        parser.add_argument(
            "--set", action="append", default=[], metavar="TABLE.COLUMN=CATEGORY[;CATEGORY]", help="what a column holds"
        )
        parser.add_argument("--confirm", action="append", default=[], metavar="TABLE.COLUMN", help="it is as proposed")
        parser.add_argument("--confirm-sure", action="store_true", help="confirm every proposal that is sure")
        parser.add_argument("--publish", action="store_true", help="make a version of the draft")
        parser.add_argument("--with-open", action="store_true", help="publish although questions are open")
        parser.add_argument("--discard", action="store_true", help="throw the draft away")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        if options["discard"]:
            refuse_unheeded(
                options, "set confirm confirm_sure publish with_open", "with --discard, which throws it all away."
            )
        if not options["publish"]:
            refuse_unheeded(options, "with_open", "without --publish.")
        source = the_source(the_shop(options["shop"]), options["source"])
        user = the_owner(options["staff"], source.shop)
        draft = _draft(source, now, look=options["look"])
        if draft.state != DatasetDraft.State.READY:
            return {"source": source.name, "draft": draft.state, "reason": draft.error_text}
        _decide(draft, options, user, now)
        if options["discard"]:
            drafts.discard(draft)
            return {"source": source.name, "draft": "discarded"}
        if options["publish"]:
            return _publish(draft, user, now, with_open=options["with_open"])
        return {"source": source.name, "draft": draft.state, "progress": _progress(draft), "open": _open(draft)}


def _draft(source: Source, now: datetime, *, look: bool) -> DatasetDraft:
    existing = DatasetDraft.objects.filter(source=source).first()
    if existing is not None and existing.state != DatasetDraft.State.FAILED:
        return existing
    if existing is None and source.versions.exists() and not look:
        return drafts.open_draft(source, now=now)
    return drafting.draft_again(source, now=now)


def _decide(draft: DatasetDraft, options: dict[str, Any], user: User, now: datetime) -> None:
    choices: dict[int, ColumnChoice] = {}
    for each in options["set"]:
        place, _, words = each.partition("=")
        row = _column(draft, place)
        choices[row.pk] = replace(drafts.choice_of(row), data_categories=_categories(words))
    drafts.decide(draft, choices, user=user, now=now)
    drafts.confirm(draft, [_column(draft, place).pk for place in options["confirm"]], user=user, now=now)
    if options["confirm_sure"]:
        drafts.confirm_sure(draft, user=user, now=now)


def _publish(draft: DatasetDraft, user: User, now: datetime, *, with_open: bool) -> dict[str, Any]:
    progress = drafts.progress_of(draft)
    if progress.needing and not with_open:
        raise CommandError(f"{progress.needing} questions are open. Decide them, or publish --with-open.")
    version = drafts.publish(draft, actor=by_command(user), now=now)
    return {"source": draft.source.name, "version": version.number, "progress": asdict(progress)}


def _progress(draft: DatasetDraft) -> dict[str, int]:
    return asdict(drafts.progress_of(draft))


def _open(draft: DatasetDraft) -> list[dict[str, Any]]:
    """The columns that nobody has decided, the ones that ask something first."""
    rows = DraftColumn.objects.filter(collection__draft=draft, decided_at=None).select_related("collection")
    return [
        {
            "column": f"{row.collection.name}.{row.name}",
            "holds": row.data_categories,
            "confidence": row.confidence,
            "reason": row.reason,
            "question": row.question,
        }
        for row in sorted(rows, key=lambda row: (not row.question, row.collection.position, row.position))
    ]


def _column(draft: DatasetDraft, place: str) -> DraftColumn:
    table, _, name = place.rpartition(".")
    row = DraftColumn.objects.filter(collection__draft=draft, collection__name=table, name=name).first()
    if row is None:
        raise CommandError(f"There is no column {place!r}; write table.column, as the list shows them.")
    return row


def _categories(words: str) -> tuple[str, ...]:
    found = tuple(word.strip() for word in words.split(";") if word.strip())
    known = data_categories()
    wrong = [word for word in found if word not in known]
    if wrong or not found:
        raise CommandError(f"There is no data category {words!r}{nearest(words, known)}")
    return found
