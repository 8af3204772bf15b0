"""Holds: somebody forbade any change of a record. Placed, lifted, and looked at again at each record that is changed.

A hold that is placed while an erasure runs waits until the source (or the batch) at hand is done, or that waits for it: both take
one lock. So either the hold was there first and the record stays, or the record was gone before anybody forbade it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import connection, transaction

from dsr.models import Hold, Shop, Source, SourceRun, SubjectRequest
from dsr.workflow import audit, chunks, sealing
from dsr.workflow.actors import Actor

PURPOSE = "hold"
LOCK = 0x445352
"""The first half of the advisory lock's number; the second is the shop's."""


class HoldRefused(Exception):
    """Why no hold was placed or lifted; the message is for people."""


def place(
    subject_request: SubjectRequest,
    *,
    source_name: str,
    collection: str,
    ground: str,
    digests: Iterable[str] = (),
    until: date | None = None,
    actor: Actor,
    now: datetime,
) -> list[Hold]:
    """Forbid any change of records that were found for a request: those of ``digests``, else all of the collection.

    ``until`` is the last day it lasts; without one it lasts until somebody lifts it. Raises HoldRefused.
    """
    if not ground.strip():
        raise HoldRefused(
            "Say on which ground nothing may be changed: the court's or authority's file number, the claim."
        )
    if until is not None and until < now.date():
        raise HoldRefused(f"{until} has passed: a hold that has ended forbids nothing. Give a later day, or none.")
    run = (
        subject_request.source_runs.filter(source__name=source_name).select_related("source", "subject_request").first()
    )
    if run is None:
        raise HoldRefused(f"{subject_request.reference} has no answer of a source '{source_name}'.")
    chosen = _chosen(run, collection, digests)
    with transaction.atomic(durable=True):
        lock(subject_request.shop, is_shared=False)
        made = Hold.objects.bulk_create(
            Hold(
                shop=subject_request.shop,
                source=run.source,
                collection=collection,
                digest=digest,
                subject_request=subject_request,
                sealed_ground=sealing.seal_for(subject_request, ground.strip().encode(), purpose=PURPOSE),
                until=until,
                made_by=str(actor),
                made_at=now,
            )
            for digest in chosen
        )
        facts: dict[str, audit.Fact] = {"source": source_name, "collection": collection, "records": len(made)}
        facts["until"] = str(until or "")
        audit.record(subject_request, "hold.placed", actor=actor, now=now, facts=facts)
    return made


@transaction.atomic(durable=True)
def lift(holds: Iterable[Hold], *, actor: Actor, now: datetime) -> int:
    """End holds before their day; returns how many there were."""
    lifted = 0
    for hold in holds:
        lifted += Hold.objects.filter(pk=hold.pk, lifted_at=None).update(lifted_at=now, lifted_by=str(actor))
    for subject_request in SubjectRequest.objects.filter(holds__in=[hold.pk for hold in holds]).distinct():
        facts: dict[str, audit.Fact] = {"records": sum(hold.subject_request_id == subject_request.pk for hold in holds)}
        audit.record(subject_request, "hold.lifted", actor=actor, now=now, facts=facts)
    return lifted


def ground_of(hold: Hold) -> str:
    """The ground of a hold; empty once its request is forgotten, which it is not while the hold lasts."""
    if hold.sealed_ground is None or hold.subject_request is None or sealing.is_forgotten(hold.subject_request):
        return ""
    return sealing.unseal_for(hold.subject_request, bytes(hold.sealed_ground), purpose=PURPOSE).decode()


def grounds_on(source: Source, digests: Iterable[str]) -> str:
    """The grounds of every hold that was ever placed on some records, for the letter about them."""
    placed = Hold.objects.filter(source=source, digest__in=list(digests)).select_related("subject_request")
    return "; ".join(sorted({ground for hold in placed if (ground := ground_of(hold))}))


MANY = 1_000
"""Digests beyond which reading every hold of a source is less than naming the digests: a shop has few holds."""


def are_any(source: Source) -> bool:
    """Whether a hold that nobody lifted is on some record of a source, whatever its last day."""
    return Hold.objects.filter(source=source, lifted_at=None).exists()


def standing(source: Source, digests: Iterable[str], today: date) -> dict[str, Hold]:
    """The holds on a source's records that last today, by digest; of several the longest."""
    asked = set(digests)
    lasting = Hold.objects.lasting(today).filter(source=source).select_related("subject_request")
    if len(asked) < MANY:
        lasting = lasting.filter(digest__in=asked)
    found: dict[str, Hold] = {}
    for hold in lasting:
        if hold.digest not in asked:
            continue
        other = found.get(hold.digest)
        if other is None or (hold.until or date.max) > (other.until or date.max):
            found[hold.digest] = hold
    return found


def lock(shop: Shop, *, is_shared: bool) -> None:
    """Keep holds of a shop from coming between, until the end of the caller's transaction."""
    function = "pg_advisory_xact_lock_shared" if is_shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [LOCK, shop.pk])


def _chosen(run: SourceRun, collection: str, digests: Iterable[str]) -> list[str]:
    """The digests that were named, or all of the collection. Raises HoldRefused where one was not found."""
    found = chunks.digests(run, collection)
    if not found:
        raise HoldRefused(f"No records were found in '{collection}' of {run.source.name}.")
    chosen = list(digests) or sorted(found)
    if strangers := [digest for digest in chosen if digest not in found]:
        raise HoldRefused(f"Not found in '{collection}' of {run.source.name}: {len(strangers)} of these records.")
    return chosen
