"""Wishes to have something corrected: taken in, decided one by one, on the person's demand or on the shop's own initiative.

What is asked and decided holds values, so it is sealed under the request's key. Nothing here changes a shop's database: what was
accepted becomes a plan (``correction_plans.py``), and is frozen, approved, run and proved like an erasure's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from dsr.lifecycle import RequestType, State
from dsr.models import CorrectionItem, IdentityCheck, Notice, Source, SubjectRequest
from dsr.records import IdentityKind
from dsr.sources import correcting
from dsr.sources.correcting import Wanted
from dsr.workflow import audit, correction_places, erasure_plans, notices, sealing, shops
from dsr.workflow.actors import Actor
from dsr.workflow.correction_places import CorrectionRefused
from dsr.workflow.transitions import WrongState

Kind = CorrectionItem.Kind
PURPOSE, DECISION, STATEMENT = "correction", "correction-decision", "correction-statement"
GROUNDS = {
    "is_right": "What stands there is right, as far as we can tell from everything we know.",
    "no_proof": "We could not establish that it is wrong, and had no proof of what it should say.",
    "history": "It says what was so at the time, and has to stay as it was.",
    "not_held": "We hold nothing that says this.",
    "decided_before": "We decided about the same within the last six months, and there is nothing new.",
    "misuse": "We have reason to believe that somebody is trying to deceive us.",
}
"""Why a wish is not followed, as the person reads it (11 CCR 7023(b), (f)-(h); GDPR Art 12(4))."""
MOST_ITEMS = 20
LONGEST = 500
LONGEST_STATEMENT = 4 * LONGEST


@dataclass(frozen=True, slots=True)
class Place:
    """One field of one record."""

    source: Source
    collection: str
    digest: str
    field: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What is said to be wrong: what it says now, what it shall say, and how that can be seen. ``place``: where, if known."""

    kind: CorrectionItem.Kind
    wanted: str
    says: str = ""
    why: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A wish in clear, with what was decided. ``changes`` are those accepted, ``reason`` and ``statement`` in people's words."""

    row: CorrectionItem
    says: str
    wanted: str
    why: str
    changes: tuple[Wanted, ...] = ()
    reason: str = ""
    statement: str = ""

    @property
    def refusal(self) -> str:
        """The ground of a refusal, as the person reads it."""
        return GROUNDS.get(self.row.ground, "")


def add(subject_request: SubjectRequest, wishes: Sequence[Asked], *, actor: Actor, now: datetime) -> None:
    """Take wishes in, in the caller's transaction; of the shop's own the person is told. Raises CorrectionRefused."""
    last = subject_request.correction_items.aggregate(last=Max("number"))["last"] or 0
    wrong = []
    if last + len(wishes) > MOST_ITEMS:
        wrong.append(f"One request holds at most {MOST_ITEMS} wishes; make a second one for the rest.")
    if any(len(text) > LONGEST for each in wishes for text in (each.says, each.wanted, each.why)):
        wrong.append(f"Write at most {LONGEST} characters in each answer.")
    if any(not each.wanted.strip() and not each.says.strip() and each.place is None for each in wishes):
        wrong.append("Say what is wrong, or what it should say.")
    if wrong:
        raise CorrectionRefused(wrong)
    for number, each in enumerate(wishes, start=last + 1):
        said = {"says": each.says.strip(), "wanted": each.wanted.strip(), "why": each.why.strip()}
        where = each.place
        CorrectionItem.objects.create(
            subject_request=subject_request,
            number=number,
            kind=each.kind.value,
            source=where.source if where else None,
            collection=where.collection if where else "",
            digest=where.digest if where else "",
            field=where.field if where else "",
            sealed=sealing.seal_for(subject_request, json.dumps(said).encode(), purpose=PURPOSE),
            asked_by=str(actor),
            asked_at=now,
        )
        facts: dict[str, audit.Fact] = {"number": number, "kind": each.kind.value, "has_place": where is not None}
        audit.record(subject_request, "correction.asked", actor=actor, now=now, facts=facts)
    if wishes and not last and subject_request.channel == SubjectRequest.Channel.SHOP:
        # Nobody proved that mailbox, so the mail says neither what nor where, and holds no link.
        notices.write(subject_request, Notice.Kind.PROPOSED, now=now)


@transaction.atomic(durable=True)
def add_in_review(subject_request: SubjectRequest, *wishes: Asked, actor: Actor, now: datetime) -> CorrectionItem:
    """More wishes while it is looked at: the person points at something, or staff note it; the last of them. Raises
    CorrectionRefused and WrongState."""
    lock_in_review(subject_request)
    add(subject_request, wishes, actor=actor, now=now)
    return subject_request.correction_items.order_by("-number")[0]


def items(subject_request: SubjectRequest) -> list[Item]:
    """Every wish in clear. Raises KeyDestroyed once it is forgotten."""
    return [_opened(subject_request, row) for row in subject_request.correction_items.select_related("source")]


