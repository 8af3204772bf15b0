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


MILDEST_FIRST = (Action.KEEP, Action.DEACTIVATE, Action.ANONYMISE, Action.DELETE)


@dataclass(frozen=True, slots=True)
class Part:
    """A kept record and what is decided about it; None where it stays as it was while its row is changed for another's sake."""

    kept: KeptRecord
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class Due:
    """A row of which something else becomes today: as it is now, and what is done with it.

    One row may be kept for several requests (``parts``): as long as one of them keeps it, it stays. ``fields`` go from it.
    ``rows``: how many equal ones it is, of a table without a key.
    """

    row: FoundRow
    parts: tuple[Part, ...]
    action: Action
    fields: tuple[str, ...]
    telling: tuple[str, ...]
    rows: int = 1

    @property
    def collection(self) -> str:
        """The collection of its row."""
        return self.row.key.collection

    @property
    def is_shell(self) -> bool:
        """Whether its row was emptied before, and only goes once nothing refers to it."""
        return any(part.kept.is_shell for part in self.parts)

    @property
    def is_removed(self) -> bool:
        """Whether nothing keeps it any longer."""
        return self.action in REMOVES


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What is decided about one kept record beside its person's others."""

    kept: KeptRecord
    known: Known
    decision: Decision
    telling: tuple[str, ...]


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
    """What may still be open with some records; nothing with one that was emptied."""
    return [(each.record_class, each.dates) for _, each in known.values() if each.record_class]


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
    by_digest: dict[str, list[KeptRecord]] = defaultdict(list)
    for kept in records:
        by_person[kept.person].append(kept)
        by_digest[kept.digest].append(kept)
    judged = Judged()
    verdicts: dict[str, list[_Verdict]] = defaultdict(list)
    for person, mine in by_person.items():
        beside = [*facts_in(known[person]), *elsewhere.get(person, ())]
        for verdict in _of_one_person(found.source.shop, mine, known[person], beside, standing, today, judged):
            verdicts[verdict.kept.digest].append(verdict)
    others = _kept_beside(found, records)
    for digest, here in verdicts.items():
        if digest not in others and len(here) == len(by_digest[digest]):
            judged.due.append(_together(here))
    return judged


def _kept_beside(found: FoundRows, records: Sequence[KeptRecord]) -> set[str]:
    """Digests of those that are kept for another request as well, which nothing is to be decided about today."""
    others = KeptRecord.objects.waiting().filter(source=found.source).exclude(pk__in=[kept.pk for kept in records])
    return set(others.values_list("digest", flat=True)) & {kept.digest for kept in records}


def _together(verdicts: Sequence[_Verdict]) -> Due:
    """What becomes of a row of which several records may be kept: the mildest of what is decided."""
    row, facts = verdicts[0].known
    staying = [each for each in verdicts if each.decision.action not in REMOVES]
    milder = min(staying or verdicts, key=lambda each: MILDEST_FIRST.index(each.decision.action))
    fields = milder.decision.fields
    if staying:
        going = [each.decision.at_once_fields for each in staying]
        fields = tuple(name for name in facts.fields if all(name in names for names in going))
    parts = tuple(Part(each.kept, None if staying and each not in staying else each.decision) for each in verdicts)
    return Due(row, parts, milder.decision.action, fields, milder.telling)


def profile_by(shop: Shop, number: int) -> Profile:
    """What the shop promised by a version of its policy."""
    return shops.profile_in(PolicyVersion.objects.select_related("shop").get(shop=shop, number=number))


def _of_one_person(
    shop: Shop,
    mine: Sequence[KeptRecord],
    facts: Mapping[str, Known],
    beside: Facts,
    standing: Mapping[str, HoldRow],
    today: date,
    judged: Judged,
) -> Iterator[_Verdict]:
    profiles = {number: profile_by(shop, number) for number in {kept.policy_number for kept in mine}}
    blockers = {number: open_blockers(profile, beside, today) for number, profile in profiles.items()}
    for kept in mine:
        if kept.digest not in facts:
            judged.undecided[kept.collection, "its description calls them nobody's (ownership: lookup)."] += 1
            continue
        _, said = facts[kept.digest]
        profile = profiles[kept.policy_number]
        if kept.is_shell:
            if kept.digest not in standing and not said.is_shared:
                yield _Verdict(kept, facts[kept.digest], _goes(kept), ())
            continue
        try:
            decision = _decision(kept, said, profile, standing.get(kept.digest), blockers[kept.policy_number], today)
        except (NoRule, NoBasis) as error:
            judged.undecided[kept.collection, str(error)] += 1
            continue
        if decision.rule == HOLD:
            continue  # As it is, and for what it was kept for: what forbids any change stands with the hold alone.
        if decision.action in REMOVES or (decision.rule, decision.event) != (kept.rule, kept.event):
            yield _Verdict(kept, facts[kept.digest], decision, of_categories(said, telling_categories(profile)))


def _goes(kept: KeptRecord) -> Decision:
    """What becomes of an empty row: it goes, as far as nothing refers to it."""
    why = "It was emptied when its time was over, and goes once nothing refers to it."
    return Decision(Action.DELETE, (), kept.rule, None, (), "", (why,))


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
            replace(held.facts, record_class=_class_of(by_digest[row.digest]), is_shared=row.digest in shared),
        )
        for row, held in theirs.held(zone)
    }


def _class_of(kept: KeptRecord) -> str:
    """The class that it was kept under; none of an empty row, which is about nobody."""
    return "" if kept.is_shell else kept.record_class


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
