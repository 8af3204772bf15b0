"""Whether our own database was put back from a backup: then the erasure ledger knows of more than it does.

A database from last week shows requests as open whose people were erased since, has lost who may not come back, and would let
the shop work on as if nothing had been. So until ``replay --ours`` the site says that it is being repaired and no worker runs.

How it is told from a process that was killed in between: ``ledger_position``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from dsr.ledger import Entry, LedgerProblem
from dsr.models import KeptRecord, Shop, SubjectRequest
from dsr.workflow import audit, kept_rows, ledger_position, ledgers, replay
from dsr.workflow.actors import Actor
from dsr.workflow.replay_batches import Report


@dataclass
class Recovery:
    """What a restored database had lost, and what making it good came to. ``unknown_requests`` were opened after the backup;
    ``kept`` are records that stay for their rule's time, of which our database did not know any more.

    ``older``: rows that were erased before our backup began and are there all the same, by shop. Either a shop's own backup is
    older than ours, or somebody came anew; a person says which, by naming the moment. ``expired``: entries that we lost and that
    have gone from the ledger since, for no backup may be so old. ``is_settled``: the site may be opened again. Not while that
    is open, nor while nothing could be done in one of the sources.
    """

    known: int
    last: int
    requests: list[str] = field(default_factory=list)
    unknown_requests: int = 0
    kept: int = 0
    older: dict[str, int] = field(default_factory=dict)
    expired: int = 0
    shops: dict[str, Report] = field(default_factory=dict)
    is_settled: bool = False


def is_restored() -> bool:
    """Whether the ledger knows of more than an interrupted write explains. Raises LedgerProblem."""
    return ledger_position.is_behind(ledgers.ledger())


def is_ledger_short() -> bool:
    """Whether the ledger ends before what our database knows of it: it is an older one, or lost. Raises LedgerProblem."""
    known = ledgers.known_number()  # Asked first: what is written meanwhile makes the ledger longer.
    return ledgers.ledger().length() < known


def recover(
    *,
    gone: Collection[str] = (),
    snapshot_taken: datetime | None,
    execute: bool,
    actor: Actor,
    now: datetime,
    say: Callable[[str], None],
) -> Recovery:
    """Tell what our database has lost, and with ``execute`` make it good: who may not come back, what was erased, how far we
    know the ledger. Every shop's sources are erased in again, from ``snapshot_taken`` or the first entry that we lost.

    Raises LedgerProblem.
    """
    known, last = ledger_position.known_end(ledgers.ledger()), ledgers.ledger().length()
    if last < known:
        raise LedgerProblem(
            f"The ledger ends with number {last}, but our database knows of {known}: this is an older ledger. Put its newest "
            "copy in place first; if there is none, ledger mend writes anew what our database still knows."
        )
    lost = list(ledgers.ledger().entries(after=known))
    recovery = Recovery(known, last, expired=max(0, ledgers.ledger().checkpoint() - known))
    since = snapshot_taken or min((entry.at for entry in lost), default=now)
    _tell_requests(lost, recovery, execute=execute, actor=actor, now=now)
    recovery.kept = _keep_again(lost, execute=execute, now=now)
    for shop in Shop.objects.order_by("slug"):
        if snapshot_taken is None:
            looked = replay.replay(shop, done_before=since, execute=False, actor=actor, now=now, say=say)
            recovery.older |= {shop.slug: looked.back.total()} if looked.back else {}
        recovery.shops[shop.slug] = replay.replay(
            shop, gone=gone, snapshot_taken=since, execute=execute, actor=actor, now=now, say=say
        )
    if execute and not recovery.older and not any(report.undone for report in recovery.shops.values()):
        ledger_position.note_end(last)
        recovery.is_settled = True
    return recovery


def _keep_again(lost: Iterable[Entry], *, execute: bool, now: datetime) -> int:
    """Records that stay end one day, so our database must know them; how many it had lost."""
    shops = {shop.slug: shop for shop in Shop.objects.all()}
    count = 0
    for entry in lost:
        body = json.loads(entry.body)
        shop = shops.get(entry.shop)
        if body["kind"] != ledgers.SUPPRESSION or shop is None:
            continue
        whose = SubjectRequest.objects.filter(public_id=body["request"]).first()
        known = set(KeptRecord.objects.waiting().filter(shop=shop).values_list("source__name", "digest"))
        missing = [each for each in body.get("kept", ()) if (each["source"], each["digest"]) not in known]
        found = [kept for each in missing if (kept := kept_rows.read(shop, whose, each, kept_at=entry.at, now=now))]
        if execute:
            KeptRecord.objects.bulk_create(found, ignore_conflicts=True)
        count += len(found)
    return count


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
