"""Proof that the requester is the subject: a link or a six-digit code by e-mail, or a member of staff who vouches.

A link may be clicked any number of times and shows the same page (mail scanners click too, so only the button behind it
confirms). A code allows five wrong guesses; after that a new mail is needed.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from dsr import crypto
from dsr.lifecycle import RequestType, State, Step
from dsr.models import IdentityCheck, Notice, SubjectRequest
from dsr.records import IdentityKind
from dsr.workflow import audit, clocks, correction_mails, gathering, notices, sealing
from dsr.workflow.actors import CUSTOMER, SYSTEM, Actor
from dsr.workflow.transitions import WrongState, advance

MOST_WRONG_CODES = 5
MOST_MAILS = 5
IN_PERSON = (SubjectRequest.Channel.PHONE, SubjectRequest.Channel.COUNTER)


class CheckFailed(Exception):
    """The link or code proves nothing. ``reason`` is unknown, expired, wrong or too_many; ``left`` says how many guesses are."""

    def __init__(self, reason: str, left: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.left = left


def ask(subject_request: SubjectRequest, now: datetime) -> None:
    """Begin the identity check by e-mail, in the caller's transaction."""
    advance(
        subject_request,
        Step.ASK_IDENTITY,
        action="identity.asked",
        actor=SYSTEM,
        now=now,
        facts={"method": IdentityCheck.Method.EMAIL.value},
    )
    _mail_link(subject_request, Notice.Kind.CONFIRM, now)


def find(token: str, now: datetime) -> IdentityCheck:
    """The check that a link belongs to. Raises CheckFailed (unknown, expired)."""
    checks = IdentityCheck.objects.select_related("subject_request__shop", "subject_request__policy_version__shop")
    check = checks.filter(token_digest=crypto.secret_digest(token)).first()
    if check is None:
        raise CheckFailed("unknown")
    if now >= check.expires_at:
        raise CheckFailed("expired")
    return check


@transaction.atomic(durable=True)
def confirm_by_token(token: str, *, now: datetime) -> SubjectRequest:
    """The person pressed the button behind the link. Pressing again, or later, changes nothing."""
    return _confirm(find(token, now), now)


def confirm_by_code(subject_request: SubjectRequest, code: str, *, now: datetime) -> SubjectRequest:
    """The person typed the code. Raises CheckFailed (unknown, expired, too_many, wrong); a wrong one is counted."""
    outcome = _guess(subject_request, code, now)
    if isinstance(outcome, CheckFailed):
        raise outcome
    return outcome


def confirm_by_staff(subject_request: SubjectRequest, *, actor: Actor, now: datetime) -> None:
    """A member of staff vouches, in the caller's transaction; the actor says who."""
    IdentityCheck.objects.create(
        subject_request=subject_request,
        method=IdentityCheck.Method.STAFF,
        made_at=now,
        expires_at=now,
        confirmed_at=now,
    )
    if subject_request.channel in IN_PERSON:
        # Who speaks with the person says that it has arrived, in the manner it came (11 CCR 7021(a)).
        clocks.note_acknowledgement(subject_request, actor=actor, now=now)
    _begin_gathering(subject_request, IdentityCheck.Method.STAFF, actor, now)


@transaction.atomic(durable=True)
def vouch(subject_request: SubjectRequest, *, actor: Actor, now: datetime) -> None:
    """A member of staff has proof that the person is who they say: begin to gather, with every identifier given."""
    confirm_by_staff(subject_request, actor=actor, now=now)


def has_mailbox(subject_request: SubjectRequest) -> bool:
    """True when the request names an e-mail address that a link can go to."""
    return subject_request.identity_hashes.filter(kind=IdentityKind.EMAIL.value).exists()


def link_address(subject_request: SubjectRequest) -> str:
    """Where a link to the request may go: its first e-mail address, of a confirmed correction one that was proved and stays.
    Empty where there is none, or it is forgotten."""
    if sealing.is_forgotten(subject_request):
        return ""
    if subject_request.type == RequestType.CORRECTION and subject_request.state not in (
        State.RECEIVED,
        State.VERIFYING,
    ):
        return correction_mails.mailbox(subject_request)
    return next(iter(notices.addresses(subject_request)), "")


