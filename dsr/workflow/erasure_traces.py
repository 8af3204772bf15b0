"""What a change leaves behind: what came with it and refers to its rows, and old values where nobody put them.

A database may write down what is taken from it: a trigger copies a row that goes into a history, or its address into a note.
Such a copy names nobody by whom a search would find it. So just before the first change it is noted what was there, and
afterwards everything is looked at again from the planned rows:

* what refers to one of them and was not there before. Where that one is gone, nothing may; where it stays, a new row may be an
  order's next line, unless it says what was taken out;
* the rows that stay. None may say what was taken out of this person's rows, save what it was to keep of it;
* the rows that were to stay and are not there. The change took them along.

Nothing is believed, and nothing is changed here. What was there is noted once for a change, and by a run kept sealed with its
step: looked at again after the change, a copy would be taken for what was there before.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection as Several
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from dsr.records import Action, IdentityKind, PlanRow, Portable, Record
from dsr.sources import copies
from dsr.sources.base import Columns, Link, WritableSource
from dsr.sources.dataset import Collection
from dsr.sources.description import Description
from dsr.sources.document import place_of
from dsr.sources.erasing import Rooms, Settled, Wish, taken_out
from dsr.sources.old_values import OldValues

SWITCH_OFF = "A trigger of the database writes that: switch it off for the role that erases"
MOST_REFERRING = 1_000
"""Of rows that are not the person's and refer by one reference to theirs: more are everybody's, as those a clerk entered."""
DIGITS = 16
Values = tuple[Portable, ...]
Named = Mapping[Columns, Several[Values]]
"""Identifiers, at every column by which people are looked up by such."""
Ends = Mapping[str, Mapping[str, Portable]]
"""By a row's digest, what others refer to it by and its key does not say."""


@dataclass(frozen=True, slots=True)
class Before:
    """What was there before the first change.

    ``known``: digests of the person's rows and of what refers to the planned ones; ``there``: of planned rows that were to stay.
    ``taken``: the values that go, folded. ``on_purpose``: prints of those that a row keeps, and of those in each of its
    columns, which stay where it is spared after all. ``crowds``: by what too many refer to tell.
    ``telling``: texts that tell who the person is. ``named``: identifiers that go, of a change that searches for nobody.
    """

    known: frozenset[str] = frozenset()
    there: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()
    on_purpose: frozenset[str] = frozenset()
    telling: frozenset[str] = frozenset()
    links: tuple[Link, ...] = ()
    ends: Ends = field(default_factory=dict)
    crowds: frozenset[Columns] = frozenset()
    named: Named = field(default_factory=dict)

    def written(self) -> dict[str, Any]:
        """It as JSON, of a run, which searches for its person."""
        return {
            **{name: sorted(getattr(self, name)) for name in SETS},
            "links": [[each.child, each.columns, each.parent, each.parent_columns] for each in self.links],
            "ends": {digest: dict(said) for digest, said in self.ends.items()},
            "crowds": sorted(self.crowds),
        }


SETS = ("known", "there", "taken", "on_purpose", "telling")


def read(said: Mapping[str, Any]) -> Before:
    """What :meth:`Before.written` wrote."""
    return Before(
        known=frozenset(said["known"]),
        there=frozenset(said["there"]),
        taken=frozenset(said["taken"]),
        on_purpose=frozenset(said["on_purpose"]),
        telling=frozenset(said["telling"]),
        links=tuple(Link(child, tuple(ours), parent, tuple(theirs)) for child, ours, parent, theirs in said["links"]),
        ends=said["ends"],
        crowds=frozenset((name, tuple(columns)) for name, columns in said["crowds"]),
    )


@dataclass
class Left:
    """What a change left behind, by collection: rows that refer to what is gone or say what was taken out (``copies``), columns
    of staying rows that say it (``said``), rows that went along (``lost``). ``new``: digests of other rows that came."""

    copies: Counter[str] = field(default_factory=Counter)
    said: Counter[tuple[str, str]] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    new: set[str] = field(default_factory=set)

    def words(self, source: str) -> Iterator[tuple[str, str]]:
        """What is to be done about it, for staff, each with its code."""
        if self.copies:
            told = "new rows that came with the change, and refer to what is gone or say what was taken out"
            yield (
                "refills",
                f"{source} holds {told}: {_counted(self.copies)}. {SWITCH_OFF}, take those rows out, then let this run again.",
            )
        if self.said:
            where = ", ".join(f"{count} of '{name}' in {column}" for (name, column), count in self.said.items())
            told = f"says in rows that stay what was taken out, where it did not stand before: {where}"
            yield "not_done", f"{source} {told}. {SWITCH_OFF}, take it out there, then let this run again."
        if self.lost:
            told = f"has lost with the change what was to stay: {_counted(self.lost)}. A trigger or a foreign key took it along"
            way = (
                "Put it back from a backup; or, where it may be gone, let this run go on, which then counts it as gone."
            )
            yield "lost", f"{source} {told}. {way}"


