"""A few hundred rows of each table, from its beginning, middle and end; read once and kept in memory only.

Gentle with the shop's database: read-only, each statement short and bounded, long texts cut by the database itself,
bytes not read at all.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Text, cast, func, literal_column, select, table, text
from sqlalchemy import column as sql_column
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql import FromClause
from sqlalchemy.sql.elements import ColumnElement

from dsr.sources.draft.live import LiveColumn, LiveTable
from dsr.sources.draft.values import EMPTY, LONGEST, Sample, sample_of
from dsr.sources.sql_dialects import dialect_of

ROWS = 200
STATEMENT_SECONDS = 5.0
LARGEST_COUNT = 20_000
"""Tables are counted so far; beyond it the database's own estimate is taken."""

SPARSE_ROWS = 40
UNREADABLE = (SQLAlchemyError, UnicodeError, OverflowError)
"""What one table may do: refuse, take too long, hold text or numbers that the driver cannot read."""

LONGEST_DOCUMENT = 20_000
RELTUPLES = "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(:name)"
TABLE_ROWS = "SELECT table_rows FROM information_schema.tables WHERE table_schema = {schema} AND table_name = :name"


@dataclass(frozen=True, slots=True)
class TableSample:
    """What was read of a table: a sample per column, an estimate of its rows, the rows themselves for comparisons."""

    rows_estimate: int
    columns: Mapping[str, Sample]
    rows: tuple[Mapping[str, Any], ...] = ()
    note: str = ""

    def of(self, column: str) -> Sample:
        """The sample of one column."""
        return self.columns.get(column, EMPTY)


NOTHING = TableSample(0, {})