def accept(
    subject_request: SubjectRequest,
    item: CorrectionItem,
    changes: Mapping[tuple[int, str, str], Mapping[str, str]],
    *,
    partly_because: str = "",
    partly_ground: str = "",
    proved_otherwise: bool = False,
    actor: Actor,
    now: datetime,
) -> None:
    """Follow a wish: ``changes`` says by source, collection and digest which fields shall hold what; copies follow by themselves.

    ``partly_because``: what was not followed and why, on the ground ``partly_ground``; the person reads it. ``proved_otherwise``:
    the member of staff has proof of who is asking that does not rest on what is contested (11 CCR 7060(c)). Raises
    CorrectionRefused, also when somebody else decided about the wish since ``item`` was read, SourceError, WrongState.
    """
    if bool(partly_because.strip()) != bool(partly_ground) or partly_ground not in {"", *GROUNDS}:
        raise CorrectionRefused(["Of what is followed in part, say what is not followed, and choose the ground."])
    wanted, is_contested = try_out(subject_request, item, changes, proved_otherwise=proved_otherwise)
    state = CorrectionItem.State.PARTLY if partly_because.strip() else CorrectionItem.State.ACCEPTED
    said = {"changes": [_written(each) for each in wanted], "reason": partly_because.strip()[:LONGEST]}
    with transaction.atomic(durable=True):
        lock_in_review(subject_request)
        _refuse_contradiction(subject_request, item, wanted)
        _decide(subject_request, item, state, said, partly_ground, actor, now)
        if is_contested:
            _vouch_besides(subject_request, actor, now)


def try_out(
    subject_request: SubjectRequest,
    item: CorrectionItem,
    changes: Mapping[tuple[int, str, str], Mapping[str, str]],
    *,
    proved_otherwise: bool = False,
) -> tuple[list[Wanted], bool]:
    """What would be accepted, and whether it is what the person was proved by. Raises CorrectionRefused and SourceError."""
    wanted = [each for each in correction_places.read(subject_request, changes) if each.fields]
    if not wanted:
        raise CorrectionRefused(
            ["Say in at least one record what it shall say. It must differ from what stands there."]
        )
    _refuse_contradiction(subject_request, item, wanted)
    is_contested = _is_contested(subject_request, wanted)
    if is_contested and not proved_otherwise:
        message = (
            "What is contested is the very address or number by which the person proved who they are. Make sure by something "
            "else (a call to a number on file that is not contested, an order number), and say so below."
        )
        raise CorrectionRefused([message])
    return wanted, is_contested


def refuse(
    subject_request: SubjectRequest,
    item: CorrectionItem,
    *,
    ground: str,
    reason: str = "",
    statement: str = "",
    actor: Actor,
    now: datetime,
) -> None:
    """Do not follow a wish, on a ground that the person reads. ``statement``: what the person holds against it, which stays
    beside the answer (11 CCR 7023(f)). Raises CorrectionRefused and WrongState."""
    if ground not in GROUNDS:
        raise CorrectionRefused(["Choose the ground on which it is refused."])
    with transaction.atomic(durable=True):
        lock_in_review(subject_request)
        said = {"changes": [], "reason": reason.strip()[:LONGEST]}
        _decide(subject_request, item, CorrectionItem.State.REFUSED, said, ground, actor, now)
        if statement.strip():
            dispute(subject_request, item, statement, actor, now)


def undecided(subject_request: SubjectRequest) -> int:
    """How many wishes nobody has decided about yet."""
    return subject_request.correction_items.filter(state=CorrectionItem.State.OPEN).count()


def wanted_of(subject_request: SubjectRequest) -> list[Wanted]:
    """Every change that was accepted, in the order of the wishes."""
    return [change for each in items(subject_request) for change in each.changes]


