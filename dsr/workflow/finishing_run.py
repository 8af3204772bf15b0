"""Erasing kept records whose time is over: written down, done in one transaction of the source, proved, and only then said."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db import transaction

from dsr.models import KeptRecord, Notice, SubjectRequest
from dsr.records import Action, PlanRow
from dsr.sources import whose
from dsr.sources.base import WritableSource
from dsr.sources.erasing import Wish, plan_rows, settle
from dsr.workflow import (
    audit,
    due_records,
    erasure_files,
    erasure_traces,
    holds,
    kept_rows,
    ledgers,
    notices,
    recipients,
    sealing,
)
from dsr.workflow.actors import SYSTEM
from dsr.workflow.due_records import Due
from dsr.workflow.erasure_files import NamedFile
from dsr.workflow.erasure_rows import FoundRows
from dsr.workflow.erasure_traces import Before

Files = dict[str, tuple[NamedFile, ...]]
"""By a row's digest, the files that go with it."""


class NotFinished(Exception):
    """Why nothing was erased, or nothing was proved; the message is for people."""


def erase(opened: WritableSource, found: FoundRows, due: Sequence[Due], today: date, now: datetime) -> str:
    """Erase them; the files that could not be removed with them, in words. Raises NotFinished, SourceError, LedgerProblem."""
    found.rooms = opened.rooms()
    rows, files, seen = _planned(opened, found, due)
    _write_down(found, due, rows, files, now)
    with transaction.atomic():
        holds.lock(found.source.shop, is_shared=True)
        forbidden = holds.standing(found.source, [row.key.digest for row in rows], today)
        allowed = [row for row in rows if row.key.digest not in forbidden]
        for batch in opened.batches(allowed):
            list(opened.apply(batch))
    if unmet := Counter((key.collection, name) for key, name in opened.unmet(allowed)):
        what = ", ".join(f"{collection}.{name}".rstrip(".") for collection, name in unmet)
        raise NotFinished(f"It said that it was done, and it is not: {what}.")
    traces = erasure_traces.left(opened, found.described, found.rooms, allowed, seen)
    if told := " ".join(words for _, words in traces.words(found.source.name)):
        raise NotFinished(told)
    going = [each for row in allowed for each in files[row.key.digest]]
    left = erasure_files.removed_words(found.source, opened, found.described, going)
    done = [(each, row) for each, row in zip(due, rows, strict=True) if row in allowed or row.action is Action.KEEP]
    if moved := [(each, row) for each, row in done if not each.is_removed]:
        _keep_on(opened, found, moved, now)
    _say([each for each, _ in done if each.is_removed], now)
    return left


def _planned(opened: WritableSource, found: FoundRows, due: Sequence[Due]) -> tuple[list[PlanRow], Files, Before]:
    """What the source is asked to do with each row, the files that go with it, and what is there before."""
    wishes = [_wish(each) for each in due]
    settled = settle(found.described, found.rooms, wishes, opened.bound([wish.key for wish in wishes]))
    pairs = zip(due, settled, strict=True)
    if unfit := sorted({f"{each.row.key.collection}.{name}" for each, done in pairs for name in done.unfit}):
        raise NotFinished(f"No mask fits {', '.join(unfit)}; say in the overlay what may stand there.")
    rows = [
        replace(row, whose=whose.prints(found.described, row.key.collection, wish.values))
        for row, wish in zip(plan_rows(found.described, found.rooms, wishes, settled), wishes, strict=True)
    ]
    files = {
        row.key.digest: tuple(erasure_files.named_by(found.source, found.described, wish, row))
        for wish, row in zip(wishes, rows, strict=True)
    }
    return rows, files, erasure_traces.watched(opened, found.described, found.rooms, wishes, settled, rows)


def _wish(due: Due) -> Wish:
    said = due.decision
    fields = said.fields if due.is_removed else said.at_once_fields
    return Wish(due.row.key, due.row.values, due.row.held, said.action, fields, due.telling)


def _write_down(found: FoundRows, due: Sequence[Due], rows: Sequence[PlanRow], files: Files, now: datetime) -> None:
    """What is about to be done, in the ledger for as long as the longest backup that any of the promises speaks of."""
    shop = found.source.shop
    profiles = [due_records.profile_by(shop, number) for number in sorted({each.kept.policy_number for each in due})]
    without = (now + ledgers.WITHOUT_BACKUPS).date()
    profile = max(profiles, key=lambda each: ledgers.last_backup_ends(each, now.date()) or without)
    every = [each for some in files.values() for each in some]
    number = ledgers.write_due(shop, found.source.name, rows, profile, files=every, now=now)
    KeptRecord.objects.filter(pk__in=[each.kept.pk for each in due]).update(intent=number)


def _keep_on(opened: WritableSource, found: FoundRows, moved: Sequence[tuple[Due, PlanRow]], now: datetime) -> None:
    """They stay for another reason now, with an end of its own, and are known by what is left of them: without it the night
    on which they end would take them for somebody else's."""
    there = {record.key.digest: record for record in opened.read_back([row for _, row in moved])}
    for each, row in moved:
        key = row.moved_to or row.key
        if key.digest not in there:
            continue  # Gone already; the next look says so.
        kept, said = each.kept, each.decision
        kept.digest, kept.intent = key.digest, None
        kept.action, kept.rule, kept.event = said.action.value, said.rule, said.event
        kept.basis_code = said.basis.code if said.basis else ""
        kept.basis = said.basis.citation[:300] if said.basis else ""
        kept.until, kept.review_on = said.until, said.review_on
        kept.afterwards = said.afterwards.value if said.afterwards else ""
        kept_rows.seal(kept, key, whose.prints(found.described, key.collection, there[key.digest].values), now)
        kept.save()


def _say(due: Sequence[Due], now: datetime) -> None:
    """Each request's log, and a line to its person as far as we still know who that is."""
    KeptRecord.objects.filter(pk__in=[each.kept.pk for each in due]).update(
        state=KeptRecord.State.FINISHED, ended_at=now
    )
    by_request: dict[int, list[Due]] = defaultdict(list)
    for each in due:
        if each.kept.subject_request_id is not None:
            by_request[each.kept.subject_request_id].append(each)
    requests = SubjectRequest.objects.filter(pk__in=by_request).select_related("policy_version__shop", "shop")
    for subject_request in requests:
        _tell(subject_request, by_request[subject_request.pk], now)


def _tell(subject_request: SubjectRequest, due: Sequence[Due], now: datetime) -> None:
    counted = Counter((each.kept.source.name, each.kept.collection, each.decision.action) for each in due)
    with transaction.atomic():
        for (source, collection, action), records in counted.items():
            facts: dict[str, audit.Fact] = {"source": source, "collection": collection, "records": records}
            facts["action"] = action.value
            audit.record(subject_request, "record.finished", actor=SYSTEM, now=now, facts=facts)
        if not sealing.is_forgotten(subject_request):
            left = KeptRecord.objects.waiting().filter(subject_request=subject_request).count()
            context = {"records": len(due), "left": left}
            notices.write(subject_request, Notice.Kind.FINISHED, now=now, context=context)
            recipients.instruct_again(subject_request, [each.kept for each in due], now=now)
