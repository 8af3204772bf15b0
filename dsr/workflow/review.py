"""Review: what staff see of the findings, what they leave out and on which ground, and their decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from dsr.lifecycle import RequestType, State, Step
from dsr.models import FindingMark, MatchQuestion, Notice, SourceRun, SubjectRequest, Viewing
from dsr.records import Identity
from dsr.redaction import Ground
from dsr.workflow import answer, audit, chunks, expansion, gathering, matches, notices, queue, sealing, shops
from dsr.workflow.actors import Actor, staff
from dsr.workflow.matches import Question
from dsr.workflow.queue import Work
from dsr.workflow.transitions import WrongState, advance


class Undecided(Exception):
    """Rows may or may not be the person's: the copy would be incomplete, or staff must say that they are somebody else's."""

    def __init__(self, questions: int) -> None:
        super().__init__(f"Answer *same person?* first: {questions} open.")
        self.questions = questions


class CannotFulfil(Exception):
    """What was asked for is not a copy, and is not done by releasing one."""

    def __init__(self, subject_request: SubjectRequest) -> None:
        what = subject_request.get_type_display().lower()
        super().__init__(
            f"{subject_request.reference} asks for {what}: there is no copy to release. Freeze its plan and approve that, or "
            "refuse it on a ground. Nothing was changed."
        )


@dataclass(frozen=True, slots=True)
class Claimed:
    """One identifier of a request, and whether it was proved to be the person's."""

    identity: Identity
    is_proved: bool


REFUSAL_GROUNDS = {
    "not_proved": "We could not be sure that the request came from the person the data is about.",
    "repeated": "The same request was answered a short time ago and nothing has changed since.",
    "excessive": "The request goes so far beyond what is needed that the law lets us decline it.",
    "not_ours": "The data asked for is not ours; we hold nothing of the kind.",
}
"""Ground to the sentence that the person reads."""


@transaction.atomic(durable=True)
def open_findings(
    run: SourceRun, collection: str, *, user: User, first: int, rows: int, now: datetime
) -> list[chunks.Row]:
    """Show a page of one collection's findings to a member of staff; the first look is a fact of the request."""
    note_viewing(run, collection, user=user, now=now)
    return list(chunks.read(run, collection, first, rows))


def note_viewing(run: SourceRun, collection: str, *, user: User, now: datetime) -> None:
    """A member of staff sees findings of a collection, in the caller's transaction; the first look is a fact of the request."""
    _, is_first = Viewing.objects.get_or_create(
        source_run=run, collection=collection, user=user, defaults={"first_at": now}
    )
    if is_first:
        facts: dict[str, audit.Fact] = {"source": run.source.name, "collection": collection}
        audit.record(run.subject_request, "findings.viewed", actor=staff(user), now=now, facts=facts)


@transaction.atomic(durable=True)
def open_value(run: SourceRun, sha256: str, *, user: User, now: datetime) -> bytes:
    """A value too large for a page, or a file that was handed in. This look is logged."""
    blob = run.blobs.defer("sealed").get(sha256=sha256)
    facts: dict[str, audit.Fact] = {"source": run.source.name, "file": blob.pk}
    audit.record(run.subject_request, "file.opened", actor=staff(user), now=now, facts=facts)
    return chunks.read_blob(run, sha256)


@transaction.atomic(durable=True)
def mark(
    run: SourceRun,
    *,
    collection: str,
    digest: str,
    field: str,
    kind: FindingMark.Kind,
    ground: Ground,
    user: User,
    now: datetime,
) -> FindingMark:
    """Redact a field or withhold rows, on a ground. ``digest`` empty means every row of the collection."""
    _while_in_review(run)
    made, _ = FindingMark.objects.update_or_create(
        source_run=run,
        collection=collection,
        digest=digest,
        field=field,
        defaults={"kind": kind, "ground": ground.value, "made_by": user, "made_at": now},
    )
    facts = _mark_facts(run, made) | {"ground": ground.value}
    audit.record(run.subject_request, "finding.marked", actor=staff(user), now=now, facts=facts)
    return made


@transaction.atomic(durable=True)
def unmark(made: FindingMark, *, user: User, now: datetime) -> None:
    """Include again what was left out."""
    _while_in_review(made.source_run)
    facts = _mark_facts(made.source_run, made)
    is_first, _ = FindingMark.objects.filter(pk=made.pk).delete()
    if not is_first:
        return
    audit.record(made.source_run.subject_request, "finding.unmarked", actor=staff(user), now=now, facts=facts)


@transaction.atomic(durable=True)
def show_identities(subject_request: SubjectRequest, *, user: User, now: datetime) -> list[Claimed]:
    """Open the identifiers to a member of staff; every look is a fact of the request."""
    claimed = claims_of(subject_request)
    facts: dict[str, audit.Fact] = {"identities": len(claimed)}
    audit.record(subject_request, "identity.viewed", actor=staff(user), now=now, facts=facts)
    return claimed


def claims_of(subject_request: SubjectRequest) -> list[Claimed]:
    """What the person said about themselves, and which of it was proved."""
    proved = set(subject_request.identity_hashes.filter(is_verified=True).values_list("digest", flat=True))
    country = shops.profile_in(subject_request.policy_version).country
    return [
        Claimed(each, bool(proved & set(sealing.identity_digests(subject_request.shop, each))))
        for each in sealing.person_of(subject_request, country).identities
    ]


