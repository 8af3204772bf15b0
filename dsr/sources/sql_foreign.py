"""The foreign keys that a database itself keeps: the order in which rows may go, and who would be hurt.

The dataset's references say where a person's rows are. What the database does when a row goes (refuse, delete what hangs
on it, empty a column) depends on its own foreign keys alone, declared in the dataset or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, column, inspect, select, table
from sqlalchemy.sql.expression import TableClause

Table = tuple[str, str]
"""Schema and name."""
REFUSING = frozenset({None, "NO ACTION", "RESTRICT"})
"""What a foreign key does when somebody deletes what it leads to, and leaves everything as it is."""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """``columns`` of ``child`` hold values of ``parent_columns`` of ``parent``. ``name`` is empty where it has none.

    ``refuses``: the database lets no row of the parent go to which one of the child refers, and says so at once.
    """

    child: Table
    columns: tuple[str, ...]
    parent: Table
    parent_columns: tuple[str, ...]
    name: str = ""
    refuses: bool = False


def foreign_keys(connection: Connection, schemas: Iterable[str | None]) -> list[ForeignKey]:
    """Every foreign key of the tables in some schemas, and those by which other schemas refer to them."""
    inspector = inspect(connection)
    default = inspector.default_schema_name or ""
    wanted: set[str | None] = {None, *(schema or None for schema in schemas)} - {default}
    if connection.dialect.name == "mysql":
        wanted |= _strangers(connection, [schema or default for schema in wanted]) - {default}
    if connection.dialect.name == "postgresql":
        wanted |= {name for name in inspector.get_schema_names() if name not in (default, "information_schema")}
    found = []
    for schema in sorted(wanted, key=str):
        for (_, name), described in inspector.get_multi_foreign_keys(schema=schema).items():
            found += [_foreign_key(schema or default, name, dict(each), default) for each in described]
    # SQLite is asked by every change to look at the end only.
    return [replace(each, refuses=False) for each in found] if connection.dialect.name == "sqlite" else found


def columns_at(keys: Sequence[ForeignKey], name: Table) -> set[str]:
    """The columns of a table by which it refers to others, or others to it."""
    ends = ((key.child, key.columns) for key in keys), ((key.parent, key.parent_columns) for key in keys)
    return {each for some in ends for end, columns in some if end == name for each in columns}


def _strangers(connection: Connection, schemas: list[str]) -> set[str | None]:
    """MariaDB's other databases with tables that refer to some of these; listing all tables of a server would be long."""
    usage = table(
        "key_column_usage", column("table_schema"), column("referenced_table_schema"), schema="information_schema"
    )
    found = select(usage.c.table_schema).where(usage.c.referenced_table_schema.in_(schemas)).distinct()
    return set(connection.execute(found).scalars())


def _foreign_key(schema: str, table: str, described: dict[str, Any], default: str) -> ForeignKey:
    parent = _folded(described["referred_schema"] or default, described["referred_table"])
    columns, parent_columns = described["constrained_columns"], described["referred_columns"]
    name = described.get("name") or ""
    options = described.get("options") or {}
    refuses = options.get("ondelete") in REFUSING and not options.get("deferrable")
    return ForeignKey(_folded(schema, table), tuple(columns), parent, tuple(parent_columns), name, refuses)


def _folded(schema: str, name: str) -> Table:
    """SQLite takes ``Customer`` and ``customer`` for one table, and calls its only schema ``main``."""
    return (schema, name.lower()) if schema == "main" else (schema, name)


def table_name(connection: Connection, place: TableClause) -> Table:
    """A table by the names that :func:`foreign_keys` uses."""
    return _folded(str(place.schema or inspect(connection).default_schema_name or ""), place.name)


def deletion_order(names: Sequence[str], refers: set[tuple[str, str]]) -> list[tuple[str, ...]]:
    """The collections in groups, what refers to others first; a group of several, or one in itself, is a cycle.

    ``refers`` holds (child, parent).
    """
    parents = {name: {parent for child, parent in refers if child == name and parent in names} for name in names}
    reach = {name: _reached(name, parents) for name in names}
    groups: list[tuple[str, ...]] = []
    for name in names:
        group = tuple(other for other in names if other == name or (other in reach[name] and name in reach[other]))
        if group not in groups:
            groups.append(group)
    ordered: list[tuple[str, ...]] = []
    while groups:
        for group in groups:
            others = [name for other in groups if other != group for name in other]
            if not any(set(group) & parents[name] for name in others):
                break
        ordered.append(group)
        groups.remove(group)
    return ordered


def _reached(start: str, parents: dict[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        fresh = parents[waiting.pop()] - reached
        reached |= fresh
        waiting += fresh
    return reached
