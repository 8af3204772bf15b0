"""After a backup was put back: what the ledger says was erased or corrected since is done again.

The danger: this deletes rows of a live database by what was written months ago. What keeps it from a stranger's row:

1. Rows are known by their key or, without one, by all their columns, and changed through ``WritableSource.apply``, with every
   check it makes. What it refuses is reported, and does not keep the others from being done.
2. Entries are done again in their order, so that what referred to what is as it was then. Where a later entry wrote another
   value into the same column, only that one is written: the newest correction stands.
3. Rows under a hold are left alone, and so are those whose run has not ended: its own job goes on with it.
4. Only what is back is touched, and afterwards each row is looked at again.

Done twice it changes nothing more, and interrupted anywhere it is simply begun anew.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import transaction

from dsr.clocks.arithmetic import day_of
from dsr.models import ErasedIdentity, PlanStep, Shop, Source, SubjectRequest
from dsr.records import CANONICAL_JSON, Action, PlanRow
from dsr.sources.base import SourceError, WritableSource
from dsr.workflow import audit, connections, erasure_files, erasure_steps, holds, ledgers, shops
from dsr.workflow.actors import Actor
from dsr.workflow.erasure_files import NamedFile
from dsr.workflow.replay_fits import Misfits, fitting, in_words, is_fitting

ROWS_AT_ONCE = 10_000
"""In one transaction of a source that knows them; a person's rows are never parted."""
UNTOLD = timedelta(hours=1)
"""What is erased at its end date has no entry that says when it was done; it was within so much of its intent."""

