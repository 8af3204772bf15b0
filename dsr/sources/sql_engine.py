"""Connections to shops' databases, and what their failures mean.

Workers fork, and a connection must not cross a fork: two processes on one socket read each other's rows. Engines are
therefore kept by process, and what a child inherits is dropped without touching the sockets.
"""

from __future__ import annotations

import os
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pymysql
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, PendingRollbackError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from dsr.sources.base import SourceError
from dsr.sources.files import file_engine, is_file_url
from dsr.sources.sql_dialects import BY_SCHEME, dialect_of
from dsr.sources.sql_mariadb import state_of

CONNECT_SECONDS = 10


class _Engines:
    """The engines of one process, by URL."""

    def __init__(self) -> None:
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._by_url: dict[str, Engine] = {}

    def of(self, url: str) -> Engine:
        with self._lock:
            if self._owner != os.getpid():
                for inherited in self._by_url.values():
                    inherited.dispose(close=False)
                self._by_url.clear()
                self._owner = os.getpid()
            if url not in self._by_url:
                self._by_url[url] = _create(parse_url(url))
            return self._by_url[url]


_engines = _Engines()


def engine_for(url: str) -> Engine:
    """This process's engine for a database URL. Raises SourceError when the URL cannot be understood."""
    return file_engine(url) if is_file_url(url) else _engines.of(url)


def parse_url(url: str) -> URL:
    """The URL with the driver that is used for it; ``postgresql://…``, ``mariadb://…`` and ``sqlite:///…``."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None:
        raise SourceError("This is not a database URL.", code="bad_url", permanent=True)
    name = parsed.drivername.partition("+")[0]
    if name not in BY_SCHEME:
        message = f"Databases of the kind '{name}' are not known here, only {', '.join(sorted(BY_SCHEME))}."
        raise SourceError(message, code="bad_url", permanent=True)
    return BY_SCHEME[name].url(parsed)


def _create(url: URL) -> Engine:
    dialect = dialect_of(url.get_backend_name())
    engine = create_engine(
        url,
        hide_parameters=True,
        **dialect.engine_options(CONNECT_SECONDS),
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: object, _record: object) -> None:
        dialect.connected(connection)

    @event.listens_for(engine, "checkin")
    def _release(connection: object, _record: object) -> None:
        if connection is not None:  # it is, after a failure
            dialect.released(connection)

    return engine


@contextmanager
def named_failures(source: str) -> Iterator[None]:
    """Turn whatever the database says into a SourceError that holds no value of the shop's and no password."""
    try:
        yield
    except (SQLAlchemyError, psycopg.Error, pymysql.Error, sqlite3.Error, UnicodeError) as error:
        # Not chained: the driver's own text may quote a row, and a chained exception is logged with it.
        raise explain(source, error) from None


CLASSES = {
    "28": ("auth_failed", True, "the database refused the user or the password"),
    "3D": ("unknown_database", True, "there is no such database on the server"),
    "08": ("unavailable", False, "the connection broke"),
    "40": ("unavailable", False, "the database gave way to another transaction"),
    "53": ("unavailable", False, "the database has no room for another connection"),
    "55": ("unavailable", False, "a table is locked"),
    "57": ("unavailable", False, "the database is shutting down or starting"),
    "58": ("unavailable", False, "the database has trouble with its disk"),
    "23": ("refused", True, "a change breaks a rule of the table"),
    "22": ("schema_mismatch", True, "a value does not fit the type of the column it refers to"),
}
STATES = {
    "57014": ("timeout", False, "a query took longer than allowed"),
    "25P03": ("unavailable", False, "the database ended a transaction that it thought idle"),
    "25P04": ("timeout", False, "the transaction took longer than the database allows"),
    "42501": ("denied", True, "the database user may not do this"),
    "25006": ("denied", True, "the database or its user may only be read"),
    "23503": ("still_referenced", True, "a row would refer to one that is not there"),
    "42P01": ("schema_mismatch", True, "a declared table does not exist"),
    "42703": ("schema_mismatch", True, "a declared column does not exist"),
    "3F000": ("schema_mismatch", True, "a declared schema does not exist"),
    "42804": ("schema_mismatch", True, "the two ends of a reference differ in type"),
    "42883": ("schema_mismatch", True, "the two ends of a reference differ in type"),
    "0A000": ("schema_mismatch", True, "a table changed while it was read"),
}
NAMES_ONLY = {"42501", "42P01", "42703", "3F000"}
"""Here the server's message names tables and columns and never a value."""

CONNECT_MESSAGES = (
    (r"password authentication failed|no password supplied|no pg_hba\.conf entry|role .* does not exist", "28000"),
    (r"database .* does not exist|unable to open database file", "3D000"),
    (r"remaining connection slots|too many (clients|connections)", "53300"),
    (r"no such table", "42P01"),
    (r"no such column", "42703"),
    (r"database is locked", "55P03"),
    (r"interrupted", "57014"),
    (r"attempt to write a readonly database", "25006"),
    (r"FOREIGN KEY constraint failed", "23503"),
    (r"constraint failed", "23000"),
)
"""A refused connection carries no code, only the server's words."""


def explain(source: str, error: Exception) -> SourceError:
    """The failure in our words."""
    if isinstance(error, UnicodeError):
        return SourceError(f"{source}: a column holds text that is not valid UTF-8.", code="failed", permanent=True)
    if isinstance(error, PendingRollbackError):
        return SourceError(f"{source}: the view of the database has ended.", code="unavailable", permanent=False)
    if isinstance(error, PoolTimeout):
        return SourceError(f"{source}: all connections are in use.", code="unavailable", permanent=False)
    said = error.orig if isinstance(error, DBAPIError) and error.orig else error
    state = _state(said)
    known = STATES.get(state or "") or CLASSES.get((state or "")[:2])
    if known:
        code, permanent, sentence = known
        detail = _primary_message(said) if state in NAMES_ONLY else ""
        return SourceError(f"{source}: {sentence}{detail}.", code=code, permanent=permanent)
    if state is None and isinstance(
        said, psycopg.OperationalError | pymysql.OperationalError | sqlite3.OperationalError
    ):
        return SourceError(f"{source}: the database cannot be reached.", code="unavailable", permanent=False)
    word = state or (said.args[0] if isinstance(said, pymysql.Error) else type(said).__name__)
    return SourceError(f"{source}: the database refused the query ({word}).", code="failed", permanent=True)


def _state(said: BaseException) -> str | None:
    if isinstance(said, pymysql.Error):
        return state_of(said)
    told: str | None = getattr(said, "sqlstate", None)
    return told or next((state for pattern, state in CONNECT_MESSAGES if re.search(pattern, str(said))), None)


def _primary_message(error: BaseException) -> str:
    if isinstance(error, pymysql.Error):
        return f": {error.args[-1]}"
    message = getattr(getattr(error, "diag", None), "message_primary", None)
    return f": {message}" if message else ""
