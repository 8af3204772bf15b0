"""What stands in the shop of the records that an erasure left: read from every source before anything is decided in one, since
what is open in one holds up what another keeps."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from dsr.models import KeptRecord, Source
from dsr.records import PlanRow, Record
from dsr.sources.base import WritableSource
from dsr.workflow import connections, due_records, finishing_notes, kept_rows, other_owners
from dsr.workflow.due_records import Known
from dsr.workflow.erasure_rows import FoundRows
from dsr.workflow.finishing_notes import Note
from dsr.workflow.finishing_report import Report


@dataclass(frozen=True, slots=True)
class Look:
    """How a look at kept records is meant: as of when, and what it may do (see ``finishing.finish``)."""

    now: datetime
    today: date
    execute: bool
    over_ceiling: bool
    let_go: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """A source's kept records and what is known of them.

    ``records`` are all that were looked for, ``unsaid`` what a night did of them that ended before it said so, ``present`` the
    others that are there and whose they were; ``facts`` has each of these by person and digest, ``counts`` how many rows of a
    digest there are: several, equal ones of a table without a key.
    """

    opened: WritableSource
    found: FoundRows
    records: Sequence[KeptRecord]
    unsaid: Sequence[Note]
    present: Sequence[KeptRecord]
    facts: Mapping[UUID, Mapping[str, Known]]
    counts: Mapping[str, int]

    @property
    def source(self) -> Source:
        """The source."""
        return self.found.source


def seen_in(source: Source, opened: WritableSource, records: Sequence[KeptRecord], report: Report, look: Look) -> Seen:
    """Read them; what became of those that are not there goes into the report. Raises SourceError, LedgerProblem."""
    found = FoundRows(source, connections.described_by(connections.current_version(source)))
    stayed = kept_rows.rows_of(records)
    unsaid = finishing_notes.begun(source, opened, records, stayed, look.today)
    finishing_notes.report(unsaid, report)
    said = {each.kept.pk for each in unsaid}
    others = [kept for kept in records if kept.pk not in said]
    stayed = {kept.digest: stayed[kept.digest] for kept in others}
    there, counts = _still_theirs(opened, found, others, stayed, report, look)
    present = [kept for kept in others if kept.digest in there]
    shared = other_owners.still_shared(source, opened, found, present, there)
    known = due_records.known_of(found, present, there, shared)
    return Seen(opened, found, records, unsaid, present, known, counts)


def elsewhere(mine: Seen, every: Iterable[Seen]) -> dict[UUID, list[tuple[str, Mapping[str, date | None]]]]:
    """By person, what else of theirs is kept in other sources, as it is there now.

    Where a source could not be asked, what it had open counts as open.
    """
    others = [each for each in every if each is not mine]
    beside: dict[UUID, list[tuple[str, Mapping[str, date | None]]]] = defaultdict(list)
    for other in others:
        for person in mine.facts.keys() & other.facts.keys():
            beside[person] += due_records.facts_in(other.facts[person])
    unasked = KeptRecord.objects.waiting().filter(person__in=list(mine.facts), event__startswith="closed:")
    for kept in unasked.exclude(source__in=[mine.source, *(other.source for other in others)]):
        beside[kept.person].append((kept.record_class, {}))
    return beside


def _still_theirs(
    opened: WritableSource,
    found: FoundRows,
    records: Sequence[KeptRecord],
    stayed: dict[str, PlanRow],
    report: Report,
    look: Look,
) -> tuple[Mapping[str, Record], Mapping[str, int]]:
    """By digest, the rows that are there and name whom they named, and how many are equal; what became of the others goes into
    the report."""
    collections = found.described.graph.collections
    keyless = [kept for kept in records if kept.collection in collections and not collections[kept.collection].key]
    most = kept_rows.equal_rows(keyless)
    # Of equal rows one more than may be ours is asked for, to see whether there are others.
    read = list(opened.read_back([row for digest, row in stayed.items() for _ in range(most[digest] + 1)]))
    there = {record.key.digest: record for record in read}
    kept_rows.follow(found.described, records, stayed, there, look.now, execute=look.execute)
    counts = Counter(record.key.digest for record in read)
    most = kept_rows.equal_rows(keyless)
    there = {digest: record for digest, record in there.items() if digest in stayed}
    _note_gone([kept for kept in records if kept.digest not in there], report, look)
    _leave_equal([kept for kept in keyless if counts[kept.digest] > most[kept.digest]], there, report)
    strangers = kept_rows.given_away(found.described, stayed, there)
    given = [kept for kept in records if kept.digest in strangers]
    report.given_away.update((found.source.name, collection) for collection in _once(given))
    if look.execute and look.let_go:
        given_ones = KeptRecord.objects.filter(pk__in=[kept.pk for kept in given])
        given_ones.update(state=KeptRecord.State.GONE, ended_at=look.now)
    return {digest: record for digest, record in there.items() if digest not in strangers}, counts


def _once(records: Iterable[KeptRecord]) -> Iterable[str]:
    """The collections of some rows, each row once, however many requests it is kept for."""
    return {kept.digest: kept.collection for kept in records}.values()


def _leave_equal(records: Sequence[KeptRecord], there: dict[str, Record], report: Report) -> None:
    """Leave alone what cannot be told from rows that were not kept."""
    left = {kept.digest: kept for kept in records if there.pop(kept.digest, None)}
    for kept in left.values():
        report.stays[kept.source.name, kept.collection] += 1
    for name in sorted({kept.collection for kept in left.values()}):
        report.refuse(
            records[0].source.name,
            f"'{name}' has no key, and holds more rows that are equal to kept ones than were kept: nobody can tell whose are "
            "whose, so these were left as they are. Erase them in the shop itself; the next night counts them as gone.",
        )


def _note_gone(records: Sequence[KeptRecord], report: Report, look: Look) -> None:
    """Rows that are not there any more and that no night of ours erased: the shop itself removed them."""
    gone = {kept.digest: kept for kept in records}
    report.gone.update((kept.source.name, kept.collection) for kept in gone.values())
    if look.execute:
        ended = KeptRecord.objects.filter(pk__in=[kept.pk for kept in records])
        ended.update(state=KeptRecord.State.GONE, ended_at=look.now)
