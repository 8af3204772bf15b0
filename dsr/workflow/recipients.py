"""Who got the person's data: which recipients are told to erase or correct it, what they answered, what the letter says.

GDPR Art 19 and 11 CCR 7022(b)-(c) want those told to whom the data went. *Authorities* are not: what a court or a tax office
holds it holds by a law of its own, a shop cannot instruct it, and no record says that one got anything; a line about it
would claim a disclosure that nobody knows of. Those who get totals have nothing of one person, and whoever read a public
page has no name (Art 19: *unless this proves impossible*).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max

from dsr.clocks.arithmetic import day_of
from dsr.lifecycle import RequestType
from dsr.models import KeptRecord, Notice, RecipientInstruction, SubjectRequest
from dsr.policy.decide import is_below
from dsr.policy.schema import Profile
from dsr.policy.terms import Recipient, RecipientKind, Telling
from dsr.records import Identity, IdentityKind
from dsr.workflow import audit, expansion, queue, recipient_mails, sealing, shops
from dsr.workflow.actors import RECIPIENT, SYSTEM, Actor
from dsr.workflow.queue import Work

Answer, Kind = RecipientInstruction.Answer, RecipientInstruction.Kind
State, Way = RecipientInstruction.State, RecipientInstruction.Way

ANSWER_DAYS = 14
LONGEST_REASON = 500
NEVER_TOLD = (RecipientKind.AGGREGATE_ONLY, RecipientKind.AUTHORITY)
FINDS = (IdentityKind.EMAIL, IdentityKind.CUSTOMER_NUMBER)
"""What a recipient finds a person by; it is told no more than that."""


class AnswerRefused(Exception):
    """This answer cannot be written down; the message is for people."""


@dataclass(frozen=True, slots=True)
class Line:
    """One recipient in the letter: *The carrier* · *has been told, and has not answered yet* · since when.

    ``is_pending``: what it says is not the end. ``is_done``: nothing of the person is left there.
    """

    name: str
    words: str
    on: date | None
    is_pending: bool
    is_done: bool


def which(profile: Profile, record_classes: Collection[str], data_categories: Collection[str]) -> list[Recipient]:
    """The recipients that got something of a person of whom records of these classes, with these categories, were found."""
    return [each for each in profile.recipients if is_told(each) and gets(each, record_classes, data_categories)]


def gets(recipient: Recipient, record_classes: Collection[str], data_categories: Collection[str]) -> bool:
    """Whether it gets something of records of these classes, or of these categories."""
    return any(given in record_classes or is_below(data_categories, (given,)) for given in recipient.gets)


def is_told(recipient: Recipient) -> bool:
    """Whether it is ever told to erase: it may get data about one person, takes instructions, and somebody knows who it is."""
    is_known = recipient.instruct is None or recipient.instruct.way is not Telling.NOBODY
    return recipient.is_allowed and recipient.kind not in NEVER_TOLD and is_known


def instruct(
    subject_request: SubjectRequest,
    recipients: Iterable[Recipient],
    *,
    now: datetime,
    changes: Mapping[str, str] | None = None,
    number: int = 1,
    kind: RecipientInstruction.Kind | None = None,
) -> list[RecipientInstruction]:
    """Have each recipient told, in the caller's transaction; returns the new instructions. Who was told already is not told
    again, unless it is to keep another statement. ``changes``: of a correction the fields by their names for people, with their
    new values; of ``Kind.DISPUTE`` the statements. ``number``: more than 1 when what had been kept is erased too. ``kind`` is
    told by the request where it is None.
    """
    kind = kind or (Kind.CORRECT if subject_request.type == RequestType.CORRECTION else Kind.ERASE)
    zone = shops.profile_in(subject_request.policy_version).time_zone
    made = []
    for recipient in filter(is_told, recipients):
        way = Way(recipient.instruct.way.value) if recipient.instruct else Way.TASK
        instruction, is_new = RecipientInstruction.objects.get_or_create(
            subject_request=subject_request,
            recipient=recipient.key,
            kind=kind,
            number=number,
            defaults={
                "name": recipient.name,
                "way": way,
                "due_on": day_of(now, zone) + timedelta(days=ANSWER_DAYS),
                "made_at": now,
                "sealed_changes": _sealed(subject_request, dict(changes)) if changes else None,
            },
        )
        if not is_new and kind == Kind.DISPUTE and changes and changes_of(instruction) != dict(changes):
            _open_anew(instruction, changes, day_of(now, zone))
            is_new = True
        if is_new:
            facts = {"kind": kind.value, "way": way.value, "due_on": instruction.due_on.isoformat()}
            _record(instruction, "recipient.instructed", SYSTEM, now, facts)
            _send(instruction, now)
            made.append(instruction)
    return made


def instruct_again(subject_request: SubjectRequest, records: Iterable[KeptRecord], *, now: datetime) -> None:
    """Have those told who got something of records that are erased now, their time being over, in the caller's transaction.

    At first everybody was told to delete what they had got, also of what the shop went on keeping. Told now is who may have it
    since, as the policy in force names them; who still owes an answer is not asked twice. Once the request is forgotten nobody
    knows whom it was about, so nobody can be told: the first instruction stands.
    """
    if sealing.is_forgotten(subject_request):
        return
    owing = subject_request.recipient_instructions.pending().values_list("recipient", flat=True)
    last = subject_request.recipient_instructions.aggregate(last=Max("number"))["last"] or 0
    found = which(shops.profile_of(subject_request.shop, now), *_kinds_of(subject_request, records))
    made = instruct(
        subject_request, [each for each in found if each.key not in owing], now=now, number=max(last, 1) + 1
    )
    if made:
        ask_for_letter(subject_request, now)


def _kinds_of(subject_request: SubjectRequest, records: Iterable[KeptRecord]) -> tuple[set[str], set[str]]:
    """The record classes and data categories of records that were kept."""
    runs = subject_request.source_runs.select_related("dataset_version")
    described = {run.source_id: run.dataset_version.collections for run in runs}
    kept = {(each.source_id, each.collection, each.record_class) for each in records}
    fields = (
        field
        for source, collection, _ in kept
        for field in described.get(source, {}).get(collection, {}).get("fields", ())
    )
    return {record_class for _, _, record_class in kept}, {
        name for field in fields for name in field["data_categories"]
    }


def _open_anew(instruction: RecipientInstruction, changes: Mapping[str, str], today: date) -> None:
    """There is more to tell: whatever was answered was an answer to less."""
    instruction.state, instruction.answer, instruction.answered_at, instruction.answered_by = (
        State.TO_SEND,
        "",
        None,
        "",
    )
    instruction.asked_at, instruction.sealed_reason, instruction.reminded, instruction.reminded_on = None, None, 0, None
    instruction.due_on = today + timedelta(days=ANSWER_DAYS)
    instruction.sealed_changes = _sealed(instruction.subject_request, dict(changes))
    instruction.save()


@transaction.atomic
def told(instruction: RecipientInstruction, *, actor: Actor, now: datetime) -> None:
    """Staff have told it by hand, and it has not answered yet. Raises AnswerRefused when it has answered, or never can."""
    locked = _locked(instruction)
    if locked.state == State.ANSWERED:
        raise AnswerRefused(f"{locked.name} has answered already.")
    _refuse_forgotten(locked)
    if locked.state == State.TO_SEND:
        mark_asked(locked, actor=actor, now=now)


@transaction.atomic
def answer(
    instruction: RecipientInstruction, said: RecipientInstruction.Answer, *, why: str = "", actor: Actor, now: datetime
) -> None:
    """Write down what a recipient answered, and have the letter written anew. *Cannot* needs its reason, which the person reads.

    A recipient answers once; staff may put an answer right. Raises AnswerRefused.
    """
    locked = _locked(instruction)
    if locked.state == State.ANSWERED and actor == RECIPIENT:
        raise AnswerRefused(f"{locked.name} has answered already.")
    reason = " ".join("".join(each if each.isprintable() else " " for each in why).split())
    if said == Answer.CANNOT and not reason:
        raise AnswerRefused("Say why it cannot; the person reads it.")
    if len(reason) > LONGEST_REASON:
        raise AnswerRefused(f"The reason has {len(reason)} characters; the person reads at most {LONGEST_REASON}.")
    _refuse_forgotten(locked)
    locked.state, locked.answer, locked.answered_at, locked.answered_by = State.ANSWERED, said, now, str(actor)
    locked.asked_at = locked.asked_at or now
    locked.sealed_reason = _sealed(locked.subject_request, reason) if said == Answer.CANNOT else None
    locked.save()
    _record(locked, "recipient.answered", actor, now, {"answer": said.value})
    ask_for_letter(locked.subject_request, now)


def _refuse_forgotten(instruction: RecipientInstruction) -> None:
    if sealing.is_forgotten(instruction.subject_request):
        raise AnswerRefused(
            "What this request held has been forgotten, as its time was over: nobody knows any more whom it was about, so nobody "
            "is told and no answer is taken."
        )


def mark_asked(instruction: RecipientInstruction, *, actor: Actor, now: datetime) -> None:
    """It has been told now, in the caller's transaction; told a second time changes nothing."""
    waiting = RecipientInstruction.objects.filter(pk=instruction.pk, state=State.TO_SEND)
    if waiting.update(state=State.SENT, asked_at=now):
        _record(instruction, "recipient.asked", actor, now, {"way": instruction.way})


