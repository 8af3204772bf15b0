"""By which version of a shop's promises a record is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dsr.policy.decide import RecordFacts
from dsr.policy.schema import Profile


@dataclass(frozen=True, slots=True)
class DatedProfile:
    """A published version and the day, where the shop is, from which it is in force."""

    number: int
    in_force_from: date
    profile: Profile


def version_for(
    collected_on: date | None, versions: Sequence[DatedProfile], requested: DatedProfile | None = None
) -> DatedProfile:
    """The version by which a record collected on a day is judged, for a request under ``requested`` (the newest).

    That is the request's, unless a version that held since the record was collected promised that its changes concern
    only what is collected after them (ML-18): then no later version takes that back. A record from before the first version
    counts as collected under it; one of an unknown day goes by the request's version.
    """
    ordered = sorted(versions, key=lambda each: (each.in_force_from, each.number))
    last = requested or ordered[-1]
    if collected_on is None:
        return last
    known = ordered[: ordered.index(last) + 1]
    began = [each for each in known if each.in_force_from <= collected_on] or known[:1]
    since = known[known.index(began[-1]) :]
    return next((each for each in since if each.profile.on_policy_change.only_new_data), last)


def collected_day(dates: Mapping[str, date | None]) -> date | None:
    """When a record was collected: as it says itself, else by its earliest fact; None when it has none."""
    return dates.get("collected_on") or min(filter(None, dates.values()), default=None)


def version_of(
    record: RecordFacts, versions: Sequence[DatedProfile], requested: DatedProfile | None = None
) -> DatedProfile:
    """The version by which this record is judged; ask it before every ``decide``."""
    return version_for(record.collected_on or collected_day(record.dates), versions, requested)
