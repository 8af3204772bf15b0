"""MariaDB and MySQL.

They compare generously: under most collations ``AB1`` equals ``ab1 `` and a number equals every text that begins with it.
An index serves that comparison, so it finds the rows; a second one, byte by byte, then keeps those that are meant.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pymysql
from pymysql import converters
from pymysql.constants import FIELD_TYPE
from pymysql.cursors import SSCursor
from sqlalchemy import (
    BINARY,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    or_,
    tuple_,
)
from sqlalchemy.dialects.mysql import CHAR
from sqlalchemy.engine import URL
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.sql.expression import ColumnClause
from sqlalchemy.types import NullType

from dsr.records import Portable, portable
from dsr.sources.base import SourceError
from dsr.sources.sql_dialect import (
    GATHER_TIMES_LONGER,
    SERVER_POOL,
    EitherWay,
    Parameters,
    Prepare,
    RowLists,
    SqlDialect,
)
from dsr.sources.sql_values import Convert, any_value

LOST_AFTER_SECONDS = 60
NETWORK = (
    ("TCP_KEEPIDLE", LOST_AFTER_SECONDS // 2),
    ("TCP_KEEPINTVL", LOST_AFTER_SECONDS // 6),
    ("TCP_KEEPCNT", 3),
    ("TCP_USER_TIMEOUT", LOST_AFTER_SECONDS * 1000),
)
"""As for PostgreSQL: a machine that vanishes says no goodbye."""


MODE = "STRICT_ALL_TABLES"
"""From the first moment on: a mode of the server's changes what a quotation mark or a backslash means."""
URL_WORDS = {"charset", "ssl_ca", "ssl_cert", "ssl_check_hostname", "ssl_key", "sslmode", "unix_socket"}
"""The driver knows many more, some of which read files or run statements."""
TLS_MODES: dict[str, dict[str, str]] = {
    "prefer": {},
    "require": {"ssl_check_hostname": "false"},
    "verify-ca": {"ssl_check_hostname": "false"},
    "verify-full": {"ssl_check_hostname": "true"},
}
"""What each asks of the driver. Without any it encrypts when the server can, and trusts whom it meets."""
SESSION = """
SET SESSION time_zone = '+00:00', net_write_timeout = 3600,
    lock_wait_timeout = {seconds}, innodb_lock_wait_timeout = {seconds};
/*M!100300 SET SESSION in_predicate_conversion_threshold = 0 */
"""
"""Version comments hide from MySQL what only MariaDB knows."""

NUMBERS = "_numbers"
"""Behind the name of a list: those of its values that are numbers, as numbers."""
NUMBER = re.compile(r"-?\d{1,38}(\.\d{1,20})?", re.ASCII)
UNLIKE = "42P22"
"""The state in which two texts cannot be compared."""
NUMERIC: ColumnElement[int] = literal_column("5")
"""What COERCIBILITY calls a number (or a date), whose spelling says nothing: 7 is 7.00."""

AS_BYTES = BINARY()
AS_TEXT = CHAR(charset="utf8mb4")


