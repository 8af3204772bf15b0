"""SQLite."""

from __future__ import annotations

import json
import re
import sqlite3
import time
import typing
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
    text,
    tuple_,
)
from sqlalchemy.sql.expression import ColumnClause
from sqlalchemy.types import NullType

from dsr.sources.sql_dialect import GATHER_TIMES_LONGER, MatchKey, Prepare, RowLists, SqlDialect
from dsr.sources.sql_values import Convert, any_value

INSTRUCTIONS_PER_LOOK = 100_000


class Sqlite(SqlDialect):
    """A file, read in one transaction."""

    driver = "sqlite"
    code_order = "BINARY"
    indexes_digits = False  # they are a function of ours

    def engine_options(self, seconds: int) -> dict[str, Any]:
        """See ``SqlDialect``. A file is there or it is not."""
        return {"connect_args": {"timeout": seconds}}

    def connecting(self, options: Mapping[str, Any]) -> None:
        """See ``SqlDialect``. SQLite would make an empty database of a name that is mistyped."""
        file = str(options.get("file", ":memory:"))
        if not (file in ("", ":memory:") or file.startswith("file:") or Path(file).is_file()):
            raise sqlite3.OperationalError("unable to open database file")

    def connected(self, raw: Any) -> None:
        """See ``SqlDialect``."""
        raw.create_function("dsr_digits", 1, _digits, deterministic=True)

    def released(self, raw: Any) -> None:
        """See ``SqlDialect``."""
        raw.set_progress_handler(None, 0)

    def begin_view(self, connection: Connection, seconds: float) -> None:
        """See ``SqlDialect``."""
        raw = typing.cast("sqlite3.Connection", connection.connection.driver_connection)
        raw.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
        _bound(raw, seconds)
        connection.execute(text("BEGIN"))

    def give_more_time(self, connection: Connection, seconds: float) -> None:
        """See ``SqlDialect``."""
        _bound(
            typing.cast("sqlite3.Connection", connection.connection.driver_connection), seconds * GATHER_TIMES_LONGER
        )

    def trimmed(self, place: ColumnElement[Any]) -> ColumnElement[str]:
        """See ``SqlDialect``. The characters by number: an index copied out of a page must hold the same expression."""
        return func.trim(cast(place, Text), literal_column("char(32, 9, 13, 10)"))

    def digits(self, text: ColumnElement[str]) -> ColumnElement[str]:
        """See ``SqlDialect``."""
        return func.dsr_digits(text)

    def is_any(self, place: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
        """See ``SqlDialect``."""
        values = bindparam(parameter, type_=NullType(), required=True)
        return place.in_(select(column("value")).select_from(func.json_each(values)))

    def is_spelled_alike(self, place: ColumnElement[Any], key: MatchKey, parameter: str) -> ColumnElement[bool]:
        """See ``SqlDialect``."""
        spelled = bindparam(parameter, type_=NullType(), required=True)
        given = func.json_each(spelled).table_valued("value", name="given")
        return key(place).in_(select(key(given.c.value)))

    def is_row(self, places: Sequence[ColumnClause[Any]], lists: RowLists) -> ColumnElement[bool]:
        """``json_each`` numbers the elements: the n-th values of all lists belong together."""
        columns = [bindparam(name, type_=NullType(), required=True) for name in lists.columns]
        each = [
            func.json_each(values).table_valued("key", "value", name=f"list_{i}") for i, values in enumerate(columns)
        ]
        together = [other.c.key == each[0].c.key for other in each[1:]]
        return tuple_(*places).in_(select(*(one.c.value for one in each)).where(*together))

    def pack(self, values: Iterable[Hashable]) -> str:
        """See ``SqlDialect``."""
        return json.dumps(list(values), default=str)

    def converters(self, description: Sequence[Any]) -> list[tuple[int, Convert]]:
        """See ``SqlDialect``."""
        return [(index, any_value) for index in range(len(description))]

    def stream(self, connection: Connection, text: str, arguments: Any, prepare: Prepare) -> Iterator[Sequence[Any]]:
        """See ``SqlDialect``."""
        cursor = typing.cast("sqlite3.Cursor", connection.connection.cursor())
        try:
            rows = cursor.execute(text, arguments)
            prepare(self.converters(cursor.description))
            yield from rows
        finally:
            cursor.close()


def _bound(raw: sqlite3.Connection, seconds: float) -> None:
    """SQLite has time-outs only for those who count themselves: the work of a view, not of each statement, is bounded."""
    ends = time.monotonic() + seconds
    raw.set_progress_handler(lambda: time.monotonic() > ends, INSTRUCTIONS_PER_LOOK)


def _digits(number: str | None) -> str | None:
    if number is None:
        return None
    return re.sub(r"\D", "", re.sub(r"\s*(ext|x|#).*$", "", number, flags=re.IGNORECASE))


STATES = {
    sqlite3.SQLITE_PERM: "42501", sqlite3.SQLITE_AUTH: "42501", sqlite3.SQLITE_READONLY: "25006",
    sqlite3.SQLITE_BUSY: "55P03", sqlite3.SQLITE_LOCKED: "55P03", sqlite3.SQLITE_INTERRUPT: "57014",
    sqlite3.SQLITE_SCHEMA: "0A000", sqlite3.SQLITE_PROTOCOL: "55P03", sqlite3.SQLITE_CANTOPEN: "3D000",
    sqlite3.SQLITE_NOTADB: "XX001", sqlite3.SQLITE_CORRUPT: "XX001", sqlite3.SQLITE_IOERR: "58030",
    sqlite3.SQLITE_FULL: "58030", sqlite3.SQLITE_NOMEM: "53200", sqlite3.SQLITE_TOOBIG: "54000",
    sqlite3.SQLITE_CONSTRAINT: "23000",
}  # fmt: skip
"""By SQLite's number, the state in which PostgreSQL would say the same."""
WORDS = (
    ("unable to open database file", "3D000"),
    ("no such table", "42P01"),
    ("no such column", "42703"),
    ("Could not decode to UTF-8", "22021"),
    ("FOREIGN KEY constraint failed", "23503"),
)


def state_of(error: sqlite3.Error) -> str:
    """The state of a failure; empty when it is of no kind that we tell apart."""
    by_words = next((state for words, state in WORDS if words in str(error)), "")
    return by_words or STATES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "")


def detail_of(error: sqlite3.Error) -> str:
    """The name of what is missing; nothing else that SQLite says is safe to repeat."""
    known = re.match(r"no such (table|column): [\w. ]+", str(error))
    return known.group() if known else ""
