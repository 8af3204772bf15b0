"""Who was told that a person's data must go or be put right, and what they answered."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from dsr.clocks.arithmetic import day_of
from dsr.management.json_command import JsonCommand, the_request
from dsr.models import RecipientInstruction, SubjectRequest
from dsr.workflow import recipients, shops


class Command(JsonCommand):
    """``instructions [REF]``; without a request all that owe an answer."""

    help = "Show every recipient that was told to erase or correct, with its answer or how long that has been owed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference", nargs="?", default="")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        if options["reference"]:
            subject_request = the_request(options["reference"])
            return {
                "reference": subject_request.reference,
                "pending": recipients.pending(subject_request),
                "recipients": _shown(subject_request, now),
            }
        owing = SubjectRequest.objects.filter(
            pk__in=RecipientInstruction.objects.pending().values("subject_request")
        ).select_related("shop", "policy_version__shop")
        found = [
            {"shop": each.shop.slug, "reference": each.reference, **said}
            for each in owing.order_by("pk")
            for said in _shown(each, now)
            if said["answer"] is None
        ]
        return {"pending": len(found), "recipients": found}


def _shown(subject_request: SubjectRequest, now: datetime) -> list[dict[str, Any]]:
    zone = shops.profile_in(subject_request.policy_version).time_zone
    today = day_of(now, zone)
    told = zip(subject_request.recipient_instructions.all(), recipients.lines(subject_request), strict=True)
    return [
        {
            "recipient": each.recipient,
            "name": each.name,
            "kind": each.kind,
            "way": each.way,
            "state": each.state,
            "answer": each.answer or None,
            "due_on": each.due_on,
            "asked_at": each.asked_at,
            "answered_at": each.answered_at,
            "answered_by": each.answered_by or None,
            "never_answered_on": line.on if each.closed_at else None,
            "reminded": each.reminded,
            "days_waiting": recipients.days_waiting(each, today, zone) if line.is_pending else None,
            "is_overdue": each.is_overdue(today),
            "letter": line.words,
        }
        for each, line in told
    ]
