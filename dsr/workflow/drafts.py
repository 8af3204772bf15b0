"""Drafts: what a source's next description will say, decided by people column by column, and published.

A draft is nobody's description: requests search by published versions only. Publishing writes the decisions into the
draft's texts, checks them against the live database as any other description, and makes a version of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from dsr.models import DatasetDraft, DatasetVersion, DraftCollection, DraftColumn, Source
from dsr.models.draft import SURE
from dsr.sources import examples, registry
from dsr.sources.dataset import is_secret
from dsr.sources.revision import CollectionChoice, ColumnChoice, Link, choices_of, revised, without_guesses
from dsr.workflow import connections
from dsr.workflow.actors import Actor
from dsr.workflow.connections import Outdated, Refused

CHOICES = ("data_categories", "identity", "third_party", "is_never_export", "links")
"""What is decided of a column; fields of DraftColumn and of ColumnChoice alike."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far people are with a draft, in columns. ``needing`` are questions, of columns and tables, still to be answered."""

    total: int
    decided: int
    needing: int

    @property
    def undecided(self) -> int:
        """Columns that would be published as they were proposed."""
        return self.total - self.decided


@transaction.atomic(durable=True)
def open_draft(source: Source, *, now: datetime) -> DatasetDraft:
    """The source's draft; a new one begins as the version in force says, every column settled. Raises NotDescribed."""
    existing = DatasetDraft.objects.filter(source=source).first()
    if existing is not None:
        return existing
    version = connections.current_version(source)
    draft = DatasetDraft.objects.create(
        source=source,
        based_on=version,
        state=DatasetDraft.State.READY,
        dataset_name=version.dataset_name,
        dataset_text=version.dataset_text,
        overlay_name=version.overlay_name,
        overlay_text=version.overlay_text,
        made_at=now,
    )
    fill(draft, {}, {}, settled=version)
    return draft


@transaction.atomic(durable=True)
def discard(draft: DatasetDraft) -> None:
    """Let go of everything that was decided since the draft began. The version in force is not touched."""
    draft.delete()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is known of one column beside its choices. ``confidence`` is between 0 and 1."""

    type: str = ""
    is_key: bool = False
    confidence: float = 0.0
    reason: str = ""
    question: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What is known of one table beside its choices."""

    reason: str = ""
    question: str = ""
    rows_estimate: int | None = None


def fill(
    draft: DatasetDraft,
    proposals: Mapping[tuple[str, str], Proposal],
    tables: Mapping[str, About],
    *,
    settled: DatasetVersion | None = None,
    added: frozenset[tuple[str, str]] = frozenset(),
) -> int:
    """Make a row of every column that the draft's texts declare, in the caller's transaction; returns how many.

    ``proposals`` go by collection and column, ``tables`` by collection. With ``settled`` every
    column was decided when that version was made, except those ``added`` since.
    """
    known = _described(settled) if settled else {}
    rows = []
    for position, choice in enumerate(choices_of(draft.dataset_text, draft.overlay_text)):
        about = tables.get(choice.name, About())
        collection = DraftCollection.objects.create(
            draft=draft,
            position=position,
            dataset=choice.dataset,
            name=choice.name,
            table=choice.table,
            record_class=choice.record_class,
            subject_class=choice.subject_class,
            ownership=choice.ownership,
            is_skipped=choice.is_skipped,
            reason=about.reason,
            question=about.question,
            rows_estimate=about.rows_estimate,
        )
        for number, column in enumerate(choice.columns):
            place = (choice.name, column.name)
            is_settled = settled is not None and place not in added
            source = known if is_settled else proposals
            rows.append(
                _row(collection, number, column, source.get(place, Proposal()), settled if is_settled else None)
            )
    DraftColumn.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def decide(draft: DatasetDraft, choices: Mapping[int, ColumnChoice], *, user: User, now: datetime) -> int:
    """Settle columns, by their row's number, as a person chose; returns how many there were."""
    with transaction.atomic(durable=True):
        _while_ready(draft)
        rows = _columns(draft).filter(pk__in=choices)
        for row in rows:
            content = _content(choices[row.pk])
            for name, value in content.items():
                setattr(row, name, value)
            row.is_changed = content != row.proposed
            row.decided_by, row.decided_at = user, now
        DraftColumn.objects.bulk_update(rows, (*CHOICES, "is_changed", "decided_by", "decided_at"))
    return len(rows)


def confirm(draft: DatasetDraft, columns: Iterable[int], *, user: User, now: datetime) -> int:
    """Settle columns as they stand; returns how many were still open."""
    with transaction.atomic(durable=True):
        _while_ready(draft)
        still_open = _columns(draft).filter(pk__in=list(columns), decided_at=None)
        return still_open.update(decided_by=user, decided_at=now)


def confirm_sure(draft: DatasetDraft, *, collection: str = "", user: User, now: datetime) -> int:
    """Settle every open column, of one collection or of all, whose proposal is sure and asks nothing; returns how many."""
    sure = _columns(draft).filter(decided_at=None, confidence__gte=SURE, question="")
    if collection:
        sure = sure.filter(collection__name=collection)
    return confirm(draft, sure.values_list("pk", flat=True), user=user, now=now)


def reopen(draft: DatasetDraft, columns: Iterable[int]) -> int:
    """Take decisions back: the columns are as they were proposed, and open; returns how many."""
    with transaction.atomic(durable=True):
        _while_ready(draft)
        rows = _columns(draft).filter(pk__in=list(columns))
        for row in rows:
            for name, value in row.proposed.items():
                setattr(row, name, value)
            row.is_changed, row.decided_by, row.decided_at = False, None, None
        DraftColumn.objects.bulk_update(rows, (*CHOICES, "is_changed", "decided_by", "decided_at"))
    return len(rows)