@transaction.atomic(durable=True)
def accept_claims(subject_request: SubjectRequest, *, user: User, now: datetime) -> None:
    """Staff have proved the identifiers that were only claimed: search again, with all of them."""
    claims = subject_request.identity_hashes.filter(is_verified=False)
    facts: dict[str, audit.Fact] = {"identities": claims.update(is_verified=True)}
    advance(subject_request, Step.SEARCH_AGAIN, action="identity.accepted", actor=staff(user), now=now, facts=facts)
    gathering.search_again(subject_request, now=now)


@transaction.atomic(durable=True)
def open_match(row: MatchQuestion, *, user: User, now: datetime) -> Question:
    """Show a question to a member of staff; it may be about somebody else, so every look is a fact of the request."""
    question = matches.opened(row.subject_request, row)
    facts: dict[str, audit.Fact] = {"source": row.source.name, "collection": row.collection}
    audit.record(row.subject_request, "match.viewed", actor=staff(user), now=now, facts=facts)
    return question


@transaction.atomic(durable=True)
def answer_match(row: MatchQuestion, given: MatchQuestion.Answer, *, user: User, actor: Actor, now: datetime) -> None:
    """Answer *same person?* *Same* searches every place again, by that row's identifiers too. Raises WrongState.

    *Somebody else* may become *the same person* later, never the other way round: what was gathered by it was seen.
    """
    subject_request = SubjectRequest.objects.select_for_update(of=("self",)).get(pk=row.subject_request_id)
    if subject_request.state != State.REVIEW:
        raise WrongState(f"{subject_request.reference} is {subject_request.state}: this is decided during review.")
    row = MatchQuestion.objects.select_related("source").get(pk=row.pk)
    if row.answer in (given, MatchQuestion.Answer.SAME):
        raise WrongState("This question was answered already.")
    row.answer, row.answered_by, row.answered_at = given, user, now
    row.save(update_fields=("answer", "answered_by", "answered_at"))
    facts: dict[str, audit.Fact] = {"source": row.source.name, "collection": row.collection, "answer": given.value}
    audit.record(subject_request, "match.answered", actor=actor, now=now, facts=facts)
    if given == MatchQuestion.Answer.SAME:
        added = matches.opened(subject_request, row).reveals
        expansion.accept(subject_request, row.source, f"{row.collection}, accepted by staff", added, now)
        facts = {"identities": len(added)}
        advance(subject_request, Step.SEARCH_AGAIN, action="identity.accepted", actor=actor, now=now, facts=facts)
        gathering.search_again(subject_request, now=now)


@transaction.atomic(durable=True)
def assign(subject_request: SubjectRequest, *, owner: User | None, actor: Actor, now: datetime) -> None:
    """Say who looks after the request."""
    SubjectRequest.objects.filter(pk=subject_request.pk).update(owner=owner)
    facts: dict[str, audit.Fact] = {"owner": owner.pk if owner else None}
    audit.record(subject_request, "request.assigned", actor=actor, now=now, facts=facts)


@transaction.atomic(durable=True)
def approve(subject_request: SubjectRequest, *, actor: Actor, now: datetime) -> None:
    """Release the copy: from here on findings and marks stand still, and the package is made from them.

    Raises CannotFulfil when it is not a copy that was asked for, Undecided while a question about the person waits for an
    answer.
    """
    if subject_request.type != RequestType.ACCESS:
        raise CannotFulfil(subject_request)
    open_questions = subject_request.match_questions.unanswered().count()
    if open_questions:
        raise Undecided(open_questions)
    released = answer.extent(subject_request)
    facts: dict[str, audit.Fact] = {
        "records": released.records,
        "withheld": released.withheld,
        "redacted": released.redacted,
    }
    advance(subject_request, Step.APPROVE, action="request.approved", actor=actor, now=now, facts=facts)
    queue.enqueue(Work.MAKE_PACKAGE, target_id=subject_request.pk, subject_request=subject_request, now=now)


@transaction.atomic(durable=True)
def refuse(subject_request: SubjectRequest, *, ground: str, actor: Actor, now: datetime) -> None:
    """Decline the request on a ground that the person is told, with the way to complain. What was found is let go."""
    sentence = REFUSAL_GROUNDS[ground]
    advance(
        subject_request,
        Step.REFUSE,
        action="request.refused",
        actor=actor,
        now=now,
        facts={"ground": ground},
        refusal_ground=ground,
    )
    _let_go(subject_request, now)
    notices.write(subject_request, Notice.Kind.REFUSED, now=now, context={"sentence": sentence})


@transaction.atomic(durable=True)
def withdraw(subject_request: SubjectRequest, *, actor: Actor, now: datetime) -> None:
    """The person takes the request back: nothing more is done for it, and what was found is let go."""
    advance(subject_request, Step.WITHDRAW, action="request.withdrawn", actor=actor, now=now)
    _let_go(subject_request, now)


def _let_go(subject_request: SubjectRequest, now: datetime) -> None:
    """Nobody will be given these rows, so we keep none of them. Sealed files of a try that was under way go with the job."""
    queue.call_off(subject_request, (Work.GATHER_SOURCE, Work.MAKE_PACKAGE, Work.ERASE), now)
    gathering.drop_findings(subject_request, now)


def _while_in_review(run: SourceRun) -> None:
    """Marks may change only while the request is in review; the row lock keeps an approval from passing between."""
    subject_request = SubjectRequest.objects.select_for_update(of=("self",)).get(pk=run.subject_request_id)
    if subject_request.state != State.REVIEW:
        raise WrongState(f"{subject_request.reference} is no longer in review.")


def _mark_facts(run: SourceRun, made: FindingMark) -> dict[str, audit.Fact]:
    return {
        "source": run.source.name,
        "collection": made.collection,
        "field": made.field,
        "kind": str(made.kind),
        "one_row": bool(made.digest),
    }
