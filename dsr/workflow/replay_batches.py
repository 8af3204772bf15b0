"""Entries of the ledger done again in one source, as many at a time as its transaction takes; or, before, only counted.

No two entries of a batch speak of one row, and a person's rows are never parted. What a source refuses is done in halves, until
what hinders stands alone and is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from dsr.clocks.arithmetic import day_of
from dsr.models import Source, SubjectRequest
from dsr.records import Action, PlanRow, RecordKey
from dsr.sources.base import SourceError, WritableSource
from dsr.workflow import holds, shops
from dsr.workflow.erasure_files import NamedFile

ROWS_AT_ONCE = 20_000
"""In one transaction of a source that knows them; a person's rows are never parted."""
MOST_STRANGERS = 50
"""Sentences about rows that name somebody else; what is more than that is one of its own."""


@dataclass(frozen=True, slots=True)
class Written:
    """One intent: what a source was asked to do, under which number, and for which request (empty: at an end date)."""

    number: int
    request: str
    source: str
    step: int
    rows: tuple[PlanRow, ...]
    files: tuple[NamedFile, ...] = ()


@dataclass
class Report:
    """What a replay came to, by (source, collection, action).

    ``back``: rows that hold again what had been erased or corrected. ``done``: those of them that are as they should be now.
    ``held`` are under a hold; ``unfinished`` are requests whose own run goes on; ``suppressions`` identifiers of erased
    people that our database had lost. ``refused`` says in words what could not be done, ``unreachable`` which source must be
    asked again, ``undone`` those of which nothing was done. ``strangers`` says which rows stand under the number of an erased
    one and name somebody else. ``files`` counts by (source, fate) the files that went with such rows and were there again
    (before anything is done: ``there``), or could not be looked for.
    """

    entries: int = 0
    back: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    done: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    held: Counter[tuple[str, str]] = field(default_factory=Counter)
    unfinished: list[str] = field(default_factory=list)
    files: Counter[tuple[str, str]] = field(default_factory=Counter)
    suppressions: int = 0
    strangers: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unreachable: list[str] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the batches before would have made of the source: digests of rows that would say something else, and of keys that
    would be there."""

    changed: set[str] = field(default_factory=set)
    arriving: set[str] = field(default_factory=set)


def batches(intents: Sequence[Written]) -> Iterator[list[Written]]:
    """Entries to be done together: none of them speaks of a row that another speaks of."""
    batch: list[Written] = []
    digests: set[str] = set()
    size = 0
    for each in intents:
        mine = {row.key.digest for row in each.rows}
        mine.update(moved.digest for row in each.rows if row.changes and (moved := row.moved_to))
        if batch and (size + len(each.rows) > ROWS_AT_ONCE or digests & mine):
            yield batch
            batch, digests, size = [], set(), 0
        batch.append(each)
        digests |= mine
        size += len(each.rows)
    if batch:
        yield batch


def do(source: Source, opened: WritableSource, batch: Sequence[Written], report: Report, now: datetime) -> None:
    """Do a batch again, look at each row once more, and put down what came of it. Raises SourceError."""
    rows = [row for each in batch for row in each.rows]
    forbidden = _forbidden(source, rows, report, now)
    free = [row for row in rows if row.key.digest not in forbidden] if forbidden else rows
    back = _back(opened, [row for row in free if row.action is not Action.DELETE])
    # A row that is to be deleted need not be looked for before: whoever deletes it says whether it was there.
    todo = [[row for row in each.rows if row.action is Action.DELETE or row.key.digest in back] for each in batch]
    groups = [[row for row in some if row.key.digest not in forbidden] for some in todo] if forbidden else todo
    back |= _do(source, opened, [group for group in groups if group], batch, report)
    named = _named(rows, back)
    report.back.update(named)
    still = _back(opened, [row for row in rows if row.key.digest in back])
    report.done.update(_named(rows, back - still) if still else named)
    _tell_strangers(opened, [row for row in free if row.key.digest not in back], batch, report)


def count(
    source: Source,
    opened: WritableSource,
    batch: Sequence[Written],
    report: Report,
    now: datetime,
    foreseen: Foreseen,
) -> None:
    """Put down what would be done, after the batches before. Raises SourceError."""
    rows = [row for each in batch for row in each.rows]
    forbidden = _forbidden(source, rows, report, now)
    free = [row for row in rows if row.key.digest not in forbidden] if forbidden else rows
    changed = foreseen.changed  # Whose such a row is can be told only once that is done, so it is not asked.
    looked = [replace(row, whose={}) if row.key.digest in changed else row for row in free] if changed else free
    back = _back(opened, looked) | foreseen.arriving.intersection([row.key.digest for row in free])
    report.back.update(_named(rows, back))
    _tell_strangers(opened, [row for row in looked if row.key.digest not in back], batch, report)
    for row in free:
        if row.changes and row.key.digest in back:
            foreseen.changed.add(row.key.digest)
            foreseen.arriving.update({row.moved_to.digest} if row.moved_to else ())


def _tell_strangers(opened: WritableSource, rows: Sequence[PlanRow], batch: Sequence[Written], report: Report) -> None:
    """Rows under the number of an erased one that name somebody else: a new customer, or the old one under an older address."""
    told = [row for row in rows if row.whose]
    for key in opened.strangers(told) if told else ():
        if len(report.strangers) == MOST_STRANGERS:
            report.strangers.append("and more of them.")
        if len(report.strangers) <= MOST_STRANGERS:
            report.strangers.append(f"{_whose(batch, [key])}: {_told(key)} names somebody else by now.")


def _told(key: RecordKey) -> str:
    """A row for whoever looks it up in the shop. Only numbers are said: another key may be an address."""
    numbers = [f"{name} {value}" for name, value in key.columns if type(value) is int]
    return (
        f"'{key.collection}' {', '.join(numbers)}"
        if len(numbers) == len(key.columns)
        else f"a row of '{key.collection}'"
    )


def _forbidden(source: Source, rows: Sequence[PlanRow], report: Report, now: datetime) -> Collection[str]:
    """The digests of rows under a hold, which are counted; most sources have none at all."""
    if not holds.are_any(source):
        return ()
    today = day_of(now, shops.profile_of(source.shop, now).time_zone)
    found = holds.standing(source, [row.key.digest for row in rows], today)
    report.held.update((source.name, row.key.collection) for row in rows if row.key.digest in found)
    return found


def _named(rows: Sequence[PlanRow], digests: set[str]) -> Counter[tuple[str, str, str]]:
    if not digests:
        return Counter()
    return Counter(
        [(row.key.source, row.key.collection, row.action.value) for row in rows if row.key.digest in digests]
    )


def _back(opened: WritableSource, rows: Sequence[PlanRow]) -> set[str]:
    """The digests of rows that are not as the ledger says: there again, or with another value."""
    moving = [row for row in rows if row.changes and row.moved_to is not None]
    staying = [row for row in rows if row.moved_to is None] if moving else rows
    back = {key.digest for key, _ in opened.unmet(staying)} if staying else set()
    if moving:  # Looked for under the key that they had; under the one that they were given they are done.
        there = {record.key.digest for record in opened.read_back(moving)}
        moved = {row.key.digest for row in moving if row.moved_to and row.moved_to.digest in there}
        # Where both are there it was done, and the old key is somebody else's by now.
        back |= there & {row.key.digest for row in moving} - moved
    return back


def _do(
    source: Source,
    opened: WritableSource,
    groups: Sequence[Sequence[PlanRow]],
    batch: Sequence[Written],
    report: Report,
) -> set[str]:
    """All in one transaction, or batch after batch; where something is refused, in halves, until it stands alone and is told.
    The digests of rows that were there."""
    rows = [row for group in groups for row in group]
    if not rows:
        return set()
    done: set[str] = set()
    try:
        for some in opened.batches(rows):
            done |= {outcome.key.digest for outcome in opened.apply(some) if outcome.rows}
    except SourceError as error:
        if not error.permanent:
            raise
        if len(groups) == 1:
            report.refused.append(f"{_whose(batch, [row.key for row in groups[0]])}: {error}")
            return done | _back(opened, rows)
        middle = len(groups) // 2
        done |= _do(source, opened, groups[:middle], batch, report)
        done |= _do(source, opened, groups[middle:], batch, report)
    return done


def _whose(batch: Sequence[Written], keys: Collection[RecordKey]) -> str:
    entry = next(each for each in batch if any(row.key in keys for row in each.rows))
    known = SubjectRequest.objects.filter(public_id=entry.request).first() if entry.request else None
    return f"{known.reference if known else 'ledger'} (entry {entry.number})"
