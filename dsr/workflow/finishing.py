"""The nightly rest of an erasure: what was kept and whose time is over is erased too, planned, run and proved alike.

Every record is decided about afresh, by the policy version that kept it: a hold may have come, a return may have been closed,
the other person whose record it was too may be gone. What must stay is looked at again the next night.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.conf import settings
from django.db import transaction

from dsr.clocks.arithmetic import day_of
from dsr.ledger import LedgerProblem
from dsr.models import KeptRecord, Shop, Source
from dsr.records import Record
from dsr.sources.base import SourceError, WritableSource
from dsr.workflow import (
    connections,
    due_records,
    erasure_files,
    erasure_steps,
    finishing_run,
    kept_rows,
    ledgers,
    other_owners,
    shops,
)
from dsr.workflow.due_records import Due
from dsr.workflow.erasure_rows import FoundRows
from dsr.workflow.queue import Claim, FinalFault, TemporaryFault

FEW = 20
"""So many of a table are never too many for one night; of more, a share is (``DSR_MOST_FINISHED_PERCENT``)."""


@dataclass
class Report:
    """What one look at a shop's kept records came to; counts by (source, collection).

    ``moved_on``: what held a record up has ended, and it stays for its rule's own time now, without what goes at once.
    ``given_away``: what is there names somebody else than when it was kept; it is left as it is. ``unreadable``: nobody can tell
    which record it was, since our own database was restored from a dump older than its key.
    """

    erased: Counter[tuple[str, str]] = field(default_factory=Counter)
    moved_on: Counter[tuple[str, str]] = field(default_factory=Counter)
    gone: Counter[tuple[str, str]] = field(default_factory=Counter)
    stays: Counter[tuple[str, str]] = field(default_factory=Counter)
    given_away: Counter[tuple[str, str]] = field(default_factory=Counter)
    unreadable: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many are, or would be, erased."""
        return self.erased.total()

    def refuse(self, source: str, words: str) -> None:
        """Say why something was not done in a source, beside what was said of it before."""
        self.refused[source] = f"{self.refused[source]} {words}" if source in self.refused else words


@dataclass(frozen=True, slots=True)
class Look:
    """How a look at kept records is meant: as of when, and what it may do (see :func:`finish`)."""

    now: datetime
    today: date
    execute: bool
    over_ceiling: bool
    let_go: bool


def finish_due(claim: Claim) -> None:
    """The job's work for one shop. Raises FinalFault where a person must look, TemporaryFault where a database is away."""
    shop = Shop.objects.get(pk=claim.target_id)
    report = finish(shop, now=claim.clock(), execute=True)
    wrong = [f"{name}: {why}" for name, why in report.refused.items()]
    wrong += [
        f"{name}: {count} of '{collection}' name somebody else than when they were kept, and were left as they are. Where "
        "that is right (a number was given again), run finish_due_erasures --execute --let-go."
        for (name, collection), count in report.given_away.items()
    ]
    wrong += [
        f"{name}: which {count} of '{collection}' were kept cannot be read any more: our database was restored from a dump older "
        "than their key. Look for them in the shop by the reference, then run finish_due_erasures --execute --let-go."
        for (name, collection), count in report.unreadable.items()
    ]
    if wrong:
        raise FinalFault("; ".join(wrong))
    with transaction.atomic(durable=True):
        claim.finish()


def finish(shop: Shop, *, now: datetime, execute: bool, over_ceiling: bool = False, let_go: bool = False) -> Report:
    """Decide about every kept record of a shop whose time may be over, and with ``execute`` erase those it is over for.

    ``over_ceiling``: also where that is more of a table than ``DSR_MOST_FINISHED_PERCENT`` allows. ``let_go``: records that name
    somebody else by now are that person's, and are not looked at again. A source that fails is named in the report; the others
    go on.
    """
    report = Report()
    look = Look(now, day_of(now, shops.profile_of(shop, now).time_zone), execute, over_ceiling, let_go)
    by_source: dict[int, list[KeptRecord]] = defaultdict(list)
    for kept in _to_look_at(shop, look.today):
        if kept.key_month is not None:
            by_source[kept.source_id].append(kept)
        else:
            report.unreadable[kept.source.name, kept.collection] += 1
    if execute and let_go:
        KeptRecord.objects.waiting().filter(shop=shop, key_month=None).update(state=KeptRecord.State.GONE, ended_at=now)
    for records in by_source.values():
        source = records[0].source
        try:
            with erasure_steps.writable(source) as opened:
                _finish_source(source, opened, records, report, look)
        except (SourceError, connections.Refused, TemporaryFault, finishing_run.NotFinished, LedgerProblem) as error:
            report.refuse(source.name, str(error))
    return report


