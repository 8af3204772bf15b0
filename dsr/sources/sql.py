"""A shop's SQL database as a source.

``locate`` reads only columns that lead to other collections. ``gather`` streams each collection in chunks, with all the
values of a condition in one parameter: a person with 100,000 rows costs one statement per collection and no memory.

All of it happens in one read-only transaction at REPEATABLE READ: one moment of the shop's database, whatever the shop
does meanwhile.
"""

from __future__ import annotations

import typing
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Collection as Several
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect

from dsr.records import Person, Record, RecordKey
from dsr.sources import sql_kept
from dsr.sources.base import Condition, FieldPath, Links, Located
from dsr.sources.dataset import Collection
from dsr.sources.description import ColumnTypes, Description
from dsr.sources.expansion import Expansion
from dsr.sources.files import file_engine, is_file_url
from dsr.sources.masks import Room
from dsr.sources.mentions import Mention
from dsr.sources.sql_change import Change
from dsr.sources.sql_dialect import Parameters
from dsr.sources.sql_dialects import dialect_of
from dsr.sources.sql_engine import begun, engine_for
from dsr.sources.sql_examine import Examiner
from dsr.sources.sql_failures import DRIVER_ERRORS, named_failures
from dsr.sources.sql_live import live_database
from dsr.sources.sql_people import known_people
from dsr.sources.sql_reach import ReachStatements, SqlRows
from dsr.sources.sql_rooms import rooms_of
from dsr.sources.sql_rows import MarkedReader
from dsr.sources.sql_statements import Statement, shape_of, tables_of, values_of
from dsr.sources.sql_survey import survey_schema
from dsr.sources.sql_transactions import without_transactions
from dsr.yaml_text import Problem

Answer = TypeVar("Answer")


@contextmanager
def open_sql_source(
    name: str, url: str, description: Description, exposed: Iterable[FieldPath], timeout_seconds: float
) -> Iterator[SqlSource]:
    """Connect and hold one consistent view until the end of the block. Raises SourceError."""
    engine = file_engine(url, _numbers(description)) if is_file_url(url) else engine_for(url)
    dialect = dialect_of(engine.dialect.name)
    with named_failures(name):
        connection = begun(engine, partial(dialect.begin_view, seconds=timeout_seconds))
    try:
        yield SqlSource(name, connection, description, frozenset(exposed), timeout_seconds)
    finally:
        with named_failures(name):
            connection.close()


def _numbers(description: Description) -> dict[str, dict[str, str]]:
    """The columns of files that may become numbers: a file itself does not say what it holds."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for edge in description.graph.edges:
        found[edge.source] |= dict.fromkeys(edge.columns, "NUMERIC")
        found[edge.target] |= dict.fromkeys(edge.target_columns, "NUMERIC")
    for foreign in description.graph.foreign:
        found[foreign.target] |= {foreign.column: "NUMERIC"}
    for dataset in description.datasets:
        for each in dataset.collections:
            integers = (column.name for column in each.fields if column.data_type == "integer")
            found[each.name] |= dict.fromkeys(integers, "INTEGER")
    return found


@lru_cache(maxsize=64)
def _statements(description: Description, _dialect_name: str, dialect: Dialect) -> ReachStatements:
    return ReachStatements(description, dialect)


class SqlSource:
    """An open view of one database. Made by :func:`open_sql_source`."""

    def __init__(
        self,
        name: str,
        connection: Connection,
        description: Description,
        exposed: frozenset[FieldPath],
        timeout_seconds: float,
    ) -> None:
        self.name = name
        self._timeout_seconds = timeout_seconds
        self._connection = connection
        self._dialect = dialect_of(connection.dialect.name)
        self._description = description
        self._exposed = exposed
        self._statements = _statements(description, connection.dialect.name, connection.dialect)

    def check(self) -> list[Problem]:
        """See ``base.Source``. Columns that nobody declared are warnings."""
        return self.survey()[0]

    def survey(self) -> tuple[list[Problem], ColumnTypes]:
        """What ``check`` says, and the live type of each declared column."""
        with named_failures(self.name):
            return survey_schema(self._connection, self._description)

    def rooms(self) -> Mapping[str, Mapping[str, Room]]:
        """See ``base.Source``."""
        with named_failures(self.name):
            live = live_database(self._connection, self._description)
            return rooms_of(self._connection, live, self._description, self._dialect.recover)

    def bound(self, keys: Several[RecordKey]) -> Mapping[str, str]:
        """See ``base.Source``."""
        with named_failures(self.name):
            change = Change(self.name, self._connection, self._description)
            return dict(sql_kept.bound(self._connection, change, self._description, keys))

    def without_transactions(self) -> Several[str]:
        """See ``base.Source``."""
        with named_failures(self.name):
            tables = tables_of(self._description)
            return without_transactions(
                self._connection, {name: tables[name] for name in self._description.graph.collections}
            )

    def examiner(self) -> Examiner:
        """Who looks at this database beside its description."""
        return Examiner(self.name, self._connection, self._description, self._statements, self._read)

    def locate(self, person: Person, links: Links) -> Located:
        """See ``base.Source``."""
        rows = SqlRows(self._statements, self._read, person.country)
        return Expansion(self.name, self._description, rows, person, self._exposed).locate(links)

    def count(self, located: Located) -> Mapping[str, int]:
        """See ``base.Source``."""
        counts = dict.fromkeys(self._description.graph.collections, 0)
        for name, conditions in located.conditions.items():
            statement = self._statements.count(name, shape_of(conditions))
            counts[name] = typing.cast("int", self._read(statement, values_of(conditions))[0][0])
        return counts

    def gather(self, located: Located) -> Iterator[Record]:
        """See ``base.Source``."""
        with named_failures(self.name):
            self._dialect.give_more_time(self._connection, self._timeout_seconds)
        for name, collection in self._description.graph.collections.items():
            if conditions := located.conditions.get(name):
                yield from self._gather_collection(collection, conditions, located.shared.get(name, ()))

    def known(self, mentions: Several[Mention], country: str) -> frozenset[Mention]:
        """See ``base.Source``."""
        return known_people(self._read, self._statements, self._description, mentions, country)

    def _gather_collection(
        self, collection: Collection, conditions: Sequence[Condition], shared: Sequence[Condition]
    ) -> Iterator[Record]:
        statement = self._statements.rows(collection.name, shape_of(conditions))
        if shared:
            statement = self._statements.marked_rows(collection.name, shape_of(conditions), shape_of(shared))
        reader = MarkedReader(self.name, collection, self._description.secrets(collection), shared)
        with named_failures(self.name, collection.name):
            stream = partial(self._dialect.stream, self._connection, prepare=reader.prepare)
            yield from map(reader.record, self._asked(stream, statement, values_of([*conditions, *shared])))

    def _read(self, statement: Statement, values: Parameters) -> list[tuple[Hashable, ...]]:
        with named_failures(self.name):
            return self._asked(partial(self._dialect.read, self._connection), statement, values)

    def _asked(self, ask: Callable[[str, Any], Answer], statement: Statement, values: Parameters) -> Answer:
        """The answer to a statement, or to its careful form when the database cannot compare as asked."""
        try:
            return ask(statement.text, statement.arguments(values))
        except DRIVER_ERRORS as error:
            careful = statement.careful
            if careful is None or not self._dialect.needs_care(error):
                raise
            self._dialect.recover(self._connection)
        return ask(careful.text, careful.arguments(values))