def before(
    opened: WritableSource,
    described: Description,
    rooms: Rooms,
    rows: Sequence[PlanRow],
    values: Mapping[str, Mapping[str, Portable]],
    taken: Several[str],
    *,
    named: Named | None = None,
) -> Before:
    """Look at what there is before a change. ``values``: by digest what the planned rows hold. ``named``: identifiers that go,
    where nobody is searched for by them. Raises SourceError."""
    links = tuple(opened.references())
    ends = {row.key.digest: said for row in rows if (said := _ends(row, links, values.get(row.key.digest, {})))}
    planned = {row.key.digest for row in rows}
    places = {columns: held.keys() for columns, held in _places(rows, links, ends, named or {}).items()}
    known: set[str] = set()
    met: Counter[Columns] = Counter()
    for columns, record in opened.holding(places, planned, MOST_REFERRING + 1):
        known.add(record.key.digest)
        met[columns] += 1
    staying = [row for row in rows if row.action is not Action.DELETE]
    by_digest = {row.key.digest: row for row in staying}
    records = [each for each in opened.read_back(staying) if each.key.digest in by_digest] if staying else []
    old = OldValues(taken)
    kept = (
        _print(record.key.digest, "", value)
        for record in (records if old else ())
        for _, value in _said(described, rooms, record, old, by_digest[record.key.digest])
    )
    stood = (
        _print(record.key.digest, column, value)
        for record in (records if old else ())
        for column, value in _said(described, rooms, record, old)
    )
    return Before(
        known=frozenset(known | planned),
        there=frozenset(record.key.digest for record in records),
        taken=frozenset(taken),
        on_purpose=frozenset((*kept, *stood)),
        links=links,
        ends=ends,
        crowds=frozenset(columns for columns, count in met.items() if count > MOST_REFERRING),
        named=named or {},
    )


def left(opened: WritableSource, described: Description, rooms: Rooms, rows: Sequence[PlanRow], seen: Before) -> Left:
    """Look at what a change left behind. Raises SourceError."""
    found = Left()
    old = OldValues(seen.taken)
    _look_at_staying(opened, described, rooms, rows, seen, old, found)
    places = _places(rows, seen.links, seen.ends, seen.named)
    places = {each: held for each, held in places.items() if each not in seen.crowds}
    besides = {*seen.known, *(key.digest for row in rows for key in (row.key, row.moved_to) if key)}
    came = list(opened.holding({columns: held.keys() for columns, held in places.items()}, besides, MOST_REFERRING))
    strangers = {key.digest for key in opened.strangers(rows)} if came else set()
    theirs = _places([row for row in rows if row.key.digest not in strangers], seen.links, seen.ends, seen.named)
    copied: set[str] = set()
    for columns, record in came:
        held = {_text(each): is_gone for each, is_gone in theirs.get(columns, {}).items()}
        is_gone = held.get(_text(tuple(record.values.get(name) for name in columns[1])))
        if is_gone is None:
            continue
        if is_gone or any(True for _ in _said(described, rooms, record, old)):
            copied.add(record.key.digest)
            found.copies[columns[0]] += 1
        else:
            found.new.add(record.key.digest)
    found.new -= copied
    return found


def watched(
    opened: WritableSource,
    described: Description,
    rooms: Rooms,
    wishes: Sequence[Wish],
    settled: Sequence[Settled],
    rows: Sequence[PlanRow],
) -> Before:
    """Look at what there is before a change of rows of which nobody knows any more whose they are. Raises SourceError."""
    values = {wish.key.digest: wish.values for wish in wishes}
    named = _named(described, rows, values)
    return before(opened, described, rooms, rows, values, taken_out(described, wishes, settled), named=named)


