"""What we write to the person, to a colleague who is asked, to a recipient: made and sealed with its cause, sent by a job."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string

from dsr.models import Notice, RecipientInstruction, SubjectRequest
from dsr.records import IdentityKind
from dsr.workflow import audit, queue, sealing, shops
from dsr.workflow.actors import SYSTEM
from dsr.workflow.queue import Claim, TemporaryFault, Work

SUBJECTS = {
    Notice.Kind.CONFIRM: "Please confirm your request {reference}",
    Notice.Kind.CONFIRMED: "We have your request {reference}",
    Notice.Kind.READY: "Your answer to request {reference} is ready",
    Notice.Kind.REFUSED: "About your request {reference}",
    Notice.Kind.ACCESS_LINK: "Your link to request {reference}",
    Notice.Kind.EXTENDED: "We need longer for your request {reference}",
    Notice.Kind.QUESTION: "A question about your request {reference}",
    Notice.Kind.COOLING_OFF: "You may still stop your request {reference}",
    Notice.Kind.ERASED: "What became of your data: request {reference}",
    Notice.Kind.PROPOSED: "Something in your data may be wrong, {reference}",
    Notice.Kind.CORRECTED: "What became of your correction {reference}",
    Notice.Kind.ALL_ANSWERED: "The letter to request {reference}, written anew",
    Notice.Kind.FINISHED: "What we kept for request {reference} is erased now",
    Notice.Kind.DUE_REMINDER: "A date of request {reference}",
    Notice.Kind.TASK: "Please look something up for {reference}",
    Notice.Kind.TASK_REMINDER: "Reminder: please look something up for {reference}",
    Notice.Kind.INSTRUCTION: "Please act on the data of one person, {reference}",
    Notice.Kind.INSTRUCTION_REMINDER: "Reminder: the data of one person, {reference}",
    Notice.Kind.RECIPIENT_TASK: "Somebody must be told, {reference}",
}


def write(
    subject_request: SubjectRequest, kind: Notice.Kind, *, now: datetime, context: dict[str, Any] | None = None
) -> Notice | None:
    """Write a mail to the request's first e-mail address, in the caller's transaction; None when it gave no address."""
    first = next(iter(addresses(subject_request)), "")
    return write_to(first, subject_request, kind, now=now, context=context) if first else None


def addresses(subject_request: SubjectRequest) -> list[str]:
    """The e-mail addresses under which the request was made, in that order. Raises KeyDestroyed."""
    profile = shops.profile_in(subject_request.policy_version)
    return list(sealing.person_of(subject_request, profile.country).values(IdentityKind.EMAIL))


def write_to(
    address: str,
    subject_request: SubjectRequest,
    kind: Notice.Kind,
    *,
    now: datetime,
    context: dict[str, Any] | None = None,
) -> Notice:
    """Write a mail about a request to any address, in the caller's transaction."""
    content = {"to": address, **drafted(subject_request, kind, context=context)}
    sealed = sealing.seal_for(subject_request, json.dumps(content).encode(), purpose="notice")
    notice = Notice.objects.create(subject_request=subject_request, kind=kind, sealed=sealed, made_at=now)
    audit.record(subject_request, "notice.made", actor=SYSTEM, now=now, facts={"kind": kind.value})
    queue.enqueue(Work.SEND_NOTICE, target_id=notice.pk, subject_request=subject_request, now=now)
    return notice


def drafted(
    subject_request: SubjectRequest, kind: Notice.Kind, *, context: dict[str, Any] | None = None
) -> dict[str, str]:
    """A mail as it would be written now: ``subject``, ``text`` and ``html``. Nothing is kept."""
    profile = shops.profile_in(subject_request.policy_version)
    page = f"{settings.DSR_BASE_URL}/{subject_request.shop.slug}/requests/"
    full = {"subject_request": subject_request, "profile": profile, "requests_url": page, **(context or {})}
    return {
        "subject": f"{profile.name}: " + SUBJECTS[kind].format(reference=subject_request.reference),
        "text": render_to_string(f"email/{kind.value}.txt", full),
        "html": render_to_string(f"email/{kind.value}.html", full),
    }


def read(notice: Notice) -> dict[str, str]:
    """The mail in clear: ``to``, ``subject``, ``text``, ``html``."""
    content: dict[str, str] = json.loads(
        sealing.unseal_for(notice.subject_request, bytes(notice.sealed), purpose="notice")
    )
    return content


def send_notice(claim: Claim) -> None:
    """Send one mail and say so. In demo mode it stays in the outbox, where the person at the screen reads it."""
    notice = Notice.objects.select_related("subject_request").get(pk=claim.target_id)
    if notice.sent_at is None and not settings.DSR_DEMO:
        _send(read(notice))
    with transaction.atomic(durable=True):
        now = claim.clock()
        if Notice.objects.filter(pk=notice.pk, sent_at=None).update(sent_at=now):
            facts = {"kind": notice.kind}
            audit.record(notice.subject_request, "notice.sent", actor=SYSTEM, now=now, facts=facts)
            _mark_told(notice, now)
        claim.finish()


def _mark_told(notice: Notice, now: datetime) -> None:
    """A recipient is told when its mail has left, not when it was written."""
    waiting = RecipientInstruction.objects.filter(notice=notice, state=RecipientInstruction.State.TO_SEND)
    for instruction in waiting.select_for_update():
        instruction.state, instruction.asked_at = RecipientInstruction.State.SENT, now
        instruction.save(update_fields=("state", "asked_at"))
        facts: dict[str, audit.Fact] = {"recipient": instruction.recipient, "way": instruction.way}
        audit.record(notice.subject_request, "recipient.asked", actor=SYSTEM, now=now, facts=facts)


def _send(content: dict[str, str]) -> None:
    mail = EmailMultiAlternatives(subject=content["subject"], body=content["text"], to=[content["to"]])
    mail.attach_alternative(content["html"], "text/html")
    try:
        mail.send()
    except OSError:  # SMTPException is one; its message may quote the address.
        raise TemporaryFault("The mail server did not take the message.") from None
