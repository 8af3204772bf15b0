"""The plan of an erasure: drawn for reading, frozen with its fingerprint, approved, or found to be outdated.

Drawing writes nothing. Freezing looks at every source as it is at that moment; what is approved is that, and what is run is
what was approved or nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from dsr.clocks.arithmetic import day_of
from dsr.models import ErasurePlan, OutcomeChange, Source, SourceRun, SubjectRequest
from dsr.models import Hold as HoldRow
from dsr.policy import plan
from dsr.policy.decide import HOLD, STAFF, Decision, Hold, RecordFacts, of_categories, telling_categories
from dsr.policy.otherwise import Overruled, needed
from dsr.policy.plan import Held, Plan, Planned, RecordId
from dsr.policy.versions import DatedProfile
from dsr.records import Action, PlanRow, Portable
from dsr.sources.erasing import Settled, Wish, plan_rows, settle
from dsr.sources.masks import Mask, fitting
from dsr.workflow import sealing, shops
from dsr.workflow.erasure_rows import FoundRow, FoundRows
from dsr.workflow.holds import ground_of

REASON = "outcome"
"""The purpose under which the reason of a colleague's own decision is sealed."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """Columns that no mask fits, or not the one that the overlay says: what stands in them cannot be taken out.

    ``rules`` are those of the table that refuse masks which the types would take; ``fits`` is one that the first column takes.
    """

    source: str
    collection: str
    columns: tuple[str, ...]
    rules: tuple[str, ...] = ()
    fits: str = ""

    @property
    def cure(self) -> str:
        """What to do about it."""
        if self.fits or not self.rules:
            said = f"{self.collection}: {{masks: {{{self.columns[0]}: {self.fits or '…'}}}}}"
            return f"say in the overlay what may stand there: {said}"
        named = " and ".join(f"'{rule}'" for rule in self.rules)
        return (
            f"no mask gets past the rule{'s' if len(self.rules) > 1 else ''} {named} of that table. Let the column be empty "
            f"(NULL), or let the rule take one of the masks ({', '.join(Mask)}); or keep these records"
        )


@dataclass(frozen=True)
class Drawn:
    """A plan, and what it does not reach.

    ``by_hand`` are sources that only a person can change (a person who was asked, exported files, a database that was
    disconnected since), with how many records they told of; ``unsearched`` were disconnected before they answered;
    ``unreached`` could not be looked at, with the reason; ``copied`` counts records that are copied for reading and never
    changed (products, countries). ``settled`` and ``wishes`` say for each record what its database lets happen.
    """

    plan: Plan
    by_hand: Mapping[str, int]
    unsearched: tuple[str, ...]
    copied: int
    unreached: Mapping[str, str] = field(default_factory=dict)
    unfit: tuple[Unfit, ...] = ()
    settled: Mapping[RecordId, Settled] = field(default_factory=dict)
    wishes: Mapping[RecordId, Wish] = field(default_factory=dict)
    found: tuple[FoundRows, ...] = ()

    def rows_for(self, found: FoundRows, records: Sequence[Planned]) -> list[PlanRow]:
        """What their source is asked to do with these records, new values made now."""
        wishes, settled = [self.wishes[each.id] for each in records], [self.settled[each.id] for each in records]
        return plan_rows(found.described, found.rooms, wishes, settled)

    def before(self, record: RecordId) -> Mapping[str, Portable]:
        """What stood in the fields of a record that is corrected; nothing of one that is erased."""
        return {}

    def changes(self, record: RecordId) -> bool:
        """Whether its source is asked to do anything with a record."""
        settled = self.settled.get(record)
        return settled is not None and (settled.action is not Action.KEEP or bool(settled.masks))

    @property
    def in_batches(self) -> dict[str, list[str]]:
        """By source, the collections to be changed on which a change may stop half-way: then all of it goes in batches."""
        changed = {(each.source, each.collection) for each in self.plan.records if self.changes(each.id)}
        named = {
            rows.source.name: sorted(n for n in rows.halves if (rows.source.name, n) in changed) for rows in self.found
        }
        return {source: names for source, names in named.items() if names}

    @property
    def hindrances(self) -> list[str]:
        """Why it cannot be frozen, in words for staff; empty when it can."""
        return [
            *(
                f"{each.records} records of {each.source}, {each.collection}: {each.problem}"
                for each in self.plan.unruled
            ),
            *(f"{each.source}, {each.collection}.{', '.join(each.columns)}: {each.cure}." for each in self.unfit),
            *(f"{name} could not be looked at: {why}" for name, why in self.unreached.items()),
            *(
                f"{name} was disconnected before it answered; nothing is known of what it holds."
                for name in self.unsearched
            ),
        ]


def drawn_of(
    subject_request: SubjectRequest,
    found: Sequence[FoundRows],
    *,
    today: date,
    unreached: Mapping[str, str] | None = None,
    decided: Mapping[RecordId, Decision] | None = None,
    open_before: Mapping[int, Collection[str]] | None = None,
) -> Drawn:
    """What becomes of these rows, their databases' own limits included. ``decided``: what is settled of some already;
    ``open_before``: what was open when other rows were still there (``policy.plan.draw``)."""
    zone = shops.profile_in(subject_request.policy_version).time_zone
    pairs = [(rows, row, held) for rows in found for row, held in rows.held(zone)]
    versions = versions_of(subject_request)
    requested = next(each for each in versions if each.number == subject_request.policy_version.number)
    every = [held for _, _, held in pairs]
    policy = plan.draw(
        every,
        versions,
        requested,
        today=today,
        holds=holds_on(every, subject_request, today),
        overruled=overruled_in(subject_request, every),
        open_before=open_before,
    )
    if decided:
        records = tuple(replace(each, decision=decided.get(each.id, each.decision)) for each in policy.records)
        policy = replace(policy, records=records)
    by_id = {held.id: (rows, row, held.facts) for rows, row, held in pairs}
    profiles = {each.number: each for each in versions}
    settled, wishes = _settled(policy, by_id, profiles)
    records = tuple(_as_settled(each, settled.get(each.id), by_id[each.id][2], profiles) for each in policy.records)
    return Drawn(
        replace(policy, records=records),
        by_hand_in(subject_request),
        unsearched_in(subject_request),
        sum(rows.looked_up for rows in found),
        unreached or {},
        tuple(_unfit(settled, found)),
        settled,
        wishes,
        tuple(found),
    )


def holds_on(records: Iterable[Held], subject_request: SubjectRequest, today: date) -> dict[RecordId, list[Hold]]:
    """The holds that last today on some of these records."""
    ids = {each.id for each in records}
    lasting = (
        HoldRow.objects.lasting(today).filter(shop=subject_request.shop).select_related("source", "subject_request")
    )
    found: dict[RecordId, list[Hold]] = {}
    for row in lasting:
        record = (row.source.name, row.collection, row.digest)
        if record in ids:
            found.setdefault(record, []).append(Hold(ground_of(row), row.until))
    return found


def by_hand_in(subject_request: SubjectRequest) -> dict[str, int]:
    """Sources that only a person can change, with how many records they told of; one that was disconnected since as well."""
    runs = subject_request.source_runs.exclude(source__kind=Source.Kind.SQL, source__is_active=True)
    runs = runs.exclude(state=SourceRun.State.LEFT_OUT)
    return {run.source.name: run.records for run in runs.select_related("source")}


def unsearched_in(subject_request: SubjectRequest) -> tuple[str, ...]:
    """Sources that were disconnected before they answered."""
    left_out = subject_request.source_runs.filter(state=SourceRun.State.LEFT_OUT)
    return tuple(left_out.values_list("source__name", flat=True))


ById = Mapping[RecordId, tuple[FoundRows, FoundRow, RecordFacts]]


def _settled(
    policy: Plan, by_id: ById, profiles: Mapping[int, DatedProfile]
) -> tuple[dict[RecordId, Settled], dict[RecordId, Wish]]:
    """What the databases let happen, source by source; nothing of a source whose columns nobody could look at."""
    wishes = {each.id: _wish(each, *by_id[each.id], profiles[each.version]) for each in policy.records}
    settled: dict[RecordId, Settled] = {}
    for rows in {id(rows): rows for rows, _, _ in by_id.values()}.values():
        mine = [record for record in wishes if record[0] == rows.source.name]
        if rows.rooms:
            done = settle(rows.described, rows.rooms, [wishes[record] for record in mine], rows.bound)
            settled |= dict(zip(mine, done, strict=True))
    return settled, wishes


def _wish(each: Planned, _rows: FoundRows, row: FoundRow, facts: RecordFacts, version: DatedProfile) -> Wish:
    said = each.decision
    removes = said.action in (Action.DELETE, Action.ANONYMISE)
    telling = of_categories(facts, telling_categories(version.profile))
    fields = said.fields if removes else said.at_once_fields
    return Wish(row.key, row.values, row.held, said.action, fields, telling, is_held=said.rule == HOLD)


def _as_settled(
    each: Planned, settled: Settled | None, facts: RecordFacts, profiles: Mapping[int, DatedProfile]
) -> Planned:
    if settled is None or not settled.needed_by:
        return each
    return replace(each, decision=needed(each.decision, facts, profiles[each.version].profile, settled.needed_by))


def _unfit(settled: Mapping[RecordId, Settled], found: Sequence[FoundRows]) -> Iterable[Unfit]:
    rooms = {rows.source.name: rows.rooms for rows in found}
    unfit = {(source, collection, each.unfit) for (source, collection, _), each in settled.items() if each.unfit}
    for source, collection, columns in sorted(unfit):
        here = [rooms[source][collection][name] for name in columns if name in rooms[source].get(collection, {})]
        rules = dict.fromkeys(rule for room in here for rule in room.rules)
        fits = fitting(here[0]) if here else None
        yield Unfit(source, collection, columns, tuple(rules), fits.value if fits else "")


def overruled_in(subject_request: SubjectRequest, records: Iterable[Held]) -> dict[RecordId, Overruled]:
    """Where a colleague decided otherwise: of one record, or of every one of a collection."""
    rows = subject_request.outcome_changes.select_related("source")
    said = {(row.source.name, row.collection, row.digest): _overruled(subject_request, row) for row in rows}
    found = {}
    for each in records if said else ():
        overruled = said.get(each.id) or said.get((each.source, each.collection, ""))
        if overruled is not None:
            found[each.id] = overruled
    return found


def _overruled(subject_request: SubjectRequest, row: OutcomeChange) -> Overruled:
    """A colleague's decision. Its key has a print of the reason, so that other words are another decision: they are approved as
    well, and by the fingerprint told apart."""
    reason = _reason(subject_request, row)
    key = f"{row.pk}.{sealing.words_print(subject_request, reason)}"
    return Overruled(Action(row.action), reason, row.until, key)


def decisions_in(subject_request: SubjectRequest) -> list[tuple[object, ...]]:
    """What people have decided about a request's records and wishes: another list once anything is decided otherwise."""
    return [
        *subject_request.outcome_changes.order_by("pk").values_list("pk", "sealed_reason", "action", "until"),
        *subject_request.correction_items.order_by("pk").values_list("pk", "revision"),
    ]