class Sampler:
    """Reads from one open connection. A statement that fails or takes too long costs its table, not the draft."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._named = dialect_of(connection.dialect.name).name

    def _table(self, live: LiveTable) -> FromClause:
        return table(self._named(live.table), schema=self._named(live.schema) if live.schema else None)

    def _column(self, name: str) -> ColumnElement[Any]:
        return sql_column(self._named(name))

    def read(self, live: LiveTable) -> TableSample:
        """The sample of a table."""
        from_table = self._table(live)
        try:
            with self._bounded():
                estimate = self._estimate(live, from_table)
            readable = [column for column in live.columns if column.type != "bytes"]
            with self._bounded():
                rows = self._rows(live, from_table, readable, estimate)
            samples = {column.name: sample_of([row[column.name] for row in rows]) for column in readable}
            if len(rows) < estimate <= LARGEST_COUNT:
                samples |= self._sparse(from_table, [c for c in readable if not samples[c.name].values])
        except UNREADABLE as error:
            note = f"The table '{live.name}' could not be sampled ({type(error).__name__}): judged by its names alone."
            return TableSample(0, {}, note=note)
        return TableSample(estimate, samples, tuple(rows))

    def present(self, live: LiveTable, column: str, values: Sequence[Any]) -> int | None:
        """How many of the different ``values`` the column holds; None when that could not be asked."""
        from_table = self._table(live)
        held: ColumnElement[Any] = self._column(column)
        asked = select(held).select_from(from_table).where(held.in_(list(values))).distinct()
        try:
            with self._bounded():
                return len({str(value) for (value,) in self._connection.execute(asked)})
        except UNREADABLE:
            return None

    def pairs(self, live: LiveTable, key: str, column: str, values: Sequence[Any]) -> dict[str, Any]:
        """The values of ``column`` in the rows whose ``key`` is one of ``values``, by that key as text."""
        from_table = self._table(live)
        near: ColumnElement[Any] = self._column(key)
        far: ColumnElement[Any] = self._column(column)
        asked = select(near.label("near"), far.label("far")).select_from(from_table).where(near.in_(list(values)))
        try:
            with self._bounded():
                return {str(near): far for near, far in self._connection.execute(asked.limit(ROWS * 5))}
        except UNREADABLE:
            return {}

    def _estimate(self, live: LiveTable, from_table: FromClause) -> int:
        few = select(literal_column("1")).select_from(from_table).limit(LARGEST_COUNT + 1).subquery()
        counted = int(self._connection.execute(select(func.count()).select_from(few)).scalar_one())
        if counted <= LARGEST_COUNT:
            return counted
        name = self._connection.dialect.name
        guess: object = None
        if name == "postgresql":
            quoted = self._connection.dialect.identifier_preparer.format_table(from_table)
            guess = self._connection.execute(text(RELTUPLES), {"name": quoted}).scalar()
        elif name in ("mysql", "mariadb"):
            schema = ":schema" if live.schema else "database()"
            asked = {"name": live.table} | ({"schema": live.schema} if live.schema else {})
            guess = self._connection.execute(text(TABLE_ROWS.format(schema=schema)), asked).scalar()
        elif name == "sqlite" and len(live.key) == 1:
            guess = self._connection.execute(select(func.max(literal_column("rowid"))).select_from(from_table)).scalar()
        return max(counted, guess if isinstance(guess, int) else 0)

    def _rows(
        self, live: LiveTable, from_table: FromClause, readable: Sequence[LiveColumn], estimate: int
    ) -> list[Mapping[str, Any]]:
        if not readable:
            return []
        whole = select(*(self._shortened(column) for column in readable)).select_from(from_table)
        if estimate <= ROWS or not live.key:
            return self._fetch(whole.limit(ROWS))
        key: list[ColumnElement[Any]] = [self._column(name) for name in live.key]
        part = ROWS // 3
        rows = self._fetch(whole.order_by(*key).limit(part))
        first = live.column(live.key[0])
        if len(live.key) == 1 and first is not None and first.type == "integer":
            least, most = self._connection.execute(
                select(func.min(key[0]), func.max(key[0])).select_from(from_table)
            ).one()
            rows += self._fetch(whole.where(key[0] > (least + most) // 2).order_by(*key).limit(part))
        rows += self._fetch(whole.order_by(*(each.desc() for each in key)).limit(ROWS - len(rows)))
        return rows

    def _sparse(self, from_table: FromClause, columns: Sequence[LiveColumn]) -> Iterator[tuple[str, Sample]]:
        """Columns that were empty in every sampled row, once more: the few values they hold."""
        for each in columns:
            held: ColumnElement[Any] = self._column(each.name)
            asked = select(self._shortened(each)).select_from(from_table).where(held.is_not(None)).limit(SPARSE_ROWS)
            with self._bounded():
                yield each.name, sample_of([row[each.name] for row in self._fetch(asked)])

    def _fetch(self, statement: Any) -> list[Mapping[str, Any]]:
        return [dict(row) for row in self._connection.execute(statement).mappings()]

    def _shortened(self, column: LiveColumn) -> ColumnElement[Any]:
        """The column, cut by the database where it may be long."""
        held: ColumnElement[Any] = self._column(column.name)
        if column.type == "json" and not column.is_array:
            held = func.substr(cast(held, Text), 1, LONGEST_DOCUMENT)
        elif column.type == "text" and not column.is_enum and (column.length is None or column.length > LONGEST):
            held = func.substr(cast(held, Text), 1, LONGEST)
        return held.label(column.name)

    @contextmanager
    def _bounded(self) -> Iterator[None]:
        """A savepoint, so that a failure spoils nothing else; for SQLite, which has no time-out, a clock as well."""
        raw = self._connection.connection.driver_connection
        stop: Callable[..., Any] | None = None
        if self._connection.dialect.name == "sqlite":
            until = monotonic() + STATEMENT_SECONDS
            stop = typing.cast("Any", raw).set_progress_handler
            stop(lambda: int(monotonic() > until), 20_000)
        try:
            with self._connection.begin_nested():
                yield
        finally:
            if stop is not None:
                stop(None, 0)
