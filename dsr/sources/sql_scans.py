"""Which look-ups of a person's search would read a whole table, and the index that would spare it.

The database is asked how it would carry out the very statements of the search (EXPLAIN), with sequential scans forbidden
where it can be: whether an index fits is the question, not whether today's few rows make it worth while.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import psycopg
from sqlalchemy import Connection, column, func, select, table
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.sql.expression import ColumnClause

from dsr.records import IdentityKind
from dsr.sources.alarms import Alarm, Code
from dsr.sources.base import Condition
from dsr.sources.dataset import Collection, Dataset
from dsr.sources.description import Description
from dsr.sources.graph import Graph, IdentityColumn, Step
from dsr.sources.sql_dialect import Parameters
from dsr.sources.sql_live import LiveColumn, LiveDatabase, LiveTable, Place
from dsr.sources.sql_match import can_be_indexed, match_key
from dsr.sources.sql_statements import Statement, Statements, shape_of, values_of

SMALL_TABLE = 5_000
"""Rows below which a scan costs less than a millisecond or two."""


_NUMBERS = count()


@dataclass(frozen=True, slots=True)
class Lookup:
    """Columns of a collection that a search asks for; ``kind`` where a person is looked up by them.

    ``is_reverse``: asked only to learn whether a second person hangs on a row.
    """

    collection: str
    columns: tuple[str, ...]
    kind: IdentityKind | None = None
    is_reverse: bool = False


def lookups_of(graph: Graph) -> list[Lookup]:
    """Every look-up, each once: identities, the columns that steps arrive at, and those that lead back."""
    found: dict[tuple[str, tuple[str, ...]], Lookup] = {
        (each.collection, (each.column,)): Lookup(each.collection, (each.column,), each.kind)
        for each in graph.identities
    }
    for edge in graph.edges:
        found.setdefault((edge.target, edge.target_columns), Lookup(edge.target, edge.target_columns))
    for foreign in graph.foreign:
        found.setdefault((foreign.target, (foreign.column,)), Lookup(foreign.target, (foreign.column,)))
    for edge in graph.edges:
        if edge.step is Step.MANY_TO_ONE and edge.target not in graph.lookups:
            back = Lookup(edge.source, edge.columns, is_reverse=True)
            found.setdefault((edge.source, edge.columns), back)
    return list(found.values())


def slow_lookups(
    connection: Connection,
    description: Description,
    live: LiveDatabase,
    statements: Statements,
    small: int = SMALL_TABLE,
) -> Iterator[Alarm]:
    """Advice for each look-up in a table of at least ``small`` rows that no index serves."""
    homes = {c.name: (dataset, c) for dataset in description.datasets for c in dataset.collections}
    sizes: dict[Place, int] = {}
    for lookup in lookups_of(description.graph):
        dataset, collection = homes[lookup.collection]
        place = live.place(dataset, collection)
        beside = live.tables.get(place)
        if beside is None or beside.is_view or not set(lookup.columns) <= set(beside.columns):
            continue
        if place not in sizes:
            sizes[place] = rows_estimate(connection, place)
        if sizes[place] >= small and _scans(connection, place, *_statement(statements, lookup, beside)):
            yield _advice(connection, live, dataset, collection, lookup, sizes[place])


def rows_estimate(connection: Connection, place: Place) -> int:
    """About how many rows a table has. Only SQLite has to count them, which it does in a few milliseconds a million."""
    schema, name = place
    if connection.dialect.name == "postgresql":
        size = connection.exec_driver_sql(POSTGRES_ESTIMATE, (schema, name)).scalar()
    elif connection.dialect.name == "sqlite":
        size = connection.execute(select(func.count()).select_from(table(quoted_name(name, quote=True)))).scalar()
    else:
        size = connection.exec_driver_sql(MARIADB_ESTIMATE, (schema, name)).scalar()
    return int(size or 0)


POSTGRES_ESTIMATE = """
SELECT CASE WHEN c.reltuples >= 0 THEN c.reltuples ELSE pg_relation_size(c.oid) / 100 END
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relname = %s
"""
"""A table that was never analysed is guessed at a hundred bytes a row."""

MARIADB_ESTIMATE = "SELECT table_rows FROM information_schema.tables WHERE table_schema = %s AND table_name = %s"


def _statement(statements: Statements, lookup: Lookup, table: LiveTable) -> tuple[Statement, Parameters]:
    """The statement with a value that its columns can be compared with: an index of some rows serves an empty list."""
    if lookup.kind is not None:
        identity = IdentityColumn(lookup.collection, lookup.columns[0], lookup.kind)
        return statements.identity(identity), {name: ["0"] for name in ("spellings", "international", "national")}
    values = tuple(_any_value(table.columns[name]) for name in lookup.columns)
    conditions = [Condition(lookup.columns, [values], "")]
    return statements.count(lookup.collection, shape_of(conditions)), values_of(conditions)


def _any_value(column: LiveColumn) -> str:
    if column.exact.upper().startswith("UUID"):
        return "00000000-0000-0000-0000-000000000000"
    return {"date": "2000-01-01", "datetime": "2000-01-01", "boolean": "1"}.get(column.word, "0")


def _scans(connection: Connection, place: Place, statement: Statement, values: Parameters) -> bool:
    """Whether no index serves the statement."""
    ask = {"postgresql": _postgres_scans, "sqlite": _sqlite_scans}.get(connection.dialect.name, _mariadb_scans)
    cursor = connection.connection.cursor()
    try:
        return ask(cursor, place, statement.text, statement.arguments(values))
    finally:
        cursor.close()


def _postgres_scans(cursor: Any, place: Place, text: str, arguments: Any) -> bool:
    cursor.execute("SAVEPOINT dsr_plan")
    try:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN (FORMAT JSON) " + text, arguments)
        (plan,) = cursor.fetchone()
    except psycopg.DataError:
        return False  # an enum or the like, with which our value cannot be compared
    finally:
        cursor.execute("ROLLBACK TO SAVEPOINT dsr_plan")
    nodes = _nodes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])
    return any(_is_scan(node) for node in nodes if node.get("Relation Name") == place[1])


def _sqlite_scans(cursor: Any, place: Place, text: str, arguments: Any) -> bool:
    # Never twice the same text: Python keeps prepared statements, and SQLite explains one as it stood when it was prepared.
    cursor.execute(f"EXPLAIN QUERY PLAN {text} -- {next(_NUMBERS)}", arguments)
    steps = [str(row[3]) for row in cursor.fetchall()]
    mine = [step for step in steps if re.match(rf"(SCAN|SEARCH) (TABLE )?{re.escape(place[1])}( |$)", step)]
    return any(step.startswith("SCAN") or "AUTOMATIC" in step for step in mine)


def _mariadb_scans(cursor: Any, place: Place, text: str, arguments: Any) -> bool:
    """``ALL`` reads the table, ``index`` a whole index."""
    cursor.execute("EXPLAIN " + text, arguments)
    names = [str(each[0]).lower() for each in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return any(row.get("table") == place[1] and row.get("type") in {"ALL", "index"} for row in rows)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _is_scan(node: dict[str, Any]) -> bool:
    """A sequential scan, or an index read from end to end for want of a condition on it."""
    return node["Node Type"] == "Seq Scan" or (node["Node Type"].startswith("Index") and "Index Cond" not in node)


def _advice(
    connection: Connection, live: LiveDatabase, dataset: Dataset, collection: Collection, lookup: Lookup, rows: int
) -> Alarm:
    why = "looking a person up by it" if lookup.kind else "following the reference"
    if lookup.is_reverse:
        why = "asking whether a second person hangs on a row"
    message = f"{why} reads the whole table each time (about {rows:,} rows)"
    cure = index_for(connection, live, live.place(dataset, collection), lookup)
    if not cure:
        message += "; this database has no index that could serve it"
    field = collection.field(lookup.columns[0])
    place = f"{dataset.key}.{collection.name}.{'+'.join(lookup.columns)}"
    return Alarm(Code.SLOW_LOOKUP, place, message, cure, dataset.file, field.line if field else collection.line)


def index_for(connection: Connection, live: LiveDatabase, place: Place, lookup: Lookup) -> str:
    """The statement that would make the index; empty when the database can have none for this comparison."""
    dialect = connection.dialect
    quote = dialect.identifier_preparer.quote
    parts = [quote(name) for name in lookup.columns]
    if lookup.kind is not None:
        if not can_be_indexed(lookup.kind, dialect.name):
            return ""
        bare: ColumnClause[Any] = column(lookup.columns[0])
        compiled = match_key(bare, lookup.kind, dialect.name).compile(
            dialect=dialect, compile_kwargs={"literal_binds": True}
        )
        parts = [f"({_readable(str(compiled), dialect.name)})"]
    words = re.sub(r"\W+", "_", "_".join([place[1], *lookup.columns]))[:50]
    where = quote(place[1]) if place[0] == live.default_schema else f"{quote(place[0])}.{quote(place[1])}"
    concurrently = " CONCURRENTLY" if dialect.name == "postgresql" else ""
    return f"CREATE INDEX{concurrently} {quote('dsr_' + words)} ON {where} ({', '.join(parts)});"


def _readable(expression: str, dialect: str) -> str:
    """White space written with backslashes, so that it survives being copied out of a page."""
    if dialect == "postgresql":
        expression = expression.replace("' \t\r\n'", r"E' \t\r\n'").replace("%%", "%")
    return expression
