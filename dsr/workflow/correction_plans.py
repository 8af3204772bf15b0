"""The plan of a correction: every row that holds what was accepted to be wrong, and whether it follows or stays as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from dsr.models import SourceRun, SubjectRequest
from dsr.policy.correction import BESIDE, correct_or_leave
from dsr.policy.decide import Decision
from dsr.policy.plan import Held, Plan, Planned, RecordId
from dsr.policy.versions import version_of
from dsr.records import Action, Identity, Person, PlanRow, Portable
from dsr.sources import correcting
from dsr.sources.correcting import Corrected, Wanted
from dsr.sources.left_behind import left_behind
from dsr.workflow import connections, correction_places, corrections, erasure_plans, identities, shops
from dsr.workflow.erasure_plans import Drawn
from dsr.workflow.erasure_rows import FoundRow, FoundRows
from dsr.workflow.expansion import Known
from dsr.workflow.identities import BadIdentity


@dataclass(frozen=True)
class DrawnCorrection(Drawn):
    """A plan of a correction. ``rows`` are what the sources are asked to do; ``shown``, what stood in the fields that people
    know, those included that a corrected row leaves beside; ``problems``, why it cannot be frozen; ``looks``, where somebody
    has to look whether more is to be corrected."""

    rows: Mapping[RecordId, PlanRow] = field(default_factory=dict)
    shown: Mapping[RecordId, Mapping[str, Portable]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    looks: tuple[str, ...] = ()

    @property
    def hindrances(self) -> list[str]:
        """See ``Drawn``."""
        return [*super().hindrances, *self.problems]

    def rows_for(self, found: FoundRows, records: Sequence[Planned]) -> list[PlanRow]:
        """See ``Drawn``."""
        return [self.rows[each.id] for each in records]

    def changes(self, record: RecordId) -> bool:
        """See ``Drawn``."""
        return self.rows[record].action is not Action.KEEP

    def before(self, record: RecordId) -> Mapping[str, Portable]:
        """See ``Drawn``."""
        return self.shown[record]


def drawn_of(
    subject_request: SubjectRequest,
    found: Sequence[FoundRows],
    *,
    today: date,
    unreached: Mapping[str, str] | None = None,
) -> Drawn:
    """What becomes of these rows. Raises KeyDestroyed once the wishes are forgotten."""
    wanted = corrections.wanted_of(subject_request)
    zone = shops.profile_in(subject_request.policy_version).time_zone
    touched = [(rows, row, held, each) for rows in found for row, held, each in _touched(rows, wanted, zone)]
    versions = erasure_plans.versions_of(subject_request)
    requested = next(each for each in versions if each.number == subject_request.policy_version.number)
    holds = erasure_plans.holds_on([held for _, _, held, _ in touched], subject_request, today)
    overruled = erasure_plans.overruled_in(subject_request, [held for _, _, held, _ in touched])
    planned, rows_of, shown = [], {}, {}
    problems, looks = list(_open_wishes(subject_request)), list[str]()
    for _, row, held, each in touched:
        version = version_of(held.facts, versions, requested)
        decision = correct_or_leave(
            version.profile,
            held.facts,
            tuple(each.changes),
            keys=dict.fromkeys(each.keys),
            is_asked=each.is_asked,
            holds=holds.get(held.id, ()),
            overruled=said.action if (said := overruled.get(held.id)) else None,
            beside=() if _is_changed(each) else tuple(each.beside),
            today=today,
        )
        follows = decision.action is Action.CORRECT
        looks += _looks(held, each, decision)
        if not _is_planned(each):
            continue
        planned.append(Planned(*held.id, held.facts.record_class, version.number, decision))
        rows_of[held.id] = PlanRow(row.key, decision.action, dict(each.changes) if follows else {})
        shown[held.id] = _shown(row, each) if follows else dict(each.shown)
        problems += _problems(held, each, decision.reasons[0], follows=follows)
    return DrawnCorrection(
        plan=Plan(tuple(planned), ()),
        by_hand=erasure_plans.by_hand_in(subject_request),
        unsearched=erasure_plans.unsearched_in(subject_request),
        copied=0,
        unreached=unreached or {},
        found=tuple(found),
        rows=rows_of,
        shown=shown,
        problems=tuple(dict.fromkeys(problems)),
        looks=tuple(dict.fromkeys(looks)),
    )


def with_wanted(subject_request: SubjectRequest, known: Known) -> Known:
    """The same person, also by the addresses and numbers that were accepted: after the run they are known by these."""
    fresh = tuple(each for each in _new_identities(subject_request) if each not in known.proved.identities)
    return Known(Person((*known.proved.identities, *fresh), known.proved.country), known.learnt) if fresh else known


def taken_by_others(subject_request: SubjectRequest, found: Sequence[FoundRows]) -> Iterator[str]:
    """Sources that hold somebody under an address or a number that this person is to get; in words. Raises SourceError."""
    fresh = _new_identities(subject_request)
    country = shops.profile_in(subject_request.policy_version).country
    person = Person(tuple(fresh), country)
    for rows in found if fresh else ():
        version = connections.current_version(rows.source)
        own = {row.digest for here in rows.rows.values() for row in here}
        with connections.opened(rows.source, version, lambda _: person) as (opened, links):
            located = opened.locate(person, links)
            lookups = rows.described.graph.lookups
            others = sum(
                each.key.digest not in own and each.key.collection not in lookups for each in opened.gather(located)
            )
        if others:
            yield (
                f"{rows.source.name} already holds {others} record{'s' if others > 1 else ''} under the new address or number. "
                "Somebody else would be mixed up with this person: find out whose it is first."
            )


Line = tuple[str, str, str, str, str]
"""Title, place, field, what stood there, what stands there: in words for people."""


def lines_of(run: SourceRun, row: PlanRow, before: Mapping[str, Portable]) -> Iterator[Line]:
    """One row's corrections, for people; of what ``before`` names and the row leaves (``Corrected.beside``) none."""
    described: dict[str, Any] = run.dataset_version.collections.get(row.key.collection, {})
    labels = {one["name"]: one["label"] for one in described.get("fields", ())}
    title = described.get("title", row.key.collection)
    place = str(run.dataset_version.description.get("title") or run.source.name)
    for name, value in before.items():
        if name in row.changes:
            yield title, place, labels.get(name, name), in_words(value), in_words(row.changes[name])


