"""PostgreSQL."""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import psycopg
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Numeric,
    Text,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.sql.expression import ColumnClause
from sqlalchemy.types import NullType

from dsr.sources.sql_dialect import (
    GATHER_TIMES_LONGER,
    ROWS_PER_CHUNK,
    SERVER_POOL,
    EitherWay,
    MatchKey,
    Parameters,
    Prepare,
    RowLists,
    SqlDialect,
)
from dsr.sources.sql_values import Convert, postgres_converters, register_loaders

LOST_AFTER_SECONDS = 60
NETWORK = {
    "keepalives_idle": LOST_AFTER_SECONDS // 2,
    "keepalives_interval": LOST_AFTER_SECONDS // 6,
    "keepalives_count": 3,
    "tcp_user_timeout": LOST_AFTER_SECONDS * 1000,
}
"""A machine that vanishes says no goodbye: without these a worker would wait for its answer for a quarter of an hour."""

POSTGRES_SESSION = """
SET LOCAL statement_timeout = {milliseconds}; SET LOCAL lock_timeout = {milliseconds};
SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL intervalstyle = 'iso_8601'; SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'
"""
POSTGRES_VIEW = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

NUMBERS = "_numbers"
"""Behind the name of a list: those of its values that are numbers."""
NUMBER = re.compile(r"\s*[-+]?\d{1,38}(\.\d{1,20})?\s*", re.ASCII)
NUMBER_TYPES = ("smallint", "integer", "bigint", "numeric")
UNREADABLE = ("22P02", "22003", "22007", "22008")
"""The states in which a value is nothing that the type of a column can hold."""


