"""The words of the staff side for states, types and grounds: one word per thing."""

from __future__ import annotations

from datetime import date

from dsr.lifecycle import State
from dsr.models import SubjectRequest

STATES = {
    State.RECEIVED: "New",
    State.VERIFYING: "Unconfirmed",
    State.GATHERING: "Gathering",
    State.REVIEW: "Review",
    State.APPROVED: "Approved",
    State.FULFILLING: "Writing the copy",
    State.FULFILLED: "Delivered",
    State.REFUSED: "Refused",
    State.WITHDRAWN: "Withdrawn",
    State.LAPSED: "Lapsed",
}
TYPES = {
    "access": "See my data",
    "correction": "Correct",
    "erasure": "Delete",
    "opt_out": "Stop messages",
    "concern": "Concern",
}
NEXT_STEPS = {
    State.VERIFYING: "Waiting for the person",
    State.GATHERING: "Waiting for the sources",
    State.REVIEW: "Review and approve",
    State.APPROVED: "The copy is being written",
    State.FULFILLING: "The copy is being written",
}
OTHERWISE = {
    ("erasure", State.REVIEW): "Read the plan",
    ("erasure", State.APPROVED): "Waits for its time to run",
    ("erasure", State.FULFILLING): "It is being carried out",
    ("correction", State.REVIEW): "Decide what is right",
    ("correction", State.APPROVED): "Waits for its time to run",
    ("correction", State.FULFILLING): "It is being carried out",
}
"""What is not a copy goes on otherwise."""
REFRESH_SECONDS = {State.VERIFYING: 15, State.GATHERING: 3, State.APPROVED: 3, State.FULFILLING: 3}
"""States that end without anybody's doing here, so that a page shown in them looks again."""
JOBS = {
    "gather_source": "Asking a source",
    "draft_source": "Drafting a description",
    "send_notice": "Sending a mail",
    "make_package": "Writing the copy",
    "anchor_audit": "Anchoring the audit log",
    "tend_ledger": "Reading through the erasure ledger",
    "tidy_up": "Daily tidying",
    "forget_expired": "Forgetting what has had its time",
    "remind_colleagues": "Reminding colleagues",
    "remind_recipients": "Reminding recipients",
    "send_instruction": "Telling a recipient",
    "look_for_doubts": "Looking for data that may be wrong or old",
}
FORGOTTEN = "What this request held has been forgotten, as its time was over. Its timeline stays."


def state_words(subject_request: SubjectRequest, answered: int, places: int, *, is_opened: bool) -> str:
    """The state as staff read it: how many of the places have answered, or whether the person fetched the copy."""
    words = STATES[State(subject_request.state)]
    if subject_request.state == State.GATHERING:
        return f"{words} {answered}/{places}"
    if subject_request.state == State.FULFILLED:
        return f"{words}, {'opened' if is_opened else 'not opened'}"
    return words


def urgency(subject_request: SubjectRequest, today: date) -> str:
    """``late``, ``soon`` or nothing."""
    if subject_request.is_overdue(today):
        return "late"
    return "soon" if subject_request.is_nearly_late(today) else ""


def due_words(subject_request: SubjectRequest, today: date) -> str:
    """How far away the date is, in days."""
    left = (subject_request.due_on - today).days
    if not subject_request.is_open:
        return ""
    if left < 0:
        return f"{-left} day{'s' if left < -1 else ''} late"
    return "today" if left == 0 else "tomorrow" if left == 1 else f"in {left} days"


def masked(text: str) -> str:
    """Enough of an identifier to recognise one's own, too little to use."""
    head, at, tail = text.partition("@")
    if at:
        return f"{head[:1]}•••@{tail}"
    return f"•••{text[-2:]}"


def next_step(subject_request: SubjectRequest) -> str:
    """What somebody has to do next, or what is waited for."""
    state = State(subject_request.state)
    return OTHERWISE.get((subject_request.type, state)) or NEXT_STEPS.get(state, "")