Say = Callable[[str], None]
"""How far it is, for people."""


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
    asked again, ``undone`` those of which nothing was done. ``files`` counts by (source, fate) the files that went with such
    rows and were there again (before anything is done: ``there``), or could not be looked for.
    """

    entries: int = 0
    back: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    done: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    held: Counter[tuple[str, str]] = field(default_factory=Counter)
    unfinished: list[str] = field(default_factory=list)
    files: Counter[tuple[str, str]] = field(default_factory=Counter)
    suppressions: int = 0
    refused: list[str] = field(default_factory=list)
    unreachable: list[str] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)


@dataclass
class _Read:
    """What the ledger says of one shop."""

    intents: list[Written] = field(default_factory=list)
    at: dict[int, datetime] = field(default_factory=dict)
    outcomes: dict[tuple[str, str], datetime] = field(default_factory=dict)
    spared: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    suppressions: list[tuple[str, datetime, dict[str, str]]] = field(default_factory=list)


def replay(
    shop: Shop,
    *,
    source: str = "",
    snapshot_taken: datetime | None = None,
    done_before: datetime | None = None,
    execute: bool,
    actor: Actor,
    now: datetime,
    say: Say,
) -> Report:
    """Do again what was erased and corrected in a shop's sources, or without ``execute`` count what is back.

    ``source``: only in that one. ``snapshot_taken``: only what was done from then on; without it everything the ledger holds.
    ``done_before``: only what was done before. Raises LedgerProblem.
    """
    read = _read(shop, say)
    report = Report(suppressions=_suppress(shop, read, execute=execute))
    by_source: dict[str, list[Written]] = defaultdict(list)
    for each in _wanted(read, source, (snapshot_taken, done_before), report):
        by_source[each.source].append(each)
    report.entries = sum(len(each) for each in by_source.values())
    for name, intents in by_source.items():
        found = shop.sources.select_related("shop").filter(name=name).first()
        if found is None:
            report.refused.append(f"{name}: the shop has no source of that name any more.")
            continue
        try:
            _replay_source(found, _newest(intents), report, now, execute=execute, say=say)
        except (SourceError, connections.Refused) as error:
            is_away = isinstance(error, SourceError) and not error.permanent
            (report.unreachable if is_away else report.refused).append(str(error))
            report.undone.append(name)
    if execute:
        with transaction.atomic():
            facts: dict[str, audit.Fact] = {
                "shop": shop.slug,
                "entries": report.entries,
                "records": report.done.total(),
                "refused": len(report.refused),
                "unreachable": len(report.unreachable),
            }
            audit.record_for_shop(shop, "shop.replayed", actor=actor, now=now, facts=facts)
    return report


def _read(shop: Shop, say: Say) -> _Read:
    read = _Read()
    for count, entry in enumerate(ledgers.ledger().entries(shop.slug), start=1):
        body = json.loads(entry.body)
        if body["kind"] == ledgers.INTENT:
            rows = tuple(erasure_steps.read(body["source"], row) for row in body["rows"])
            files = tuple(NamedFile(*each) for each in body.get("files", ()))
            read.intents.append(Written(entry.number, body["request"], body["source"], body["step"], rows, files))
            read.at[entry.number] = entry.at
            about = body["request"], body["source"]
            if about in read.spared:
                read.spared[about].difference_update([row.key.digest for row in rows])
            if body.get("spared"):
                read.spared.setdefault(about, set()).update(body["spared"])
        elif body["kind"] == ledgers.OUTCOME:
            read.outcomes[body["request"], body["source"]] = entry.at
        elif body["kind"] == ledgers.SUPPRESSION:
            # An entry from before kinds were written has the hashes alone.
            identities = body.get("identities") or dict.fromkeys(body.get("digests", ()), "")
            read.suppressions.append((body["request"], entry.at, identities))
        if count % 10_000 == 0:
            say(f"{count:,} entries of the ledger read")
    return read


def _wanted(
    read: _Read, source: str, between: tuple[datetime | None, datetime | None], report: Report
) -> Iterator[Written]:
    """The intents that were done between two moments, without those that their own run will still do."""
    begin, end = between
    running = _running({each.request for each in read.intents if each.request})
    for each in read.intents:
        if source not in {"", each.source}:
            continue
        ended = read.outcomes.get((each.request, each.source))
        if ended is None and (each.request, each.source) in running:
            report.unfinished.append(running[each.request, each.source])
            continue
        if each.request == "":
            ended = read.at[each.number] + UNTOLD
        last = max(ended, read.at[each.number]) if ended else None
        if last is None or ((begin is None or last >= begin) and (end is None or last < end)):
            spared = read.spared.get((each.request, each.source), set())
            yield (
                replace(each, rows=tuple(row for row in each.rows if row.key.digest not in spared)) if spared else each
            )


def _running(requests: set[str]) -> dict[tuple[str, str], str]:
    """The references of requests whose run has not reached a source, by request and source."""
    steps = PlanStep.objects.filter(state__in=(PlanStep.State.WAITING, PlanStep.State.FAILED))
    asked = steps.values_list("plan__subject_request__public_id", "source__name", "plan__subject_request__reference")
    return {(str(one), name): reference for one, name, reference in asked if str(one) in requests}


def _newest(intents: Sequence[Written]) -> list[Written]:
    """The same in order, without values that a later entry replaced by others.

    Of one request the last word about a record counts alone: what was to be deleted may have been left as a shell.
    """
    later: dict[tuple[str, str], str] = {}
    times = Counter(each.request for each in intents)
    decided: dict[str, set[str]] = {request: set() for request, count in times.items() if request and count > 1}
    kept = []
    for each in reversed(intents):
        rows: Sequence[PlanRow] = each.rows
        if each.request in decided:
            rows = [row for row in rows if row.key.digest not in decided[each.request]]
            decided[each.request].update([row.key.digest for row in each.rows])
        if any(row.changes or row.action is not Action.DELETE for row in rows):
            rows = [fresh for row in rows if (fresh := _fresh(row, later))]
        kept.append(each if rows is each.rows else replace(each, rows=tuple(rows)))
    return kept[::-1]


def _fresh(row: PlanRow, later: dict[tuple[str, str], str]) -> PlanRow | None:
    """A row without the values that are in ``later``, by digest and column, as others; None when nothing is left to be done."""
    if not row.changes:
        return row if row.action is Action.DELETE else None
    digest = row.key.digest
    said = {name: CANONICAL_JSON(value) for name, value in row.changes.items()}
    stale = {name for name, value in said.items() if later.get((digest, name), value) != value}
    for name, value in said.items():
        later.setdefault((digest, name), value)
    if not stale:
        return row
    changes = {name: value for name, value in row.changes.items() if name not in stale}
    return replace(row, changes=changes) if changes or row.action is Action.DELETE else None


def _replay_source(
    source: Source, intents: Sequence[Written], report: Report, now: datetime, *, execute: bool, say: Say
) -> None:
    misfits: Misfits = Counter()
    described = connections.described_by(connections.current_version(source))
    if not is_fitting(described, (row for each in intents for row in each.rows)):
        intents = [replace(each, rows=tuple(fitting(described, each.rows, misfits))) for each in intents]
        report.refused += in_words(source.name, misfits)
    with erasure_steps.writable(source, described) as opened:
        count = 0
        for batch in _batches(intents):
            count += len(batch)
            _replay_batch(source, opened, batch, report, now, execute=execute)
            say(f"{source.name}: {count:,} of {len(intents):,} entries")
        files = [file for each in intents for file in each.files]
        found = erasure_files.remove_again(source, opened, files, execute=execute) if files else {}
        report.files.update({(source.name, fate): count for fate, count in found.items()})


def _batches(intents: Sequence[Written]) -> Iterator[list[Written]]:
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


def _replay_batch(
    source: Source, opened: WritableSource, batch: Sequence[Written], report: Report, now: datetime, *, execute: bool
) -> None:
    rows = [row for each in batch for row in each.rows]
    forbidden = _forbidden(source, rows, now)
    if forbidden:
        report.held.update((source.name, row.key.collection) for row in rows if row.key.digest in forbidden)
    free = [row for row in rows if row.key.digest not in forbidden] if forbidden else rows
    if not execute:
        report.back.update(_named(rows, _back(opened, free)))
        return
    back = _back(opened, [row for row in free if row.action is not Action.DELETE])
    # A row that is to be deleted need not be looked for before: whoever deletes it says whether it was there.
    todo = [[row for row in each.rows if row.action is Action.DELETE or row.key.digest in back] for each in batch]
    groups = [[row for row in rows if row.key.digest not in forbidden] for rows in todo] if forbidden else todo
    back |= _do(source, opened, [group for group in groups if group], batch, report)
    named = _named(rows, back)
    report.back.update(named)
    still = _back(opened, [row for row in rows if row.key.digest in back])
    report.done.update(_named(rows, back - still) if still else named)


def _forbidden(source: Source, rows: Sequence[PlanRow], now: datetime) -> Collection[str]:
    """The digests of rows under a hold; most sources have none at all."""
    if not holds.are_any(source):
        return ()
    today = day_of(now, shops.profile_of(source.shop, now).time_zone)
    return holds.standing(source, [row.key.digest for row in rows], today)


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
        back |= there & {row.key.digest for row in moving}
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
            report.refused.append(f"{_whose(batch, groups[0])}: {error}")
            return done | _back(opened, rows)
        middle = len(groups) // 2
        done |= _do(source, opened, groups[:middle], batch, report)
        done |= _do(source, opened, groups[middle:], batch, report)
    return done


def _whose(batch: Sequence[Written], group: Sequence[PlanRow]) -> str:
    keys = {row.key for row in group}
    entry = next(each for each in batch if any(row.key in keys for row in each.rows))
    known = SubjectRequest.objects.filter(public_id=entry.request).first() if entry.request else None
    return f"{known.reference if known else 'ledger'} (entry {entry.number})"


def _suppress(shop: Shop, read: _Read, *, execute: bool) -> int:
    """Who was erased must be known again by our own database, too; how many identifiers it had lost."""
    known = set(ErasedIdentity.objects.filter(shop=shop).values_list("digest", flat=True))
    lost: dict[str, ErasedIdentity] = {}
    for request, at, identities in read.suppressions:
        missing = {digest: kind for digest, kind in identities.items() if digest not in known}
        whose = SubjectRequest.objects.filter(public_id=request).first() if missing else None
        for digest, kind in missing.items():
            lost[digest] = ErasedIdentity(shop=shop, subject_request=whose, kind=kind, digest=digest, erased_at=at)
    if execute:
        ErasedIdentity.objects.bulk_create(lost.values(), batch_size=1_000, ignore_conflicts=True)
    return len(lost)
