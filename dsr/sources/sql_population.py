"""All rows of all people of one database, person by person, and nothing of them but their date facts: for the what-if.

One statement: each collection is led to the person its rows are of (an order line through its order to the account), rows of
equal facts are counted by the database, and everything is put in the order of the people. So one person at a time is in
memory, whatever the shop's size, and the rows of several databases can be merged.

A person is known here by the account's e-mail address, in small letters, else by the row that stands for the account. Rows that
hang on a person of another source count as people of their own: the sources are read side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial, reduce
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Dialect,
    FromClause,
    Select,
    Text,
    and_,
    cast,
    collate,
    func,
    literal_column,
    null,
    select,
    union_all,
)

from dsr.records import IdentityKind
from dsr.sources.days import day_of_text
from dsr.sources.description import Description
from dsr.sources.graph import Edge
from dsr.sources.record_dates import fact_places, leads_to
from dsr.sources.sql_dialect import SqlDialect
from dsr.sources.sql_dialects import dialect_of
from dsr.sources.sql_failures import DRIVER_ERRORS, named_failures
from dsr.sources.sql_reach import Ask, ReachStatements
from dsr.sources.sql_statements import Statement
from dsr.sources.sql_view import open_view

READING_SECONDS = 900.0
"""The longest that the one statement may take, reading included."""

FactsOf = Callable[[str, tuple[str, ...]], tuple[str, ...]]
"""Which of the available facts are wanted of a record class."""

Lot = tuple[str, int, tuple[date | None, ...], int]
"""A person, the number of the collection, its facts' days, and how many rows are alike in that."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A collection whose rows are counted. ``facts`` are the wanted ones in the order of a lot's days."""

    collection: str
    record_class: str
    subject_class: str
    facts: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]]


def counted_collections(description: Description, facts_of: FactsOf) -> tuple[Counted, ...]:
    """Every collection that may hold rows of a person's own, in the dataset's order."""
    graph, overlay = description.graph, description.overlay
    found = []
    for name in graph.searched:
        if name in graph.lookups:
            continue
        said = overlay.of(name)
        available = tuple(fact_places(description, name))
        fields = {each.name: each.data_categories for each in graph.collections[name].fields}
        facts = facts_of(said.record_class, available)
        found.append(Counted(name, said.record_class, said.subject_class, facts, fields))
    return tuple(found)


def read_population(
    name: str,
    url: str,
    description: Description,
    counted: Sequence[Counted],
    time_zone: str,
    *,
    first: int = 0,
    seconds: float = READING_SECONDS,
) -> Generator[Lot]:
    """The rows of all people, in the order of the people's code points; ``first`` is the number of the first collection.

    Raises SourceError.
    """
    if not counted:
        return
    with open_view(name, url, seconds) as connection, named_failures(name):
        words = dialect_of(connection.dialect.name)
        statements = CensusStatements(description, connection.dialect)
        read = partial(words.read, connection)
        statement = statements.everybody(counted, lambda asked, values: read(asked.text, asked.arguments(values)))
        zones = [_zones(description, each) for each in counted]
        for person, number, *texts, rows in _streamed(words, connection, statement):
            which = int(number)
            days = [day_of_text(each, zone, time_zone) for each, zone in zip(texts, zones[which], strict=False)]
            yield str(person), first + which, tuple(days), int(rows)


def _streamed(words: SqlDialect, connection: Connection, statement: Statement) -> Iterator[Sequence[Any]]:
    """The rows, of the careful form when the database cannot compare as asked; it says so before the first row."""
    try:
        return words.stream(connection, statement.text, statement.arguments({}), _as_they_are)
    except DRIVER_ERRORS as error:
        if statement.careful is None or not words.needs_care(error):
            raise
        words.recover(connection)
    return words.stream(connection, statement.careful.text, statement.careful.arguments({}), _as_they_are)


def _as_they_are(_converters: object) -> None:
    """Texts and counts need no conversion."""


def _zones(description: Description, counted: Counted) -> list[str]:
    places = fact_places(description, counted.collection)
    overlay = description.overlay
    return [overlay.of(places[fact][0]).time_zone or overlay.time_zone for fact in counted.facts]


@dataclass(slots=True)
class _Row:
    """A table in the FROM clause, and the rows it hangs on."""

    collection: str
    table: FromClause
    owners: list[_Row] = field(default_factory=list)
    has_one_owner_each: bool = True


class CensusStatements(ReachStatements):
    """Writes the statement."""

    def __init__(self, description: Description, dialect: Dialect) -> None:
        super().__init__(description, dialect)
        self._number = 0
        self._ask: Ask = lambda _statement, _values: []

    def everybody(self, counted: Sequence[Counted], ask: Ask) -> Statement:
        """One row for each person, collection and set of facts, with the number of rows that are so; ``ask`` tells what the
        database's columns are."""
        self._ask = ask
        width = max(len(each.facts) for each in counted)
        branches = [self._branch(number, each, width) for number, each in enumerate(counted)]
        everything = union_all(*branches).subquery("everything")
        return self._compiled(select(everything).order_by(everything.c.person))

    def _branch(self, number: int, counted: Counted, width: int) -> Select[Any]:
        leads = leads_to(self._description, counted.collection)
        parts = [self._led_rows(counted, width, lead) for lead in leads] or [self._own_rows(counted, width)]
        rows = (parts[0] if len(parts) == 1 else self._put_together(parts, width)).subquery(f"rows_{number}")
        facts = [rows.c[f"fact_{place}"] for place in range(width)]
        known = select(
            rows.c.person, literal_column(str(number)).label("collection"), *facts, func.count().label("rows")
        )
        return known.where(rows.c.person.is_not(None)).group_by(rows.c.person, *facts)

    def _own_rows(self, counted: Counted, width: int) -> Select[Any]:
        row, joined = self._joined(counted.collection)
        days = self._days(counted, width, (row,))
        rows = select(self._person(row).label("person"), *days).select_from(joined)
        return rows if row.has_one_owner_each else self._each_once(counted.collection, row.table, rows, width)

    def _led_rows(self, counted: Counted, width: int, lead: Edge) -> Select[Any]:
        """An order's delivery address: from the orders, whose reference is the quick way."""
        source, joined = self._joined(lead.source)
        self._number += 1
        row = _Row(counted.collection, self._tables[counted.collection].alias(f"t{self._number}"))
        days = self._days(counted, width, (row, source))
        joined = joined.join(row.table, self._led(lead, source.table, row.table))
        rows = select(self._person(source).label("person"), *days).select_from(joined)
        return self._each_once(counted.collection, row.table, rows, width)

    def _each_once(self, collection: str, table: FromClause, rows: Select[Any], width: int) -> Select[Any]:
        """Two accounts with one e-mail address would bring the claims that name it twice, two orders their one address.
        Each counts once for a person, by its latest days."""
        key = self._description.graph.collections[collection].key
        if not key:
            return rows
        keyed = rows.add_columns(*(table.c[name].label(f"key_{place}") for place, name in enumerate(key)))
        return _latest(keyed, width, len(key))

    def _put_together(self, parts: Sequence[Select[Any]], width: int) -> Select[Any]:
        keys = len(parts[0].selected_columns) - width - 1
        return _latest(union_all(*parts), width, keys)

    def _days(self, counted: Counted, width: int, rows: Sequence[_Row]) -> list[ColumnElement[Any]]:
        """The wanted facts, each of the first row that has it, and nothing for those that other collections have."""
        days: list[ColumnElement[Any]] = []
        for name in counted.facts:
            found = (self._fact(row, name) for row in rows)
            days.append(next((each for each in found if each is not None), null()))
        days += [null()] * (width - len(days))
        return [cast(each, Text).label(f"fact_{place}") for place, each in enumerate(days)]

    def _joined(self, collection: str) -> tuple[_Row, FromClause]:
        joins: list[tuple[FromClause, ColumnElement[bool]]] = []
        row = self._row(collection, frozenset(), joins)
        start: FromClause = row.table
        return row, reduce(lambda left, join: left.outerjoin(*join), joins, start)

    def _row(self, collection: str, below: frozenset[str], joins: list[tuple[FromClause, ColumnElement[bool]]]) -> _Row:
        self._number += 1
        row = _Row(collection, self._tables[collection].alias(f"t{self._number}"))
        for edge in self._description.graph.owners(collection):
            if edge.source not in below:
                place = len(joins)
                owner = self._row(edge.source, below | {collection}, joins)
                joins.insert(place, (owner.table, self._led(edge, owner.table, row.table)))
                row.owners.append(owner)
                row.has_one_owner_each &= owner.has_one_owner_each and self._is_one(edge)
        return row

    def _is_one(self, edge: Edge) -> bool:
        unique = self._description.overlay.of(edge.source).unique
        key = self._description.graph.collections[edge.source].key
        return (bool(key) and set(key) <= set(edge.columns)) or any(name in unique for name in edge.columns)

    def _led(self, edge: Edge, owner: FromClause, row: FromClause) -> ColumnElement[bool]:
        is_one_type = self.of_one_type(edge, self._ask)
        pairs = zip(edge.columns, edge.target_columns, strict=True)
        return and_(*(self._words.equals(owner.c[one], row.c[two], is_one_type=is_one_type) for one, two in pairs))

    def _person(self, row: _Row) -> ColumnElement[str]:
        """The owners' person, else the row's own e-mail address, else the row itself when people are looked up in it."""
        said = self._words_for(row)
        return said[0] if len(said) == 1 else func.coalesce(*said)

    def _words_for(self, row: _Row) -> list[ColumnElement[Any]]:
        said = [each for owner in row.owners for each in self._words_for(owner)]
        roots = self._description.graph.identities_of(row.collection)
        for root in roots:
            if root.kind is IdentityKind.EMAIL and not root.is_third_party:
                address = self._words.trimmed(row.table.c[root.column])
                said.append(self._in_order(func.nullif(func.lower(address), literal_column("''"))))
        if not row.owners and not self._description.graph.owners(row.collection):
            said.append(self._itself(row))
        return said or [self._in_order(null())]

    def _itself(self, row: _Row) -> ColumnElement[Any]:
        """A row that hangs on another source's person stands for that one here; rows without a key together for somebody."""
        key = self._description.graph.collections[row.collection].key
        place: ColumnElement[str] = literal_column(f"'{row.collection.replace(chr(39), '')}#'")
        for name in key:
            place = place.concat(cast(row.table.c[name], Text)).concat(literal_column("'/'"))
        return self._in_order(place)

    def _in_order(self, place: ColumnElement[Any]) -> ColumnElement[Any]:
        return collate(cast(place, Text), self._words.code_order)

    def _fact(self, row: _Row, fact: str) -> ColumnElement[Any] | None:
        column = self._description.overlay.of(row.collection).facts.get(fact)
        if column is not None:
            return row.table.c[column]
        found = (self._fact(owner, fact) for owner in row.owners)
        return next((each for each in found if each is not None), None)


def _latest(rows: Select[Any] | CompoundSelect[Any], width: int, keys: int) -> Select[Any]:
    """Each row of a person once, with the latest of its days."""
    each = rows.subquery()
    days = [func.max(each.c[f"fact_{place}"]).label(f"fact_{place}") for place in range(width)]
    key = [each.c[f"key_{place}"] for place in range(keys)]
    return select(each.c.person, *days, *key).group_by(each.c.person, *key)