def outdate(subject_request: SubjectRequest, why: str) -> None:
    """Whatever was frozen and not approved yet does not hold any more, in the caller's transaction."""
    frozen = ErasurePlan.objects.filter(subject_request=subject_request, state=ErasurePlan.State.FROZEN)
    frozen.update(state=ErasurePlan.State.OUTDATED, changes=[why])


def reason_of(subject_request: SubjectRequest, rule: str) -> str:
    """What the person is told of a colleague's own decision; empty of a rule, and once it is forgotten."""
    name, _, key = rule.partition(":")
    if name != STAFF or sealing.is_forgotten(subject_request):
        return ""
    row = subject_request.outcome_changes.filter(pk=key.partition(".")[0]).first()
    return _reason(subject_request, row) if row else ""


def _reason(subject_request: SubjectRequest, row: OutcomeChange) -> str:
    return sealing.unseal_for(subject_request, bytes(row.sealed_reason), purpose=REASON).decode()


def versions_of(subject_request: SubjectRequest) -> list[DatedProfile]:
    """Every version of the shop's policy up to the request's own."""
    published = subject_request.shop.policy_versions.select_related("shop").filter(
        number__lte=subject_request.policy_version.number
    )
    profiles = [(each, shops.profile_in(each)) for each in published.order_by("in_force_from", "number")]
    return [
        DatedProfile(each.number, day_of(each.in_force_from, profile.time_zone), profile) for each, profile in profiles
    ]
