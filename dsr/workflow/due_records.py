"""Which kept records have had their time, and what becomes of each: decided afresh, by the policy version that kept it.

A record is judged by the class that it was kept under, though its table may be called otherwise by now: that was promised. What
nothing decides about is never passed over in silence.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from dsr.models import Hold as HoldRow
from dsr.models import KeptRecord, PolicyVersion, Shop
from dsr.policy.decide import (
    HOLD,
    STAFF,
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
from dsr.policy.otherwise import stands_against_all
from dsr.policy.schema import Profile
from dsr.records import Action, Record
from dsr.workflow import holds, shops
from dsr.workflow.erasure_rows import FoundRow, FoundRows

REMOVES = (Action.DELETE, Action.ANONYMISE)
Facts = Sequence[tuple[str, Mapping[str, date | None]]]
"""Record classes and dates of records: what may still be open with them."""
Known = tuple[FoundRow, RecordFacts]
"""A row as it is now, and what a decision needs to know of it."""


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


@dataclass
class Judged:
    """What was decided about kept records. ``undecided``: how many of a collection nobody could decide about, and why."""

    due: list[Due] = field(default_factory=list)
    undecided: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def problems(self) -> Iterator[str]:
        """What is undecided, in words for staff."""
        for (collection, why), records in self.undecided.items():
            yield (
                f"{records} of '{collection}' were left as they are: {why} Once their time is over, erase them in the shop "
                "itself; the next night counts them as gone."
            )


def known_of(
    found: FoundRows, records: Iterable[KeptRecord], there: Mapping[str, Record], shared: set[str]
) -> dict[UUID, dict[str, Known]]:
    """By person and digest, each row with what a decision needs to know of it. Nothing of a lookup, which is nobody's.

    ``there``: their rows as they are now, by digest; ``shared``: digests of those in which another person still has a part.
    """
    by_person: dict[UUID, list[KeptRecord]] = defaultdict(list)
    for kept in records:
        by_person[kept.person].append(kept)
    return {person: _facts(found, mine, there, shared) for person, mine in by_person.items()}


def facts_in(known: Mapping[str, Known]) -> list[tuple[str, Mapping[str, date | None]]]:
    """What may still be open with some records."""
    return [(each.record_class, each.dates) for _, each in known.values()]


def judge(
    found: FoundRows,
    records: Sequence[KeptRecord],
    known: Mapping[UUID, Mapping[str, Known]],
    elsewhere: Mapping[UUID, Facts],
    today: date,
) -> Judged:
    """Which of them something else becomes of today, decided about beside everything else of their person that stays.

    ``known``: see :func:`known_of`; ``elsewhere``: what is kept of the same people in other sources.
    """
    standing = holds.standing(found.source, [kept.digest for kept in records], today)
    by_person: dict[UUID, list[KeptRecord]] = defaultdict(list)
    for kept in records:
        by_person[kept.person].append(kept)
    judged = Judged()
    for person, mine in by_person.items():
        facts = known[person]
        beside = [*facts_in(facts), *elsewhere.get(person, ())]
        _judge_one_person(found.source.shop, mine, facts, beside, standing, today, judged)
    return judged


def profile_by(shop: Shop, number: int) -> Profile:
    """What the shop promised by a version of its policy."""
    return shops.profile_in(PolicyVersion.objects.select_related("shop").get(shop=shop, number=number))


def _judge_one_person(
    shop: Shop,
    mine: Sequence[KeptRecord],
    facts: Mapping[str, Known],
    beside: Facts,
    standing: Mapping[str, HoldRow],
    today: date,
    judged: Judged,
) -> None:
    profiles = {number: profile_by(shop, number) for number in {kept.policy_number for kept in mine}}
    blockers = {number: open_blockers(profile, beside, today) for number, profile in profiles.items()}
    for kept in mine:
        if kept.digest not in facts:
            judged.undecided[kept.collection, "its description calls them nobody's (ownership: lookup)."] += 1
            continue
        row, said = facts[kept.digest]
        profile = profiles[kept.policy_number]
        try:
            decision = _decision(kept, said, profile, standing.get(kept.digest), blockers[kept.policy_number], today)
        except (NoRule, NoBasis) as error:
            judged.undecided[kept.collection, str(error)] += 1
            continue
        if decision.rule == HOLD:
            continue  # As it is, and for what it was kept for: what forbids any change stands with the hold alone.
        if decision.action in REMOVES or (decision.rule, decision.event) != (kept.rule, kept.event):
            judged.due.append(Due(kept, row, decision, of_categories(said, telling_categories(profile))))


def _decision(
    kept: KeptRecord, facts: RecordFacts, profile: Profile, hold: HoldRow | None, blockers: Collection[str], today: date
) -> Decision:
    forbidden = [] if hold is None else [Hold(holds.ground_of(hold), hold.until)]
    decision = decide(profile, facts, holds=forbidden, open_blockers=blockers, today=today)
    if kept.until is None or stands_against_all(decision):
        return decision
    has_own_day = decision.event == "date_known" or kept.rule.startswith(f"{STAFF}:")
    return _by_its_day(decision, kept, kept.until, facts, profile, today) if has_own_day else decision


def _facts(
    found: FoundRows, mine: Sequence[KeptRecord], there: Mapping[str, Record], shared: set[str]
) -> dict[str, Known]:
    by_digest = {kept.digest: kept for kept in mine}
    rows: dict[str, list[FoundRow]] = defaultdict(list)
    for record in (there[digest] for digest in by_digest):
        rows[record.key.collection].append(FoundRow(record.key, record.key.digest, record.values, record.held))
    theirs = FoundRows(found.source, found.described, rows)
    zone = shops.profile_of(found.source.shop, mine[0].kept_at).time_zone
    return {
        row.digest: (
            row,
            replace(held.facts, record_class=by_digest[row.digest].record_class, is_shared=row.digest in shared),
        )
        for row, held in theirs.held(zone)
    }


def _by_its_day(
    decision: Decision, kept: KeptRecord, until: date, facts: RecordFacts, profile: Profile, today: date
) -> Decision:
    """The day that was said when it was kept stands: the row that told it (an order, of its lines) has lost it, or a
    colleague decided so, whatever the rule says."""
    if until >= today:
        return replace(decision, action=Action(kept.action), rule=kept.rule, event=kept.event, until=until)
    action = Action(kept.afterwards)
    telling = of_categories(facts, telling_categories(profile))
    return replace(
        decision, action=action, fields=tuple(facts.fields) if action is Action.DELETE else telling, event=""
    )
