"""What differs between the kinds of databases: one class for each, and nothing else asks which one it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, Select, Text, cast, func, literal_column
from sqlalchemy.engine import URL
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ColumnClause

from dsr.sources.sql_values import Convert

ROWS_PER_CHUNK = 10
"""Few, because each may hold a document of many megabytes; a thousand were no faster (200,000 rows: 0.20 s)."""
GATHER_TIMES_LONGER = 10
"""Reading all rows of a statement may take so many times longer than finding them: their reader is part of that time."""
SERVER_POOL = {"pool_size": 1, "max_overflow": 4, "pool_recycle": 300}
"""How connections to a server are kept: few, and not for long (seconds). ``sql_engine.begun`` replaces one that died."""
CAREFUL = "dsr_careful"
"""The attribute by which such a twin is known."""
WHITESPACE = " \t\r\n"

Parameters = Mapping[str, Sequence[Hashable]]
"""Lists of values by the names of their parameters."""
MatchKey = Callable[[ColumnElement[Any]], ColumnElement[str]]
"""What is compared of a column that holds an identity."""
Prepare = Callable[[list[tuple[int, Convert]]], None]


@dataclass(frozen=True, slots=True)
class RowLists:
    """Names of parameters that hold the values of several columns: a list for each column, and the same as rows.

    A dialect takes whichever its database can read.
    """

    columns: tuple[str, ...]
    rows: str


def careful_twin(dialect: Dialect) -> Dialect:
    """A twin of SQLAlchemy's dialect, whose statements ask no index to compare."""
    twin = copy(dialect)
    setattr(twin, CAREFUL, True)
    return twin


class EitherWay(ColumnElement[bool]):
    """A comparison that an index can serve, and what stands in its place in a careful statement."""

    inherit_cache = False

    def __init__(self, swift: ColumnElement[bool], careful: ColumnElement[bool]) -> None:
        self.swift = swift
        self.careful = careful
        self.type = swift.type

    def self_group(self, against: Any = None) -> EitherWay:  # noqa: ARG002  (SQLAlchemy's signature)
        """It brings its own parentheses."""
        return self


@compiles(EitherWay)
def _compile_either_way(element: EitherWay, compiler: SQLCompiler, **options: Any) -> str:
    said = element.careful if getattr(compiler.dialect, CAREFUL, False) else element.swift
    return f"({compiler.process(said, **options)})"


def _never(_error: Exception) -> bool:
    return False