@transaction.atomic(durable=True)
def send_again(subject_request: SubjectRequest, *, now: datetime) -> bool:
    """Mail a fresh link and code, or a link to a confirmed request.

    False when too many were sent within a day, or the address to send them to is forgotten, or nobody proved it.
    """
    locked = SubjectRequest.objects.select_for_update(of=("self",)).get(pk=subject_request.pk)
    if sealing.is_forgotten(locked):
        return False
    state = locked.state
    lately = subject_request.identity_checks.filter(made_at__gt=now - timedelta(days=1))
    if lately.count() >= MOST_MAILS:
        return False
    waits = state == State.VERIFYING
    return _mail_link(locked, Notice.Kind.CONFIRM if waits else Notice.Kind.ACCESS_LINK, now)


def new_link(subject_request: SubjectRequest, *, expires_at: datetime, now: datetime, code: str = "") -> str:
    """A fresh link to the request, to be mailed in the caller's transaction; who presses its button has the mailbox."""
    token = secrets.token_urlsafe(32)
    IdentityCheck.objects.create(
        subject_request=subject_request,
        method=IdentityCheck.Method.EMAIL,
        token_digest=crypto.secret_digest(token),
        code_digest=_code_digest(subject_request, code) if code else "",
        made_at=now,
        expires_at=expires_at,
    )
    return f"{settings.DSR_BASE_URL}/{subject_request.shop.slug}/confirm/{token}/"


def _mail_link(subject_request: SubjectRequest, kind: Notice.Kind, now: datetime) -> bool:
    """Mail a fresh link and code; False when there is no address that they may go to."""
    address = link_address(subject_request)
    if not address:
        return False
    code, expires_at = f"{secrets.randbelow(10**6):06d}", now + timedelta(hours=settings.DSR_LINK_HOURS)
    link = new_link(subject_request, expires_at=expires_at, now=now, code=code)
    context = {"link": link, "code": code, "expires_at": expires_at}
    notices.write_to(address, subject_request, kind, now=now, context=context)
    return True


@transaction.atomic(durable=True)
def _guess(subject_request: SubjectRequest, code: str, now: datetime) -> SubjectRequest | CheckFailed:
    """Look and count under one lock and in one transaction: guesses made at once stand in line, and none goes uncounted."""
    newest = subject_request.identity_checks.exclude(code_digest="").first()
    if newest is None:
        return CheckFailed("unknown")
    check = IdentityCheck.objects.select_for_update().get(pk=newest.pk)
    if now >= check.expires_at:
        return CheckFailed("expired")
    if check.wrong_codes >= MOST_WRONG_CODES:
        return CheckFailed("too_many")
    if crypto.same(check.code_digest, _code_digest(subject_request, code)):
        return _confirm(check, now)
    check.wrong_codes += 1
    check.save(update_fields=("wrong_codes",))
    audit.record(subject_request, "identity.code_wrong", actor=CUSTOMER, now=now, facts={"count": check.wrong_codes})
    return CheckFailed("wrong", left=MOST_WRONG_CODES - check.wrong_codes)


def _confirm(check: IdentityCheck, now: datetime) -> SubjectRequest:
    subject_request = check.subject_request
    IdentityCheck.objects.filter(pk=check.pk, confirmed_at=None).update(confirmed_at=now)
    if subject_request.state == State.VERIFYING:
        try:
            _begin_gathering(subject_request, IdentityCheck.Method.EMAIL, CUSTOMER, now)
        except WrongState:  # Two clicks at once: the other one moved it.
            subject_request.refresh_from_db()
        else:
            notices.write(subject_request, Notice.Kind.CONFIRMED, now=now)
            clocks.note_acknowledgement(subject_request, actor=SYSTEM, now=now)
    return subject_request


def _begin_gathering(
    subject_request: SubjectRequest, method: IdentityCheck.Method, actor: Actor, now: datetime
) -> None:
    advance(
        subject_request,
        Step.CONFIRM_IDENTITY,
        action="identity.confirmed",
        actor=actor,
        now=now,
        facts={"method": method.value},
    )
    claimed = subject_request.identity_hashes.all()
    if method == IdentityCheck.Method.EMAIL:
        # Only the mailbox that got the link is proved; the other identifiers stay claims until staff accept them.
        claimed = claimed.filter(pk=claimed.filter(kind=IdentityKind.EMAIL.value).order_by("pk")[0].pk)
    claimed.update(is_verified=True)
    gathering.begin(subject_request, now=now)


def _code_digest(subject_request: SubjectRequest, code: str) -> str:
    # A bare hash of six digits is guessed in a second; keyed with the request's own key it is not.
    digits = "".join(character for character in code if character.isdigit())
    return crypto.keyed_hash(
        sealing.data_key(subject_request), shop=str(subject_request.public_id), kind="code", value=digits
    )
