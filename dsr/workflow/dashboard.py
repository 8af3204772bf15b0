"""How far a request is, for screens: progress by source, the five steps, the jobs that need a person."""

from __future__ import annotations

from dataclasses import dataclass

from dsr.lifecycle import State
from dsr.models import SourceRun, SubjectRequest

STEPS = ("Asked", "Confirmed", "Collecting", "Checking", "Ready")
STEP_OF = {
    State.RECEIVED: 0,
    State.VERIFYING: 0,
    State.GATHERING: 2,
    State.REVIEW: 3,
    State.APPROVED: 3,
    State.FULFILLING: 3,
    State.FULFILLED: 4,
}


@dataclass(frozen=True, slots=True)
class Progress:
    """``answered`` of ``total`` places have answered; ``runs`` in the order of their names."""

    answered: int
    total: int
    runs: tuple[SourceRun, ...]


def progress(subject_request: SubjectRequest) -> Progress:
    """Which sources have answered."""
    runs = tuple(subject_request.source_runs.select_related("source", "dataset_version").order_by("source__name"))
    answered = sum(run.state == SourceRun.State.DONE for run in runs)
    return Progress(answered, len(runs), runs)


def step_number(subject_request: SubjectRequest) -> int | None:
    """Which of STEPS the request has reached, from 0; None when it ended otherwise."""
    return STEP_OF.get(State(subject_request.state))
