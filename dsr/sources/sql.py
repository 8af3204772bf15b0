"""A shop's SQL database as a source: the only place where SQL is made.

Three things keep it fast and its memory flat. Nothing is reflected: tables are built from the dataset. ``locate`` reads
only columns that lead to other collections. ``gather`` streams each collection through a server-side cursor, with all
the values of a condition in one parameter, so that a person with 100,000 rows costs one statement per collection.

All of it happens in one read-only transaction at REPEATABLE READ: one moment of the shop's database, whatever the shop
does meanwhile.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from typing import cast as cast_type

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    case,
    cast,
    column,
    func,
    literal,
    null,
    or_,
    select,
    table,
    text,
    tuple_,
)
from sqlalchemy.sql.expression import ColumnClause, TableClause
from sqlalchemy.types import NullType

from dsr.records import Person, Record, RecordKey
from dsr.sources.base import Condition, FieldPath, Links, Located, Problem
from dsr.sources.dataset import Collection
from dsr.sources.description import ColumnTypes, Description
from dsr.sources.reach import Arrival, Search
from dsr.sources.sql_engine import engine_for, named_failures
from dsr.sources.sql_match import identity_matches
from dsr.sources.sql_survey import survey_schema
from dsr.sources.sql_values import Oversized, converters_for

ROWS_PER_FETCH = 1_000
KEY_PREFIX = "dsr_key_"

POSTGRES_SESSION = """
SET LOCAL statement_timeout = {milliseconds}; SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL intervalstyle = 'iso_8601'; SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'
"""


@contextmanager
def open_sql_source(
    name: str, url: str, description: Description, exposed: Iterable[FieldPath], timeout_seconds: float
) -> Iterator[SqlSource]:
    """Connect and hold one consistent view until the end of the block. Raises SourceError."""
    engine = engine_for(url)
    options: dict[str, Any] = {}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with named_failures(name):
        connection = engine.connect().execution_options(**options)
    try:
        with named_failures(name):
            _prepare(connection, timeout_seconds)
        yield SqlSource(name, connection, description, frozenset(exposed))
    finally:
        with named_failures(name):
            connection.close()


def _prepare(connection: Connection, timeout_seconds: float) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(POSTGRES_SESSION.format(milliseconds=int(timeout_seconds * 1000))))
    else:
        raw = cast_type("sqlite3.Connection", connection.connection.driver_connection)
        raw.create_function("dsr_digits", 1, _sqlite_digits, deterministic=True)
        connection.execute(text("BEGIN"))


def _sqlite_digits(number: str | None) -> str | None:
    if number is None:
        return None
    return re.sub(r"\D", "", re.sub(r"\s*(ext|x|#).*$", "", number, flags=re.IGNORECASE))


class SqlSource:
    """An open view of one database. Made by :func:`open_sql_source`."""

    def __init__(
        self, name: str, connection: Connection, description: Description, exposed: frozenset[FieldPath]
    ) -> None:
        self.name = name
        self._connection = connection
        self._description = description
        self._exposed = exposed
        self._dialect = connection.dialect.name
        schema = next((dataset.schema for dataset in description.datasets if dataset.schema), "")
        self._tables = {c.name: _table(c, schema) for c in description.graph.collections.values()}

    def check(self) -> list[Problem]:
        """See ``base.Source``. Columns that nobody declared are warnings."""
        return self.survey()[0]

    def survey(self) -> tuple[list[Problem], ColumnTypes]:
        """What ``check`` says, and the live type of each declared column."""
        with named_failures(self.name):
            return survey_schema(self._connection, self._description)

    def locate(self, person: Person, links: Links) -> Located:
        """See ``base.Source``."""
        search = Search(self._description.graph, self._read_columns, self._exposed)
        for identity in self._description.graph.identities:
            place = self._tables[identity.collection].c[identity.column]
            condition = identity_matches(place, identity.kind, person, self._dialect)
            if condition is None:
                continue
            statement = select(self._link_value(place)).where(condition).distinct()
            with named_failures(self.name):
                spellings = frozenset((row[0],) for row in self._connection.execute(statement))
            via = f"{identity.collection}.{identity.column}"
            search.arrive(Arrival(identity.collection, (identity.column,), spellings, True, via))
        search.arrive_from_links(links)
        return search.run()

    def count(self, located: Located) -> Mapping[str, int]:
        """See ``base.Source``."""
        counts = {}
        for name in self._tables:
            counts[name] = 0
            if conditions := located.conditions.get(name):
                statement = select(func.count()).select_from(self._tables[name]).where(self._where(name, conditions))
                with named_failures(self.name):
                    counts[name] = self._connection.execute(statement).scalar_one()
        return counts

    def gather(self, located: Located) -> Iterator[Record]:
        """See ``base.Source``."""
        for name, collection in self._description.graph.collections.items():
            if conditions := located.conditions.get(name):
                yield from self._gather_collection(collection, conditions)

    def _gather_collection(self, collection: Collection, conditions: Sequence[Condition]) -> Iterator[Record]:
        reader = _RowReader(self.name, collection, self._description.secrets(collection))
        statement = reader.select(self._tables[collection.name]).where(self._where(collection.name, conditions))
        statement = statement.order_by(*self._order(collection))
        with named_failures(self.name):
            streaming = self._connection.execution_options(stream_results=True, max_row_buffer=ROWS_PER_FETCH)
            with streaming.execute(statement) as result:
                described = result.cursor.description
                reader.prepare(converters_for(self._dialect, described))
                while rows := result.fetchmany(ROWS_PER_FETCH):
                    yield from map(reader.record, rows)

    def _order(self, collection: Collection) -> list[ColumnElement[Any]]:
        """By the overlay's columns, then by the key; without a key by everything that may be read, as text."""
        columns = self._tables[collection.name].c
        said = [columns[name] for name in self._description.overlay.of(collection.name).order_by]
        if collection.key:
            return [*said, *(columns[name] for name in collection.key)]
        secrets = self._description.secrets(collection)
        return [*said, *(cast(place, Text) for place in columns if place.name not in secrets)]

    def _read_columns(self, name: str, columns: Sequence[str], condition: Condition) -> list[tuple[Hashable, ...]]:
        places = [self._link_value(self._tables[name].c[each]) for each in columns]
        statement = select(*places).where(self._where(name, [condition])).distinct()
        with named_failures(self.name):
            return [tuple(row) for row in self._connection.execute(statement)]

    def _link_value(self, place: ColumnElement[Any]) -> ColumnElement[Any]:
        """A column as its values are carried to another. PostgreSQL reads back what it wrote as text."""
        return cast(place, Text) if self._dialect == "postgresql" else place

    def _where(self, name: str, conditions: Sequence[Condition]) -> ColumnElement[bool]:
        return or_(*(self._condition(self._tables[name], condition) for condition in conditions))

    def _condition(self, place: TableClause, condition: Condition) -> ColumnElement[bool]:
        if len(condition.columns) == 1:
            values = [value[0] for value in condition.values]
            matches: ColumnElement[bool] = self._is_any(place.c[condition.columns[0]], values)
        else:
            matches = tuple_(*(place.c[name] for name in condition.columns)).in_(condition.values)
        empty = [func.nullif(func.trim(cast(place.c[name], Text)), "").is_(None) for name in condition.unowned]
        return and_(matches, *empty)

    def _is_any(self, place: ColumnClause[Any], values: Sequence[Hashable]) -> ColumnElement[bool]:
        """One parameter for any number of values. PostgreSQL reads the list in the column's own type."""
        if self._dialect == "postgresql":
            return place == any_(bindparam(None, postgres_list(values), NullType(), unique=True))
        return place.in_(values)


