"""The section *Partners told* of a request: each recipient, how it stands, and how long its answer has been owed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dsr.models import RecipientInstruction, SubjectRequest
from dsr.policy.schema import Profile
from dsr.workflow import recipients


@dataclass(frozen=True, slots=True)
class Row:
    """One recipient. ``look`` is how urgent it is: done, soon, late or nothing; ``on`` when the state began, and ``began`` how
    that day is called."""

    instruction: RecipientInstruction
    state: str
    look: str
    on: date | None
    began: str
    waiting: int
    reason: str


def rows(subject_request: SubjectRequest, profile: Profile, today: date) -> list[Row]:
    """In the order of the profile."""
    told = zip(subject_request.recipient_instructions.all(), recipients.lines(subject_request), strict=True)
    return [
        Row(
            each,
            _state(each),
            _look(each, today),
            line.on,
            "Closed" if each.closed_at else "Answered" if each.answer else "Told",
            recipients.days_waiting(each, today, profile.time_zone) if each.is_pending else 0,
            recipients.reason_of(each),
        )
        for each, line in told
    ]


def _state(instruction: RecipientInstruction) -> str:
    if instruction.closed_at:
        return "Never told" if instruction.state == RecipientInstruction.State.TO_SEND else "Never answered"
    return instruction.get_answer_display() if instruction.answer else instruction.get_state_display()


def _look(instruction: RecipientInstruction, today: date) -> str:
    if instruction.closed_at:
        return "soon"
    if instruction.answer:
        return "soon" if instruction.answer == RecipientInstruction.Answer.CANNOT else "done"
    return "late" if instruction.is_overdue(today) else ""
