"""From a drawn plan to one that may be run: a colleague's own outcomes, freezing, approval, and the time to stop it.

What is frozen is what was found at that moment, with its fingerprint. Who approves names that fingerprint: they approve what
they have read. Nothing here changes a shop's database.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max

from dsr.clocks.arithmetic import day_of
from dsr.lifecycle import RequestType, State, Step
from dsr.models import ErasurePlan, Notice, OutcomeChange, Source, SubjectRequest
from dsr.policy.decide import HOLD, STAFF, Decision
from dsr.policy.plan import Group, Planned, RecordId
from dsr.policy.schema import Profile
from dsr.policy.terms import Basis
from dsr.records import Action
from dsr.workflow import (
    audit,
    erasure_plans,
    notices,
    own_outcomes,
    plans,
    queue,
    sealing,
    shops,
)
from dsr.workflow.actors import Actor
from dsr.workflow.erasure_plans import Drawn
from dsr.workflow.queue import Work
from dsr.workflow.transitions import WrongState, advance

PURPOSE = "plan"
LONGEST_REASON = 500
DECIDED_OTHERWISE = "somebody decided otherwise after it was frozen"
OUTCOMES = {
    RequestType.ERASURE.value: (Action.DELETE, Action.ANONYMISE, Action.DEACTIVATE, Action.KEEP),
    RequestType.CORRECTION.value: (Action.CORRECT, Action.KEEP),
}
"""What a plan may say of a record, by what was asked for."""
PEOPLE = frozenset({"staff", "command"})


class PlanRefused(Exception):
    """Why a plan was not frozen or not approved; the message is for people. ``reasons`` are all of them."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = tuple(reasons)


@dataclass(frozen=True, slots=True)
class FrozenRecord:
    """One record of a frozen plan: what was decided about it, as it was approved. ``group`` counts in the plan's outcomes."""

    id: RecordId
    group: int

    @property
    def digest(self) -> str:
        """The record's own."""
        return self.id[2]


