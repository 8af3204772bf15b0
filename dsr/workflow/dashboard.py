"""How far a request is, by source, for screens and commands."""

from __future__ import annotations

from dataclasses import dataclass

from dsr.models import SourceRun, SubjectRequest


@dataclass(frozen=True, slots=True)
class Progress:
    """``answered`` of ``total`` sources have answered; ``runs`` in the order of their names."""

    answered: int
    total: int
    runs: tuple[SourceRun, ...]


def progress(subject_request: SubjectRequest) -> Progress:
    """Which sources have answered."""
    runs = tuple(
        subject_request.source_runs.select_related("source", "dataset_version")
        .prefetch_related("tasks")
        .order_by("source__name")
    )
    answered = sum(run.state == SourceRun.State.DONE for run in runs)
    return Progress(answered, len(runs), runs)
