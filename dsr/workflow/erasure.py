"""Running an approved plan: written down outside every database, done source by source, proved, and only then told.

1. ``_begin`` looks at every source once more. Where an outcome is another than the approved one, nothing is run: the plan is
   outdated, and staff see what changed. Otherwise the rows to change are sealed, one step for each source, and committed.
2. Each step's intent is written into the erasure ledger before the first change of any source.
3. A step is one transaction of its source. Its rows are known by key, so doing it twice does it once.
4. A step is proved by looking again, by everything that is known of the person. What a source says it did counts for nothing.
5. When every step is proved, one transaction of ours keeps what stays with its rule and day, and fulfils the request.

Interrupted anywhere, the job begins again at the first step that is not proved.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from dsr.clocks.arithmetic import day_of
from dsr.keyring import KeyRingProblem
from dsr.ledger import LedgerProblem
from dsr.lifecycle import State, Step
from dsr.models import ErasurePlan, PlanStep, SubjectRequest
from dsr.sources.base import SourceError
from dsr.workflow import audit, erasure_approval, erasure_proof, erasure_steps, holds, ledgers, plans, shops
from dsr.workflow import erasure_closing as closing
from dsr.workflow.actors import SYSTEM, Actor
from dsr.workflow.connections import Refused
from dsr.workflow.erasure_plans import Drawn
from dsr.workflow.erasure_rows import FurtherIdentities
from dsr.workflow.queue import Claim, FinalFault, TemporaryFault
from dsr.workflow.source_checks import NotAsDescribed, check_before_erasure
from dsr.workflow.transitions import WrongState, advance

MOST_JOINING = 500
"""New rows of a class whose approved rule removes them (visits during the cooling-off) may join a run, up to so many."""


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
        faults = [fault for step in _open_steps(plan) if (fault := _one(step, claim)) is not None]
        if faults:
            raise next((each for each in faults if isinstance(each, FinalFault)), faults[0])
        closing.close(subject_request, plan, claim)
    except WrongState:  # Withdrawn a moment before.
        _leave(claim)
    except (LedgerProblem, KeyRingProblem) as problem:
        raise FinalFault(f"The erasure ledger: {problem}") from None


def give_up(subject_request_id: int, reason: str, now: datetime) -> None:
    """The job was parked: its steps say why; the request stays where it is."""


def changed_since(plan: ErasurePlan, drawn: Drawn) -> list[Change]:
    """What would be done otherwise now than was approved; empty when nothing would.

    A record that is gone needs nothing any more. A new one joins when a rule that was approved for its collection removes it.
    """
    approved = {each.id: plan.outcomes[each.group] for each in erasure_approval.records_of(plan)}
    removing = {
        (each["source"], each["collection"], each["rule"], each["action"])
        for each in plan.outcomes
        if each["action"] in erasure_proof.JOINING
    }
    found: list[Change] = []
    joining = 0
    for each in drawn.plan.records:
        now = erasure_approval.judged(each.record_class, each.version, each)
        before = approved.get(each.id)
        if before is None:
            if (each.source, each.collection, now["rule"], now["action"]) in removing:
                joining += 1
            else:
                found.append(Change(each.collection, f"a new record, which would be: {now['action']} ({now['rule']})"))
        elif erasure_approval.essence(before) != erasure_approval.essence(now):
            words = f"was {before['action']} ({before['rule']}), would be {now['action']} ({now['rule']})"
            found.append(Change(each.collection, words))
    if joining > MOST_JOINING:
        found.append(Change("", f"{joining} new records would be removed with the others, more than {MOST_JOINING}"))
    return found


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
def go_on(subject_request: SubjectRequest, now: datetime) -> None:
    """Let a run that stopped go on where it stopped. Raises WrongState when none is under way."""
    row = SubjectRequest.objects.select_for_update(of=("self",)).get(pk=subject_request.pk)
    if row.state not in (State.APPROVED, State.FULFILLING):
        raise WrongState(f"{row.reference} is {row.state}: no run is under way.")
    closing.ask_again(subject_request, now)


def today_of(subject_request: SubjectRequest, now: datetime) -> date:
    """The day it is where the shop is."""
    return day_of(now, shops.profile_in(subject_request.policy_version).time_zone)


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
        drawn = plans.draw_live(subject_request, today=today_of(subject_request, now))
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


def _one(step: PlanStep, claim: Claim) -> FinalFault | TemporaryFault | None:
    """Do and prove one source; its fault, noted, if it could not be."""
    try:
        if step.state != PlanStep.State.APPLIED:
            _apply(step, claim)
        erasure_proof.prove(step, claim)
    except SourceError as error:
        erasure_steps.note(step, error.code, str(error), claim, is_final=error.permanent)
        return _fault(error)
    except erasure_proof.NotProved as error:
        erasure_steps.note(step, error.code, str(error), claim, is_final=True)
        return FinalFault(str(error))
    return None


def _apply(step: PlanStep, claim: Claim) -> None:
    """One transaction of the source, inside one of ours that keeps holds from coming between."""
    now = claim.clock()
    subject_request = step.plan.subject_request
    with transaction.atomic(durable=True):
        holds.lock(subject_request.shop, is_shared=True)
        claim.breathe()
        rows = [each.row for each in erasure_steps.rows_of(step)]
        forbidden = holds.standing(step.source, [row.key.digest for row in rows], today_of(subject_request, now))
        if forbidden:
            erasure_steps.spare(step, forbidden)
            rows = [each.row for each in erasure_steps.rows_of(step)]
        counts = erasure_steps.carry_out(step.source, rows)
        step.state, step.applied_at, step.counts = PlanStep.State.APPLIED, claim.clock(), counts
        step.error_code = step.error_text = ""
        step.outcome = ledgers.write_outcome(step, now=claim.clock(), spared=sorted(forbidden))
        step.save()
        facts: dict[str, audit.Fact] = {"source": step.source.name, "segment": step.outcome}
        facts["records"] = sum(counts.values())
        audit.record(subject_request, f"{subject_request.type}.applied", actor=SYSTEM, now=claim.clock(), facts=facts)


def _fault(error: SourceError | Refused) -> FinalFault | TemporaryFault:
    if isinstance(error, SourceError) and not error.permanent:
        return TemporaryFault(str(error))
    return FinalFault(str(error))
