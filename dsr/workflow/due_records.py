"""Which kept records have had their time, and what becomes of each: decided afresh, by the policy version that kept it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from dsr.models import Hold as HoldRow
from dsr.models import KeptRecord, PolicyVersion, Shop
from dsr.policy.decide import (
    Decision,
    Hold,
    NoBasis,
    NoRule,
    RecordFacts,
    decide,
    of_categories,
    open_blockers,
    telling_categories,
)
from dsr.policy.schema import Profile
from dsr.records import Action, Record
from dsr.workflow import holds, shops
from dsr.workflow.erasure_rows import FoundRow, FoundRows

REMOVES = (Action.DELETE, Action.ANONYMISE)
Facts = Sequence[tuple[str, Mapping[str, date | None]]]
"""Record classes and dates of records: what may still be open with them."""


@dataclass(frozen=True, slots=True)
class Due:
    """A record whose time is over: its row as it is now, and what is done with it."""

    kept: KeptRecord
    row: FoundRow
    decision: Decision
    telling: tuple[str, ...]

    @property
    def is_removed(self) -> bool:
        """Whether nothing keeps it any longer."""
        return self.decision.action in REMOVES


def due_among(
    found: FoundRows,
    records: Sequence[KeptRecord],
    there: Mapping[str, Record],
    shared: set[str],
    today: date,
) -> Iterator[Due]:
    """Those that the policy removes today, decided about beside everything else of their person that stays.

    ``there``: their rows as they are now, by digest; ``shared``: digests of those in which another person still has a part.
    """
    standing = holds.standing(found.source, [kept.digest for kept in records], today)
    by_person: dict[int | None, list[KeptRecord]] = defaultdict(list)
    for kept in records:
        by_person[kept.subject_request_id].append(kept)
    for mine in by_person.values():
        yield from _of_one_person(found, mine, there, shared, standing, today)


def profile_by(shop: Shop, number: int) -> Profile:
    """What the shop promised by a version of its policy."""
    return shops.profile_in(PolicyVersion.objects.select_related("shop").get(shop=shop, number=number))


def _of_one_person(
    found: FoundRows,
    mine: Sequence[KeptRecord],
    there: Mapping[str, Record],
    shared: set[str],
    standing: Mapping[str, HoldRow],
    today: date,
) -> Iterator[Due]:
    shop = found.source.shop
    by_digest = {kept.digest: kept for kept in mine}
    profiles = {number: profile_by(shop, number) for number in {kept.policy_number for kept in mine}}
    rows = _rows(found, [there[digest] for digest in by_digest])
    held = [(row, each.facts) for row, each in rows.held(shops.profile_of(shop, mine[0].kept_at).time_zone)]
    beside: Facts = [*((facts.record_class, facts.dates) for _, facts in held), *_in_other_sources(found, mine[0])]
    blockers = {number: open_blockers(profile, beside, today) for number, profile in profiles.items()}
    for row, facts in held:
        kept = by_digest[row.digest]
        profile = profiles[kept.policy_number]
        facts = replace(facts, is_shared=row.digest in shared)
        try:
            decision = decide(
                profile,
                facts,
                holds=_forbidden(standing.get(row.digest)),
                open_blockers=blockers[kept.policy_number],
                today=today,
            )
        except (NoRule, NoBasis):
            continue
        if decision.event == "date_known" and kept.until is not None:
            decision = _by_its_day(decision, kept, facts, profile, today)
        if decision.action in REMOVES or (decision.rule, decision.event) != (kept.rule, kept.event):
            yield Due(kept, row, decision, of_categories(facts, telling_categories(profile)))


def _rows(found: FoundRows, records: Sequence[Record]) -> FoundRows:
    rows: dict[str, list[FoundRow]] = defaultdict(list)
    for record in records:
        rows[record.key.collection].append(FoundRow(record.key, record.key.digest, record.values, record.held))
    return FoundRows(found.source, found.described, rows)


def _forbidden(hold: HoldRow | None) -> list[Hold]:
    return [] if hold is None else [Hold(holds.ground_of(hold), hold.until)]


def _by_its_day(decision: Decision, kept: KeptRecord, facts: RecordFacts, profile: Profile, today: date) -> Decision:
    """The day that was known when it was kept stands, though the row that told it (an order, of its lines) has lost it."""
    if kept.until is None or kept.until >= today:
        return replace(decision, rule=kept.rule, event=kept.event, until=kept.until)
    action = Action(kept.afterwards)
    telling = of_categories(facts, telling_categories(profile))
    return replace(
        decision, action=action, fields=tuple(facts.fields) if action is Action.DELETE else telling, event=""
    )


def _in_other_sources(found: FoundRows, mine: KeptRecord) -> Facts:
    """Records of the same person in other sources that something open still holds up: they hold these up as well."""
    person = mine.subject_request_id
    others = KeptRecord.objects.waiting().filter(subject_request_id=person, event__startswith="closed:")
    others = others.exclude(source=found.source) if person else others.none()
    return [(kept.record_class, {}) for kept in others]
