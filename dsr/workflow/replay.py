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

from dsr.models import ErasedIdentity, PlanStep, Shop, Source, SubjectRequest
from dsr.records import CANONICAL_JSON, Action, PlanRow
from dsr.sources.base import SourceError
from dsr.workflow import audit, connections, erasure_files, erasure_steps, ledgers, replay_batches
from dsr.workflow.actors import Actor
from dsr.workflow.erasure_files import NamedFile
from dsr.workflow.replay_batches import Foreseen, Report, Written
from dsr.workflow.replay_fits import Misfits, fitting, in_words, is_fitting

UNTOLD = timedelta(hours=1)
"""What is erased at its end date has no entry that says when it was done; it was within so much of its intent."""

NO_SUCH_SOURCE = (
    "the shop has no source of that name, and something was erased there. Connect it again under that name (add_source) and "
    "replay once more; if that database exists no more, say so with --gone."
)
Say = Callable[[str], None]
"""How far it is, for people."""


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
    gone: Collection[str] = (),
    snapshot_taken: datetime | None = None,
    done_before: datetime | None = None,
    execute: bool,
    actor: Actor,
    now: datetime,
    say: Say,
) -> Report:
    """Do again what was erased and corrected in a shop's sources, or without ``execute`` count what is back.

    ``source``: only in that one; ``gone``: sources that exist no more, so that nothing can be back there (one that is connected
    is done all the same). ``snapshot_taken``: only what was done from then on; without it everything the ledger holds.
    ``done_before``: only what was done before.
    Raises LedgerProblem, also when the ledger ends before what our database knows.
    """
    ledgers.ledger().must_reach(ledgers.known_number())
    read = _read(shop, say)
    report = Report(suppressions=_suppress(shop, read, execute=execute))
    by_source: dict[str, list[Written]] = defaultdict(list)
    for each in _wanted(read, source, (snapshot_taken, done_before), report):
        by_source[each.source].append(each)
    report.entries = sum(len(each) for each in by_source.values())
    sources = {each.name: each for each in shop.sources.select_related("shop").filter(name__in=list(by_source))}
    given_up = sorted(by_source.keys() & set(gone) - sources.keys())
    for name, intents in by_source.items():
        found = sources.get(name)
        if found is None:
            if name not in given_up:
                report.refused.append(f"{name}: {NO_SUCH_SOURCE}")
                report.undone.append(name)
            continue
        try:
            _replay_source(found, _newest(intents), report, now, execute=execute, say=say)
        except (SourceError, connections.Refused) as error:
            is_away = isinstance(error, SourceError) and not error.permanent
            (report.unreachable if is_away else report.refused).append(str(error))
            report.undone.append(name)
    if execute:
        _note(shop, report, given_up, actor, now)
    return report


@transaction.atomic
def _note(shop: Shop, report: Report, given_up: Sequence[str], actor: Actor, now: datetime) -> None:
    facts: dict[str, audit.Fact] = {
        "shop": shop.slug,
        "entries": report.entries,
        "records": report.done.total(),
        "refused": len(report.refused),
        "unreachable": len(report.unreachable),
        "strangers": len(report.strangers),
        "gone": ", ".join(given_up),
    }
    audit.record_for_shop(shop, "shop.replayed", actor=actor, now=now, facts=facts)


def _read(shop: Shop, say: Say) -> _Read:
    read = _Read()
    for count, entry in enumerate(ledgers.ledger().entries(shop.slug), start=1):
        body = json.loads(entry.body.decode())
        if body["kind"] == ledgers.INTENT:
            rows = tuple([erasure_steps.read(body["source"], row) for row in body["rows"]])
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
        count, foreseen = 0, Foreseen()
        for batch in replay_batches.batches(intents):
            count += len(batch)
            if execute:
                replay_batches.do(source, opened, batch, report, now)
            else:
                replay_batches.count(source, opened, batch, report, now, foreseen)
            say(f"{source.name}: {count:,} of {len(intents):,} entries")
        files = [file for each in intents for file in each.files]
        found = erasure_files.remove_again(source, opened, files, execute=execute) if files else {}
        report.files.update({(source.name, fate): count for fate, count in found.items()})


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
