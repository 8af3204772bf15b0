"""The end of a run: what stays is kept with its rule and day, those who got the data and the person are told, the request is
fulfilled."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from dsr.exports.letter import Letter
from dsr.lifecycle import RequestType, Step
from dsr.models import (
    ErasedIdentity,
    ErasurePlan,
    Job,
    KeptRecord,
    ManualTask,
    Notice,
    Package,
    PlanStep,
    Source,
    SourceRun,
    SubjectRequest,
)
from dsr.policy.schema import Profile
from dsr.policy.terms import Recipient
from dsr.records import Action
from dsr.workflow import (
    correction_mails,
    disputes,
    erasure_steps,
    fulfilment,
    kept_rows,
    ledgers,
    letter_issues,
    letters,
    notices,
    queue,
    recipients,
    sealing,
    shops,
    verification,
)
from dsr.workflow.actors import SYSTEM
from dsr.workflow.erasure_steps import StepRow
from dsr.workflow.expansion import EVERYWHERE, known
from dsr.workflow.queue import Claim, Work
from dsr.workflow.transitions import advance

STAYS = (Action.KEEP.value, Action.DEACTIVATE.value)


def close(subject_request: SubjectRequest, plan: ErasurePlan, claim: Claim) -> None:
    """Fulfil the request once every step is proved; while a colleague still has to change a source by hand, wait.

    Raises TemporaryFault when the letter cannot be stored.
    """
    if plan.steps.exclude(state=PlanStep.State.PROVED).exists():
        with transaction.atomic(durable=True):
            claim.finish()
        return
    now = claim.clock()
    profile = shops.profile_in(subject_request.policy_version)
    with transaction.atomic(durable=True):
        claim.breathe()
        ErasurePlan.objects.filter(pk=plan.pk, proved_at=None).update(proved_at=now)
        told = _recipients(subject_request, plan, profile)
        for recipient in told:
            changes = _changes(subject_request, plan, recipient)
            recipients.instruct(subject_request, [recipient], now=now, changes=changes)
        if subject_request.type == RequestType.CORRECTION:
            disputes.tell_recipients(subject_request, now=now)
    fulfilment.remove_tries(subject_request, up_to=claim.fence)
    readable_until = now + timedelta(days=max(profile.record_retention_days, profile.package_days))
    sealing.postpone_forgetting(subject_request, readable_until.date())
    folder, letter = f"{subject_request.public_id}/{claim.fence}", letter_issues.put_together(subject_request, now)
    built = letter_issues.write(subject_request, letter, folder)
    with transaction.atomic(durable=True):
        claim.breathe()
        if subject_request.type == RequestType.ERASURE:
            _keep_and_suppress(subject_request, plan, now)
        claim.finish()  # Not before: an open job explains what the ledger knows of it and our database does not.
        package = letter_issues.keep(subject_request, letter, folder, built, now=now)
        ErasurePlan.objects.filter(pk=plan.pk).update(state=ErasurePlan.State.PROVED)
        advance(
            subject_request,
            Step.FULFIL,
            action="request.fulfilled",
            actor=SYSTEM,
            now=now,
            key_month=subject_request.key_month,
            wrapped_key=subject_request.wrapped_key,
        )
        _tell(subject_request, letter, package, now)


def _tell(subject_request: SubjectRequest, letter: Letter, package: Package, now: datetime) -> None:
    """A mail with a link to the letter and what it says in short, where one may go; else one that says neither."""
    if subject_request.type == RequestType.CORRECTION:  # A statement may have come while the letter was written.
        disputes.tell_recipients(subject_request, now=now)
    address = verification.link_address(subject_request)
    context: dict[str, Any] = {
        "expires_at": package.expires_at,
        "by_shop": subject_request.channel == SubjectRequest.Channel.SHOP,
    }
    if address:
        context |= {
            "link": verification.new_link(subject_request, expires_at=package.expires_at, now=now),
            "waits": recipients.pending_words(subject_request),
            "lines": letters.in_short(letter),
        }
    kind = Notice.Kind.ERASED if subject_request.type == RequestType.ERASURE else Notice.Kind.CORRECTED
    if address := address or correction_mails.unproved_mailbox(subject_request):
        notices.write_to(address, subject_request, kind, now=now, context=context)


def _keep_and_suppress(subject_request: SubjectRequest, plan: ErasurePlan, now: datetime) -> None:
    """What stays ends one day; who was erased is noticed if they come back."""
    identities = list(_identities(subject_request, now))
    kept = list(_kept(subject_request, plan, now))
    known_by = {each.digest: each.kind for each in identities}
    ledgers.write_suppression(subject_request, known_by, kept=[kept_rows.written(each) for each in kept], now=now)
    KeptRecord.objects.bulk_create(kept, ignore_conflicts=True)
    ErasedIdentity.objects.bulk_create(identities, ignore_conflicts=True)


def _changes(subject_request: SubjectRequest, plan: ErasurePlan, recipient: Recipient) -> dict[str, str]:
    """Of a correction, each field that the recipient gets by its name for people, and what it says from now on.

    Where several fields of one name say different things, the place stands before it.
    """
    if subject_request.type != RequestType.CORRECTION:
        return {}
    told = [
        (each.title, each.field, each.after)
        for each, record_class, categories in letters.changes_by_class(plan)
        if recipients.gets(recipient, [record_class], categories)
    ]
    said: dict[str, set[str]] = defaultdict(set)
    for _, name, after in told:
        said[name].add(after)
    return {name if len(said[name]) == 1 else f"{title}: {name}": after for title, name, after in told}


def _recipients(subject_request: SubjectRequest, plan: ErasurePlan, profile: Profile) -> list[Recipient]:
    """Those who got something of what was found, also of what a colleague found and changed by hand."""
    runs = {run.source_id: run for run in subject_request.source_runs.select_related("source", "dataset_version")}
    classes: set[str] = set()
    categories: set[str] = set()
    for step in plan.steps.all():
        run = runs[step.source_id]
        described = run.dataset_version.collections
        for outcome in step.outcomes:
            corrects = outcome["action"] == Action.CORRECT
            if subject_request.type == RequestType.CORRECTION and not corrects:
                continue
            classes.add(outcome["record_class"])
            fields = described.get(outcome["collection"], {}).get("fields", ())
            concerned = [each for each in fields if not corrects or each["name"] in outcome["fields"]]
            categories.update(category for each in concerned for category in each["data_categories"])
        for name in _changed_by_hand(subject_request, step, run):
            classes.add(described[name]["record_class"])
            categories.update(category for each in described[name]["fields"] for category in each["data_categories"])
    return recipients.which(profile, sorted(classes), sorted(categories))


def _changed_by_hand(subject_request: SubjectRequest, step: PlanStep, run: SourceRun) -> list[str]:
    """The collections that a colleague erased something of. Which fields they corrected nobody wrote down."""
    if "said_by" not in step.proof or subject_request.type != RequestType.ERASURE:
        return []
    if run.source.kind == Source.Kind.MANUAL and not ManualTask.objects.filter(source_run=run, has_found=True).exists():
        return []  # What is counted is only the answer that there is nothing.
    return [name for name, records in run.counts.items() if records]


def ask_again(subject_request: SubjectRequest, now: datetime) -> None:
    """Have the run go on, in the caller's transaction."""
    job = Job.objects.filter(subject_request=subject_request, kind=Work.ERASE.value).first()
    if job is not None:
        queue.again(job, now)


