"""The erasure ledger is read through every night, compared with what our database knows of it, and shortened."""

from __future__ import annotations

import json
from datetime import date
from functools import partial
from typing import Any

from django.db import transaction

from dsr import crypto
from dsr.keyring import KeyRingProblem
from dsr.ledger import LedgerProblem, Report
from dsr.lifecycle import State
from dsr.models import PlanStep
from dsr.workflow import ledgers, sealing
from dsr.workflow.queue import Claim, FinalFault


def tend_ledger(claim: Claim) -> None:
    """Verify the ledger, and drop what has expired. Raises FinalFault, which staff see, when it is not as it was written."""
    try:
        verify()
        expire(claim.clock().date())
    except (LedgerProblem, KeyRingProblem) as problem:
        raise FinalFault(str(problem)) from None
    with transaction.atomic(durable=True):
        claim.finish()


def verify() -> Report:
    """Read everything. Raises LedgerTampered, also when the ledger ends before what our database knows."""
    # Asked first: what is written while we read is in neither.
    known = ledgers.known_number()
    return ledgers.ledger().verify(known=known)


def expire(today: date) -> int:
    """Drop the leading entries that no backup can need any more, behind a signed checkpoint; returns how many."""
    _, seed = sealing.ring().latest("signing")
    return ledgers.ledger().expire(today, partial(crypto.sign, seed))


def unaccounted() -> list[int]:
    """Intents that our database cannot account for, by number: it was put back from a copy older than they are.

    Only intents behind the highest number on record are looked at, so this costs next to nothing. One that was written a moment
    before a crash is no such case: its run is still to be done, and does it again. Nor are outcomes and suppressions, which
    such a run writes again, nor what was kept and is due, which is due again tonight. Raises LedgerProblem.
    """
    later = ledgers.ledger().entries(after=ledgers.known_number())
    return [entry.number for entry in later if not _is_accounted_for(json.loads(entry.body))]


def _is_accounted_for(body: dict[str, Any]) -> bool:
    if body["kind"] != ledgers.INTENT or not body["request"]:
        return True
    running = PlanStep.objects.filter(plan__subject_request__state__in=(State.APPROVED, State.FULFILLING))
    mine = running.filter(plan__subject_request__public_id=body["request"], source__name=body["source"])
    return mine.exclude(state=PlanStep.State.PROVED).exists()
