"""The schema of a live database, as SQLAlchemy's inspector tells it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, inspect, types
from sqlalchemy.engine.reflection import Inspector, ObjectKind
from sqlalchemy.exc import SAWarning

from dsr.sources.sql_survey import type_word


@dataclass(frozen=True, slots=True)
class LiveColumn:
    """A column; ``type`` is a word of ``type_word``, ``is_enum`` that the database lists its values."""

    name: str
    type: str
    nullable: bool
    length: int | None = None
    is_enum: bool = False
    is_uuid: bool = False
    is_array: bool = False


@dataclass(frozen=True, slots=True)
class LiveKey:
    """A declared foreign key."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LiveTable:
    """A table under the name that the dataset gives it, and under its own."""

    name: str
    schema: str | None
    table: str
    columns: tuple[LiveColumn, ...]
    key: tuple[str, ...]
    uniques: tuple[tuple[str, ...], ...]
    foreign_keys: tuple[LiveKey, ...]
    indexed: frozenset[str] = frozenset()

    def column(self, name: str) -> LiveColumn | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)

    def is_unique(self, column: str) -> bool:
        """Whether the database itself keeps the column's values apart."""
        return self.key == (column,) or (column,) in self.uniques


def read_schema(connection: Connection, schemas: Sequence[str]) -> tuple[list[LiveTable], list[str]]:
    """The tables of the default schema and of ``schemas``, by name; and notes on what was left out."""
    inspector = inspect(connection)
    tables: list[LiveTable] = []
    notes: list[str] = []
    for schema in (None, *schemas):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # a type that SQLAlchemy does not know is text to us
            tables += _tables(inspector, schema, notes)
            views = inspector.get_view_names(schema=schema)
        notes += [f"The view '{_named(schema, view)}' is left out: its rows are those of tables." for view in views]
    notes += [
        f"The schema '{name}' was not read; ask for it with --schema {name}."
        for name in other_schemas(connection)
        if name not in schemas
    ]
    return sorted(tables, key=lambda table: table.name), sorted(notes)


def other_schemas(connection: Connection) -> list[str]:
    """The schemas with tables beside the default one; elsewhere than in PostgreSQL a schema is a database of its own."""
    inspector = inspect(connection)
    if inspector.dialect.name != "postgresql":
        return []
    known = {inspector.default_schema_name, "information_schema"}
    others = [name for name in inspector.get_schema_names() if name not in known and not name.startswith("pg_")]
    return [name for name in others if inspector.get_table_names(schema=name)]


def _tables(inspector: Inspector, schema: str | None, notes: list[str]) -> list[LiveTable]:
    columns = inspector.get_multi_columns(schema=schema, kind=ObjectKind.TABLE)
    keys = inspector.get_multi_pk_constraint(schema=schema, kind=ObjectKind.TABLE)
    foreign = inspector.get_multi_foreign_keys(schema=schema, kind=ObjectKind.TABLE)
    constraints = inspector.get_multi_unique_constraints(schema=schema, kind=ObjectKind.TABLE)
    indexes = inspector.get_multi_indexes(schema=schema, kind=ObjectKind.TABLE)
    found = []
    for place, described in columns.items():
        table = place[1]
        if "." in table or "@" in table or not table.isprintable():
            notes.append(f"The table {table!r} is left out: a dataset cannot hold such a name.")
            continue
        uniques = [tuple(each["column_names"]) for each in constraints.get(place) or ()]
        uniques += [
            tuple(name for name in each["column_names"] if name)
            for each in indexes.get(place) or ()
            if each.get("unique") and not _is_partial(dict(each))
        ]
        found.append(
            LiveTable(
                name=_named(schema, table),
                schema=schema,
                table=table,
                columns=tuple(_column(dict(each)) for each in described),
                key=tuple(_key(keys.get(place))),
                uniques=tuple(dict.fromkeys(each for each in uniques if each)),
                foreign_keys=tuple(_foreign(dict(each), schema) for each in foreign.get(place) or ()),
                indexed=frozenset(each["column_names"][0] or "" for each in indexes.get(place) or ()),
            )
        )
    return found


def _key(described: object) -> list[str]:
    return described.get("constrained_columns") or [] if isinstance(described, dict) else []


def _is_partial(index: Mapping[str, Any]) -> bool:
    """An index that keeps only some rows apart, or an expression, says nothing about the column."""
    options = index.get("dialect_options") or {}
    return any("where" in name for name in options) or bool(index.get("expressions"))


def _column(column: Mapping[str, Any]) -> LiveColumn:
    kind = column["type"]
    word = type_word(kind)
    length = getattr(kind, "length", None)
    return LiveColumn(
        name=column["name"],
        type=word,
        nullable=bool(column.get("nullable", True)),
        length=length if word == "text" and isinstance(length, int) else None,
        is_enum=isinstance(kind, types.Enum),
        is_uuid=isinstance(kind, types.Uuid),
        is_array=isinstance(kind, types.ARRAY),
    )


def _foreign(foreign: Mapping[str, Any], schema: str | None) -> LiveKey:
    target = _named(foreign.get("referred_schema") or schema, foreign["referred_table"])
    return LiveKey(tuple(foreign["constrained_columns"]), target, tuple(foreign["referred_columns"]))


def _named(schema: str | None, table: str) -> str:
    return f"{schema}.{table}" if schema else table
