"""Erasing kept records whose time is over: written down, done in one transaction of the source, proved, and only then said.

What the source refuses of one person's records does not stop anybody else's: it is told, and the rest is done.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from dsr.models import KeptRecord
from dsr.records import Action, PlanRow
from dsr.sources import whose
from dsr.sources.base import SourceError, WritableSource
from dsr.sources.erasing import Settled, Wish, plan_rows, settle
from dsr.workflow import due_records, erasure_files, erasure_traces, finishing_notes, holds, kept_rows, ledgers
from dsr.workflow.due_records import Due, Part
from dsr.workflow.erasure_files import NamedFile
from dsr.workflow.erasure_rows import FoundRows
from dsr.workflow.erasure_traces import Before
from dsr.workflow.finishing_notes import Note
from dsr.workflow.ledgers import Fate

OF_ROWS = frozenset({"ambiguous", "still_referenced", "refused", "schema_mismatch", "failed"})
"""Errors that may be one row's alone (a trigger forbids it); after any other the whole source is for another night."""


@dataclass(frozen=True, slots=True)
class Step:
    """A row that is due, what the source is asked to do with it and how its masks were found, and the files that go with it."""

    due: Due
    row: PlanRow
    files: tuple[NamedFile, ...]
    wish: Wish
    settled: Settled

    @property
    def fate(self) -> Fate | None:
        """What its record is once it is done; None of one that goes on staying."""
        if not self.due.is_removed:
            return None
        return Fate.EMPTIED if self.due.action is Action.DELETE and self.row.action is not Action.DELETE else Fate.ENDED

    @property
    def notes(self) -> list[Note]:
        """What there is to say once it is done."""
        fate = self.fate
        return [Note(part.kept, self.row, fate, self.due.rows) for part in self.due.parts] if fate else []

    @property
    def rows(self) -> list[PlanRow]:
        """The row as often as there are equal ones."""
        return [self.row] * self.due.rows


def planned(opened: WritableSource, found: FoundRows, due: Sequence[Due]) -> tuple[list[Step], list[str]]:
    """What the source is asked to do with each row; and, in words, which are left since no mask fits them. Raises SourceError."""
    found.rooms = opened.rooms() if due else {}
    left: Counter[str] = Counter()
    while due:
        wishes = [
            Wish(each.row.key, each.row.values, each.row.held, each.action, each.fields, each.telling) for each in due
        ]
        settled = settle(found.described, found.rooms, wishes, opened.bound([wish.key for wish in wishes]))
        unfit = {each.row.digest for each, done in zip(due, settled, strict=True) if done.unfit}
        if not unfit:
            rows = plan_rows(found.described, found.rooms, wishes, settled)
            steps = [_step(found, *each) for each in zip(due, rows, wishes, settled, strict=True)]
            return [each for each in steps if not (each.due.is_shell and each.fate is Fate.EMPTIED)], _left_words(left)
        left.update(f"{each.collection}.{name}" for each, done in zip(due, settled, strict=True) for name in done.unfit)
        due = [each for each in due if each.row.digest not in unfit]  # What they need stays with them.
    return [], _left_words(left)


def _step(found: FoundRows, due: Due, row: PlanRow, wish: Wish, settled: Settled) -> Step:
    known_by = whose.prints(found.described, row.key.collection, wish.values)
    files = erasure_files.named_by(found.source, found.described, wish, row)
    return Step(due, replace(row, whose=known_by), tuple(files), wish, settled)


def _left_words(left: Counter[str]) -> list[str]:
    told = ", ".join(f"{name} of {records} records" for name, records in sorted(left.items()))
    return (
        [f"No mask fits {told}: they were left as they are; say in the overlay what may stand there."] if told else []
    )


def erase(
    opened: WritableSource, found: FoundRows, steps: Sequence[Step], today: date, now: datetime
) -> tuple[list[Step], list[str]]:
    """Erase them; what was done, and in words what was not. Raises SourceError, LedgerProblem."""
    seen = _watched(opened, found, steps)
    _write_down(found, steps, now)
    with transaction.atomic():
        holds.lock(found.source.shop, is_shared=True)
        forbidden = holds.standing(found.source, [each.row.key.digest for each in steps], today)
        applied, told = _applied(opened, [each for each in steps if each.row.key.digest not in forbidden])
    unmet = {
        (key.digest, key.collection, name) for key, name in opened.unmet([row for each in applied for row in each.rows])
    }
    if unmet:
        what = ", ".join(sorted({f"{collection}.{name}".rstrip(".") for _, collection, name in unmet}))
        told.append(f"It said that it was done, and it is not: {what}.")
    wrong = {digest for digest, _, _ in unmet}
    done = [each for each in applied if each.row.key.digest not in wrong]
    traces = erasure_traces.left(opened, found.described, found.rooms, [each.row for each in done], seen)
    if words := [words for _, words in traces.words(found.source.name)]:
        return [], [*told, *words]
    going = [file for each in done for file in each.files]
    if left := erasure_files.removed_words(found.source, opened, found.described, going):
        told.append(left)
    if moved := [each for each in done if not each.due.is_removed]:
        _keep_on(opened, found, moved, now)
    finishing_notes.say([note for each in done for note in each.notes], now)
    return done, told


