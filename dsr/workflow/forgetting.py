"""Forgetting: what a request held is removed when its time is over, and the key of its month is destroyed.

This destroys data for good, so the order matters:

1. Whatever is still needed (an open request, a record under a legal hold, the files that staff handed in as a source, the keys
   of records that an erasure had to leave, or of which a value is in doubt) is wrapped by a
   later month's key, each in a transaction of its own. An open request is never forgotten.
2. Of every other request whose month is over the sealed rows go, and its wrapped key with them, in one transaction under the
   request's lock. Its sealed files go after that: a file that outlives a crash here is named by no row, opens by no key, and
   the daily tidying takes it away.
3. Only when no request hangs on them any more are the keys of those months destroyed, and the keys of the look-ups by which
   forgotten requests were found. From then on our own old dumps say nothing of these people either, whoever restores them.

Killed anywhere, it is right to run it again. What stays for 24 months is the bare log (``log_expiry.py``): that there was a
request, which right, when it was answered and how. It names nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models, transaction

from dsr.keyring import KeyRing, KeyRingProblem
from dsr.models import (
    ClockPause,
    CorrectionItem,
    Doubt,
    ErasurePlan,
    Extension,
    FindingChunk,
    FindingMark,
    Hold,
    IdentityCheck,
    IdentityHash,
    InstructionLink,
    IssuedLetter,
    Job,
    KeptRecord,
    LearntIdentity,
    ManualTask,
    MatchQuestion,
    Mention,
    Notice,
    OutcomeChange,
    PackageFile,
    PlanStep,
    RecipientInstruction,
    SealedBlob,
    SourceFile,
    SourceRun,
    SubjectRequest,
    Viewing,
)
from dsr.workflow import audit, doubts, fulfilment, kept_rows, sealing, shops, source_files
from dsr.workflow.actors import SYSTEM
from dsr.workflow.queue import FinalFault

logger = logging.getLogger("dsr.forgetting")

Way = str
"""How a row leads to its request, as Django's filters write it."""

REMOVED: tuple[tuple[models.Manager[Any], Way], ...] = (
    (FindingChunk.objects, "source_run__subject_request"),
    (SealedBlob.objects, "source_run__subject_request"),
    (FindingMark.objects, "source_run__subject_request"),
    (Mention.objects, "source_run__subject_request"),
    (Viewing.objects, "source_run__subject_request"),
    (ManualTask.objects, "source_run__subject_request"),
    (LearntIdentity.objects, "subject_request"),
    (MatchQuestion.objects, "subject_request"),
    (IdentityHash.objects, "subject_request"),
    (IdentityCheck.objects, "subject_request"),
    (OutcomeChange.objects, "subject_request"),
    (CorrectionItem.objects, "subject_request"),
    (Doubt.objects, "subject_request"),
    (InstructionLink.objects, "instruction__subject_request"),
    (PackageFile.objects, "package__subject_request"),
    (IssuedLetter.objects, "subject_request"),
    (Notice.objects, "subject_request"),
    (Job.objects, "subject_request"),
)
"""Rows that go with the request's data. A task takes its links and files with it, a wish its files."""

EMPTIED: tuple[tuple[models.Manager[Any], Way, dict[str, Any]], ...] = (
    (SourceRun.objects, "subject_request", {"counts": {}, "held": {}, "searched_by": [], "error_text": ""}),
    (ClockPause.objects, "subject_request", {"sealed_reason": b""}),
    (Extension.objects, "subject_request", {"sealed_reason": b""}),
    (ErasurePlan.objects, "subject_request", {"sealed": b"", "changes": []}),
    (Hold.objects, "subject_request", {"sealed_ground": None}),
    (PlanStep.objects, "plan__subject_request", {"sealed_rows": None, "sealed_seen": None, "error_text": ""}),
    (RecipientInstruction.objects, "subject_request", {"sealed_reason": None, "sealed_changes": None}),
)
"""Rows of the bare log, and which of their columns are emptied."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was done, or would be: references of requests, and the names of the months whose keys are destroyed.

    ``lookups`` are the months of arrival of which no request is left that could be found by an address.
    """

    postponed: tuple[str, ...]
    forgotten: tuple[str, ...]
    months: tuple[str, ...]
    lookups: tuple[str, ...]


def forget_expired(now: datetime) -> Forgotten:
    """Forget every request whose time is over. Raises KeyRingProblem when the key ring cannot be changed."""
    month = month_of(now)
    postponed: list[str] = []
    forgotten: list[str] = []
    for number in SubjectRequest.objects.expired(month).order_by("pk").values_list("pk", flat=True):
        subject_request, is_forgotten = _settle(number, month, now)
        if subject_request is not None:
            (forgotten if is_forgotten else postponed).append(subject_request.reference)
        if subject_request is not None and is_forgotten:
            _remove_files(subject_request)
    source_files.wrap_anew(month, now)
    kept_rows.seal_anew(month, now)
    doubts.seal_anew(month, now)
    months = _destroy_keys(month)
    lookups = sealing.ring().destroy_lookups_before(_oldest_arrival(now))
    return Forgotten(tuple(postponed), tuple(forgotten), months, tuple(lookups))


