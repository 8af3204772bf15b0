"""Whether our own database was put back from a backup: then the erasure ledger knows of more than it does.

A database from last week shows requests as open whose people were erased since, has lost who may not come back, and would let
the shop work on as if nothing had been. So until ``replay --ours`` the site says that it is being repaired and no worker runs.

A process that is killed between writing an entry and committing what belongs to it looks alike, and is nothing of the kind:
its job is still there and does that step again. So entries that we do not know are *explained* when everything unknown of a
request is one and the same step, and its job has not ended. Where a restore lost no more than that, the same job makes it good.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from dsr.ledger import Entry, LedgerProblem
from dsr.models import Job, KeptRecord, LedgerPosition, Shop, SubjectRequest
from dsr.workflow import audit, ledgers, replay
from dsr.workflow.actors import Actor
from dsr.workflow.queue import Work

TOLD = (
    "Our database was put back from a backup: the erasure ledger knows of erasures that it has lost. "
    "Run manage.py replay --ours to see them, and with --execute to make them good."
)

RUNS = (Work.ERASE.value,)
"""The kinds of job that write into the ledger for a request."""


@dataclass
class Recovery:
    """What a restored database had lost, and what making it good came to. ``unknown_requests`` were opened after the backup.

    ``is_settled``: the site may be opened again. Not while nothing could be done in one of the sources.
    """

    known: int
    last: int
    requests: list[str] = field(default_factory=list)
    unknown_requests: int = 0
    shops: dict[str, replay.Report] = field(default_factory=dict)
    is_settled: bool = False


def is_restored() -> bool:
    """Whether the ledger knows of more than an interrupted write explains. Raises LedgerProblem."""
    known = known_end()
    if ledgers.ledger().length() <= known:
        return False
    seen: dict[str, Any] = {}
    for entry in ledgers.ledger().entries(after=known):
        body = json.loads(entry.body)
        step = (entry.shop, body["kind"], body.get("source"), body.get("step"))
        is_again = body["request"] in seen
        if seen.setdefault(body["request"], step) != step or not _is_explained(
            body["request"], entry, is_again=is_again
        ):
            return True
    return False


def known_end() -> int:
    """The number that our database knows as the last. One from before that was noted takes the ledger's own."""
    position, _ = LedgerPosition.objects.get_or_create(pk=1, defaults={"number": 0})
    if position.number is None:
        position.number = ledgers.ledger().length()
        position.save()
    return position.number


def _is_explained(request: str, entry: Entry, *, is_again: bool) -> bool:
    """Whether somebody will do this step once more. What is finished at its end date is looked at again every night."""
    if not request:
        return not is_again and KeptRecord.objects.waiting().filter(shop__slug=entry.shop).exists()
    jobs = Job.objects.filter(subject_request__public_id=request, kind__in=RUNS)
    return jobs.exclude(state=Job.State.DONE).exists()


def recover(
    *, snapshot_taken: datetime | None, execute: bool, actor: Actor, now: datetime, say: Callable[[str], None]
) -> Recovery:
    """Tell what our database has lost, and with ``execute`` make it good: who may not come back, what was erased, how far we
    know the ledger. Every shop's sources are erased in again, from ``snapshot_taken`` or the first entry that we lost.

    Raises LedgerProblem.
    """
    known, last = known_end(), ledgers.ledger().length()
    if last < known:
        raise LedgerProblem(
            f"The ledger ends with number {last}, but our database knows of {known}: this is an older ledger. Put its newest "
            "copy in place first; if there is none, ledger mend writes anew what our database still knows."
        )
    lost = list(ledgers.ledger().entries(after=known))
    recovery = Recovery(known, last)
    since = snapshot_taken or min((entry.at for entry in lost), default=now)
    _tell_requests(lost, recovery, execute=execute, actor=actor, now=now)
    for shop in Shop.objects.order_by("slug"):
        recovery.shops[shop.slug] = replay.replay(
            shop, snapshot_taken=since, execute=execute, actor=actor, now=now, say=say
        )
    if execute and not any(report.undone for report in recovery.shops.values()):
        ledgers.note_end(last)
        recovery.is_settled = True
    return recovery


def _tell_requests(lost: Iterable[Entry], recovery: Recovery, *, execute: bool, actor: Actor, now: datetime) -> None:
    """Write into the chain of each request what the ledger says was done with it, so that whoever goes on sees it."""
    last = {body["request"]: entry.number for entry in lost if (body := json.loads(entry.body))["request"]}
    found = {str(each.public_id): each for each in SubjectRequest.objects.filter(public_id__in=list(last))}
    recovery.requests = sorted(each.reference for each in found.values())
    recovery.unknown_requests = len(last) - len(found)
    for public_id, subject_request in found.items() if execute else ():
        with transaction.atomic(durable=True):
            facts: dict[str, audit.Fact] = {"segment": last[public_id]}
            audit.record(subject_request, f"{subject_request.type}.recalled", actor=actor, now=now, facts=facts)
