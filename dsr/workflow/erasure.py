"""Running an approved plan: written down outside every database, done source by source, proved, and only then told.

1. ``_begin`` looks at every source once more. Where an outcome is another than the approved one, nothing is run: the plan is
   outdated, and staff see what changed. Otherwise the rows to change are sealed, one step for each source, and committed.
2. Each step's intent is written into the erasure ledger before the first change of any source.
3. A step is one transaction of its source, or where that cannot be one batch after another (``erasure_batches``), and everything
   is looked at once more just before each (``erasure_again``). Its rows are known by key and by whose they are, so doing it
   twice does it once. What is found through another source goes before that.
4. A step is proved by looking again, by everything that is known of the person. What a source says it did counts for nothing.
5. When every step is proved, one transaction of ours keeps what stays with its rule and day, and fulfils the request.

Interrupted anywhere, the job begins again at the first step that is not proved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from dsr.keyring import KeyRingProblem
from dsr.ledger import LedgerProblem
from dsr.lifecycle import State, Step
from dsr.models import ErasurePlan, Job, PlanStep, SubjectRequest
from dsr.policy.otherwise import rule_name
from dsr.sources.base import SourceError
from dsr.sources.description import Description
from dsr.workflow import (
    audit,
    connections,
    erasure_again,
    erasure_approval,
    erasure_batches,
    erasure_proof,
    erasure_steps,
    ledgers,
    plans,
    shops,
)
from dsr.workflow import erasure_closing as closing
from dsr.workflow.actors import SYSTEM, Actor
from dsr.workflow.connections import Refused
from dsr.workflow.erasure_plans import Drawn
from dsr.workflow.erasure_rows import FurtherIdentities
from dsr.workflow.queue import Claim, FinalFault, TemporaryFault, Work
from dsr.workflow.source_checks import NotAsDescribed, check_before_erasure
from dsr.workflow.transitions import WrongState, advance


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between what was approved and what would be done now, in words."""

    collection: str
    words: str


def erase(claim: Claim) -> None:
    """The job's work. Raises TemporaryFault or FinalFault with the reason, after noting it on the step."""
    subject_request = _requests(claim.target_id)
    plan = erasure_approval.newest(subject_request)
    if plan is None or subject_request.state not in (State.APPROVED, State.FULFILLING):
        _leave(claim)
        return
    try:
        if subject_request.state == State.APPROVED and not _begin(subject_request, plan, claim):
            return
        _write_down(plan, claim)
        if faults := _each(plan, claim):
            raise next((each for each in faults if isinstance(each, FinalFault)), faults[0])
        closing.close(subject_request, plan, claim)
    except WrongState:  # Withdrawn a moment before.
        _leave(claim)
    except (LedgerProblem, KeyRingProblem) as problem:
        raise FinalFault(f"{_so_far(plan)} {problem}") from None


def _so_far(plan: ErasurePlan) -> str:
    """What of a run is done that the ledger stopped, for people: before the last intent is in it, nothing of any source."""
    is_begun = plan.steps.exclude(applied_at=None).exists() or all(step.intent for step in _open_steps(plan))
    if not is_begun:
        return "Nothing was erased or changed."
    return "Sources may be changed already, as approved; the run goes on where it stopped."


def give_up(subject_request_id: int, reason: str, now: datetime) -> None:
    """The job was parked: its steps say why; the request stays where it is."""


def changed_since(plan: ErasurePlan, drawn: Drawn) -> list[Change]:
    """What would be done otherwise now than was approved; empty when nothing would.

    A record that is gone needs nothing any more. A new one joins when a rule that was approved for its collection removes it.
    """
    approved = {each.id: plan.outcomes[each.group] for each in erasure_approval.records_of(plan)}
    new = [each for each in drawn.plan.records if each.id not in approved]
    joining = {each.id for each in erasure_again.joinable(plan, new, joined=0)}
    found: list[Change] = []
    for each in drawn.plan.records:
        now = erasure_approval.judged(each.record_class, each.version, each)
        before = approved.get(each.id)
        if before is None:
            if each.id not in joining:
                words = f"a new record, which would be: {now['action']} ({rule_name(now['rule'])})"
                found.append(Change(each.collection, words))
        elif erasure_approval.essence(before) != erasure_approval.essence(now):
            found.append(Change(each.collection, _differs(before, now)))
    here = {rows.source.name for rows in drawn.found}
    lost = Counter(source for source, _, _ in approved if source not in here)
    found += [
        Change("", f"{name} was disconnected: {count} records there wait for a colleague")
        for name, count in lost.items()
    ]
    return found