def _decide(
    subject_request: SubjectRequest,
    item: CorrectionItem,
    state: CorrectionItem.State,
    said: dict[str, Any],
    ground: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Write a decision down, with the request locked. What a frozen plan was made by stays told apart: no two have one number,
    and what the person is told of a wish that is not followed stands in no record, so the plan is outdated either way."""
    read = item.revision
    lock(item)
    if item.revision != read:
        raise CorrectionRefused([f"Somebody else decided about wish {item.number} meanwhile. Look at it again."])
    item.state, item.ground, item.revision = state, ground, item.revision + 1
    item.sealed_decision = sealing.seal_for(subject_request, json.dumps(said).encode(), purpose=DECISION)
    item.decided_by, item.decided_at = str(actor), now
    item.save()
    erasure_plans.outdate(subject_request, f"wish {item.number} was decided otherwise after it was frozen")
    facts: dict[str, audit.Fact] = {"number": item.number, "decision": state.value, "ground": ground}
    facts["fields"] = sum(len(each["fields"]) for each in said["changes"])
    audit.record(subject_request, "correction.decided", actor=actor, now=now, facts=facts)


def dispute(subject_request: SubjectRequest, item: CorrectionItem, text: str, actor: Actor, now: datetime) -> None:
    """Put a statement beside a refusal, in the caller's transaction."""
    plain = text.strip()[:LONGEST_STATEMENT].encode()
    item.sealed_statement = sealing.seal_for(subject_request, plain, purpose=STATEMENT)
    item.save(update_fields=("sealed_statement",))
    audit.record(subject_request, "correction.disputed", actor=actor, now=now, facts={"number": item.number})


def _opened(subject_request: SubjectRequest, row: CorrectionItem) -> Item:
    said = json.loads(sealing.unseal_for(subject_request, bytes(row.sealed), purpose=PURPOSE))
    decided: dict[str, Any] = {"changes": [], "reason": ""}
    if row.sealed_decision is not None:
        decided = json.loads(sealing.unseal_for(subject_request, bytes(row.sealed_decision), purpose=DECISION))
    statement = b""
    if row.sealed_statement is not None:
        statement = sealing.unseal_for(subject_request, bytes(row.sealed_statement), purpose=STATEMENT)
    changes = tuple(_as_wanted(row, each) for each in decided["changes"])
    return Item(row, said["says"], said["wanted"], said["why"], changes, decided["reason"], statement.decode())


def _written(each: Wanted) -> dict[str, Any]:
    said = asdict(each)
    del said["key"]
    return said


def _as_wanted(row: CorrectionItem, said: Mapping[str, Any]) -> Wanted:
    fields = {name: (before, to) for name, (before, to) in said["fields"].items()}
    categories = {name: tuple(found) for name, found in said["categories"].items()}
    return Wanted(key=f"{row.number}.{row.revision}", **{**said, "fields": fields, "categories": categories})


def _refuse_contradiction(subject_request: SubjectRequest, item: CorrectionItem, wanted: Iterable[Wanted]) -> None:
    """Raise CorrectionRefused when another wish is followed already that gives the same field another value."""
    said = {
        (each.source, each.collection, each.digest, name): (other.row.number, to)
        for other in items(subject_request)
        if other.row.pk != item.pk
        for each in other.changes
        for name, (_, to) in each.fields.items()
    }
    wrong = [
        f"Wish {number} says already what {each.collection}.{name} shall be, and it is something else."
        for each in wanted
        for name, (_, to) in each.fields.items()
        for number, before in [said.get((each.source, each.collection, each.digest, name), (0, to))]
        if before != to
    ]
    if wrong:
        raise CorrectionRefused(wrong)


def _is_contested(subject_request: SubjectRequest, wanted: Iterable[Wanted]) -> bool:
    """Whether the person is proved by nothing but the address or number that is to be changed, or that is wanted.

    What was proved to staff on the telephone may rest on the number that called, until they say by what else.
    """
    by_staff = subject_request.identity_checks.filter(method=IdentityCheck.Method.STAFF).count()
    called = subject_request.channel == SubjectRequest.Channel.PHONE
    if by_staff > int(called):
        return False
    doubtful = (IdentityKind.PHONE,) if by_staff else (IdentityKind.EMAIL, IdentityKind.PHONE)
    country = shops.profile_in(subject_request.policy_version).country
    proved = [each for each in sealing.proved_person(subject_request, country).identities if each.kind in doubtful]
    return any(
        one.kind is kind and correcting.is_same(one.value, value, correction_places.CATEGORY_OF[kind])
        for each in wanted
        for kind, *pair in correction_places.identifying(each)
        for value in pair
        for one in proved
    )


def _vouch_besides(subject_request: SubjectRequest, actor: Actor, now: datetime) -> None:
    """A member of staff has further proof of a person who is confirmed already, in the caller's transaction."""
    method = IdentityCheck.Method.STAFF
    IdentityCheck.objects.create(
        subject_request=subject_request, method=method, made_at=now, expires_at=now, confirmed_at=now
    )
    facts: dict[str, audit.Fact] = {"method": method.value}
    audit.record(subject_request, "identity.confirmed", actor=actor, now=now, facts=facts)


def lock(item: CorrectionItem) -> None:
    """Read a wish anew and hold it, in the caller's transaction."""
    item.refresh_from_db(from_queryset=CorrectionItem.objects.select_for_update())


def lock_in_review(subject_request: SubjectRequest) -> None:
    """Hold a correction that is being looked at, in the caller's transaction. Raises WrongState."""
    row = SubjectRequest.objects.select_for_update(of=("self",)).get(pk=subject_request.pk)
    subject_request.state = row.state
    if row.type != RequestType.CORRECTION or row.state != State.REVIEW:
        raise WrongState(f"{row.reference} is {row.state}: what shall be corrected is decided during its review.")
