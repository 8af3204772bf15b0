"""Saying what a night did: in our own books, in each request's log, to its person and to whoever got the data.

All of it about one request in one transaction, so that it is said exactly once. Where a night ended before it, the ledger knows
what it was about to do and the shop what of that is done: the next night says it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from dsr.models import KeptRecord, Notice, Source, SubjectRequest
from dsr.records import Action, PlanRow
from dsr.sources import whose
from dsr.sources.base import WritableSource
from dsr.workflow import audit, holds, kept_rows, ledgers, notices, recipients, sealing
from dsr.workflow.actors import SYSTEM
from dsr.workflow.finishing_report import Report
from dsr.workflow.ledgers import Fate


@dataclass(frozen=True, slots=True)
class Note:
    """A kept record whose row was changed, how many equal ones it is, and what the record is by that."""

    kept: KeptRecord
    row: PlanRow
    fate: Fate
    rows: int = 1


def begun(
    source: Source, opened: WritableSource, records: Sequence[KeptRecord], stayed: Mapping[str, PlanRow], today: date
) -> list[Note]:
    """What a night did that ended before it said so. ``stayed``: the rows, by digest, as that night would leave them.

    Nothing of what is under a hold or somebody else's by now. Raises SourceError, LedgerProblem.
    """
    mine = [(kept, kept.intent) for kept in records if kept.intent is not None]
    fates = {number: ledgers.fates_of(number) for _, number in mine}
    announced = [(kept, fate) for kept, number in mine if (fate := fates[number].get(kept.digest))]
    rows = {kept.digest: stayed[kept.digest] for kept, _ in announced}
    if not rows:
        return []
    asked = list(rows.values())
    undone = {key.digest for key, _ in opened.unmet(asked)} | {key.digest for key in opened.strangers(asked)}
    undone |= holds.standing(source, rows, today).keys()
    most = kept_rows.equal_rows(kept for kept, _ in announced)
    return [
        Note(kept, rows[kept.digest], fate, most[kept.digest]) for kept, fate in announced if kept.digest not in undone
    ]


def report(notes: Sequence[Note], told: Report) -> None:
    """Count them, each row once however many requests it was kept for."""
    for each in {note.kept.digest: note for note in notes}.values():
        counted = told.erased if each.fate is Fate.ENDED else told.emptied
        counted[each.kept.source.name, each.kept.collection] += each.rows


def say(notes: Sequence[Note], now: datetime) -> None:
    """Say it of each request; of what is said already nothing."""
    by_request: dict[int | None, list[Note]] = defaultdict(list)
    for each in notes:
        by_request[each.kept.subject_request_id].append(each)
    requests = SubjectRequest.objects.select_related("policy_version__shop", "shop").in_bulk(
        [number for number in by_request if number is not None]
    )
    for number, mine in by_request.items():
        with transaction.atomic():
            unsaid = KeptRecord.objects.waiting().filter(pk__in=[each.kept.pk for each in mine])
            open_ones = set(unsaid.select_for_update().values_list("pk", flat=True))
            fresh = [each for each in mine if each.kept.pk in open_ones]
            shells = {each.kept.pk for each in fresh if each.kept.is_shell}
            _note(fresh, now)
            if number is not None and fresh:
                _tell(requests[number], fresh, [each for each in fresh if each.kept.pk not in shells], now)


def _note(notes: Sequence[Note], now: datetime) -> None:
    ended = {"state": KeptRecord.State.FINISHED, "ended_at": now}
    KeptRecord.objects.filter(pk__in=[each.kept.pk for each in notes if each.fate is Fate.ENDED]).update(**ended)
    for each in notes:
        kept, key = each.kept, each.row.moved_to
        if each.fate is Fate.EMPTIED:
            kept.event, kept.until, kept.review_on, kept.intent = KeptRecord.EMPTIED, None, None, None
            kept.action, kept.afterwards = Action.KEEP.value, Action.DELETE.value
            kept_rows.move(kept, key or each.row.key, whose.prints_after(each.row), now)
        elif key is not None:
            known = KeptRecord.objects.filter(
                subject_request=kept.subject_request_id, source=kept.source, digest=key.digest
            )
            if not known.exists():
                KeptRecord.objects.filter(pk=kept.pk).update(digest=key.digest)


def _tell(subject_request: SubjectRequest, notes: Sequence[Note], of_theirs: Sequence[Note], now: datetime) -> None:
    """``of_theirs``: those that held something of the person's until now, as an empty row does not."""
    counted: Counter[tuple[str, str, Action]] = Counter()
    for each in notes:
        counted[each.kept.source.name, each.kept.collection, each.row.action] += each.rows
    for (source, collection, action), records in counted.items():
        facts: dict[str, audit.Fact] = {"source": source, "collection": collection, "records": records}
        facts["action"] = action.value
        audit.record(subject_request, "record.finished", actor=SYSTEM, now=now, facts=facts)
    if of_theirs and not sealing.is_forgotten(subject_request):
        left = KeptRecord.objects.waiting().filter(subject_request=subject_request).exclude(event=KeptRecord.EMPTIED)
        context = {"records": sum(each.rows for each in of_theirs), "left": left.count()}
        notices.write(subject_request, Notice.Kind.FINISHED, now=now, context=context)
        recipients.instruct_again(subject_request, [each.kept for each in of_theirs], now=now)
