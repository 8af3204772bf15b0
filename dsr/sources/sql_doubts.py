"""Rows of a database whose values an overlay calls doubtful, and whose rows those are.

A table may have a hundred million rows and no index on the column that tells. So a look reads a stretch of the table by its
key, from where the last one stopped, and tests only what lies in it: nothing is sorted, and no statement is longer than its time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, and_, cast, func, literal_column, not_, or_, true

from dsr.records import Identity, Portable, Record, RecordKey
from dsr.sources.description import Description
from dsr.sources.doubt_checks import naming, upward
from dsr.sources.doubts import Because, DoubtRule
from dsr.sources.graph import Edge
from dsr.sources.sql_address import Place, any_of, chunks, untyped
from dsr.sources.sql_failures import named_failures
from dsr.sources.sql_match import identity_in
from dsr.sources.sql_statements import tables_of
from dsr.sources.sql_view import open_view

LOOKING_SECONDS, WAITING_SECONDS = 60.0, 10.0
"""The longest that one statement may take by night, and while somebody waits."""
MOST_OWNERS = 20
"""Rows on which one may hang before it is nobody's in particular: a hall of residence, a placeholder."""
UNFILLED = ("", "0", "f", "false", "0000-00-00", "0000-00-00 00:00:00")
"""What a column holds that tells of nothing: empty, a counter at none, no, and MariaDB's day that is none. Its bit that is not
set is a sign of its own."""
FIRST_DAY = date(1, 1, 2)
"""What lies before is no day: MariaDB's zero, PostgreSQL's minus infinity."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What lies in a stretch of a table: doubtful rows in the order of their keys. ``end`` is the last key that was passed:
    of as many rows as were asked for the last one, for there may be more; None at the end of the table."""

    rows: tuple[Record, ...]
    end: RecordKey | None


class DoubtLook:
    """Looks for doubtful rows over one open connection. Made by :func:`open_look`; every method raises SourceError."""

    def __init__(self, name: str, connection: Connection, description: Description, country: str) -> None:
        self._name = name
        self._connection = connection
        self._description = description
        self._country = country
        self._tables = tables_of(description)
        self._places: dict[str, Place] = {}

    def beyond(
        self,
        collection: str,
        rule: DoubtRule,
        after: RecordKey | None,
        today: date,
        *,
        most: int,
        stretch: int,
    ) -> Stretch:
        """The next rows in doubt, at most ``most``, in a stretch of the table behind the key ``after``."""
        with named_failures(self._name, collection):
            place = self._place(collection)
            end = self._end(place, after, stretch)
            within = [_behind(place, after)] if after else []
            within += [_up_to(place, end)] if end else []
            condition = and_(self._doubt(place, rule, today), *within)
            only = self._wanted(collection, rule)
            rows = tuple(record for record, _ in place.read(condition, only=only, most=most))
        if len(rows) == most:
            end = rows[-1].key
        return Stretch(rows, end)

    def still(self, collection: str, rule: DoubtRule, keys: Collection[RecordKey], today: date) -> dict[str, Record]:
        """Those of some rows that are there and in doubt, by digest."""
        found: dict[str, Record] = {}
        with named_failures(self._name, collection):
            place = self._place(collection)
            for some in chunks(list(keys), place.where):
                named = any_of([place.where(key) for key in some])(place.table)
                condition = and_(named, self._doubt(place, rule, today))
                rows = place.read(condition, only=self._wanted(collection, rule))
                found |= {record.key.digest: record for record, _ in rows}
        asked = {key.digest for key in keys}
        return {digest: record for digest, record in found.items() if digest in asked}

    def people(self, record: Record) -> list[frozenset[Identity]]:
        """Whose row it is: the e-mail addresses and customer numbers in it, else in the rows it hangs on, one set for each.

        Empty where none is found, several where it is several people's. Rows that share one of them are one person's.
        """
        here, seen = [record], {record.key.digest}
        while here:
            if found := _merged(self._named_in(each) for each in here):
                return sorted(found, key=_in_order)
            above: list[Record] = []
            for each in here:
                above += [one for one in self._owners(each) if one.key.digest not in seen]
            seen |= {each.key.digest for each in above}
            here = above if len(above) <= MOST_OWNERS else []
        return []

    def _wanted(self, collection: str, rule: DoubtRule | None = None) -> set[str]:
        """The columns that are read, for a row may hold a photograph: what the rule speaks of, what says that the row is out of
        use, and what leads to its person."""
        said = set() if rule is None else {rule.field, rule.sign, *self._description.overlay.of(collection).deactivate}
        ends = (edge.target_columns for edge in upward(self._description, collection))
        return (
            said
            | {each.column for each in naming(self._description, collection)}
            | {one for each in ends for one in each}
        )

    def _named_in(self, record: Record) -> frozenset[Identity]:
        columns = naming(self._description, record.key.collection)
        stated = (identity_in(each.kind, _text(record.values.get(each.column)), self._country) for each in columns)
        return frozenset(each for each in stated if each is not None)

    def _owners(self, record: Record) -> Iterator[Record]:
        for edge in upward(self._description, record.key.collection):
            values = [record.values.get(name) for name in edge.target_columns]
            if None not in values:
                yield from self._joined(edge, values)

    def _joined(self, edge: Edge, values: Sequence[Portable]) -> list[Record]:
        with named_failures(self._name, edge.source):
            place = self._place(edge.source)
            key = RecordKey(self._name, edge.source, tuple(zip(edge.columns, values, strict=True)))
            only = self._wanted(edge.source) | {*edge.columns}
            found = place.read(place.equals(place.table, key), only=only, most=MOST_OWNERS + 1)
            return [
                record for record, _ in found if [str(record.values[name]) for name in edge.columns] == _texts(values)
            ]

    def _place(self, collection: str) -> Place:
        if collection not in self._places:
            declared = self._description.graph.collections[collection]
            secrets = self._description.secrets(declared)
            self._places[collection] = Place(self._name, self._connection, declared, self._tables[collection], secrets)
        return self._places[collection]

    def _end(self, place: Place, after: RecordKey | None, stretch: int) -> RecordKey | None:
        """The key of the last row of a stretch; None where the table ends before."""
        passed = _behind(place, after) if after else true()
        rows = list(place.read(passed, only=place.key, most=1, skip=stretch - 1))
        return rows[0][0].key if rows else None

    def _doubt(self, place: Place, rule: DoubtRule, today: date) -> ColumnElement[bool]:
        value, column = place.table.c[rule.field], place.table.c[rule.sign]
        if rule.because is Because.INCOMPLETE:
            return _is_empty(value)
        unfilled = [*UNFILLED, "\0"] if self._connection.dialect.name == "mysql" else UNFILLED
        tells = and_(column.is_not(None), func.lower(func.trim(cast(column, Text))).not_in(unfilled))
        if rule.because is Because.OUTDATED:
            tells = self._is_before(column, rule.before(today))
        return tells if rule.sign == rule.field else and_(tells, not_(_is_empty(value)))

    def _is_before(self, column: ColumnElement[object], day: date) -> ColumnElement[bool]:
        if self._connection.dialect.name != "sqlite":
            return and_(column >= untyped(FIRST_DAY.isoformat()), column < untyped(day.isoformat()))
        # SQLite has no dates: what is none there is a text that looks like one.
        text = cast(column, Text)
        return and_(text.op("GLOB")("[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*"), text < day.isoformat())


