"""The erasure ledger is read through every night, compared with what our database knows of it, and shortened."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial

from django.db import transaction

from dsr import crypto
from dsr.keyring import KeyRingProblem
from dsr.ledger import Entry, LedgerProblem, Report
from dsr.models import Shop
from dsr.workflow import ledgers, sealing, shops
from dsr.workflow.queue import Claim, FinalFault


def tend_ledger(claim: Claim) -> None:
    """Verify the ledger, and drop what has expired. Raises FinalFault, which staff see, when it is not as it was written."""
    try:
        verify()
        expire(claim.clock())
    except (LedgerProblem, KeyRingProblem) as problem:
        raise FinalFault(str(problem)) from None
    with transaction.atomic(durable=True):
        claim.finish()


def verify() -> Report:
    """Read everything. Raises LedgerTampered, also when the ledger ends before what our database knows."""
    # Asked first: what is written while we read is in neither.
    known = ledgers.known_number()
    return ledgers.ledger().verify(known=known)


def expire(now: datetime) -> int:
    """Drop the leading entries that no backup can need any more, behind a signed checkpoint; returns how many.

    Backups may be kept longer by now than when an entry was written: then it stays as long as they do.
    """
    profiles = {shop.slug: shops.profile_of(shop, now) for shop in Shop.objects.all()}

    def last_day(entry: Entry) -> date:
        profile = profiles.get(entry.shop)
        return ledgers.needed_until(profile, entry.at.date()) if profile else entry.expires_on

    _, seed = sealing.ring().latest("signing")
    return ledgers.ledger().expire(now.date(), partial(crypto.sign, seed), last_day)
