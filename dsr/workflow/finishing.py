"""The nightly rest of an erasure: what was kept and whose time is over is erased too, planned, run and proved alike.

Every record is decided about afresh, by the policy version that kept it: a hold may have come, a return may have been closed,
the other person whose record it was too may be gone. What must stay is looked at again the next night.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from dsr.clocks.arithmetic import day_of
from dsr.ledger import LedgerProblem
from dsr.models import KeptRecord, Shop, Source
from dsr.sources.base import SourceError, WritableSource
from dsr.workflow import (
    connections,
    due_records,
    erasure_files,
    erasure_steps,
    finishing_look,
    finishing_notes,
    finishing_run,
    ledgers,
    shops,
)
from dsr.workflow.due_records import Due, Facts
from dsr.workflow.finishing_look import Look, Seen
from dsr.workflow.finishing_report import Report
from dsr.workflow.finishing_run import Step
from dsr.workflow.ledgers import Fate
from dsr.workflow.queue import Claim, FinalFault, TemporaryFault

FEW = 20
"""So many of a table are never too many for one night; of more, a share is (``DSR_MOST_FINISHED_PERCENT``)."""


def finish_due(claim: Claim) -> None:
    """The job's work for one shop. Raises FinalFault where a person must look, TemporaryFault where a database is away."""
    shop = Shop.objects.get(pk=claim.target_id)
    report = finish(shop, now=claim.clock(), execute=True)
    if wrong := list(report.wrong):
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
    with ExitStack() as stack:
        seen = []
        for records in by_source.values():
            with _told(records[0].source, report):
                seen.append(_seen(stack, records, report, look))
        for each in seen:
            with _told(each.source, report):
                _finish_source(each, finishing_look.elsewhere(each, seen), report, look)
    return report


@contextmanager
def _told(source: Source, report: Report) -> Iterator[None]:
    """What goes wrong in one source is told, and the others go on."""
    try:
        yield
    except (SourceError, connections.Refused, TemporaryFault, LedgerProblem) as error:
        report.refuse(source.name, str(error))


def _seen(stack: ExitStack, records: Sequence[KeptRecord], report: Report, look: Look) -> Seen:
    source = records[0].source
    return finishing_look.seen_in(source, stack.enter_context(erasure_steps.writable(source)), records, report, look)


def _to_look_at(shop: Shop, today: date) -> list[KeptRecord]:
    """What may be due, with everything else that stays of the same people: lines go by the dates of their orders."""
    waiting = KeptRecord.objects.waiting().filter(shop=shop)
    beside = waiting.filter(person__in=waiting.due(today).values("person"))
    return list(beside.select_related("source__shop", "subject_request").order_by("pk"))


def _finish_source(seen: Seen, elsewhere: Mapping[UUID, Facts], report: Report, look: Look) -> None:
    source = seen.source
    judged = due_records.judge(seen.found, seen.present, seen.facts, elsewhere, look.today)
    for words in judged.problems:
        report.refuse(source.name, words)
    steps, unfit = finishing_run.planned(seen.opened, seen.found, _counted(judged.due, seen))
    for words in unfit:
        report.refuse(source.name, words)
    staying = {kept.digest: kept for kept in seen.present}
    if not look.over_ceiling and (told := _too_much(seen.opened, [each.due for each in steps if each.due.is_removed])):
        report.refuse(source.name, told)
        steps = []  # Not in part either: a line goes by the date of its order.
    if look.execute:
        steps = _carry_out(seen, steps, report, look)
    for each in steps:
        counted = {Fate.ENDED: report.erased, Fate.EMPTIED: report.emptied, None: report.moved_on}[each.fate]
        counted[source.name, each.due.collection] += each.due.rows
        staying.pop(each.due.row.digest)
    for digest, kept in staying.items():
        report.stays[source.name, kept.collection] += seen.counts[digest]


def _counted(due: Sequence[Due], seen: Seen) -> list[Due]:
    return [replace(each, rows=seen.counts[each.row.digest]) for each in due]


def _carry_out(seen: Seen, steps: Sequence[Step], report: Report, look: Look) -> list[Step]:
    """Do it; what was done. First what a run that was interrupted had begun: a file that its row still names stays until its
    turn."""
    begun = {kept.intent for kept in seen.records if kept.intent is not None}
    files = [each for number in sorted(begun) for each in ledgers.files_of(number)]
    if left := erasure_files.removed_words(seen.source, seen.opened, seen.found.described, files):
        report.refuse(seen.source.name, left)
    finishing_notes.say(seen.unsaid, look.now)
    if not steps:
        return []
    done, told = finishing_run.erase(seen.opened, seen.found, steps, look.today, look.now)
    for words in told:
        report.refuse(seen.source.name, words)
    return done


def _too_much(opened: WritableSource, due: Sequence[Due]) -> str:
    """Why a person must look first, in words: so much of a table would go. Empty when it would not."""
    counted: Counter[str] = Counter()
    for each in due:
        counted[each.collection] += each.rows
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
