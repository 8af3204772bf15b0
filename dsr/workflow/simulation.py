"""The what-if: a draft of a policy laid over all people of a shop, beside the version in force. Nothing is written."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import groupby
from operator import itemgetter

from dsr.clocks.arithmetic import day_of
from dsr.models import Shop, Source
from dsr.policy.schema import Profile
from dsr.policy.simulation import Days, Kind, Lot, Report, Side, Simulation, facts_needed
from dsr.policy.versions import DatedProfile
from dsr.sources import sql_population
from dsr.workflow import connections, policy_coverage, shops

PEOPLE_PER_WORD = 5_000

Tell = Callable[[int, int], None]
"""Is told how many people and records were judged so far."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """``version`` is the number of the one in force; ``unasked`` are sources that are people, whose rows no one can count.
    ``spares_the_past``: the shop promised that its changes concern only what is collected after them (ML-18)."""

    version: int
    spares_the_past: bool
    sources: tuple[str, ...]
    unasked: tuple[str, ...]
    report: Report


def simulate(
    shop: Shop, draft: Profile, *, today: date, tell: Tell, seconds: float = sql_population.READING_SECONDS
) -> Simulated:
    """Judge every record of every person of the shop by the version in force on ``today`` and by ``draft``.

    No database may take longer than ``seconds``. Raises Refused when a description no longer holds, SourceError when a
    database does not answer, and whatever ``tell`` raises to end it.
    """
    tell(0, 0)
    before, after = _sides(shop, draft, today)
    with ExitStack() as opened:
        kinds, merged, names = _people(shop, (before, after), draft.time_zone, opened, seconds)
        simulation = Simulation(kinds, before, after, today)
        for _, lots in groupby(merged, key=itemgetter(0)):
            simulation.add_person(_alike(lots))
            if simulation.people % PEOPLE_PER_WORD == 0:
                tell(simulation.people, simulation.records)
    tell(simulation.people, simulation.records)
    manual = shop.sources.filter(is_active=True, kind=Source.Kind.MANUAL)
    unasked = tuple(manual.order_by("name").values_list("name", flat=True))
    promised = any(version.profile.on_policy_change.only_new_data for version in before.versions)
    silent = {gap.holding.record_class for gap in policy_coverage.gaps_of(shop, draft)}
    report = simulation.report()
    report = replace(report, unruled=tuple(sorted(silent.union(report.unruled))))
    return Simulated(before.requested.number, promised, names, unasked, report)


def _alike(lots: Iterable[sql_population.Lot]) -> list[Lot]:
    """One person's records with those of equal days put together: an address that a shop uses for nobody in particular may
    have a million."""
    found: Counter[tuple[int, Days]] = Counter()
    for _, kind, days, records in lots:
        found[kind, days] += records
    return [Lot(*alike, records) for alike, records in found.items()]


def _sides(shop: Shop, draft: Profile, today: date) -> tuple[Side, Side]:
    published = [
        DatedProfile(version.number, day_of(version.in_force_from, draft.time_zone), shops.profile_in(version))
        for version in shop.policy_versions.select_related("shop").order_by("in_force_from", "number")
    ]
    begun = [each for each in published if each.in_force_from <= today] or published[:1]
    drafted = DatedProfile(begun[-1].number + 1, today, draft)
    return Side(tuple(begun), begun[-1]), Side((*begun, drafted), drafted)


def _people(
    shop: Shop, sides: tuple[Side, Side], time_zone: str, opened: ExitStack, seconds: float
) -> tuple[list[Kind], Iterator[sql_population.Lot], tuple[str, ...]]:
    """The kinds of records of all sources, and their lots in the order of the people."""
    kinds: list[Kind] = []
    streams, names = [], []
    for version in connections.current_versions(shop):
        source = version.source
        if source.kind == Source.Kind.MANUAL:
            continue
        described = connections.described_by(version)
        counted = sql_population.counted_collections(described, partial(facts_needed, sides))
        url, first = connections.url_of(source), len(kinds)
        lots = sql_population.read_population(
            source.name, url, described, counted, time_zone, first=first, seconds=seconds
        )
        kinds += [Kind(each.record_class, each.subject_class, each.facts, each.fields) for each in counted]
        streams.append(opened.enter_context(closing(lots)))
        names.append(source.name)
    return kinds, heapq.merge(*streams, key=itemgetter(0)), tuple(names)