def pending(subject_request: SubjectRequest) -> int:
    """How many recipients have not answered: as long as there is one, nothing may be called complete."""
    return subject_request.recipient_instructions.pending().count()


def pending_words(subject_request: SubjectRequest) -> str:
    """The same in one sentence for the person; empty when everybody has answered."""
    count = pending(subject_request)
    have = "have" if count > 1 else "has"
    return f"This is not complete yet: {count} of those who got your data from us {have} not answered." if count else ""


def lines(subject_request: SubjectRequest) -> list[Line]:
    """What the letter says of each recipient that was to be told, in the order of the profile."""
    zone = shops.profile_in(subject_request.policy_version).time_zone
    return [_line(each, zone) for each in subject_request.recipient_instructions.all()]


def reason_of(instruction: RecipientInstruction) -> str:
    """Why it cannot, in its own words; empty when it gave no reason or that was forgotten."""
    if instruction.sealed_reason is None or sealing.is_forgotten(instruction.subject_request):
        return ""
    return str(_unsealed(instruction.subject_request, instruction.sealed_reason))


def changes_of(instruction: RecipientInstruction) -> dict[str, str]:
    """Of a correction, what has to stand there from now on. Raises KeyDestroyed when that was forgotten."""
    if instruction.sealed_changes is None:
        return {}
    changes: dict[str, str] = _unsealed(instruction.subject_request, instruction.sealed_changes)
    return changes


