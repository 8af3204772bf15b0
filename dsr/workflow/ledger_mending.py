"""When the newest copy of the erasure ledger is older than our database: what is missing is written anew.

The disk of the ledger was lost, and what could be put back ends before what was written. Until that is mended nothing is
erased. Our own database still knows the rows of every run whose request is not forgotten, so those are written again, with
new numbers; what it no longer knows is told by reference, and could come back from a backup of the shop.

1. Every number that the ledger no longer holds is taken from our rows, at once. Then the ledger is not behind any more, and a
   run that was interrupted writes its own intent again. Which numbers a proved step had stays in its chain: the evidence says
   them for good (``evidence_forms.step_form``).
2. One transaction for each step that was done: its intent and outcome, and the new numbers. Killed in between, the command
   finds the others by their missing number. An entry written twice harms nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from dsr.crypto import SealBroken
from dsr.keyring import KeyDestroyed
from dsr.models import ErasedIdentity, KeptRecord, LedgerPosition, PlanStep, SubjectRequest
from dsr.workflow import audit, kept_rows, ledgers
from dsr.workflow.actors import SYSTEM


@dataclass(slots=True)
class Mended:
    """What was missing, by reference. ``steps`` and ``people`` are written anew; for the others our database knows too little.

    ``finished_records`` were erased when their time was over: look at them again after a shop's backup was put back.
    """

    last: int
    known: int
    steps: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    finished_records: int = 0


def mend(*, execute: bool, now: datetime) -> Mended:
    """Write anew what the ledger has lost; without ``execute`` only say what that is. Raises LedgerTampered and LedgerFull."""
    known = ledgers.known_number()
    report = ledgers.ledger().verify()
    last = report.last or report.checkpoint
    mended = Mended(last, known, finished_records=_finished(last).count())
    people = list(_erased_since(last))
    if execute:
        _take_numbers(last, now)
        for subject_request in people:
            _suppress_anew(subject_request, now)
    mended.people = [each.reference for each in people]
    for step in _lost(last).select_related("source", "plan__subject_request__shop"):
        name = f"{step.plan.subject_request.reference} {step.source.name}"
        try:
            if execute:
                _write_anew(step, now)
            mended.steps.append(name)
        except (KeyDestroyed, SealBroken):  # Forgotten, or the key ring was lost.
            mended.forgotten.append(name)
    return mended


def _take_numbers(last: int, now: datetime) -> None:
    with transaction.atomic(durable=True):
        numbered = _lost(last).filter(Q(intent__gt=last) | Q(outcome__gt=last), state=PlanStep.State.PROVED)
        for step in numbered.select_related("source", "plan__subject_request"):
            _record(step, "entries_lost", now)
        PlanStep.objects.filter(intent__gt=last).update(intent=None)
        PlanStep.objects.filter(outcome__gt=last).update(outcome=None)
        KeptRecord.objects.filter(intent__gt=last).update(intent=None)
        LedgerPosition.objects.filter(number__gt=last).update(number=last)


def _lost(last: int) -> QuerySet[PlanStep]:
    """Steps that were done and whose intent or outcome is behind the end of the ledger, or was taken a number from."""
    done = PlanStep.objects.filter(state__in=(PlanStep.State.APPLIED, PlanStep.State.PROVED), sealed_rows__isnull=False)
    return done.filter(Q(intent=None) | Q(outcome=None) | Q(intent__gt=last) | Q(outcome__gt=last)).order_by("pk")


def _finished(last: int) -> QuerySet[KeptRecord]:
    return KeptRecord.objects.filter(Q(intent=None) | Q(intent__gt=last), state=KeptRecord.State.FINISHED)


def _erased_since(last: int) -> QuerySet[SubjectRequest]:
    """Requests that were fulfilled after the ledger's last entry: who is not to be imported anew is missing there."""
    fulfilled = ErasedIdentity.objects.all()
    if last:
        entry = next(ledgers.ledger().entries(after=last - 1), None)
        fulfilled = fulfilled.filter(erased_at__gt=entry.at) if entry else fulfilled.none()
    return SubjectRequest.objects.filter(pk__in=fulfilled.values("subject_request"))


def _write_anew(step: PlanStep, now: datetime) -> None:
    """Raises KeyDestroyed or SealBroken when its rows cannot be read any more."""
    subject_request = step.plan.subject_request
    with transaction.atomic(durable=True):
        step.intent = ledgers.write_intent(step, now=now)
        step.outcome = ledgers.write_outcome(step, now=now)
        step.save(update_fields=("intent", "outcome"))
        _record(step, "written_anew", now)
    _suppress_anew(subject_request, now)


def _record(step: PlanStep, what: str, now: datetime) -> None:
    """Write the step's numbers into its chain, in the caller's transaction."""
    subject_request = step.plan.subject_request
    facts: dict[str, audit.Fact] = {"source": step.source.name, "intent": step.intent, "outcome": step.outcome}
    audit.record(subject_request, f"{subject_request.type}.{what}", actor=SYSTEM, now=now, facts=facts)


def _suppress_anew(subject_request: SubjectRequest, now: datetime) -> None:
    identities = ErasedIdentity.objects.filter(subject_request=subject_request).values_list("digest", "kind")
    if identities:
        kept = KeptRecord.objects.waiting().filter(subject_request=subject_request).select_related("source")
        ledgers.write_suppression(subject_request, dict(identities), kept=list(_written(kept)), now=now)


def _written(kept: Iterable[KeptRecord]) -> Iterator[dict[str, Any]]:
    """Those whose key can be read still; of the others the nightly finishing tells."""
    for each in kept:
        with suppress(KeyDestroyed, SealBroken):
            yield kept_rows.written(each)
