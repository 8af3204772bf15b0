"""What runs by itself about recipients: the message to a program, and the daily reminders."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from dsr.clocks.arithmetic import day_of
from dsr.models import Job, Notice, RecipientInstruction, SubjectRequest
from dsr.workflow import audit, notices, queue, recipient_mails, recipients, sealing, shops, webhook
from dsr.workflow.actors import RECIPIENT, SYSTEM
from dsr.workflow.queue import Claim, FinalFault, TemporaryFault, Work
from dsr.workflow.webhook import WebhookRefused, WebhookUnreachable

State, Way = RecipientInstruction.State, RecipientInstruction.Way

REMIND_EVERY_DAYS = 7
MOST_REMINDERS = 6
"""After so many weeks of asking, another mail helps nobody: staff see on the request how long the answer is owed."""


def send_instruction(claim: Claim) -> None:
    """Tell one recipient's program. It may be told twice when a worker dies in between: erasing twice is erasing once."""
    instruction = RecipientInstruction.objects.select_related(
        "subject_request__shop", "subject_request__policy_version__shop"
    ).get(pk=claim.target_id)
    is_wanted = instruction.state != State.ANSWERED and not sealing.is_forgotten(instruction.subject_request)
    is_done = is_wanted and _post(instruction)
    with transaction.atomic(durable=True):
        now = claim.clock()
        if is_wanted:
            recipients.mark_asked(instruction, actor=SYSTEM, now=now)
        if (
            is_done
            and RecipientInstruction.objects.select_for_update(of=("self",))
            .pending()
            .filter(pk=instruction.pk)
            .exists()
        ):
            recipients.answer(instruction, RecipientInstruction.Answer.DONE, actor=RECIPIENT, now=now)
        claim.finish()


def remind_recipients(claim: Claim) -> None:
    """The daily job."""
    remind(claim.clock())
    with transaction.atomic(durable=True):
        claim.finish()


def remind(now: datetime) -> None:
    """Ask everybody again whose answer has been owed for long, each request in a transaction of its own. Running again asks
    nobody twice."""
    owing = RecipientInstruction.objects.pending().filter(reminded__lt=MOST_REMINDERS)
    for number in owing.order_by("subject_request").values_list("subject_request", flat=True).distinct():
        _remind(number, now)


def _post(instruction: RecipientInstruction) -> bool:
    told = recipient_mails.recipient_of(instruction).instruct
    address = told.address if told else ""
    try:
        reply = webhook.post(address, _content(instruction), is_private_allowed=settings.DSR_PRIVATE_WEBHOOKS)
    except WebhookRefused as refused:
        raise FinalFault(f"{instruction.name}: {refused}") from None
    except WebhookUnreachable as fault:
        raise TemporaryFault(f"{instruction.name}: {fault}") from None
    return reply.is_done


def _content(instruction: RecipientInstruction) -> dict[str, Any]:
    """What a program is told: no more of the person than it needs to find them."""
    subject_request = instruction.subject_request
    found = recipients.identifiers(subject_request)
    said = {
        "shop": subject_request.shop.slug,
        "reference": subject_request.reference,
        "kind": instruction.kind,
        "identifiers": [{"kind": each.kind.value, "value": each.value} for each in found],
    }
    changes = recipients.changes_of(instruction)
    return {**said, "changes": changes} if changes else said


def _remind(number: int, now: datetime) -> None:
    with transaction.atomic(durable=True):
        owing = RecipientInstruction.objects.select_for_update(of=("self",), skip_locked=True).pending()
        rows = owing.select_related("subject_request__policy_version__shop").filter(subject_request=number)
        subject_request = SubjectRequest.objects.select_related("shop", "policy_version__shop").get(pk=number)
        if sealing.is_forgotten(subject_request):
            return
        zone = shops.profile_in(subject_request.policy_version).time_zone
        today = day_of(now, zone)
        due = [each for each in rows.filter(reminded__lt=MOST_REMINDERS) if _is_due(each, today, zone)]
        for each in due:
            _again(each, today, now)
        for_staff = [each.name for each in due if each.way == Way.TASK or each.is_overdue(today)]
        if for_staff:
            _tell_the_owners(subject_request, for_staff, now)


def _is_due(instruction: RecipientInstruction, today: date, zone: str) -> bool:
    if instruction.way == Way.EMAIL and instruction.state == State.TO_SEND:
        return False  # The first mail has not left yet, and is still tried.
    last = instruction.reminded_on or day_of(instruction.asked_at or instruction.made_at, zone)
    return today >= last + timedelta(days=REMIND_EVERY_DAYS)


def _again(instruction: RecipientInstruction, today: date, now: datetime) -> None:
    instruction.reminded, instruction.reminded_on = instruction.reminded + 1, today
    instruction.save(update_fields=("reminded", "reminded_on"))
    facts: dict[str, audit.Fact] = {"recipient": instruction.recipient, "number": instruction.reminded}
    audit.record(instruction.subject_request, "recipient.reminded", actor=SYSTEM, now=now, facts=facts)
    if instruction.way == Way.EMAIL:
        recipient_mails.write(instruction, Notice.Kind.INSTRUCTION_REMINDER, now)
    elif instruction.way == Way.WEBHOOK:
        queue.again(Job.objects.get(kind=Work.SEND_INSTRUCTION.value, target_id=instruction.pk), now)


def _tell_the_owners(subject_request: SubjectRequest, names: list[str], now: datetime) -> None:
    context = {
        "names": names,
        "link": f"{settings.DSR_BASE_URL}/staff/requests/{subject_request.reference}/",
    }
    profile = shops.profile_in(subject_request.policy_version)
    for address in shops.owner_addresses(subject_request.shop, profile):
        notices.write_to(address, subject_request, Notice.Kind.RECIPIENT_TASK, now=now, context=context)
