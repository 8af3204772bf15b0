"""The erasure ledger is read through every night, compared with what our database knows of it, and shortened."""

from __future__ import annotations

from datetime import date
from functools import partial

from django.db import transaction

from dsr import crypto
from dsr.keyring import KeyRingProblem
from dsr.ledger import LedgerProblem, Report
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
