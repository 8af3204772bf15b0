"""Mails to recipients: each holds a link, and neither the mail nor opening the link says whom it is about.

A mailbox of another firm is read by many, and mail scanners open links. So whom the instruction is about stands behind a
button, under a token of which only the digest is stored, and pressing that button is a fact of the request.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.db import transaction

from dsr import crypto
from dsr.models import InstructionLink, Notice, RecipientInstruction
from dsr.policy.terms import Recipient
from dsr.workflow import audit, notices, policies, shops
from dsr.workflow.actors import RECIPIENT

LINK_DAYS_AFTER_DUE = 60


class LinkFailed(Exception):
    """The link leads nowhere; ``reason`` is unknown or expired."""

    def __init__(self, reason: str, instruction: RecipientInstruction | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.instruction = instruction


def recipient_of(instruction: RecipientInstruction) -> Recipient:
    """The recipient as the request's policy version names it; told again, as the one does that was in force then."""
    subject_request = instruction.subject_request
    version = subject_request.policy_version
    if instruction.number > 1:
        version = policies.in_force(subject_request.shop, instruction.made_at)
    profile = shops.profile_in(version)
    return next(each for each in profile.recipients if each.key == instruction.recipient)


def write(instruction: RecipientInstruction, kind: Notice.Kind, now: datetime) -> None:
    """Write a mail with a new link to the recipient, in the caller's transaction."""
    told = recipient_of(instruction).instruct
    if told is None:
        raise ValueError(f"{instruction.recipient} has no address")
    token = secrets.token_urlsafe(32)
    last_day = max(instruction.due_on, now.date()) + timedelta(days=LINK_DAYS_AFTER_DUE)
    InstructionLink.objects.create(
        instruction=instruction,
        token_digest=crypto.secret_digest(token),
        made_at=now,
        expires_at=datetime.combine(last_day, time(), UTC),
    )
    context = {
        "link": f"{settings.DSR_BASE_URL}/partner/{token}/",
        "recipient": instruction.name,
        "is_correction": instruction.kind == RecipientInstruction.Kind.CORRECT,
        "is_dispute": instruction.kind == RecipientInstruction.Kind.DISPUTE,
        "due_on": instruction.due_on,
        "is_overdue": instruction.is_overdue(now.date()),
    }
    instruction.notice = notices.write_to(told.address, instruction.subject_request, kind, now=now, context=context)
    instruction.save(update_fields=("notice",))


def find(token: str, now: datetime) -> RecipientInstruction:
    """The instruction that a link belongs to, in whatever state it is. Raises LinkFailed."""
    links = InstructionLink.objects.select_related(
        "instruction__subject_request__shop", "instruction__subject_request__policy_version__shop"
    )
    link = links.filter(token_digest=crypto.secret_digest(token)).first()
    if link is None:
        raise LinkFailed("unknown")
    if link.is_expired(now):
        raise LinkFailed("expired", link.instruction)
    return link.instruction


@transaction.atomic(durable=True)
def open_instruction(instruction: RecipientInstruction, *, now: datetime) -> None:
    """The recipient pressed the button behind the link: the first time is a fact of the request."""
    unopened = RecipientInstruction.objects.filter(pk=instruction.pk, opened_at=None)
    if unopened.update(opened_at=now):
        facts: dict[str, audit.Fact] = {"recipient": instruction.recipient}
        audit.record(instruction.subject_request, "recipient.opened", actor=RECIPIENT, now=now, facts=facts)
