"""The plan of an erasure: what becomes of every record of one person, decided together, and the fingerprint of all of it.

A plan holds no value of the person's: records are known by their digest. The fingerprint covers which records, what is done
with which of their fields, by which rule of which version, until when; two plans with one fingerprint are the same plan.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from dsr.policy.decide import Decision, Hold, NoBasis, NoRule, RecordFacts, decide, open_blockers
from dsr.policy.otherwise import Overruled, overruled_by
from dsr.policy.versions import DatedProfile, version_of
from dsr.records import Action

RecordId = tuple[str, str, str]
"""A record's source, collection and digest."""


@dataclass(frozen=True, slots=True)
class Held:
    """A record that a source holds of the person. ``digest`` is that of its key (``records.RecordKey``)."""

    source: str
    collection: str
    digest: str
    facts: RecordFacts

    @property
    def id(self) -> RecordId:
        """Which record."""
        return self.source, self.collection, self.digest


@dataclass(frozen=True, slots=True)
class Planned:
    """A record and what becomes of it. ``version`` is the number of the policy version that judged it."""

    source: str
    collection: str
    digest: str
    record_class: str
    version: int
    decision: Decision

    @property
    def id(self) -> RecordId:
        """Which record."""
        return self.source, self.collection, self.digest


@dataclass(frozen=True, slots=True)
class Unruled:
    """Records that no rule speaks of: nothing may be done with them before the policy does. ``problem`` is for people."""

    source: str
    collection: str
    records: int
    problem: str


@dataclass(frozen=True, slots=True)
class Group:
    """Records of one collection of which the same becomes for the same reason."""

    source: str
    collection: str
    record_class: str
    version: int
    decision: Decision
    records: int


@dataclass(frozen=True, slots=True)
class Plan:
    """All records of a person. It can be carried out only when nothing is ``unruled``.

    ``still_open``: by the number of a policy version, the keys of its blockers that the person has open.
    """

    records: tuple[Planned, ...]
    unruled: tuple[Unruled, ...]
    still_open: Mapping[int, frozenset[str]] = field(default_factory=dict)

    @property
    def totals(self) -> Counter[Action]:
        """How many records have which outcome; those that are unruled count nowhere."""
        return Counter(each.decision.action for each in self.records)

    @property
    def groups(self) -> list[Group]:
        """The records put together, source by source, collection by collection, the most first."""
        counted = Counter(
            (each.source, each.collection, each.record_class, each.version, each.decision) for each in self.records
        )
        found = [Group(*alike, records) for alike, records in counted.items()]
        return sorted(found, key=lambda each: (each.source, each.collection, -each.records, str(each.decision.until)))

    def fingerprint(self, name: Callable[[str], str]) -> str:
        """64 hexadecimal digits: the same for the same records, outcomes, rules, fields and days.

        ``name`` names a record by its digest. It stands in the log for ever, so no record may be guessed back from it.
        """
        lines = sorted(_line(each, name) for each in self.records) + sorted(f"{each}" for each in self.unruled)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def draw(
    held: Sequence[Held],
    versions: Sequence[DatedProfile],
    requested: DatedProfile,
    *,
    today: date,
    holds: Mapping[RecordId, Sequence[Hold]] | None = None,
    overruled: Mapping[RecordId, Overruled] | None = None,
    open_before: Mapping[int, Collection[str]] | None = None,
    language: str = "",
) -> Plan:
    """The plan as of ``today`` for a request under ``requested``; what is open with one record holds up others.

    ``overruled``: where a member of staff decided otherwise than the rule. ``open_before``: what counts as ``still_open``
    though no record says so any more.
    """
    every = [(each.facts.record_class, each.facts.dates) for each in held]
    blocked = {
        number: open_blockers(each.profile, every, today) | frozenset((open_before or {}).get(number, ()))
        for number, each in {v.number: v for v in versions}.items()
    }
    planned: list[Planned] = []
    silent: Counter[tuple[str, str, str]] = Counter()
    for each in held:
        version = version_of(each.facts, versions, requested)
        try:
            decision = decide(
                version.profile,
                each.facts,
                holds=(holds or {}).get(each.id, ()),
                open_blockers=blocked[version.number],
                today=today,
                language=language,
            )
        except (NoRule, NoBasis) as error:
            silent[each.source, each.collection, str(error)] += 1
            continue
        if said := (overruled or {}).get(each.id):
            decision = overruled_by(said, decision, each.facts, version.profile)
        planned.append(Planned(*each.id, each.facts.record_class, version.number, decision))
    return Plan(tuple(planned), tuple(_unruled(silent.items())), blocked)


def _unruled(silent: Iterable[tuple[tuple[str, str, str], int]]) -> Iterable[Unruled]:
    return (Unruled(source, collection, records, problem) for (source, collection, problem), records in silent)


def _line(each: Planned, name: Callable[[str], str]) -> str:
    said = each.decision
    return json.dumps([
        each.source, each.collection, name(each.digest), each.version, said.action, sorted(said.fields),
        sorted(said.at_once_fields), said.rule, said.basis.code if said.basis else "", str(said.until or ""), said.event,
        said.afterwards or "",
    ])  # fmt: skip