def identifiers(subject_request: SubjectRequest) -> list[Identity]:
    """What a recipient is told to find the person by: what was proved, and of that only what it can search by, and former
    e-mail addresses, as it may have got the data under one of these; under the new one alone it would find nothing."""
    country = shops.profile_in(subject_request.policy_version).country
    known = expansion.known(subject_request, country)
    proved = [each for each in known.proved.identities if each.kind in FINDS]
    former = (each for each, _ in known.learnt if each.kind is IdentityKind.EMAIL)
    return list(dict.fromkeys((*proved, *former))) or list(known.proved.identities)


def days_waiting(instruction: RecipientInstruction, today: date, zone: str) -> int:
    """How many days it has owed its answer."""
    return (today - day_of(instruction.asked_at or instruction.made_at, zone)).days


def ask_for_letter(subject_request: SubjectRequest, now: datetime) -> None:
    """What the letter says is another thing now: have it written anew, in the caller's transaction."""
    number = subject_request.pk
    queue.again(queue.enqueue(Work.ISSUE_LETTER, target_id=number, subject_request=subject_request, now=now), now)


def _send(instruction: RecipientInstruction, now: datetime) -> None:
    """What is told by hand waits for staff."""
    if instruction.way == Way.EMAIL:
        recipient_mails.write(instruction, Notice.Kind.INSTRUCTION, now)
    elif instruction.way == Way.WEBHOOK:
        job = queue.enqueue(
            Work.SEND_INSTRUCTION, target_id=instruction.pk, subject_request=instruction.subject_request, now=now
        )
        queue.again(job, now)


