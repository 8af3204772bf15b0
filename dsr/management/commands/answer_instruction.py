"""Write down what a recipient answered."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError

from dsr.management.json_command import JsonCommand, refuse_unheeded, the_actor, the_request
from dsr.models import RecipientInstruction, SubjectRequest
from dsr.workflow import recipients
from dsr.workflow.recipients import AnswerRefused

Answer = RecipientInstruction.Answer
SAID = {"done": Answer.DONE, "nothing": Answer.NOTHING_HELD, "cannot": Answer.CANNOT}
TOLD = "told"


class Command(JsonCommand):
    """``answer_instruction REF RECIPIENT told|done|nothing|cannot [--why TEXT] [--as STAFF]``."""

    help = "Say what a recipient answered, or that it was told by hand and has not answered yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference")
        parser.add_argument("recipient", help="its key in the policy")
        parser.add_argument("said", choices=[TOLD, *SAID])
        parser.add_argument("--why", default="", help="why it cannot; the person reads it")
        parser.add_argument("--as", dest="username", help="the member of staff who writes it down")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        if options["said"] != "cannot":
            refuse_unheeded(options, "why", f"with {options['said']}: only what it cannot do needs a reason.")
        subject_request = the_request(options["reference"])
        actor = the_actor(options["username"], subject_request)
        instruction = _the_instruction(subject_request, options["recipient"])
        try:
            if options["said"] == TOLD:
                recipients.told(instruction, actor=actor, now=now)
            else:
                recipients.answer(instruction, SAID[options["said"]], why=options["why"], actor=actor, now=now)
        except AnswerRefused as refused:
            raise CommandError(str(refused)) from None
        instruction.refresh_from_db()
        return {
            "request": subject_request.reference,
            "recipient": instruction.recipient,
            "state": instruction.state,
            "answer": instruction.answer or None,
            "pending": recipients.pending(subject_request),
        }


def _the_instruction(subject_request: SubjectRequest, key: str) -> RecipientInstruction:
    told = subject_request.recipient_instructions
    # One that was told to correct and to keep a statement, or to erase once more, answers first what it still owes.
    instruction = min(told.filter(recipient=key), key=lambda each: bool(each.answer), default=None)
    if instruction is None:
        known = ", ".join(told.values_list("recipient", flat=True)) or "nobody yet"
        raise CommandError(f"No recipient {key!r} was told about {subject_request.reference}. There are: {known}.")
    return instruction
