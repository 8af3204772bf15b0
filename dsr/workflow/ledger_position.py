"""How far our database knows the erasure ledger. One that was put back from a backup knows less than was written.

A process that is killed between writing an entry and committing what belongs to it looks alike, and is nothing of the kind:
its job is still there and does that step again. So entries that we do not know are *explained* when everything unknown of a
request is of one step, and its job has not ended. Where a restore lost no more than that, the same job makes it good.
"""

from __future__ import annotations

import json
from typing import Any

from django.db.models import Q

from dsr.ledger import Entry, Ledger
from dsr.models import Job, KeptRecord, LedgerPosition
from dsr.workflow.queue import Work

RUNS = (Work.ERASE.value,)
"""The kinds of job that write into the ledger for a request."""


def is_behind(ledger: Ledger) -> bool:
    """Whether the ledger knows of more than an interrupted write explains. Raises LedgerProblem."""
    known = known_end(ledger)
    while ledger.length() > known and not _are_explained(ledger, known):
        before, known = known, known_end(ledger)
        if known == before:
            return True
        # Somebody committed while we read: their job has ended, and what we took for unknown is known by now.
    return False


def _are_explained(ledger: Ledger, known: int) -> bool:
    if (
        ledger.checkpoint() > known
    ):  # Of some nobody can say any more what they were, and none expires while it is written.
        return False
    steps: dict[str, tuple[Any, ...]] = {}
    for entry in ledger.entries(after=known):
        body = json.loads(entry.body)
        request, step = body["request"], (entry.shop, body.get("source"), body.get("step"))
        is_again = request in steps
        if steps.setdefault(request, step) != step or not _is_explained(request, entry, is_again=is_again):
            return False
    return True


def known_end(ledger: Ledger) -> int:
    """The number that our database knows as the last. One from before that was noted takes the ledger's own."""
    position, _ = LedgerPosition.objects.get_or_create(pk=1, defaults={"number": 0})
    if position.number is None:
        position.number = ledger.length()
        position.save()
    return position.number


def note_end(number: int) -> None:
    """Remember how far our database knows the ledger: with the caller's transaction, or at once where there is none."""
    behind = LedgerPosition.objects.filter(pk=1).filter(Q(number=None) | Q(number__lt=number))
    if not behind.update(number=number):
        LedgerPosition.objects.get_or_create(pk=1, defaults={"number": number})


def _is_explained(request: str, entry: Entry, *, is_again: bool) -> bool:
    """Whether somebody will do this step once more. What is finished at its end date is looked at again every night."""
    if not request:
        return not is_again and KeptRecord.objects.waiting().filter(shop__slug=entry.shop).exists()
    jobs = Job.objects.filter(subject_request__public_id=request, kind__in=RUNS)
    return jobs.exclude(state=Job.State.DONE).exists()