def _kept(subject_request: SubjectRequest, plan: ErasurePlan, now: datetime) -> Iterator[KeptRecord]:
    """Every record that stays, with what ends it; equal rows of a table without a key are one, and the longest of their days is
    its. What a colleague changed by hand is in their own books."""
    equal: dict[tuple[int, str], list[tuple[KeptRecord, StepRow]]] = defaultdict(list)
    for kept, row in _kept_rows(subject_request, plan, now):
        equal[kept.source_id, kept.digest].append((kept, row))
    for some in equal.values():
        kept, each = max(some, key=lambda pair: pair[0].until or date.max)
        kept_rows.seal(kept, each.row.moved_to or each.row.key, each.known_by or {}, now, rows=len(some))
        yield kept


def _kept_rows(
    subject_request: SubjectRequest, plan: ErasurePlan, now: datetime
) -> Iterator[tuple[KeptRecord, StepRow]]:
    """Of every row that stays its record, not sealed yet."""
    person = uuid.uuid4()
    for step in plan.steps.select_related("source"):
        step.plan.subject_request = subject_request
        for each in erasure_steps.rows_of(step):
            said = step.outcomes[each.outcome]
            if said["action"] not in STAYS or each.known_by is None:
                continue  # What is not there does not stay.
            key = each.row.moved_to or each.row.key
            kept = KeptRecord(
                shop=subject_request.shop,
                subject_request=subject_request,
                person=person,
                source=step.source,
                collection=key.collection,
                digest=key.digest,
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
            yield kept, each


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