def _to_look_at(shop: Shop, today: date) -> list[KeptRecord]:
    """What may be due, with everything else that stays of the same people: lines go by the dates of their orders."""
    waiting = KeptRecord.objects.waiting().filter(shop=shop)
    beside = waiting.filter(person__in=waiting.due(today).values("person"))
    return list(beside.select_related("source__shop", "subject_request").order_by("pk"))


def _finish_source(
    source: Source, opened: WritableSource, records: Sequence[KeptRecord], report: Report, look: Look
) -> None:
    found = FoundRows(source, connections.described_by(connections.current_version(source)))
    there = _still_theirs(source, opened, found, records, report, look)
    present = [kept for kept in records if kept.digest in there]
    shared = other_owners.still_shared(source, opened, found, present, there)
    judged = due_records.judge(found, present, there, shared, look.today)
    for words in judged.problems:
        report.refuse(source.name, words)
    due = judged.due
    chosen = {each.kept.pk for each in due}
    report.stays.update((source.name, kept.collection) for kept in present if kept.pk not in chosen)
    if not look.over_ceiling and (told := _too_much(opened, [each for each in due if each.is_removed])):
        report.refuse(source.name, told)
        return  # Not in part either: a line goes by the date of its order.
    if look.execute:
        _carry_out(opened, found, records, due, report, look)
    for each in due:
        (report.erased if each.is_removed else report.moved_on)[source.name, each.kept.collection] += 1


def _still_theirs(
    source: Source,
    opened: WritableSource,
    found: FoundRows,
    records: Sequence[KeptRecord],
    report: Report,
    look: Look,
) -> Mapping[str, Record]:
    """By digest, the rows that are there and name whom they named; what became of the others goes into the report."""
    stayed = kept_rows.rows_of(records)
    there = {record.key.digest: record for record in opened.read_back(list(stayed.values()))}
    for kept in kept_rows.follow(found.described, records, stayed, there, look.now):
        if look.execute:
            kept.save(update_fields=("digest", "sealed_key", "key_month"))
    there = {digest: record for digest, record in there.items() if digest in stayed}
    strangers = kept_rows.given_away(found.described, stayed, there)
    given = [kept for kept in records if kept.digest in strangers]
    report.given_away.update((source.name, kept.collection) for kept in given)
    _note_gone([kept for kept in records if kept.digest not in there], report, look)
    if look.execute and look.let_go:
        given_ones = KeptRecord.objects.filter(pk__in=[kept.pk for kept in given])
        given_ones.update(state=KeptRecord.State.GONE, ended_at=look.now)
    return {digest: record for digest, record in there.items() if digest not in strangers}


def _note_gone(records: Iterable[KeptRecord], report: Report, look: Look) -> None:
    """Rows that are not there: erased by a run that was interrupted before it said so, or removed by the shop itself."""
    for kept in records:
        is_ours = kept.intent is not None
        (report.erased if is_ours else report.gone)[kept.source.name, kept.collection] += 1
        if look.execute:
            state = KeptRecord.State.FINISHED if is_ours else KeptRecord.State.GONE
            KeptRecord.objects.filter(pk=kept.pk).update(state=state, ended_at=look.now)


def _carry_out(
    opened: WritableSource,
    found: FoundRows,
    records: Sequence[KeptRecord],
    due: Sequence[Due],
    report: Report,
    look: Look,
) -> None:
    """First what a run that was interrupted had begun: a file that its row still names stays until its turn."""
    source = found.source
    begun = {kept.intent for kept in records if kept.intent is not None}
    files = [each for number in sorted(begun) for each in ledgers.files_of(number)]
    if left := erasure_files.removed_words(source, opened, found.described, files):
        report.refuse(source.name, left)
    if due and (left := finishing_run.erase(opened, found, due, look.today, look.now)):
        report.refuse(source.name, left)


def _too_much(opened: WritableSource, due: Sequence[Due]) -> str:
    """Why a person must look first, in words: so much of a table would go. Empty when it would not."""
    counted = Counter(each.kept.collection for each in due)
    many = [name for name, count in counted.items() if count > FEW]
    sizes = opened.sizes(many) if many else {}
    most = settings.DSR_MOST_FINISHED_PERCENT
    over = [name for name, size in sizes.items() if counted[name] * 100 > size * most]
    if not over:
        return ""
    told = ", ".join(f"{counted[name]} of {sizes[name]} rows of '{name}'" for name in over)
    return (
        f"{told} would be erased in one night, more than {most} % of a table. Nothing was erased there: a date or a rule may be "
        "wrong. Look at them with finish_due_erasures; if it is right, run finish_due_erasures --execute --over-ceiling. If it "
        "is so every night, raise DSR_MOST_FINISHED_PERCENT."
    )
