"""The plan of an erasure, drawn from what was gathered. Nothing is written: not here, and not in a shop's database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from dsr.clocks.arithmetic import day_of
from dsr.lifecycle import RequestType, State
from dsr.models import Source, SourceRun, SubjectRequest
from dsr.policy import plan
from dsr.policy.decide import RecordFacts
from dsr.policy.plan import Held, Plan
from dsr.policy.versions import DatedProfile
from dsr.sources.description import Description
from dsr.sources.record_dates import Dates, record_dates
from dsr.workflow import chunks, connections, shops
from dsr.workflow.chunks import Row
from dsr.workflow.transitions import WrongState

PLANNED_IN = (State.REVIEW, State.APPROVED, State.FULFILLING)


class NotAnErasure(Exception):
    """Somebody asked for something else; the message is for people."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A plan, and what it does not reach.

    ``unasked`` are sources that are people, with how many records they told of; ``unsearched`` were disconnected before they
    answered; ``copied`` counts records that are copied for reading and never changed (products, countries).
    """

    plan: Plan
    unasked: Mapping[str, int]
    unsearched: tuple[str, ...]
    copied: int


def draw(subject_request: SubjectRequest, *, today: date) -> Drawn:
    """What would become of every record that was found for an erasure. Raises NotAnErasure, and WrongState before all sources
    have answered or when what was found is forgotten.
    """
    if subject_request.type != RequestType.ERASURE:
        raise NotAnErasure(
            f"{subject_request.reference} asks for {subject_request.get_type_display().lower()}: only an erasure has a plan."
        )
    if subject_request.state not in PLANNED_IN:
        raise WrongState(f"{subject_request.reference} is {subject_request.state}: a plan needs every source's answer.")
    held: list[Held] = []
    unasked: dict[str, int] = {}
    unsearched: list[str] = []
    copied = 0
    zone = shops.profile_in(subject_request.policy_version).time_zone
    for run in subject_request.source_runs.select_related("source__shop", "dataset_version__source__shop"):
        if run.source.kind == Source.Kind.MANUAL:
            unasked[run.source.name] = run.records
            continue
        if run.state == SourceRun.State.LEFT_OUT:
            unsearched.append(run.source.name)
            continue
        found, looked_up = _held(run, zone)
        held += found
        copied += looked_up
    versions = _versions(subject_request)
    requested = next(each for each in versions if each.number == subject_request.policy_version.number)
    return Drawn(plan.draw(held, versions, requested, today=today), unasked, tuple(unsearched), copied)


def _held(run: SourceRun, zone: str) -> tuple[list[Held], int]:
    """A source's records as facts, and how many are only looked up."""
    described = connections.described_by(run.dataset_version)
    graph = described.graph
    rows = {name: list(chunks.read(run, name)) for name, count in run.counts.items() if count}
    dates = record_dates(described, {name: [row.values for row in here] for name, here in rows.items()}, zone)
    searched = [name for name in rows if name not in graph.lookups]
    held = [
        Held(run.source.name, name, row.digest, facts)
        for name in searched
        for row, facts in _facts(described, name, rows[name], dates[name])
    ]
    return held, sum(len(here) for name, here in rows.items() if name in graph.lookups)


def _facts(
    described: Description, collection: str, rows: list[Row], dates: list[Dates]
) -> Iterator[tuple[Row, RecordFacts]]:
    said = described.overlay.of(collection)
    fields = {each.name: each.data_categories for each in described.graph.collections[collection].fields}
    for row, days in zip(rows, dates, strict=True):
        facts = RecordFacts(said.record_class, said.subject_class, days, fields, is_shared=bool(row.shared))
        yield row, facts


def _versions(subject_request: SubjectRequest) -> list[DatedProfile]:
    """Every version of the shop's policy up to the request's own."""
    published = subject_request.shop.policy_versions.select_related("shop").filter(
        number__lte=subject_request.policy_version.number
    )
    profiles = [(each, shops.profile_in(each)) for each in published.order_by("in_force_from", "number")]
    return [
        DatedProfile(each.number, day_of(each.in_force_from, profile.time_zone), profile) for each, profile in profiles
    ]
