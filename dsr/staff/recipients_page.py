"""The section *Partners told* of a request: each recipient, how it stands, and how long its answer has been owed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dsr.models import RecipientInstruction, SubjectRequest
from dsr.policy.schema import Profile
from dsr.workflow import recipients


@dataclass(frozen=True, slots=True)
class Row:
    """One recipient. ``look`` is how urgent it is: done, soon, late or nothing; ``on`` when the state began."""

    instruction: RecipientInstruction
    state: str
    look: str
    on: date | None
    waiting: int
    reason: str


def rows(subject_request: SubjectRequest, profile: Profile, today: date) -> list[Row]:
    """In the order of the profile."""
    told = zip(subject_request.recipient_instructions.all(), recipients.lines(subject_request), strict=True)
    return [
        Row(
            each,
            each.get_answer_display() if each.answer else each.get_state_display(),
            _look(each, today),
            line.on,
            0 if each.answer else recipients.days_waiting(each, today, profile.time_zone),
            recipients.reason_of(each),
        )
        for each, line in told
    ]


def _look(instruction: RecipientInstruction, today: date) -> str:
    if instruction.answer:
        return "soon" if instruction.answer == RecipientInstruction.Answer.CANNOT else "done"
    return "late" if instruction.is_overdue(today) else ""
