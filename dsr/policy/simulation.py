"""What another policy would change: every record judged by the version in force and by a draft, and the outcomes compared.

Records of one person are given together (``add_person``), because what is open with one of them holds up others. Equal
facts are decided once. What is remembered does not grow with the number of people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from dsr.policy.decide import (
    NoBasis,
    NoRule,
    RecordFacts,
    decide,
    open_blockers,
)
from dsr.policy.outcome_change import (
    NO_RULE,
    UNRULED,
    Change,
    Outcome,
    compared,
    named_in,
    outcome_of,
    sentences_of,
    weakened,
)
from dsr.policy.versions import DatedProfile, version_of

MOST_REMEMBERED = 8_000
"""Distinct facts whose answer is kept (the days of twenty years); then it begins anew."""

Days = tuple[date | None, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """Records of one collection. ``facts`` name the days of its lots, in their order."""

    record_class: str
    subject_class: str
    facts: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Lot:
    """So many records of a person that are alike: the number of their kind, and their days."""

    kind: int
    days: Days
    records: int


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two policies compared: all its versions, and the one that a request of today would keep."""

    versions: tuple[DatedProfile, ...]
    requested: DatedProfile


@dataclass(frozen=True, slots=True)
class Tally:
    """How many records and people a change concerns."""

    change: Change
    records: int
    people: int


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that the draft would not keep: in how many records, why, and what the policy in force tells customers."""

    promise: str
    records: int
    people: int
    reasons: tuple[str, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the what-if found. ``unruled``: record classes for which the draft has no rule."""

    people: int
    records: int
    changed_records: int
    touched_people: int
    tallies: tuple[Tally, ...]
    broken: tuple[Broken, ...]
    unruled: tuple[str, ...]


@dataclass(slots=True)
class Simulation:
    """Takes in people and says at the end what a draft changes."""

    kinds: Sequence[Kind]
    before: Side
    after: Side
    today: date
    people: int = 0
    records: int = 0
    touched: int = 0
    unruled: set[str] = field(default_factory=set)
    _records: Counter[Change] = field(default_factory=Counter)
    _people: Counter[Change] = field(default_factory=Counter)
    _broken_people: Counter[str] = field(default_factory=Counter)
    _answers: dict[tuple[object, ...], Change | None] = field(default_factory=dict)
    _named: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self._named = named_in(self.after.requested.profile)

    def add_person(self, lots: Sequence[Lot]) -> None:
        """Judge all the records of one person."""
        self.people += 1
        opened = tuple(
            tuple(self._open(version, lots) for version in side.versions) for side in (self.before, self.after)
        )
        changes = set()
        for lot in lots:
            self.records += lot.records
            change = self._change(lot, opened)
            if change is not None:
                changes.add(change)
                self._records[change] += lot.records
        self.touched += bool(changes)
        self._people.update(changes)
        self._broken_people.update({promise for change in changes for promise in change.promises})

    def report(self) -> Report:
        """What was found so far."""
        tallies = [Tally(change, count, self._people[change]) for change, count in self._records.most_common()]
        return Report(
            self.people, self.records, self._records.total(), self.touched, tuple(tallies),
            tuple(self._broken()), tuple(sorted(self.unruled)),
        )  # fmt: skip

    def _open(self, version: DatedProfile, lots: Sequence[Lot]) -> frozenset[str]:
        if not version.profile.blockers:
            return frozenset()
        records = ((self.kinds[lot.kind].record_class, self._dates(lot)) for lot in lots)
        return open_blockers(version.profile, records, self.today)

    def _dates(self, lot: Lot) -> dict[str, date | None]:
        return dict(zip(self.kinds[lot.kind].facts, lot.days, strict=True))

    def _change(self, lot: Lot, opened: tuple[tuple[frozenset[str], ...], ...]) -> Change | None:
        key = (lot.kind, lot.days, opened)
        if key not in self._answers:
            if len(self._answers) >= MOST_REMEMBERED:
                self._answers.clear()
            record_class = self.kinds[lot.kind].record_class
            before, after = self._outcome(lot, self.before, opened[0]), self._outcome(lot, self.after, opened[1])
            if after.action == UNRULED:
                self.unruled.add(record_class)
            self._answers[key] = compared(record_class, before, after, self._named)
        return self._answers[key]

    def _outcome(self, lot: Lot, side: Side, opened: tuple[frozenset[str], ...]) -> Outcome:
        kind = self.kinds[lot.kind]
        record = RecordFacts(kind.record_class, kind.subject_class, self._dates(lot), kind.fields)
        version = version_of(record, side.versions, side.requested)
        blockers = opened[side.versions.index(version)]
        try:
            decision = decide(version.profile, record, open_blockers=blockers, today=self.today)
        except (NoRule, NoBasis):
            return NO_RULE
        return outcome_of(decision, version.profile)

    def _broken(self) -> Iterator[Broken]:
        published = self.before.requested.profile
        reasons = dict(weakened(published, self.after.requested.profile))
        records: Counter[str] = Counter()
        for change, count in self._records.items():
            for promise in change.promises:
                records[promise] += count
                why = f"records of the class {change.record_class}: {change.how.replace('_', ' ')}"
                reasons.setdefault(promise, []).append(why)
        said = sentences_of(published)
        for promise in sorted(reasons):
            told = tuple(dict.fromkeys(reasons[promise]))
            yield Broken(promise, records[promise], self._broken_people[promise], told, said.get(promise, ()))


def facts_needed(sides: Sequence[Side], record_class: str, available: Sequence[str]) -> tuple[str, ...]:
    """Which of a collection's facts the versions ask for: the fewer, the more records are alike."""
    profiles = [version.profile for side in sides for version in side.versions]
    if any(profile.on_policy_change.only_new_data for profile in profiles) and len(profiles) > 1:
        return tuple(available)
    wanted = {
        fact
        for profile in profiles
        for rule in profile.retention
        if record_class in rule.record_classes
        for fact in rule.from_facts
    }
    wanted |= {
        blocker.until_fact
        for profile in profiles
        for blocker in profile.blockers
        if blocker.record_class == record_class
    }
    return tuple(fact for fact in available if fact in wanted)