def would_forget(now: datetime) -> Forgotten:
    """What ``forget_expired`` would do. Changes nothing."""
    month = month_of(now)
    expired = list(SubjectRequest.objects.expired(month).order_by("pk"))
    needed = {each.pk for each in expired if is_needed(each, now) and not sealing.is_forgotten(each)}
    return Forgotten(
        postponed=tuple(each.reference for each in expired if each.pk in needed),
        forgotten=tuple(each.reference for each in expired if each.pk not in needed),
        months=tuple(sealing.ring().months_before(month)),
        lookups=tuple(sealing.ring().lookups_before(_oldest_arrival(now, without={e.pk for e in expired} - needed))),
    )


def is_needed(subject_request: SubjectRequest, now: datetime) -> bool:
    """True while something may still happen that needs what the request holds."""
    return subject_request.is_open or subject_request.holds.lasting(now.date()).exists()


def month_of(now: datetime) -> date:
    """The first day of the month that is going on: every month before it is over."""
    return now.date().replace(day=1)


def forget_tonight(now: datetime) -> None:
    """The first half of the nightly job (``daily.py``). Raises FinalFault when the key ring cannot be changed."""
    try:
        forget_expired(now)
    except KeyRingProblem as problem:
        raise FinalFault(str(problem)) from None


def _settle(number: int, month: date, now: datetime) -> tuple[SubjectRequest | None, bool]:
    """Postpone or forget one request; None when somebody else did meanwhile."""
    with transaction.atomic(durable=True):
        waiting = SubjectRequest.objects.expired(month).select_for_update(of=("self",))
        subject_request = waiting.select_related("shop", "policy_version__shop").filter(pk=number).first()
        if subject_request is None:
            return None, False
        # In a database that was restored from a dump somebody may seem to wait whose key has gone since.
        if is_needed(subject_request, now) and not sealing.is_forgotten(subject_request):
            _postpone(subject_request, now)
            return subject_request, False
        _forget(subject_request, now)
        return subject_request, True


def _postpone(subject_request: SubjectRequest, now: datetime) -> None:
    profile = shops.profile_in(subject_request.policy_version)
    expires_on = now.date() + timedelta(days=sealing.MOST_DAYS_OPEN + profile.record_retention_days)
    sealing.postpone_forgetting(subject_request, expires_on)
    subject_request.save(update_fields=("key_month", "wrapped_key"))
    facts: dict[str, audit.Fact] = {"until": f"{subject_request.key_month:%Y-%m}"}
    audit.record(subject_request, "request.kept_readable", actor=SYSTEM, now=now, facts=facts)


def _forget(subject_request: SubjectRequest, now: datetime) -> None:
    removed = 0
    for rows, way in REMOVED:
        number, _ = rows.filter(**{way: subject_request}).delete()
        removed += number
    for rows, way, nothing in EMPTIED:
        rows.filter(**{way: subject_request}).update(**nothing)
    subject_request.sealed_identities, subject_request.wrapped_key, subject_request.forgotten_at = b"", b"", now
    subject_request.save(update_fields=("sealed_identities", "wrapped_key", "forgotten_at"))
    facts: dict[str, audit.Fact] = {"month": f"{subject_request.key_month:%Y-%m}", "rows": removed}
    audit.record(subject_request, "request.forgotten", actor=SYSTEM, now=now, facts=facts)


def _oldest_arrival(now: datetime, without: Iterable[int] = ()) -> date:
    """The day on which the oldest request arrived that is not forgotten; today when there is none."""
    remembered = SubjectRequest.objects.filter(forgotten_at=None).exclude(pk__in=without)
    oldest: datetime | None = remembered.aggregate(at=models.Min("received_at"))["at"]
    return min(oldest or now, now).date()


def _remove_files(subject_request: SubjectRequest) -> None:
    try:
        fulfilment.remove_tries(subject_request)
    except OSError as error:
        logger.warning("files of a forgotten request stay until the next tidying: %s", type(error).__name__)


def _destroy_keys(month: date) -> tuple[str, ...]:
    """Destroy the keys of every month that is over, and read the ring anew to see that they are gone."""
    hanging = (
        SubjectRequest.objects.expired(month),
        SourceFile.objects.expired(month),
        KeptRecord.objects.sealed_before(month),
        Doubt.objects.sealed_before(month),
    )
    if any(rows.exists() for rows in hanging):
        raise KeyRingProblem(
            "A request, a file, a record that stays or a doubt still hangs on a month that is over, so no key was destroyed. "
            "Run it again."
        )
    ring = sealing.ring()
    try:
        months = ring.destroy_months_before(month)
    except OSError as error:
        raise KeyRingProblem(f"The key ring {ring.path} cannot be changed: {error.strerror}.") from None
    if KeyRing(ring.path).months_before(month):
        raise KeyRingProblem(f"The key ring {ring.path} still holds keys of months that are over. Run it again.")
    return tuple(months)