def postgres_list(values: Iterable[Hashable]) -> str:
    """A list as PostgreSQL writes it, every element quoted."""
    quoted = (str(value).replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"


def _table(collection: Collection, default_schema: str) -> TableClause:
    schema, _, name = collection.name.rpartition(".")
    columns: list[ColumnClause[Any]] = [column(field.name) for field in collection.fields]
    return table(name, *columns, schema=schema or default_schema or None)


class _RowReader:
    """Selects one collection's columns and makes records of its rows.

    Values that may be in no output are never selected: the database says only whether there is one. A key is read all
    the same, because it names the row in a sealed finding.
    """

    def __init__(self, source: str, collection: Collection, secrets: frozenset[str]) -> None:
        self._source = source
        self._collection = collection
        self._names = tuple(field.name for field in collection.fields)
        self._secrets = [(index, name) for index, name in enumerate(self._names) if name in secrets]
        self._secret_keys = [name for name in collection.key if name in secrets]
        self._converters: list[tuple[int, Any]] = []
        key = collection.key or tuple(name for name in self._names if name not in secrets)
        places = {name: index for index, name in enumerate(self._names)}
        places |= {name: len(self._names) + index for index, name in enumerate(self._secret_keys)}
        self._key = [(name, places[name]) for name in key]

    def select(self, place: TableClause) -> Select[Any]:
        """The columns, each as far as it may be read."""
        hidden = {name for _, name in self._secrets}
        shown = [_presence(place.c[name]) if name in hidden else place.c[name] for name in self._names]
        return select(*shown, *(place.c[name].label(KEY_PREFIX + name) for name in self._secret_keys))

    def prepare(self, converters: list[tuple[int, Any]]) -> None:
        """Learn how the result's values become portable."""
        self._converters = converters

    def record(self, row: Sequence[Any]) -> Record:
        """One row."""
        values = list(row)
        oversized: dict[str, bytes] = {}
        for index, convert in self._converters:
            value = values[index]
            if value is not None:
                value = convert(value)
                if type(value) is Oversized:
                    oversized[self._names[index]] = value.raw
                    value = value.stand_in
                values[index] = value
        held: tuple[str, ...] = ()
        if self._secrets:
            held = tuple(name for index, name in self._secrets if values[index] is not None)
            for index, _ in self._secrets:
                values[index] = None
        named = tuple([(name, values[place]) for name, place in self._key])
        key = RecordKey(self._source, self._collection.name, named)
        return Record(key, dict(zip(self._names, values, strict=False)), held, oversized)


def _presence(place: ColumnClause[Any]) -> ColumnElement[Any]:
    return case((place.is_(None), null()), else_=literal(1)).label(place.name)