def describe_collection(
    collection: DraftCollection,
    *,
    record_class: str,
    subject_class: str,
    ownership: str,
    is_skipped: bool,
    now: datetime,
) -> None:
    """Say what a table is, which answers what was asked of it. Empty means: whatever follows from its columns."""
    with transaction.atomic(durable=True):
        _while_ready(collection.draft)
        DraftCollection.objects.filter(pk=collection.pk).update(
            record_class=record_class,
            subject_class=subject_class,
            ownership=ownership,
            is_skipped=is_skipped,
            decided_at=now,
        )


def progress_of(draft: DatasetDraft) -> Progress:
    """How far people are."""
    is_open = Q(decided_at=None)
    is_asked = is_open & ~Q(question="")
    columns = _columns(draft).aggregate(
        total=Count("pk"), decided=Count("pk", filter=~is_open), needing=Count("pk", filter=is_asked)
    )
    tables = draft.collections.filter(is_asked).count()
    return Progress(columns["total"], columns["decided"], columns["needing"] + tables)


def examples_of(collection: DraftCollection, columns: Iterable[DraftColumn]) -> Mapping[str, tuple[str, ...]]:
    """Masked examples by column, read from the live database for whoever looks now. Raises SourceError.

    What may never be sent out is not read for this either.
    """
    source = collection.draft.source
    wanted = [each.name for each in columns if not (each.is_never_export or is_secret(each.data_categories))]
    return examples.examples(source.name, connections.url_of(source), collection.table, wanted)


def texts_of(draft: DatasetDraft) -> tuple[str, str]:
    """Dataset and overlay as they would be published. Raises Refused when the draft's own texts cannot be read."""
    tables = set(draft.collections.exclude(decided_at=None).values_list("name", flat=True))
    decided = _columns(draft).exclude(decided_at=None)
    columns = set(decided.values_list("collection__name", "name"))
    try:
        texts = revised(draft.dataset_text, draft.overlay_text, _choices(draft))
        return without_guesses(*texts, columns, tables)
    except registry.DatasetError as error:
        raise Refused(error.problems) from None


def publish(draft: DatasetDraft, *, actor: Actor, now: datetime) -> DatasetVersion:
    """Make a version of the draft, which ends with it. Columns that nobody decided are published as proposed.

    Raises Outdated, Refused (everything that is wrong with it) and SourceError (cannot connect).
    """
    if draft.state != DatasetDraft.State.READY:
        raise Outdated("This draft is not ready; there is nothing to publish yet.")
    dataset_text, overlay_text = texts_of(draft)
    return connections.change_source(
        draft.source,
        dataset_text=dataset_text,
        dataset_name=draft.dataset_name,
        overlay_text=overlay_text,
        overlay_name=draft.overlay_name or ("overlay.dsr.yaml" if overlay_text else ""),
        origin=DatasetVersion.Origin.CLASSIFIED,
        settles=draft,
        actor=actor,
        now=now,
    )


def _columns(draft: DatasetDraft) -> QuerySet[DraftColumn]:
    return DraftColumn.objects.filter(collection__draft=draft)


def _while_ready(draft: DatasetDraft) -> None:
    """Lock the draft: a decision and a publication do not pass each other unseen."""
    ready = DatasetDraft.objects.select_for_update(of=("self",)).filter(pk=draft.pk, state=DatasetDraft.State.READY)
    if not ready.exists():
        raise Outdated("This draft was published or discarded meanwhile.")


def _choices(draft: DatasetDraft) -> Sequence[CollectionChoice]:
    return [
        CollectionChoice(
            dataset=each.dataset,
            name=each.name,
            table=each.table,
            record_class=each.record_class,
            subject_class=each.subject_class,
            ownership=each.ownership,
            is_skipped=each.is_skipped,
            columns=tuple(choice_of(column) for column in each.columns.all()),
        )
        for each in draft.collections.prefetch_related("columns")
    ]


def choice_of(row: DraftColumn) -> ColumnChoice:
    """What the row says of its column now."""
    return ColumnChoice(
        name=row.name,
        data_categories=tuple(row.data_categories),
        identity=row.identity,
        third_party=row.third_party,
        is_never_export=row.is_never_export,
        links=tuple(Link(*each) for each in row.links),
    )


def _content(choice: ColumnChoice) -> dict[str, Any]:
    """A choice as the fields of its row."""
    return {
        "data_categories": list(choice.data_categories),
        "identity": choice.identity,
        "third_party": choice.third_party,
        "is_never_export": choice.is_never_export,
        "links": [[link.dataset, link.target, link.direction] for link in choice.links],
    }


def _row(
    collection: DraftCollection, number: int, column: ColumnChoice, proposal: Proposal, settled: DatasetVersion | None
) -> DraftColumn:
    content = _content(column)
    return DraftColumn(
        collection=collection,
        position=number,
        name=column.name,
        type=proposal.type,
        is_key=proposal.is_key,
        **content,
        proposed=content,
        confidence=1.0 if settled else proposal.confidence,
        reason=proposal.reason,
        question=proposal.question,
        decided_by_id=settled.made_by_id if settled else None,
        decided_at=settled.made_at if settled else None,
    )


def _described(version: DatasetVersion) -> dict[tuple[str, str], Proposal]:
    return {
        (name, field["name"]): Proposal(field["type"], field["is_key"], 1.0, f"As version {version.number} says.")
        for name, collection in version.collections.items()
        for field in collection["fields"]
    }