class SqlDialect(ABC):
    """One kind of database: its session, its words in a statement, its rows and its failures.

    A list of values travels in one parameter of the given name.
    """

    driver: str
    """What SQLAlchemy calls database and driver."""
    code_order: str
    """The collation that puts texts in the order of their code points, as Python does."""
    has_careful_form = False
    """Whether statements read differently when they are compiled for :func:`careful_twin`."""
    indexes_expressions = True
    """Whether there are indexes over what :meth:`trimmed` makes of a column, and over its small letters."""
    indexes_digits = True
    """The same of :meth:`digits`."""

    def url(self, url: URL) -> URL:
        """The URL with this driver. Raises SourceError when it says what is not understood here."""
        return url.set(drivername=self.driver)

    @abstractmethod
    def engine_options(self, seconds: int) -> dict[str, Any]:
        """What the engine is made with; ``seconds`` bounds the time in which a server must have answered."""

    @abstractmethod
    def connecting(self, options: Mapping[str, Any]) -> None:
        """Look whether there is anything to connect to, or with; the driver's first argument is ``file``. Raises an error of
        the driver's or SourceError."""

    @abstractmethod
    def connected(self, raw: Any) -> None:
        """Make a new connection of the driver ready, once."""

    @abstractmethod
    def released(self, raw: Any) -> None:
        """Take from a connection what holds for one view only; it goes back among those that wait."""

    @abstractmethod
    def begin_view(self, connection: Connection, seconds: float) -> None:
        """Begin a read-only transaction that sees one moment, each of its statements bounded in time."""

    @abstractmethod
    def give_more_time(self, connection: Connection, seconds: float) -> None:
        """Bound the statements of the open transaction anew."""

    def name(self, name: str) -> str:
        """The name of a table or column, marked when it must be quoted whatever it is."""
        return name

    def live_name(self, name: str) -> str:
        """The name of a column that SQLAlchemy found in the database."""
        return name

    def trimmed(self, place: ColumnElement[Any]) -> ColumnElement[str]:
        """A column as text without white space around it.

        The white space stands in the text of the statement: SQLite finds no index for an expression with a parameter.
        """
        return func.trim(cast(place, Text), literal_column(f"'{WHITESPACE}'"))

    @abstractmethod
    def digits(self, text: ColumnElement[str]) -> ColumnElement[str]:
        """The digits of a text, without an extension behind the number."""

    def link_value(self, place: ColumnElement[Any]) -> ColumnElement[Any]:
        """A column as its values are carried to another."""
        return place

    @abstractmethod
    def is_any(self, place: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
        """A column refers to one of the values."""

    @property
    def needs_care(self) -> Callable[[Exception], bool]:
        """Tells whether a statement failed because the database was asked to compare what it cannot.

        The same statement compiled for :func:`careful_twin` then answers, by reading more.
        """
        return _never

    def recover(self, _connection: Connection) -> None:
        """Make the view usable again after a statement that failed so."""
        return

    def once(self, statement: Select[Any]) -> Select[Any]:
        """The statement with equal rows once, where that is what the database takes for equal letter by letter."""
        return statement.distinct()

    def exact(self, place: ColumnElement[Any]) -> ColumnElement[Any]:
        """A column so that two values are equal only letter by letter."""
        return place

    def type_name(self, _place: ColumnElement[Any]) -> ColumnElement[str] | None:
        """The type of a column in the database's word, where columns of two types cannot be compared; else nothing."""
        return None

    def equals(self, one: ColumnElement[Any], other: ColumnElement[Any], *, is_one_type: bool) -> ColumnElement[bool]:
        """A column refers to another. ``is_one_type``: both are of one type, as far as :meth:`type_name` tells."""
        if not is_one_type:
            one, other = cast(one, Text), cast(other, Text)
        equal: ColumnElement[bool] = one == other
        return equal

    def is_spelled_alike(self, place: ColumnElement[Any], key: MatchKey, parameter: str) -> ColumnElement[bool]:
        """True of every row that holds one of the values, whatever its spelling.

        It lets the index over ``key`` serve that served to look the person up; asked for where there may be one.
        """
        raise NotImplementedError

    def is_any_text(self, text: ColumnElement[str], parameter: str) -> ColumnElement[bool]:
        """A text that we made of a column is, letter by letter, one of the values."""
        return self.is_any(text, parameter)

    @abstractmethod
    def is_row(self, places: Sequence[ColumnClause[Any]], lists: RowLists) -> ColumnElement[bool]:
        """Several columns together refer to one of the rows of values."""

    def order_text(self, place: ColumnElement[Any]) -> ColumnElement[Any]:
        """What rows without a key are put in order by; any type of column can be."""
        return cast(place, Text)

    def argument(self, name: str, values: Parameters) -> Any:
        """What the driver is given for the parameter ``name``, whose list is among ``values``."""
        return self.pack(values[name])

    @abstractmethod
    def pack(self, values: Iterable[Hashable]) -> Any:
        """A list of values as one parameter of the driver."""

    @abstractmethod
    def converters(self, description: Sequence[Any]) -> list[tuple[int, Convert]]:
        """For each column of a result that needs it: its place, and how its values become portable."""

    @abstractmethod
    def stream(self, connection: Connection, text: str, arguments: Any, prepare: Prepare) -> Iterator[Sequence[Any]]:
        """The rows of a statement, a chunk in memory at a time; before the first, ``prepare`` learns their types."""

    def read(self, connection: Connection, text: str, arguments: Any) -> list[tuple[Hashable, ...]]:
        """All rows of a statement."""
        cursor = connection.connection.cursor()
        try:
            cursor.execute(text, arguments)
            return list(cursor.fetchall())
        finally:
            cursor.close()