def change_lines(subject_request: SubjectRequest, drawn: Drawn) -> list[tuple[Line, int]]:
    """What would be written, and into how many records; nothing of an erasure."""
    if not isinstance(drawn, DrawnCorrection):
        return []
    counted: Counter[Line] = Counter()
    runs = {run.source.name: run for run in subject_request.source_runs.select_related("source", "dataset_version")}
    for record, row in drawn.rows.items():
        if row.action is Action.CORRECT:
            counted.update(lines_of(runs[record[0]], row, drawn.shown[record]))
    return list(counted.items())


def in_words(value: Portable) -> str:
    """A value in words for people; empty for nothing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _touched(rows: FoundRows, wanted: Sequence[Wanted], zone: str) -> Iterator[tuple[FoundRow, Held, Corrected]]:
    for row, held in rows.held(zone):
        collection = rows.described.graph.collections[held.collection]
        rooms = rows.rooms.get(held.collection, {})
        each = correcting.corrected(rows.described, rooms, collection, row.digest, row.values, wanted)
        each.beside = left_behind(rows.described, rooms, collection, row.digest, row.values, wanted, each)
        if _is_planned(each) or each.unclear:
            yield row, held, each


def _is_planned(each: Corrected) -> bool:
    return _is_changed(each) or bool(each.beside)


def _is_changed(each: Corrected) -> bool:
    return bool(each.changes or each.changed_meanwhile or each.unfit or each.torn)


def _shown(row: FoundRow, each: Corrected) -> dict[str, Portable]:
    return {**each.shown, **{name: row.values[name] for name in each.beside}}


def _looks(held: Held, each: Corrected, decision: Decision) -> Iterator[str]:
    place, follows = f"{held.source}, {held.collection}", decision.action is Action.CORRECT
    if follows and each.unclear:
        yield (
            f"{place}: {' and '.join(each.unclear)} hold the old name in two parts, and nobody can tell how the new one is "
            "divided. Look at that record, and say there what it shall say."
        )
    if each.beside and (follows or decision.rule == BESIDE):
        yield (
            f"{place}: what is corrected stands in {' and '.join(each.beside)} too, and does not follow there by itself: how "
            "somebody signs in may hang on it. Look at that record, and say there what it shall say. If you leave it, the letter "
            "says that it was left."
        )


def _open_wishes(subject_request: SubjectRequest) -> Iterator[str]:
    if undecided := corrections.undecided(subject_request):
        yield f"{undecided} wish{'es are' if undecided > 1 else ' is'} not decided yet."
    elif not subject_request.correction_items.exists():
        yield "Nobody has said yet what shall be corrected: note it under *Corrections*."


def _problems(held: Held, each: Corrected, reason: str, *, follows: bool) -> Iterator[str]:
    place = f"{held.source}, {held.collection}"
    if each.changed_meanwhile:
        names = ", ".join(each.changed_meanwhile)
        yield f"{place}: {names} has changed since it was decided. Decide again by what stands there now."
    if each.is_asked and not follows:
        yield f"{place}: a change was accepted for a record that stays as it is. {reason} Decide otherwise."
    if follows:
        yield from (f"{place}.{words}." for words in each.unfit)
        for name, keys in each.torn.items():
            told = " and ".join(dict.fromkeys(f"wish {key.partition('.')[0]}" for key in keys))
            yield f"{place}.{name} is a copy, and {told} would make different things of it. Say there what it shall say."


def _new_identities(subject_request: SubjectRequest) -> list[Identity]:
    country = shops.profile_in(subject_request.policy_version).country
    found = []
    for each in corrections.wanted_of(subject_request):
        for kind, _, to in correction_places.identifying(each):
            try:
                found.append(identities.read(kind, to, country))
            except BadIdentity:
                continue
    return list(dict.fromkeys(found))