def _differs(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    was, is_now = (f"{each['action']} ({rule_name(each['rule'])})" for each in (before, now))
    if was == is_now and before["rule"] != now["rule"]:
        return f"{was}: the reason that the person is told is another one than was approved"
    return f"was {was}, would be {is_now}"


def by_hand_done(step: PlanStep, *, actor: Actor, now: datetime) -> None:
    """A colleague says that a source which only a person can change was changed. The run goes on where that was the last."""
    with transaction.atomic(durable=True):
        changed = PlanStep.objects.filter(pk=step.pk, state=PlanStep.State.BY_HAND).update(
            state=PlanStep.State.PROVED, applied_at=now, proved_at=now, proof={"said_by": str(actor)}
        )
        if not changed:
            raise WrongState("That was said already.")
        subject_request = step.plan.subject_request
        audit.record(
            subject_request, f"{subject_request.type}.by_hand", actor=actor, now=now, facts={"source": step.source.name}
        )
        closing.ask_again(subject_request, now)


@transaction.atomic(durable=True)
def hand_over(step: PlanStep, *, actor: Actor, now: datetime) -> None:
    """Leave a source that was disconnected while the run was under way to a colleague, who says when it is done; the others
    go on.

    What is done already stays done and proved. What had to stay in that source is in the colleague's books: no night could look
    at it. Raises WrongState while the source is connected, and when its part is done.
    """
    subject_request = SubjectRequest.objects.select_for_update(of=("self",)).get(pk=step.plan.subject_request_id)
    if step.source.is_active:
        raise WrongState(
            f"{step.source.name} is connected. Put right what its step says, and let the run go on; or disconnect it first."
        )
    if Job.objects.filter(subject_request=subject_request, kind=Work.ERASE.value, state=Job.State.RUNNING).exists():
        raise WrongState("The run is under way at this moment. Wait until it has stopped.")
    left = PlanStep.objects.filter(pk=step.pk, plan__state=ErasurePlan.State.RUNNING)
    left = left.exclude(state__in=(PlanStep.State.PROVED, PlanStep.State.BY_HAND))
    if not left.update(
        state=PlanStep.State.BY_HAND, sealed_rows=None, sealed_seen=None, outcomes=[], error_code="", error_text=""
    ):
        raise WrongState(f"{step.source.name} waits for nobody: its part is done, or a colleague was asked already.")
    facts: dict[str, audit.Fact] = {"source": step.source.name}
    audit.record(subject_request, f"{subject_request.type}.handed_over", actor=actor, now=now, facts=facts)
    closing.ask_again(subject_request, now)


@transaction.atomic(durable=True)
def go_on(subject_request: SubjectRequest, now: datetime) -> None:
    """Let a run that stopped go on where it stopped; what it stopped for was seen by whoever says so. Raises WrongState when none
    is under way."""
    row = SubjectRequest.objects.select_for_update(of=("self",)).get(pk=subject_request.pk)
    if row.state not in (State.APPROVED, State.FULFILLING):
        raise WrongState(f"{row.reference} is {row.state}: no run is under way.")
    told = PlanStep.objects.filter(plan__subject_request=row, error_code__in=erasure_proof.TO_BE_SEEN)
    told.update(error_code=erasure_proof.SEEN)
    closing.ask_again(subject_request, now)


def _requests(subject_request_id: int) -> SubjectRequest:
    return SubjectRequest.objects.select_related("shop", "policy_version__shop").get(pk=subject_request_id)


def _leave(claim: Claim) -> None:
    with transaction.atomic(durable=True):
        claim.finish()


def _begin(subject_request: SubjectRequest, plan: ErasurePlan, claim: Claim) -> bool:
    """Seal what is to be done; False when the plan is outdated, which is noted and ends this job."""
    now = claim.clock()
    if plan.runs_from and plan.runs_from > now:
        raise TemporaryFault("The person may still stop it.")
    try:
        check_before_erasure(subject_request.shop, actor=SYSTEM, now=now)
        drawn = plans.draw_live(subject_request, today=shops.today_of(subject_request, now))
        taken = plans.taken_by_others(subject_request, drawn.found)
    except (SourceError, Refused) as error:
        raise _fault(error) from None
    except NotAsDescribed as error:
        first = [f"{each['place']}: {each['message']}" for check in error.checks for each in check.alarms][:3]
        told = f"A database is not as it was described, so nothing was changed. {error}. {'; '.join(first)}"
        raise FinalFault(told.rstrip()) from None
    except FurtherIdentities as error:
        _outdated(subject_request, plan, [Change("", str(error))], claim)
        return False
    changes = changed_since(plan, drawn)
    changes += [Change("", each) for each in (*drawn.hindrances, *taken)]
    if changes:
        _outdated(subject_request, plan, changes, claim)
        return False
    with transaction.atomic(durable=True):
        claim.breathe()
        steps = erasure_steps.make(subject_request, plan, drawn)
        ErasurePlan.objects.filter(pk=plan.pk).update(state=ErasurePlan.State.RUNNING)
        erasure_again.remember_open(plan, drawn)
        facts: dict[str, audit.Fact] = {"number": plan.number, "steps": len(steps)}
        advance(
            subject_request,
            Step.BEGIN_FULFILMENT,
            action=f"{subject_request.type}.started",
            actor=SYSTEM,
            now=now,
            facts=facts,
        )
    return True


def _outdated(subject_request: SubjectRequest, plan: ErasurePlan, changes: list[Change], claim: Claim) -> None:
    """Back to review, with what changed, and nothing done."""
    words = [f"{each.collection}: {each.words}" if each.collection else each.words for each in changes]
    told = [f"{text} ({words.count(text)} times)" if words.count(text) > 1 else text for text in dict.fromkeys(words)]
    with transaction.atomic(durable=True):
        ErasurePlan.objects.filter(pk=plan.pk).update(state=ErasurePlan.State.OUTDATED, changes=told)
        facts: dict[str, audit.Fact] = {"number": plan.number, "changes": len(changes)}
        now = claim.clock()
        advance(subject_request, Step.REDRAW, action="plan.outdated", actor=SYSTEM, now=now, facts=facts)
        claim.finish()


def _open_steps(plan: ErasurePlan) -> list[PlanStep]:
    steps = plan.steps.exclude(state=PlanStep.State.PROVED).exclude(state=PlanStep.State.BY_HAND)
    return list(steps.select_related("source__shop", "plan__subject_request__shop"))


def _write_down(plan: ErasurePlan, claim: Claim) -> None:
    """Every intent, before the first change of any source. Written twice after a crash in between, which harms nobody."""
    for step in _open_steps(plan):
        if step.intent is None:
            step.intent = ledgers.write_intent(step, now=claim.clock())
            with transaction.atomic(durable=True):
                claim.breathe()
                step.save(update_fields=("intent",))
                facts: dict[str, audit.Fact] = {"source": step.source.name, "segment": step.intent}
                request = plan.subject_request
                audit.record(request, f"{request.type}.written_down", actor=SYSTEM, now=claim.clock(), facts=facts)


def _each(plan: ErasurePlan, claim: Claim) -> list[FinalFault | TemporaryFault]:
    """Do and prove one source after another; the faults of those that could not be."""
    faults: list[FinalFault | TemporaryFault] = []
    unproved: list[PlanStep] = []
    for step in _open_steps(plan):
        described = _described(step)
        hanging = [each.source.name for each in unproved if erasure_steps.hangs_on(_described(each), described)]
        fault = _wait(step, hanging, claim) if hanging else _one(step, claim)
        if fault is not None:
            faults.append(fault)
            unproved.append(step)
    return faults


def _described(step: PlanStep) -> Description:
    return connections.described_by(connections.current_version(step.source))


def _wait(step: PlanStep, hanging: list[str], claim: Claim) -> TemporaryFault:
    told = f"{step.source.name} waits: rows of {', '.join(hanging)} are found through it, and are to go first."
    erasure_steps.note(step, "waits", told, claim, is_final=False)
    return TemporaryFault(told)


def _one(step: PlanStep, claim: Claim) -> FinalFault | TemporaryFault | None:
    """Do and prove one source; its fault, noted, if it could not be.

    What was found not to be done is done again: once what hindered it is out of the way, that is all it takes.
    """
    was_told = step.error_code == erasure_proof.SEEN
    try:
        while True:
            if step.state != PlanStep.State.APPLIED or step.error_code:
                erasure_batches.carry_out(step, claim)
            if erasure_proof.prove(step, claim, was_told=was_told):
                break
    except SourceError as error:
        told = erasure_batches.with_progress(step, error)
        erasure_steps.note(step, told.code, str(told), claim, is_final=told.permanent)
        return _fault(told)
    except erasure_proof.NotProved as error:
        erasure_steps.note(step, error.code, str(error), claim, is_final=True)
        return FinalFault(str(error))
    return None


def _fault(error: SourceError | Refused) -> FinalFault | TemporaryFault:
    if isinstance(error, SourceError) and not error.permanent:
        return TemporaryFault(str(error))
    return FinalFault(str(error))
