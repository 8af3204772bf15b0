"""The end of a run: what stays is kept with its rule and day, the person is told, the request is fulfilled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction

from dsr.lifecycle import Step
from dsr.models import ErasedIdentity, ErasurePlan, Job, KeptRecord, Notice, PlanStep, SubjectRequest
from dsr.records import Action
from dsr.workflow import erasure_steps, ledgers, notices, queue, sealing, shops, verification
from dsr.workflow.actors import SYSTEM
from dsr.workflow.expansion import EVERYWHERE, known
from dsr.workflow.queue import Claim, Work
from dsr.workflow.transitions import advance

STAYS = (Action.KEEP.value, Action.DEACTIVATE.value)


def close(subject_request: SubjectRequest, plan: ErasurePlan, claim: Claim) -> None:
    """Fulfil the request once every step is proved; while a colleague still has to change a source by hand, wait."""
    with transaction.atomic(durable=True):
        claim.finish()
        now = claim.clock()
        if plan.steps.exclude(state=PlanStep.State.PROVED).exists():
            return
        identities = list(_identities(subject_request, now))
        ledgers.write_suppression(subject_request, [each.digest for each in identities], now=now)
        KeptRecord.objects.bulk_create(_kept(subject_request, plan, now), ignore_conflicts=True)
        ErasedIdentity.objects.bulk_create(identities, ignore_conflicts=True)
        ErasurePlan.objects.filter(pk=plan.pk).update(state=ErasurePlan.State.PROVED, proved_at=now)
        advance(subject_request, Step.FULFIL, action="request.fulfilled", actor=SYSTEM, now=now)
        notices.write(subject_request, Notice.Kind.ERASED, now=now, context=_told(subject_request, now))


def ask_again(subject_request: SubjectRequest, now: datetime) -> None:
    """Have the run go on, in the caller's transaction."""
    job = Job.objects.filter(subject_request=subject_request, kind=Work.ERASE.value).first()
    if job is not None:
        queue.again(job, now)


def _kept(subject_request: SubjectRequest, plan: ErasurePlan, now: datetime) -> Iterator[KeptRecord]:
    """Every record that stays, with what ends it. What a colleague changed by hand is in their own books."""
    for step in plan.steps.select_related("source"):
        step.plan.subject_request = subject_request
        for each in erasure_steps.rows_of(step):
            said = step.outcomes[each.outcome]
            if said["action"] not in STAYS:
                continue
            key = each.row.moved_to or each.row.key
            plain = json.dumps([list(pair) for pair in key.columns]).encode()
            yield KeptRecord(
                shop=subject_request.shop,
                subject_request=subject_request,
                source=step.source,
                collection=key.collection,
                digest=key.digest,
                sealed_key=ledgers.seal_key(plain, context=f"kept:{key.digest}"),
                action=said["action"],
                record_class=said["record_class"],
                policy_number=said["version"],
                rule=said["rule"],
                basis_code=said["basis"]["code"] if said["basis"] else "",
                basis=said["basis"]["citation"][:300] if said["basis"] else "",
                promises=said["promises"],
                until=date.fromisoformat(said["until"]) if said["until"] else None,
                event=said["event"],
                review_on=date.fromisoformat(said["review_on"]) if said["review_on"] else None,
                afterwards=said["afterwards"] or "",
                kept_at=now,
            )


def _identities(subject_request: SubjectRequest, now: datetime) -> Iterator[ErasedIdentity]:
    """The keyed hashes by which their coming back is noticed; of kinds that mean one person in every source."""
    everything = known(subject_request, shops.profile_in(subject_request.policy_version).country)
    found = dict.fromkeys((*everything.proved.identities, *(each for each, _ in everything.learnt)))
    for identity in found:
        if identity.kind in EVERYWHERE:
            yield ErasedIdentity(
                shop=subject_request.shop,
                subject_request=subject_request,
                kind=identity.kind.value,
                digest=sealing.identity_digest(subject_request.shop, identity),
                erased_at=now,
            )


def _told(subject_request: SubjectRequest, now: datetime) -> dict[str, object]:
    """Where the letter is, and for how long."""
    days = shops.profile_in(subject_request.policy_version).package_days
    expires_at = now + timedelta(days=days)
    return {"link": verification.new_link(subject_request, expires_at=expires_at, now=now), "expires_at": expires_at}
