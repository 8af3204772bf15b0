"""A shop's SQL database as a source that can be changed, with a credential of its own for writing.

Reading and changing take turns: what was read before a change is closed by it, and what is read afterwards sees it. The
credential needs to read what it changes: SELECT, UPDATE and DELETE.
"""

from __future__ import annotations

import sqlite3
import time
import typing
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from sqlalchemy import Connection

from dsr.records import Outcome, Person, PlanRow, Portable, Record, RecordKey
from dsr.sources import sql_batches, sql_files, sql_kept
from dsr.sources.base import Columns, FieldPath, Link, Links, Located, SourceError
from dsr.sources.description import Description
from dsr.sources.masks import Room
from dsr.sources.mentions import Mention
from dsr.sources.sql import SqlSource, open_sql_source
from dsr.sources.sql_change import Change
from dsr.sources.sql_dialect import GATHER_TIMES_LONGER
from dsr.sources.sql_engine import begun, engine_for
from dsr.sources.sql_failures import named_failures
from dsr.sources.sql_mariadb import mariadb_session
from dsr.sources.sql_postgresql import POSTGRES_SESSION
from dsr.yaml_text import Problem

INSTRUCTIONS_PER_LOOK = 10_000


@contextmanager
def open_writable_sql_source(
    name: str, url: str, description: Description, exposed: Iterable[FieldPath], timeout_seconds: float
) -> Iterator[WritableSqlSource]:
    """A source that may be changed, until the end of the block. Raises SourceError."""
    source = WritableSqlSource(name, url, description, frozenset(exposed), timeout_seconds)
    try:
        yield source
    finally:
        source.end_view()


class WritableSqlSource:
    """One database, read and changed with one credential. Made by :func:`open_writable_sql_source`."""

    def __init__(
        self, name: str, url: str, description: Description, exposed: frozenset[FieldPath], timeout_seconds: float
    ) -> None:
        self.name = name
        self._url = url
        self._description = description
        self._exposed = exposed
        self._timeout_seconds = timeout_seconds
        self._opened = ExitStack()
        self._current: SqlSource | None = None

    def check(self) -> list[Problem]:
        """See ``base.Source``."""
        return self._view().check()

    def rooms(self) -> Mapping[str, Mapping[str, Room]]:
        """See ``base.Source``."""
        return self._view().rooms()

    def bound(self, keys: Collection[RecordKey]) -> Mapping[str, str]:
        """See ``base.Source``."""
        return self._view().bound(keys)

    def without_transactions(self) -> Collection[str]:
        """See ``base.Source``."""
        return self._view().without_transactions()

    def known(self, mentions: Collection[Mention], country: str) -> frozenset[Mention]:
        """See ``base.Source``."""
        return self._view().known(mentions, country)

    def locate(self, person: Person, links: Links) -> Located:
        """See ``base.Source``."""
        return self._view().locate(person, links)

    def count(self, located: Located) -> Mapping[str, int]:
        """See ``base.Source``."""
        return self._view().count(located)

    def gather(self, located: Located) -> Iterator[Record]:
        """See ``base.Source``."""
        return self._view().gather(located)

    def apply(self, rows: Sequence[PlanRow]) -> Iterator[Outcome]:
        """See ``base.WritableSource``. Everything is done when this returns; on any error nothing is, unless a table takes
        nothing back."""
        self.end_view()
        halves: list[str] = []
        try:
            with named_failures(self.name), self._transaction(is_change=True) as connection:
                change = Change(self.name, connection, self._description)
                halves = change.halves
                outcomes = change.carry_out(rows)
        except SourceError as error:
            if not halves:
                raise
            told = f"{error} Some of the {len(rows)} records of this batch may be changed already."
            raise SourceError(told, code=error.code, permanent=error.permanent) from None
        return iter(outcomes)

    def batches(self, rows: Sequence[PlanRow]) -> list[list[PlanRow]]:
        """See ``base.WritableSource``."""
        self.end_view()
        with named_failures(self.name), self._transaction(is_change=False) as connection:
            return sql_batches.batches(Change(self.name, connection, self._description), rows)

    def read_back(self, rows: Sequence[PlanRow]) -> Iterator[Record]:
        """See ``base.WritableSource``."""
        self.end_view()
        with named_failures(self.name), self._transaction(is_change=False) as connection:
            return iter(Change(self.name, connection, self._description).read_back(rows))

    def unmet(self, rows: Sequence[PlanRow]) -> Iterator[tuple[RecordKey, str]]:
        """See ``base.WritableSource``."""
        self.end_view()
        with named_failures(self.name), self._transaction(is_change=False) as connection:
            return iter(Change(self.name, connection, self._description, proves=True).unmet(rows))

    def strangers(self, rows: Sequence[PlanRow]) -> Iterator[RecordKey]:
        """See ``base.WritableSource``."""
        self.end_view()
        with named_failures(self.name), self._transaction(is_change=False) as connection:
            return iter(Change(self.name, connection, self._description, proves=True).strangers(rows))

    def referring(self, keys: Collection[RecordKey]) -> Iterator[tuple[RecordKey, Record]]:
        """See ``base.WritableSource``."""
        self.end_view()
        with named_failures(self.name), self._transaction(is_change=False) as connection:
            change = Change(self.name, connection, self._description)
            return iter(list(sql_kept.referring(change, self._description, keys)))

    def references(self) -> Sequence[Link]:
        """See ``base.WritableSource``."""
        self.end_view()
        with named_failures(self.name), self._transaction(is_change=False) as connection:
            return sql_kept.references(Change(self.name, connection, self._description), self._description)

    def holding(
        self, places: Mapping[Columns, Collection[tuple[Portable, ...]]], besides: Collection[str], most: int
    ) -> Iterator[tuple[Columns, Record]]:
        """See ``base.WritableSource``."""
        self.end_view()
        with named_failures(self.name), self._transaction(is_change=False) as connection:
            change = Change(self.name, connection, self._description)
            return iter(list(sql_kept.holding(change, places, besides, most)))

    def sizes(self, collections: Collection[str]) -> Mapping[str, int]:
        """See ``base.WritableSource``."""
        self.end_view()
        with named_failures(self.name), self._transaction(is_change=False) as connection:
            return sql_kept.sizes(connection, Change(self.name, connection, self._description), collections)

    def naming(self, files: Mapping[str, Collection[str]]) -> frozenset[str]:
        """See ``base.WritableSource``."""
        self.end_view()
        with named_failures(self.name), self._transaction(is_change=False) as connection:
            return sql_files.naming(connection, self._description, files)

    def end_view(self) -> None:
        """Let go of what was read: a reader would keep SQLite from writing, and would not see what changed."""
        self._current = None
        self._opened.close()

    def _view(self) -> SqlSource:
        if self._current is None:
            opening = open_sql_source(self.name, self._url, self._description, self._exposed, self._timeout_seconds)
            self._current = self._opened.enter_context(opening)
        return self._current

    @contextmanager
    def _transaction(self, *, is_change: bool) -> Iterator[Connection]:
        """One transaction that is committed at the end of the block, or rolled back whole."""
        engine = engine_for(self._url)
        with (
            begun(engine, _look) as connection,
            SESSIONS[engine.dialect.name](connection, self._timeout_seconds, is_change),
        ):
            yield connection