@contextmanager
def open_look(
    name: str, url: str, description: Description, country: str, *, seconds: float = LOOKING_SECONDS
) -> Iterator[DoubtLook]:
    """One consistent, read-only view for the time of the block. Raises SourceError."""
    with open_view(name, url, seconds) as connection:
        yield DoubtLook(name, connection, description, country)


def _is_empty(column: ColumnElement[object]) -> ColumnElement[bool]:
    return or_(column.is_(None), func.trim(cast(column, Text)) == literal_column("''"))


def _behind(place: Place, key: RecordKey) -> ColumnElement[bool]:
    """The rows whose key comes later: a greater first column, or an equal one and a greater second, and so on.

    That the first is no lesser one follows from it; said by itself it lets an index begin there.
    """
    pairs = _compared(place, key)
    steps = [and_(*(one == held for one, held in pairs[:at]), pairs[at][0] > pairs[at][1]) for at in range(len(pairs))]
    return and_(pairs[0][0] >= pairs[0][1], or_(*steps))


def _up_to(place: Place, key: RecordKey) -> ColumnElement[bool]:
    """The row of a key, and those whose key comes earlier."""
    pairs = _compared(place, key)
    steps = [and_(*(one == held for one, held in pairs[:at]), pairs[at][0] < pairs[at][1]) for at in range(len(pairs))]
    return and_(pairs[0][0] <= pairs[0][1], or_(*steps, and_(*(one == held for one, held in pairs))))


def _compared(place: Place, key: RecordKey) -> list[tuple[ColumnElement[Any], ColumnElement[Any]]]:
    return [(place.table.c[name], untyped(place.compared(name, value))) for name, value in key.columns]


def _merged(named: Iterable[frozenset[Identity]]) -> list[frozenset[Identity]]:
    """Sets of identifiers, those that share one put together."""
    found: list[frozenset[Identity]] = []
    for each in named:
        mine = [other for other in found if other & each]
        found = [other for other in found if not other & each]
        found += [each.union(*mine)] if each else []
    return found


def _in_order(identities: frozenset[Identity]) -> list[str]:
    """Identifiers in an order that is always the same."""
    return sorted(f"{each.kind}:{each.value}" for each in identities)


def _text(value: Portable) -> str:
    return "" if value is None else str(value)


def _texts(values: Sequence[Portable]) -> list[str]:
    return [str(value) for value in values]
