"""Connecting a source that nobody has described: its address is tried, and a job drafts a description of it.

1. ``connect_undescribed`` stores the source, without any version, and an empty draft, and asks for the job: no request
   searches the source before a person has published a description.
2. ``write_draft`` reads the database outside any transaction of ours, telling on the draft how far it is.
3. Its last transaction stores texts, guesses and reasons. The sampled values were in memory only and are gone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from dsr.models import DatasetDraft, DatasetVersion, Job, Shop, Source
from dsr.sources.base import SourceError
from dsr.sources.draft import ColumnDraft, Draft, TableDraft, draft_source
from dsr.sources.extension import Extension, extended
from dsr.sources.sql_view import try_address
from dsr.workflow import audit, connections, drafts, queue, sealing
from dsr.workflow.actors import SYSTEM, Actor
from dsr.workflow.drafts import About, Proposal
from dsr.workflow.queue import Claim, FinalFault, TemporaryFault, Work

BETWEEN_LINES = timedelta(seconds=1)
"""How often the progress is written down."""


def connect_undescribed(
    shop: Shop, *, name: str, url: str, write_url: str = "", actor: Actor, now: datetime
) -> DatasetDraft:
    """Connect a database that nobody has described, and have a description drafted.

    Raises AlreadyThere, and SourceError when nobody answers at an address.
    """
    connections.refuse_twins(shop, name)
    try_address(name, url)
    if write_url:
        try_address(f"{name}, for writing", write_url)
    with transaction.atomic(durable=True):
        source = Source.objects.create(
            shop=shop,
            name=name,
            sealed_url=sealing.seal_credential(url, owner=f"{shop.slug}/{name}"),
            sealed_write_url=connections.sealed_write_url(write_url, f"{shop.slug}/{name}"),
            kind=connections.kind_of(url),
            host=connections.host_of(url),
            created_at=now,
        )
        facts: dict[str, audit.Fact] = {"shop": shop.slug, "source": source.pk, "name": name, "kind": source.kind}
        audit.record_for_shop(shop, "source.connected", actor=actor, now=now, facts=facts | {"version": None})
        return _ask(source, now)


@transaction.atomic(durable=True)
def draft_again(source: Source, *, now: datetime) -> DatasetDraft:
    """Look at the database, and draft what nobody has declared of it; once more when the last draft failed.

    What the version in force says stays as it is.
    """
    draft = DatasetDraft.objects.select_for_update(of=("self",)).filter(source=source).first()
    if draft is None:
        return _ask(source, now)
    if draft.state == DatasetDraft.State.FAILED:
        DatasetDraft.objects.filter(pk=draft.pk).update(state=DatasetDraft.State.WRITING, error_text="", tables_done=0)
        queue.again(Job.objects.get(key=f"{Work.DRAFT_SOURCE.value}:{draft.pk}"), now)
    return draft


def write_draft(claim: Claim) -> None:
    """Draft a source's description. Raises TemporaryFault or FinalFault with the reason, after noting it on the draft."""
    draft = DatasetDraft.objects.select_related("source__shop").filter(pk=claim.target_id).first()
    if draft is None or draft.state != DatasetDraft.State.WRITING:
        with transaction.atomic(durable=True):
            claim.finish()
        return
    source = draft.source
    try:
        # A folder of exported files is read as a database as well.
        made = draft_source("sql", source.name, connections.url_of(source), progress=_teller(draft.pk, claim))
    except SourceError as error:
        DatasetDraft.objects.filter(pk=draft.pk).update(error_text=str(error))
        raise (FinalFault if error.permanent else TemporaryFault)(str(error)) from None
    _store(draft.pk, made, claim)


def give_up(draft_id: int, reason: str, now: datetime) -> None:
    """The job was parked: the draft failed and says why; runs in the parking transaction."""
    DatasetDraft.objects.filter(pk=draft_id).update(state=DatasetDraft.State.FAILED, error_text=reason)


def _ask(source: Source, now: datetime) -> DatasetDraft:
    newest = source.versions.order_by("-number").first()
    draft = DatasetDraft.objects.create(
        source=source,
        based_on=newest,
        dataset_name=newest.dataset_name if newest else f"{source.name}.yaml",
        overlay_name=(newest.overlay_name if newest else "") or f"{source.name}.dsr.yaml",
        made_at=now,
    )
    queue.enqueue(Work.DRAFT_SOURCE, target_id=draft.pk, now=now)
    return draft


def _teller(draft_id: int, claim: Claim) -> Callable[[int, int, str], None]:
    """Writes down how far the job is, once a second at most."""
    told_at: datetime | None = None

    def tell(number: int, total: int, _table: str) -> None:
        nonlocal told_at
        now = claim.clock()
        if told_at is None or now - told_at >= BETWEEN_LINES or number == total:
            told_at = now
            DatasetDraft.objects.filter(pk=draft_id).update(tables_done=number - 1, tables_total=total)

    return tell


def _store(draft_id: int, made: Draft, claim: Claim) -> None:
    with transaction.atomic(durable=True):
        claim.finish()
        draft = DatasetDraft.objects.select_for_update(of=("self",)).select_related("source__shop").get(pk=draft_id)
        texts = _texts(draft.based_on, made)
        draft.dataset_text, draft.overlay_text = texts.dataset_text, texts.overlay_text
        draft.state, draft.error_text = DatasetDraft.State.READY, ""
        draft.tables_done = draft.tables_total = len(made.tables)
        draft.save()
        proposals = {
            (table.name, column.name): _proposal(table, column) for table in made.tables for column in table.columns
        }
        abouts = {table.name: About(table.reason, table.decide, table.rows_estimate) for table in made.tables}
        columns = drafts.fill(draft, proposals, abouts, settled=draft.based_on, added=texts.added)
        facts: dict[str, audit.Fact] = {
            "shop": draft.source.shop.slug,
            "source": draft.source.pk,
            "name": draft.source.name,
            "tables": len(made.tables),
            "columns": columns,
        }
        audit.record_for_shop(draft.source.shop, "source.drafted", actor=SYSTEM, now=claim.clock(), facts=facts)


def _texts(based_on: DatasetVersion | None, made: Draft) -> Extension:
    """The draft's own texts, or those in force with what the draft found beyond them."""
    if based_on is None:
        return Extension(made.dataset_text, made.overlay_text, frozenset())
    return extended(based_on.dataset_text, based_on.overlay_text, made.dataset_text, made.overlay_text)


def _proposal(table: TableDraft, column: ColumnDraft) -> Proposal:
    linked = [each for each in table.references if column.name in each.columns and each.is_followed]
    reasons = [column.reason, *(each.reason for each in linked if each.reason not in column.reason)]
    return Proposal(
        type=column.type,
        is_key=column.name in table.key,
        confidence=min([column.confidence, *(each.confidence for each in linked)]),
        reason="; ".join(filter(None, reasons)),
        question=column.decide,
    )