def change_outcome(
    subject_request: SubjectRequest,
    *,
    source: Source,
    collection: str,
    digest: str = "",
    action: Action,
    reason: str,
    until: date | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Decide otherwise than the rule about one record, or all of a collection. The person is told the reason as it is written.

    What stays so needs a last day. What was frozen before is outdated. Raises PlanRefused and WrongState.
    """
    wrong = [
        *own_outcomes.not_found(subject_request, source, collection, digest),
        *own_outcomes.not_so(
            subject_request, source, collection, action, OUTCOMES[subject_request.type], reason, until, now.date()
        ),
    ]
    if wrong:
        raise PlanRefused(wrong)
    with transaction.atomic(durable=True):
        _in_review(subject_request)
        OutcomeChange.objects.update_or_create(
            subject_request=subject_request,
            source=source,
            collection=collection,
            digest=digest,
            defaults={
                "action": action.value,
                "until": until,
                "sealed_reason": sealing.seal_for(
                    subject_request, reason.strip()[:LONGEST_REASON].encode(), purpose=erasure_plans.REASON
                ),
                "made_by": str(actor),
                "made_at": now,
            },
        )
        erasure_plans.outdate(subject_request, f"{collection}: {DECIDED_OTHERWISE}")
        facts: dict[str, audit.Fact] = {
            "source": source.name,
            "collection": collection,
            "action": action.value,
            "one_row": bool(digest),
        }
        audit.record(subject_request, "outcome.changed", actor=actor, now=now, facts=facts)


@transaction.atomic(durable=True)
def follow_the_rule_again(change: OutcomeChange, *, actor: Actor, now: datetime) -> None:
    """Take back a colleague's own decision. What was frozen before is outdated."""
    _in_review(change.subject_request)
    facts: dict[str, audit.Fact] = {"source": change.source.name, "collection": change.collection, "action": "rule"}
    facts["one_row"] = bool(change.digest)
    change.delete()
    erasure_plans.outdate(change.subject_request, f"{change.collection}: {DECIDED_OTHERWISE}")
    audit.record(change.subject_request, "outcome.changed", actor=actor, now=now, facts=facts)


def freeze(subject_request: SubjectRequest, *, actor: Actor, now: datetime) -> ErasurePlan:
    """Look at every source now and keep what would be done. Raises PlanRefused, SourceError, FurtherIdentities, WrongState."""
    if subject_request.state != State.REVIEW:
        raise WrongState(f"{subject_request.reference} is {subject_request.state}: a plan is frozen during review.")
    profile = shops.profile_in(subject_request.policy_version)
    today = day_of(now, profile.time_zone)
    decisions = erasure_plans.decisions_in(subject_request)
    drawn = plans.draw_live(subject_request, today=today)
    open_questions = subject_request.match_questions.unanswered().count()
    hindrances = [*drawn.hindrances, *plans.taken_by_others(subject_request, drawn.found)]
    if open_questions:
        hindrances.append(f"Answer *same person?* first: {open_questions} open.")
    if hindrances:
        raise PlanRefused(hindrances)
    with transaction.atomic(durable=True):
        _in_review(subject_request)
        if erasure_plans.decisions_in(subject_request) != decisions:
            raise WrongState(
                "Somebody decided otherwise while the sources were looked at. Read the plan, and freeze again."
            )
        plan = ErasurePlan(
            subject_request=subject_request,
            number=(subject_request.erasure_plans.aggregate(last=Max("number"))["last"] or 0) + 1,
            fingerprint=fingerprint_of(subject_request, drawn),
            as_of=today,
            outcomes=[outcome_of(group) for group in drawn.plan.groups],
            frozen_at=now,
            frozen_by=str(actor),
        )
        plan.sealed = sealing.seal_for(subject_request, _packed(drawn), purpose=PURPOSE)
        plan.save()
        facts: dict[str, audit.Fact] = {
            "number": plan.number,
            "fingerprint": plan.fingerprint,
            "records": len(drawn.plan.records),
            **{action.value: drawn.plan.totals[action] for action in OUTCOMES[subject_request.type]},
        }
        audit.record(subject_request, "plan.frozen", actor=actor, now=now, facts=facts)
    return plan


def approve(
    subject_request: SubjectRequest,
    *,
    fingerprint: str,
    typed_reference: str = "",
    actor: Actor,
    now: datetime,
) -> ErasurePlan:
    """Let the frozen plan be run, once the time is over in which the person may stop it.

    ``fingerprint`` is that of the plan that was read, its first 16 digits at least; ``typed_reference`` is asked for where the
    profile says so. Raises PlanRefused and WrongState.
    """
    with transaction.atomic(durable=True):
        _in_review(subject_request)
        plan = newest(subject_request)
        profile = shops.profile_in(subject_request.policy_version)
        wrong = list(_why_not(subject_request, plan, profile, fingerprint, typed_reference, actor))
        if wrong or plan is None:
            raise PlanRefused(wrong)
        days = profile.approval.cooling_off_days if subject_request.type == RequestType.ERASURE else 0
        plan.state, plan.approved_at, plan.approved_by = ErasurePlan.State.APPROVED, now, str(actor)
        plan.runs_from = now + timedelta(days=days)
        plan.save(update_fields=("state", "approved_at", "approved_by", "runs_from"))
        facts: dict[str, audit.Fact] = {
            "number": plan.number,
            "fingerprint": plan.fingerprint,
            "runs_from": str(day_of(plan.runs_from, profile.time_zone)),
        }
        advance(subject_request, Step.APPROVE, action="plan.approved", actor=actor, now=now, facts=facts)
        job = queue.enqueue(
            Work.ERASE, target_id=subject_request.pk, subject_request=subject_request, now=now, run_after=plan.runs_from
        )
        queue.again(job, now, run_after=plan.runs_from)
        if days:
            notices.write(subject_request, Notice.Kind.COOLING_OFF, now=now, context={"runs_from": plan.runs_from})
    return plan


def fingerprint_of(subject_request: SubjectRequest, drawn: Drawn) -> str:
    """The fingerprint of a drawn plan, under the names that its records have outside."""
    return drawn.plan.fingerprint(sealing.record_namer(subject_request))


def newest(subject_request: SubjectRequest) -> ErasurePlan | None:
    """The plan that counts; None when none was ever frozen."""
    return subject_request.erasure_plans.order_by("-number").first()


def records_of(plan: ErasurePlan) -> list[FrozenRecord]:
    """The plan's records. Raises KeyDestroyed once they are forgotten."""
    plain = sealing.unseal_for(plan.subject_request, bytes(plan.sealed), purpose=PURPOSE)
    rows: list[list[Any]] = json.loads(zlib.decompress(plain))
    return [FrozenRecord((source, collection, digest), group) for source, collection, digest, group in rows]


def outcome_of(group: Group) -> dict[str, Any]:
    """What becomes of some records, as it is kept and shown: no value, no key."""
    return {
        "source": group.source,
        "collection": group.collection,
        "records": group.records,
        **judged(group.record_class, group.version, group),
    }


def judged(record_class: str, version: int, each: Group | Planned) -> dict[str, Any]:
    """A decision in words and codes. What a colleague typed stays out: a reason is found again by the rule's number, the
    ground of a hold with the hold."""
    said = each.decision
    is_own, is_held = said.rule.startswith(f"{STAFF}:"), said.rule == HOLD
    citation = said.basis.citation if said.basis and not is_held else ""
    return {
        "record_class": record_class,
        "version": version,
        "action": said.action.value,
        "fields": list(said.fields),
        "at_once_fields": list(said.at_once_fields),
        "rule": said.rule,
        "basis": {"code": said.basis.code, "citation": citation} if said.basis else None,
        "promises": list(said.promises),
        "until": str(said.until) if said.until else None,
        "event": said.event,
        "review_on": str(said.review_on) if said.review_on else None,
        "afterwards": said.afterwards.value if said.afterwards else None,
        "sentence": "" if is_own else said.sentence,
        "reasons": list(said.reasons[1:] if is_held else said.reasons),
    }


def decision_of(outcome: Mapping[str, Any]) -> Decision:
    """The decision that :func:`judged` wrote, as far as it is written."""
    basis, until, review_on = outcome["basis"], outcome["until"], outcome["review_on"]
    return Decision(
        action=Action(outcome["action"]),
        fields=tuple(outcome["fields"]),
        rule=outcome["rule"],
        basis=Basis(basis["code"], basis["citation"]) if basis else None,
        promises=tuple(outcome["promises"]),
        sentence=outcome["sentence"],
        reasons=tuple(outcome["reasons"]),
        at_once_fields=tuple(outcome["at_once_fields"]),
        until=date.fromisoformat(until) if until else None,
        event=outcome["event"],
        review_on=date.fromisoformat(review_on) if review_on else None,
        afterwards=Action(outcome["afterwards"]) if outcome["afterwards"] else None,
    )


def approved_kinds(plan: ErasurePlan) -> set[tuple[str, str, str]]:
    """Record class, rule and action: what a new record must have in common with approved ones to be done with as they are."""
    return {(each["record_class"], each["rule"], each["action"]) for each in plan.outcomes}


def essence(outcome: dict[str, Any]) -> tuple[Any, ...]:
    """What of an outcome must not change between approval and run."""
    keys = ("version", "action", "rule", "until", "event", "afterwards")
    return (*(outcome[key] for key in keys), tuple(sorted(outcome["fields"])), tuple(sorted(outcome["at_once_fields"])))


def _why_not(
    subject_request: SubjectRequest,
    plan: ErasurePlan | None,
    profile: Profile,
    fingerprint: str,
    typed_reference: str,
    actor: Actor,
) -> list[str]:
    if plan is not None and plan.state == ErasurePlan.State.OUTDATED and plan.approved_at is None:
        return [f"Plan {plan.number} does not hold any more ({'; '.join(plan.changes)}). Read it, and freeze it anew."]
    if plan is None or plan.state != ErasurePlan.State.FROZEN:
        return ["There is no frozen plan that waits for approval. Freeze one first."]
    wrong = []
    if len(fingerprint) < 16 or not plan.fingerprint.startswith(fingerprint.lower()):
        wrong.append("That is not the fingerprint of the newest plan: read it again, it may have been frozen anew.")
    if (
        subject_request.type in profile.approval.typed_reference
        and typed_reference.strip().upper() != subject_request.reference
    ):
        wrong.append(f"Type the reference {subject_request.reference}, so that it is surely this request.")
    if subject_request.type in profile.approval.second_person:
        if not _is_person(plan.frozen_by) or not _is_person(str(actor)):
            wrong.append(
                "Two persons are needed, and nobody knows who froze the plan: freeze it again in somebody's name."
            )
        elif _who(str(actor)) == _who(plan.frozen_by):
            wrong.append("A second person must approve: the one who froze the plan cannot.")
    return wrong


def _who(actor: str) -> str:
    """The member of staff behind an actor, whether they used a screen or a command."""
    kind, _, number = actor.partition(":")
    return number if kind in PEOPLE and number else actor


def _is_person(actor: str) -> bool:
    kind, _, number = actor.partition(":")
    return kind in PEOPLE and bool(number)


def _in_review(subject_request: SubjectRequest) -> None:
    row = SubjectRequest.objects.select_for_update(of=("self",)).get(pk=subject_request.pk)
    subject_request.state = row.state
    if row.state != State.REVIEW:
        raise WrongState(f"{subject_request.reference} is {row.state}: this is decided during review.")


def _packed(drawn: Drawn) -> bytes:
    numbers = {_group_key(group): number for number, group in enumerate(drawn.plan.groups)}
    rows = [[*each.id, numbers[_group_key(each)]] for each in drawn.plan.records]
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode(), 1)


def _group_key(each: Group | Planned) -> tuple[Any, ...]:
    return each.source, each.collection, each.record_class, each.version, each.decision