def _watched(opened: WritableSource, found: FoundRows, steps: Sequence[Step]) -> Before:
    """What is there before."""
    wishes, settled = [each.wish for each in steps], [each.settled for each in steps]
    rows = [each.row for each in steps]
    return erasure_traces.watched(opened, found.described, found.rooms, wishes, settled, rows)


def _applied(opened: WritableSource, steps: Sequence[Step]) -> tuple[list[Step], list[str]]:
    """Have the source do it: all together, or in ever smaller parts where it refuses; what it did, and in words what it refused.

    Raises SourceError where that says nothing of the rows.
    """
    groups: list[list[Step]] = [list(steps)] if steps else []
    done: list[Step] = []
    refused: list[tuple[Step, str]] = []
    is_new = False
    while groups:
        group = groups.pop(0)
        try:
            _apply(opened, group)
        except SourceError as error:
            if error.code not in OF_ROWS:
                raise
            groups[:0] = _halves(group)
            refused += [(group[0], str(error))] if len(group) == 1 else []
        else:
            done += group
            is_new = True
        if not groups and refused and is_new:  # What another needed may be gone now.
            groups, refused, is_new = [[each] for each, _ in refused], [], False
    return done, _refused_words(refused)


def _apply(opened: WritableSource, steps: Sequence[Step]) -> None:
    for batch in opened.batches([row for each in steps for row in each.rows]):
        list(opened.apply(batch))


def _halves(steps: Sequence[Step]) -> list[list[Step]]:
    """Two parts, between people where there are several; none of a single row."""
    if len(steps) == 1:
        return []
    by_person: dict[UUID, list[Step]] = defaultdict(list)
    for each in steps:
        by_person[each.due.parts[0].kept.person].append(each)
    units = list(by_person.values()) if len(by_person) > 1 else [[each] for each in steps]
    middle = len(units) // 2
    return [[each for unit in some for each in unit] for some in (units[:middle], units[middle:])]


def _refused_words(refused: Sequence[tuple[Step, str]]) -> list[str]:
    counted: Counter[tuple[str, str]] = Counter()
    for each, why in refused:
        counted[each.due.collection, why] += each.due.rows
    return [f"{records} of '{name}' were left as they are: {why}" for (name, why), records in counted.items()]


def _write_down(found: FoundRows, steps: Sequence[Step], now: datetime) -> None:
    """What is about to be done, in the ledger for as long as the longest backup that any of the promises speaks of."""
    shop = found.source.shop
    parts = [part for each in steps for part in each.due.parts]
    profiles = [due_records.profile_by(shop, number) for number in sorted({part.kept.policy_number for part in parts})]
    without = (now + ledgers.WITHOUT_BACKUPS).date()
    profile = max(profiles, key=lambda each: ledgers.last_backup_ends(each, now.date()) or without)
    files = [file for each in steps for file in each.files]
    rows = [row for each in steps for row in each.rows]
    fates = {each.row.key.digest: each.fate for each in steps if each.fate}
    number = ledgers.write_due(shop, found.source.name, rows, profile, files=files, fates=fates, now=now)
    KeptRecord.objects.filter(pk__in=[part.kept.pk for part in parts]).update(intent=number)


def _keep_on(opened: WritableSource, found: FoundRows, moved: Sequence[Step], now: datetime) -> None:
    """They stay for another reason now, with an end of its own, and are known by what is left of them: without it the night
    on which they end would take them for somebody else's."""
    there = {record.key.digest: record for record in opened.read_back([each.row for each in moved])}
    for each in moved:
        key = each.row.moved_to or each.row.key
        if key.digest not in there:
            continue  # Gone already; the next look says so.
        telling = whose.prints(found.described, key.collection, there[key.digest].values)
        for part in each.due.parts:
            _stay_for(part)
            kept_rows.move(part.kept, key, telling, now)


def _stay_for(part: Part) -> None:
    kept, said = part.kept, part.decision
    kept.intent = None
    if said is None:
        return
    kept.action, kept.rule, kept.event = said.action.value, said.rule, said.event
    kept.basis_code = said.basis.code if said.basis else ""
    kept.basis = said.basis.citation[:300] if said.basis else ""
    kept.until, kept.review_on = said.until, said.review_on
    kept.afterwards = said.afterwards.value if said.afterwards else ""