def _look(connection: Connection) -> None:
    connection.exec_driver_sql("SELECT 1")
    connection.rollback()


@contextmanager
def _postgres_transaction(connection: Connection, seconds: float, is_change: bool) -> Iterator[None]:
    """What others commit meanwhile must be seen by the look for rows that would be hurt: READ COMMITTED."""
    connection.execution_options(isolation_level="READ COMMITTED", postgresql_readonly=not is_change)
    with connection.begin():
        connection.exec_driver_sql(POSTGRES_SESSION.format(milliseconds=int(seconds * 1000)))
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(seconds * 500)}")
        connection.exec_driver_sql("SET CONSTRAINTS ALL DEFERRED")
        yield


@contextmanager
def _mariadb_transaction(connection: Connection, seconds: float, _is_change: bool) -> Iterator[None]:
    """As for PostgreSQL. Words are read as standard SQL and values that do not fit refused, whatever the server's mode."""
    connection.execution_options(isolation_level="READ COMMITTED")
    with connection.begin():
        mariadb_session(connection, seconds)
        waits = max(1, int(seconds / 2))
        connection.exec_driver_sql(f"SET SESSION foreign_key_checks = 1, innodb_lock_wait_timeout = {waits}")
        yield


@contextmanager
def _sqlite_transaction(connection: Connection, seconds: float, is_change: bool) -> Iterator[None]:
    """SQLite keeps foreign keys only for those who ask, and has time-outs only for those who count themselves.

    What is bounded is the work of the whole transaction, not of a statement.
    """
    raw = typing.cast("sqlite3.Connection", connection.connection.driver_connection)
    raw.execute("PRAGMA foreign_keys = ON")
    raw.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
    ends = time.monotonic() + seconds * GATHER_TIMES_LONGER
    raw.set_progress_handler(lambda: time.monotonic() > ends, INSTRUCTIONS_PER_LOOK)
    try:
        with connection.begin():
            connection.exec_driver_sql("BEGIN IMMEDIATE" if is_change else "BEGIN")
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            yield
    finally:
        raw.set_progress_handler(None, 0)
        raw.execute("PRAGMA foreign_keys = OFF")


SESSIONS = {"postgresql": _postgres_transaction, "mysql": _mariadb_transaction, "sqlite": _sqlite_transaction}
