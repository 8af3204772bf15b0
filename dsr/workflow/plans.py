"""The plan of an erasure or of a correction, drawn for reading or as everything is at this moment. Drawing writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from dsr.lifecycle import RequestType, State
from dsr.models import Source, SourceRun, SubjectRequest
from dsr.sources.base import SourceError
from dsr.workflow import correction_plans, erasure_plans, erasure_rows, expansion, shops
from dsr.workflow.erasure_plans import Drawn
from dsr.workflow.erasure_rows import FoundRows
from dsr.workflow.expansion import Known
from dsr.workflow.transitions import WrongState

PLANNED_IN = (State.REVIEW, State.APPROVED, State.FULFILLING)
DRAWN: dict[str, Callable[..., Drawn]] = {
    RequestType.ERASURE.value: erasure_plans.drawn_of,
    RequestType.CORRECTION.value: correction_plans.drawn_of,
}
"""Of each kind of request that changes a shop's databases: what becomes of the rows that were found."""


class NoPlan(Exception):
    """Somebody asked for something that changes nothing in a shop's databases; the message is for people."""


def draw(subject_request: SubjectRequest, *, today: date) -> Drawn:
    """What would become of every record that was found. Raises NoPlan, and WrongState before all sources have answered or when
    what was found is forgotten.
    """
    _refuse_without_plan(subject_request)
    found, unreached = [], {}
    for run in searched(subject_request):
        rows = erasure_rows.gathered(run)
        try:
            erasure_rows.look_around(rows)
        except SourceError as error:
            unreached[run.source.name] = str(error)
        found.append(rows)
    return DRAWN[subject_request.type](subject_request, found, today=today, unreached=unreached)


def draw_live(subject_request: SubjectRequest, *, today: date) -> Drawn:
    """The same of the records as they are at this moment. Raises SourceError and FurtherIdentities as well."""
    _refuse_without_plan(subject_request)
    known = expansion.known(subject_request, shops.profile_in(subject_request.policy_version).country)
    found = [erasure_rows.live(run, known) for run in searched(subject_request)]
    return drawn_of(subject_request, found, today=today)


def drawn_of(subject_request: SubjectRequest, found: Sequence[FoundRows], *, today: date) -> Drawn:
    """What becomes of these rows, their databases' own limits included."""
    return DRAWN[subject_request.type](subject_request, found, today=today)


def known_afterwards(subject_request: SubjectRequest, known: Known) -> Known:
    """By what the person is looked for once a run has changed how they are known."""
    if subject_request.type != RequestType.CORRECTION:
        return known
    return correction_plans.with_wanted(subject_request, known)


def taken_by_others(subject_request: SubjectRequest, found: Sequence[FoundRows]) -> list[str]:
    """Why a correction would mix this person up with another, in words. Raises SourceError."""
    if subject_request.type != RequestType.CORRECTION:
        return []
    return list(correction_plans.taken_by_others(subject_request, found))


def _refuse_without_plan(subject_request: SubjectRequest) -> None:
    if subject_request.type not in DRAWN:
        what = subject_request.get_type_display().lower()
        raise NoPlan(f"{subject_request.reference} asks for {what}: only an erasure and a correction have a plan.")
    if subject_request.state not in PLANNED_IN:
        raise WrongState(f"{subject_request.reference} is {subject_request.state}: a plan needs every source's answer.")


def searched(subject_request: SubjectRequest) -> list[SourceRun]:
    """The answers of sources whose rows a machine can change, and that are connected still."""
    runs = subject_request.source_runs.filter(source__kind=Source.Kind.SQL, source__is_active=True)
    runs = runs.exclude(state=SourceRun.State.LEFT_OUT)
    return list(runs.select_related("source__shop", "dataset_version__source__shop", "subject_request__shop"))