class PostgreSql(SqlDialect):
    """Read in one transaction at REPEATABLE READ. It reads back in a column's own type what it wrote as text."""

    driver = "postgresql+psycopg"
    code_order = "C"
    has_careful_form = True

    def engine_options(self, seconds: int) -> dict[str, Any]:
        """See ``SqlDialect``."""
        arguments = {"connect_timeout": seconds, "prepare_threshold": None, "client_encoding": "UTF8", **NETWORK}
        # SQLAlchemy would ask each new connection for hstore; register_loaders asks for every type at once.
        return {"connect_args": arguments, "use_native_hstore": False, **SERVER_POOL}

    def connecting(self, options: Mapping[str, Any]) -> None:
        """See ``SqlDialect``. A server says itself what is missing."""

    def connected(self, raw: Any) -> None:
        """See ``SqlDialect``."""
        register_loaders(raw)

    def released(self, raw: Any) -> None:
        """See ``SqlDialect``. Everything was set for its transaction alone."""

    def begin_view(self, connection: Connection, seconds: float) -> None:
        """See ``SqlDialect``. All in one message: a round trip costs as much as looking somebody up."""
        connection.execution_options(isolation_level="AUTOCOMMIT")  # what begins is said here
        settings = POSTGRES_SESSION.format(milliseconds=int(seconds * 1000))
        connection.exec_driver_sql(f"{POSTGRES_VIEW}; {settings}; SAVEPOINT dsr_view")

    def give_more_time(self, connection: Connection, seconds: float) -> None:
        """See ``SqlDialect``."""
        milliseconds = int(seconds * 1000 * GATHER_TIMES_LONGER)
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {milliseconds}; SAVEPOINT dsr_view")

    def digits(self, text: ColumnElement[str]) -> ColumnElement[str]:
        """See ``SqlDialect``."""
        number = func.regexp_replace(text, r"\s*(ext|x|#).*$", "", "i")
        return func.regexp_replace(number, r"\D", "", "g")

    def type_name(self, place: ColumnElement[Any]) -> ColumnElement[str] | None:
        """See ``SqlDialect``."""
        return cast(func.pg_typeof(place), Text)

    def link_value(self, place: ColumnElement[Any]) -> ColumnElement[Any]:
        """See ``SqlDialect``."""
        return cast(place, Text)

    def is_any(self, place: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
        """PostgreSQL reads the list in the column's own type, which is how a text finds a number, a uuid or an enum.

        A list with a value that this type cannot hold (``GUEST`` where numbers stand) it refuses whole.
        """
        return EitherWay(place == any_(_listed(parameter)), _as_text(place, parameter))

    @property
    def needs_care(self) -> Callable[[Exception], bool]:
        """See ``SqlDialect``."""
        return _is_unreadable

    def recover(self, connection: Connection) -> None:
        """See ``SqlDialect``. The savepoint is younger than every setting, and the view stays that of its moment."""
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT dsr_view")

    def is_spelled_alike(self, place: ColumnElement[Any], key: MatchKey, parameter: str) -> ColumnElement[bool]:
        """See ``SqlDialect``."""
        text = func.unnest(cast(_listed(parameter), ARRAY(Text))).column_valued("given")
        every = func.array(select(key(text)).scalar_subquery())
        alike: ColumnElement[bool] = key(place) == any_(every)
        return alike

    def is_row(self, places: Sequence[ColumnClause[Any]], lists: RowLists) -> ColumnElement[bool]:
        """See ``SqlDialect``."""
        values = [cast(_listed(name), ARRAY(Text)) for name in lists.columns]
        rows = func.unnest(*values).table_valued(*lists.columns).render_derived()
        return tuple_(*(cast(place, Text) for place in places)).in_(select(*rows.c))

    def argument(self, name: str, values: Parameters) -> str:
        """See ``SqlDialect``."""
        if name.endswith(NUMBERS):
            written = (str(value) for value in values[name.removesuffix(NUMBERS)])
            return self.pack(each for each in written if NUMBER.fullmatch(each))
        return self.pack(values[name])

    def pack(self, values: Iterable[Hashable]) -> str:
        """A list as PostgreSQL writes it, every element quoted."""
        quoted = (str(value).replace("\\", "\\\\").replace('"', '\\"') for value in values)
        return "{" + ",".join(f'"{value}"' for value in quoted) + "}"

    def converters(self, description: Sequence[Any]) -> list[tuple[int, Convert]]:
        """See ``SqlDialect``."""
        return postgres_converters(description)

    def stream(self, connection: Connection, text: str, arguments: Any, prepare: Prepare) -> Iterator[Sequence[Any]]:
        """See ``SqlDialect``."""
        cursor = typing.cast("psycopg.Cursor[Any]", connection.connection.cursor())
        rows = cursor.stream(text.encode(), arguments, size=ROWS_PER_CHUNK)
        try:
            first = next(rows, None)
        except psycopg.Error:
            cursor.close()
            raise
        return self._rows(cursor, first, rows, prepare)

    def _rows(self, cursor: psycopg.Cursor[Any], first: Any, rest: Iterator[Any], prepare: Prepare) -> Iterator[Any]:
        try:
            if first is not None:
                prepare(self.converters(cursor.description or ()))
                yield first
                yield from rest
        finally:
            cursor.close()


def _listed(parameter: str) -> ColumnElement[Any]:
    return bindparam(parameter, type_=NullType(), required=True)


def _as_text(place: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
    """What a list in the column's own type finds, were it not refused: the same text, or of numbers the same number."""
    text = cast(place, Text)
    type_name = cast(func.pg_typeof(place), Text)
    numbers = cast(_listed(parameter + NUMBERS), ARRAY(Numeric))
    is_number = (
        type_name.in_([literal_column(f"'{name}'") for name in NUMBER_TYPES]),
        cast(text, Numeric) == any_(numbers),
    )
    return or_(text == any_(cast(_listed(parameter), ARRAY(Text))), case(is_number, else_=literal_column("false")))


def _is_unreadable(error: Exception) -> bool:
    return isinstance(error, psycopg.Error) and state_of(error) in UNREADABLE


CONNECT_MESSAGES = (
    (r"password authentication failed|no password supplied|no pg_hba\.conf entry|role .* does not exist", "28000"),
    (r"database .* does not exist", "3D000"),
    (r"remaining connection slots|too many (clients|connections)", "53300"),
    (r"invalid (connection option|sslmode|port|integer)|missing .* in \"", "08000"),
    (r"\bSSL\b|certificate", "08P01"),
)
"""A refused connection carries no code, only the server's words."""


def state_of(error: psycopg.Error) -> str:
    """The state of a failure; empty when it is of no kind that we tell apart."""
    if error.sqlstate:
        return error.sqlstate
    said = next((state for pattern, state in CONNECT_MESSAGES if re.search(pattern, str(error))), "")
    return said or ("08001" if isinstance(error, psycopg.OperationalError) else "")