def _named(
    described: Description, rows: Sequence[PlanRow], values: Mapping[str, Mapping[str, Portable]]
) -> dict[Columns, set[Values]]:
    going: dict[IdentityKind, set[Values]] = defaultdict(set)
    for row in rows:
        for each in described.graph.identities_of(row.key.collection):
            value = values[row.key.digest].get(each.column)
            if value is not None and (row.action is Action.DELETE or each.column in row.changes):
                going[each.kind].add((value,))
    return {
        (each.collection, (each.column,)): going[each.kind] for each in described.graph.identities if going[each.kind]
    }


def _look_at_staying(
    opened: WritableSource,
    described: Description,
    rooms: Rooms,
    rows: Sequence[PlanRow],
    seen: Before,
    old: OldValues,
    found: Left,
) -> None:
    staying = {row.key.digest: row for row in rows if row.key.digest in seen.there and row.action is not Action.DELETE}
    moved: dict[str, list[str]] = defaultdict(list)  # Rows without a key may be equal once they are changed.
    for digest, row in staying.items():
        if key := row.moved_to:
            moved[key.digest].append(digest)
    gone = dict(staying)
    for record in opened.read_back(list(staying.values())) if staying else ():
        digest = mine.pop() if (mine := moved.get(record.key.digest)) else record.key.digest
        gone.pop(digest, None)
        changed = _changed_columns(described, staying[digest]) if digest in staying else ()
        columns = {
            column
            for column, value in (_said(described, rooms, record, old) if old else ())
            if _print(digest, "", value) not in seen.on_purpose
            and (column in changed or _print(digest, column, value) not in seen.on_purpose)
        }
        found.said.update((record.key.collection, column) for column in columns)
    found.lost.update(row.key.collection for row in gone.values())


def _changed_columns(described: Description, row: PlanRow) -> set[str]:
    collection = described.graph.collections[row.key.collection]
    return {place[0] for name in row.changes if (place := place_of(collection, name))}


def _ends(row: PlanRow, links: Sequence[Link], values: Mapping[str, Portable]) -> dict[str, Portable]:
    key = {name for name, _ in row.key.columns}
    named = chain.from_iterable(link.parent_columns for link in links if link.parent == row.key.collection)
    return {name: values[name] for name in named if name not in key and values.get(name) is not None}


def _places(
    rows: Sequence[PlanRow], links: Sequence[Link], ends: Ends, named: Named
) -> dict[Columns, dict[Values, bool]]:
    """By what others refer to some rows, and whether nothing of the person's is there under it any more."""
    of_parent: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        of_parent[link.parent].append(link)
    places: dict[Columns, dict[Values, bool]] = defaultdict(dict)
    for columns, values in named.items():
        places[columns].update(dict.fromkeys(values, True))
    for row in rows:
        said = {**dict(row.key.columns), **ends.get(row.key.digest, {})}
        for link in of_parent[row.key.collection]:
            held = places[link.child, link.columns]
            then = tuple(said.get(name) for name in link.parent_columns)
            now = tuple(row.changes.get(name, said.get(name)) for name in link.parent_columns)
            if None not in then:
                held[then] = held.get(then, True) and (row.action is Action.DELETE or now != then)
            if row.action is not Action.DELETE and None not in now:
                held[now] = False
    return {columns: held for columns, held in places.items() if held}


def _said(
    described: Description, rooms: Rooms, record: Record, old: OldValues, planned: PlanRow | None = None
) -> Iterator[tuple[str, str]]:
    """The old values in a row, each with its column; with a plan, in the row as that leaves it."""
    collection = described.graph.collections[record.key.collection]
    for column in collection.fields:
        room = rooms.get(collection.name, {}).get(column.name)
        value = record.values.get(column.name)
        if room is None or value is None:
            continue
        if planned is not None:
            value = _as_planned(collection, planned, column.name, value)
        for each in old.within(value, room, copies.names_within(column)):
            yield column.name, each


def _as_planned(collection: Collection, row: PlanRow, name: str, value: Portable) -> Portable:
    if name in row.changes:
        return row.changes[name]
    places = ((place_of(collection, each), wanted) for each, wanted in row.changes.items())
    inside = {place[1]: wanted for place, wanted in places if place and place[0] == name}
    try:
        return copies.with_places(value, inside)
    except ValueError:
        return value


def _print(digest: str, column: str, value: str) -> str:
    return hashlib.sha256(f"{digest}{column}\0{value}".encode()).hexdigest()[:DIGITS]


def _text(values: Values) -> tuple[str, ...]:
    return tuple(map(str, values))


def _counted(counted: Counter[str]) -> str:
    return ", ".join(f"{count} of '{name}'" for name, count in counted.items())