class MariaDb(SqlDialect):
    """Read in one read-only transaction over a consistent snapshot; lists are written into the statement, escaped."""

    driver = "mysql+pymysql"
    code_order = "utf8mb4_bin"
    has_careful_form = True
    indexes_expressions = False
    indexes_digits = False

    def url(self, url: URL) -> URL:
        """See ``SqlDialect``. ``sslmode`` is understood as PostgreSQL understands it."""
        unknown = sorted(set(url.query) - URL_WORDS)
        mode = url.query.get("sslmode", "prefer")
        if unknown or mode not in TLS_MODES or not url.database:
            wrong = f"'{unknown[0]}'" if unknown else f"sslmode={mode}" if url.database else "no database"
            message = f"The database URL names {wrong}; known are {', '.join(sorted(URL_WORDS))}, and a database."
            raise SourceError(message, code="bad_url", permanent=True)
        asked = {name: value for name, value in url.query.items() if name not in ("charset", "sslmode")}
        return super().url(url).set(query={**TLS_MODES[str(mode)], **asked})

    def engine_options(self, seconds: int) -> dict[str, Any]:
        """See ``SqlDialect``. Nothing but its greeting and its answer to the password is awaited while connecting."""
        arguments = {
            "connect_timeout": seconds,
            "read_timeout": seconds,
            "charset": "utf8mb4",
            "sql_mode": MODE,
            "conv": CONVERSIONS,
        }
        return {"connect_args": arguments, **SERVER_POOL}

    def connecting(self, options: Mapping[str, Any]) -> None:
        """See ``SqlDialect``. A server says itself what it misses; the driver does not say it of its own files."""
        files = options.get("ssl") or {}
        try:
            context = ssl.create_default_context(cafile=files.get("ca"))
            if "cert" in files:
                context.load_cert_chain(files["cert"], files.get("key"))
        except (OSError, ValueError):
            message = "A file of certificates or keys that the database URL names cannot be read."
            raise SourceError(message, code="bad_url", permanent=True) from None

    def connected(self, raw: Any) -> None:
        """See ``SqlDialect``. Answers may take as long as their statement: only a dead line ends the wait."""
        raw._read_timeout = None  # noqa: SLF001  (there is no other way to bound the greeting alone)
        line: socket.socket = raw._sock  # noqa: SLF001
        if line.family != socket.AF_UNIX:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in NETWORK:
                if hasattr(socket, option):
                    line.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)

    def released(self, raw: Any) -> None:
        """See ``SqlDialect``. Every view sets its own."""

    def begin_view(self, connection: Connection, seconds: float) -> None:
        """See ``SqlDialect``."""
        mariadb_session(connection, seconds)
        connection.exec_driver_sql("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")

    def give_more_time(self, connection: Connection, seconds: float) -> None:
        """See ``SqlDialect``."""
        _bound(connection, seconds * GATHER_TIMES_LONGER)

    def name(self, name: str) -> str:
        """See ``SqlDialect``. Each release reserves further words."""
        return quoted_name(name, quote=True)

    def live_name(self, name: str) -> str:
        """See ``SqlDialect``. SQLAlchemy leaves a backtick doubled, as SHOW CREATE TABLE wrote it."""
        return name.replace("``", "`")

    def trimmed(self, place: ColumnElement[Any]) -> ColumnElement[str]:
        """See ``SqlDialect``. TRIM takes away one kind of character only."""
        return func.regexp_replace(cast(place, AS_TEXT), r"^[ \t\r\n]+|[ \t\r\n]+$", "")

    def digits(self, text: ColumnElement[str]) -> ColumnElement[str]:
        """See ``SqlDialect``."""
        number = func.regexp_replace(text, r"(?i)\s*(ext|x|#).*$", "")
        return func.regexp_replace(number, r"[^0-9]", "")

    def is_any(self, place: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
        """See ``SqlDialect``."""
        is_number = and_(func.coercibility(place) == NUMERIC, _is_in(place, parameter + NUMBERS))
        return and_(EitherWay(_is_in(place, parameter), ALWAYS), or_(_is_in(exact(place), parameter), is_number))

    @property
    def needs_care(self) -> Callable[[Exception], bool]:
        """See ``SqlDialect``."""
        return _is_unlike

    def order_text(self, place: ColumnElement[Any]) -> ColumnElement[Any]:
        """See ``SqlDialect``. There are types that become no text, and none that has no bytes."""
        return cast(place, AS_BYTES)

    def once(self, statement: Select[Any]) -> Select[Any]:
        """All rows: DISTINCT would keep one of ``AB1`` and ``ab1``."""
        return statement

    def equals(self, one: ColumnElement[Any], other: ColumnElement[Any], *, is_one_type: bool) -> ColumnElement[bool]:
        """See ``SqlDialect``."""
        numbers = and_(func.coercibility(one) == NUMERIC, func.coercibility(other) == NUMERIC)
        equal = super().equals(one, other, is_one_type=is_one_type)
        return and_(EitherWay(equal, ALWAYS), or_(exact(one) == exact(other), EitherWay(and_(numbers, equal), NEVER)))

    def exact(self, place: ColumnElement[Any]) -> ColumnElement[Any]:
        """See ``SqlDialect``."""
        return exact(place)

    def is_any_text(self, text: ColumnElement[str], parameter: str) -> ColumnElement[bool]:
        """See ``SqlDialect``."""
        return _is_in(cast(cast(text, AS_TEXT), AS_BYTES), parameter)

    def is_row(self, places: Sequence[ColumnClause[Any]], lists: RowLists) -> ColumnElement[bool]:
        """See ``SqlDialect``."""
        found = EitherWay(_is_in(tuple_(*places), lists.rows), ALWAYS)
        return and_(found, _is_in(tuple_(*map(exact, places)), lists.rows))

    def argument(self, name: str, values: Parameters) -> tuple[Any, ...]:
        """See ``SqlDialect``."""
        if name.endswith(NUMBERS):
            written = (str(value) for value in values[name.removesuffix(NUMBERS)])
            return tuple(Decimal(each) for each in written if NUMBER.fullmatch(each)) or (None,)
        return self.pack(values[name])

    def pack(self, values: Iterable[Hashable]) -> tuple[Any, ...]:
        """What the driver writes as ``('a','b')``. Every value is a text: so an index serves columns of any type."""
        return tuple(map(self._packed, values)) or (None,)

    def _packed(self, value: Hashable) -> Any:
        if isinstance(value, tuple):
            return self.pack(value)
        return value if isinstance(value, bytes) else str(value)

    def converters(self, description: Sequence[Any]) -> list[tuple[int, Convert]]:
        """See ``SqlDialect``."""
        return [(index, CONVERTERS.get(column[1], any_value)) for index, column in enumerate(description)]

    def stream(self, connection: Connection, text: str, arguments: Any, prepare: Prepare) -> Iterator[Sequence[Any]]:
        """See ``SqlDialect``. A stream left early costs its connection: the driver would read the rest to throw it away."""
        cursor: Any = connection.connection.cursor(SSCursor)
        cursor.execute(text, arguments)
        return self._rows(connection, cursor, prepare)

    def _rows(self, connection: Connection, cursor: Any, prepare: Prepare) -> Iterator[Sequence[Any]]:
        is_read = False
        try:
            prepare(self.converters(cursor.description))
            while row := cursor.fetchone():
                yield row
            is_read = True
        finally:
            if is_read:
                cursor.close()
            else:
                _drop(connection, cursor)


def _drop(connection: Connection, cursor: Any) -> None:
    """Close a connection that is in the midst of an answer; the cursor must not read on when it is collected."""
    connection.invalidate()
    if cursor._result is not None:  # noqa: SLF001  (the driver has no word for this)
        cursor._result.unbuffered_active = False  # noqa: SLF001
    cursor.connection = None


def mariadb_session(connection: Connection, seconds: float) -> None:
    """Set a session up for one transaction, its statements and its waiting for locks bounded in time."""
    _bound(connection, seconds)
    for statement in SESSION.format(seconds=max(1, round(seconds))).split(";"):
        connection.exec_driver_sql(statement.strip())


def _bound(connection: Connection, seconds: float) -> None:
    is_mariadb = getattr(connection.dialect, "is_mariadb", False)
    limit = f"max_statement_time = {seconds:.3f}" if is_mariadb else f"max_execution_time = {int(seconds * 1000)}"
    connection.exec_driver_sql(f"SET SESSION {limit}")


def _is_unlike(error: Exception) -> bool:
    """Columns of different collations, or a letter that a column's character set lacks."""
    return isinstance(error, pymysql.Error) and state_of(error) == UNLIKE


ALWAYS: ColumnElement[bool] = literal_column("1 = 1")
NEVER: ColumnElement[bool] = literal_column("0 = 1")


def _is_in(place: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
    return place.op("IN", is_comparison=True)(bindparam(parameter, type_=NullType(), required=True))


def exact(place: ColumnElement[Any]) -> ColumnElement[Any]:
    """The bytes of a value, those of a text in UTF-8. Numbers and dates are ``binary`` to the database as well."""
    as_it_is = (func.charset(place) == literal_column("'binary'"), cast(place, AS_BYTES))
    return case(as_it_is, else_=cast(cast(place, AS_TEXT), AS_BYTES))


def _moment(value: str) -> str:
    """A date with its time, or a time, in the form of ``isoformat``; ``0000-00-00`` stays as the database says it."""
    head, dot, fraction = value.replace(" ", "T", 1).partition(".")
    return f"{head}.{fraction:0<6}" if dot and fraction.strip("0") else head


def _bits(value: bytes) -> Portable:
    return portable(int.from_bytes(value, "big"))


def _integer(value: str) -> int | str:
    """A number with leading zeros (ZEROFILL) keeps them: they are what people see and type."""
    return value if value[0] == "0" and len(value) > 1 else int(value)


INTEGERS = (
    FIELD_TYPE.TINY,
    FIELD_TYPE.SHORT,
    FIELD_TYPE.INT24,
    FIELD_TYPE.LONG,
    FIELD_TYPE.LONGLONG,
    FIELD_TYPE.YEAR,
)
CONVERSIONS: dict[Any, Any] = {
    **{kind: convert for kind, convert in converters.conversions.items() if not isinstance(kind, int)},
    **dict.fromkeys(INTEGERS, _integer),
    FIELD_TYPE.FLOAT: float,
    FIELD_TYPE.DOUBLE: float,
}
"""The driver's own way to write values, and fewer ways to read them: a decimal keeps its digits and a date its zeros."""

CONVERTERS: dict[int, Convert] = {
    FIELD_TYPE.TIME: _moment,
    FIELD_TYPE.DATETIME: _moment,
    FIELD_TYPE.TIMESTAMP: _moment,
    FIELD_TYPE.BIT: _bits,
}
"""By type number, how a value becomes portable."""

_NUMBERS = {
    "08001": (2002, 2003, 2005),
    "08006": (1152, 1158, 1159, 1160, 1161, 1184, 2006, 2013, 2055),
    "08P01": (2026,),
    "0A000": (1684,),
    "22000": (1265, 1366),
    "22001": (1406,),
    "22003": (1264,),
    "22007": (1292,),
    "22021": (1300,),
    "23502": (1048, 1364),
    "23503": (1216, 1217, 1451, 1452),
    "23505": (1062,),
    "23514": (4025,),
    "25006": (1290, 1792, 1836),
    "28000": (1045, 1130, 1251, 1275, 1698, 1820, 1862, 3118),
    "3D000": (1044, 1049),
    "40001": (1213, 1412),
    "42501": (1142, 1143, 1227, 1345, 1370),
    "42703": (1054,),
    "42P01": (1051, 1146, 1356),
    "42P22": (1267, 1270, 1271),
    "53200": (1037, 1041),
    "53300": (1040, 1129, 1203, 1226),
    "54000": (1153,),
    "55P03": (1205,),
    "57014": (1317, 1969, 3024),
    "57P01": (1053, 1077, 1927),
    "58030": (1021, 1028, 1030),
    "XX002": (126, 127, 144, 145, 1034, 1035, 1194, 1195),
}
STATES = {number: state for state, numbers in _NUMBERS.items() for number in numbers}
"""By MariaDB's number, the state in which PostgreSQL would say the same (``sql_failures`` knows those)."""


def state_of(error: pymysql.Error) -> str:
    """The state of a failure; empty when it is of no kind that we tell apart."""
    number = error.args[0] if error.args else None
    if number == 0 or isinstance(error, pymysql.InterfaceError):
        return "08006"  # the driver's way to say that the connection is closed
    if isinstance(getattr(error, "original_exception", None), ssl.SSLError):
        return "08P01"
    if number in STATES:
        return STATES[number]
    told = getattr(error, "sqlstate", None)
    return told if isinstance(told, str) and told != "HY000" else ""