WORDS = {
    Kind.ERASE: {
        State.TO_SEND: "is being told to delete what it got",
        State.SENT: "was told to delete what it got, and has not answered yet",
        Answer.DONE: "says that it deleted what it got",
        Answer.NOTHING_HELD: "says that it holds nothing about you",
        Answer.CANNOT: "says that it cannot delete what it got",
    },
    Kind.CORRECT: {
        State.TO_SEND: "is being told to correct what it got",
        State.SENT: "was told to correct what it got, and has not answered yet",
        Answer.DONE: "says that it corrected what it got",
        Answer.NOTHING_HELD: "says that it holds nothing about you",
        Answer.CANNOT: "says that it cannot correct what it got",
    },
    Kind.DISPUTE: {
        State.TO_SEND: "is being sent what you hold against our answer",
        State.SENT: "was sent what you hold against our answer, and has not answered yet",
        Answer.DONE: "says that it keeps what you hold against our answer beside your data",
        Answer.NOTHING_HELD: "says that it holds nothing about you",
        Answer.CANNOT: "says that it cannot keep what you hold against our answer",
    },
}

NEVER = {
    Kind.ERASE: {
        State.TO_SEND: "was never told to delete what it got",
        State.SENT: "was told to delete what it got, and never answered",
    },
    Kind.CORRECT: {
        State.TO_SEND: "was never told to correct what it got",
        State.SENT: "was told to correct what it got, and never answered",
    },
    Kind.DISPUTE: {
        State.TO_SEND: "was never sent what was held against our answer",
        State.SENT: "was sent what was held against our answer, and never answered",
    },
}
"""The same once the request was forgotten; staff alone read it."""


def _line(instruction: RecipientInstruction, zone: str) -> Line:
    is_answered = instruction.state == State.ANSWERED
    known = WORDS[Kind(instruction.kind)]
    words = known[Answer(instruction.answer)] if is_answered else known[State(instruction.state)]
    if instruction.closed_at:
        words = NEVER[Kind(instruction.kind)][State(instruction.state)]
    if instruction.number > 1:
        words = f"{words} (asked again, as we erased what we had kept)"
    reason = reason_of(instruction)
    at = instruction.answered_at if is_answered else instruction.closed_at or instruction.asked_at
    return Line(
        name=instruction.name,
        words=f"{words}: “{reason}”" if reason else words,
        on=day_of(at, zone) if at else None,
        is_pending=instruction.is_pending,
        is_done=is_answered and instruction.answer != Answer.CANNOT,
    )


def _locked(instruction: RecipientInstruction) -> RecipientInstruction:
    rows = RecipientInstruction.objects.select_for_update(of=("self",))
    return rows.select_related("subject_request__policy_version__shop").get(pk=instruction.pk)


def _record(
    instruction: RecipientInstruction, action: str, actor: Actor, now: datetime, facts: Mapping[str, audit.Fact]
) -> None:
    said = {"recipient": instruction.recipient, **facts}
    audit.record(instruction.subject_request, action, actor=actor, now=now, facts=said)


def _sealed(subject_request: SubjectRequest, content: object) -> bytes:
    return sealing.seal_for(subject_request, json.dumps(content).encode(), purpose="instruction")


def _unsealed(subject_request: SubjectRequest, sealed: bytes | memoryview) -> Any:
    return json.loads(sealing.unseal_for(subject_request, bytes(sealed), purpose="instruction"))
