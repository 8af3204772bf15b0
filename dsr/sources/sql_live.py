"""A live database's tables in detail: columns with their exact types, keys, references that it keeps by itself."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Connection, Dialect, inspect, types
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Inspector
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.exc import CompileError, SAWarning
from sqlalchemy.types import TypeEngine

from dsr.sources.dataset import Collection, Dataset
from dsr.sources.description import Description
from dsr.sources.masks import Range, Room
from dsr.sources.sql_rules import Rule, mentioned, rules_of
from dsr.sources.sql_survey import type_word

ADDRESSES = ("INET", "INET4", "INET6")
BITS = ((mysql.TINYINT, 8), (types.SmallInteger, 16), (mysql.MEDIUMINT, 24), (types.BigInteger, 64))
"""Of the kinds of whole numbers that differ from the usual 32."""
SINGLE = (types.REAL, mysql.FLOAT)
Place = tuple[str, str]
"""A table's schema (the default one spelled out) and its name."""

NOT_THE_SHOPS = """
SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relispartition OR EXISTS (
    SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
"""
"""Partitions, which their table stands for, and tables that belong to an extension."""


@dataclass(frozen=True, slots=True)
class LiveColumn:
    """One column. ``word`` is its type in our words, ``exact`` in the database's."""

    word: str
    exact: str
    is_nullable: bool
    length: int | None = None
    is_free: bool = True
    is_computed: bool = False
    is_given: bool = False
    is_list: bool = False
    numbers: Range | None = None
    choices: tuple[str, ...] = ()

    def room(self, *, must_differ: bool) -> Room:
        """What it can hold."""
        return Room(
            self.word,
            self.is_nullable,
            self.length,
            must_differ,
            self.is_free,
            self.exact in ADDRESSES,
            self.is_computed,
            self.is_given,
            self.is_list,
            self.numbers,
            self.choices,
        )


@dataclass(frozen=True, slots=True)
class LiveTable:
    """One table or view. ``unique`` holds the sets of columns that the database keeps from repeating, the key first;
    ``guarded`` are the columns of which anything is kept from repeating: alone, with others, in lower case, in some rows.
    ``rules`` say by what, as far as more than that is known, and what else the table refuses."""

    columns: Mapping[str, LiveColumn]
    is_view: bool = False
    key: tuple[str, ...] = ()
    unique: tuple[frozenset[str], ...] = ()
    guarded: frozenset[str] = frozenset()
    rules: tuple[Rule, ...] = ()
    references: frozenset[tuple[str, Place, str]] = frozenset()


@dataclass(frozen=True)
class LiveDatabase:
    """Every table that the description could speak of; ``ours`` are those that are nobody's to declare."""

    default_schema: str
    tables: Mapping[Place, LiveTable]
    ours: frozenset[Place] = frozenset()

    def place(self, dataset: Dataset, collection: Collection) -> Place:
        """Where a collection lies."""
        schema, _, name = collection.name.rpartition(".")
        return schema or dataset.schema or self.default_schema, name

    def name(self, place: Place) -> str:
        """A place as a dataset names it."""
        schema, name = place
        return name if schema == self.default_schema else f"{schema}.{name}"


def live_database(connection: Connection, description: Description) -> LiveDatabase:
    """Look at every schema of a PostgreSQL, at the default and the named ones elsewhere."""
    inspector = inspect(connection)
    default = inspector.default_schema_name or ""
    tables: dict[Place, LiveTable] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # a type that SQLAlchemy does not know is text to us
        for schema in _schemas(inspector, connection.dialect, description, default):
            tables |= {(schema, name): table for name, table in _tables(inspector, connection, schema, default)}
    ours: frozenset[Place] = frozenset()
    if connection.dialect.name == "postgresql":
        ours = frozenset((str(schema), str(name)) for schema, name in connection.exec_driver_sql(NOT_THE_SHOPS))
    return LiveDatabase(default, tables, ours)


def _schemas(inspector: Inspector, dialect: Dialect, description: Description, default: str) -> list[str]:
    named = {c.name.rpartition(".")[0] or d.schema or default for d in description.datasets for c in d.collections}
    if dialect.name == "postgresql":
        every = inspector.get_schema_names()
        return [name for name in every if name != "information_schema" and not name.startswith("pg_")]
    return sorted(named | {default})


def _tables(inspector: Inspector, connection: Connection, schema: str, default: str) -> Iterator[tuple[str, LiveTable]]:
    asked = None if schema == default else schema
    views = {*inspector.get_view_names(asked), *_materialized(inspector, connection.dialect, asked)}
    keys = cast("dict[Any, Any]", inspector.get_multi_pk_constraint(asked))
    uniques = inspector.get_multi_unique_constraints(asked)
    indexes = inspector.get_multi_indexes(asked)
    foreign = inspector.get_multi_foreign_keys(asked)
    every = inspector.get_multi_columns(asked, kind=ObjectKind.ANY)
    names = {place[1]: [each["name"] for each in columns] for place, columns in every.items() if place[1] not in views}
    rules = rules_of(connection, inspector, asked, names)
    for place, columns in every.items():
        name = place[1]
        kept = rules.get(name, [])
        key = tuple((keys.get(place) or {}).get("constrained_columns") or ())
        sets = [frozenset(key)] if key else []
        sets += [frozenset(each["column_names"]) for each in uniques.get(place) or ()]
        made = indexes.get(place) or ()
        if connection.dialect.name == "sqlite":  # it lists what UNIQUE behind a column made only when asked to
            made = inspector.get_indexes(name, asked, include_auto_indexes=True)
        sets += [frozenset(each or "" for each in index["column_names"]) for index in made if _is_whole(index)]
        yield (
            name,
            LiveTable(
                {column["name"]: _column(column, connection.dialect) for column in columns},
                name in views,
                key,
                tuple(sets),
                frozenset[str]().union(
                    *sets,
                    *(_mentioned(index, names.get(name, ())) for index in made if index["unique"]),
                    *(rule.columns for rule in kept if not rule.condition),
                ),
                tuple(kept),
                frozenset(_kept(foreign.get(place) or (), schema, connection.dialect)),
            ),
        )


def _materialized(inspector: Inspector, dialect: Dialect, schema: str | None) -> list[str]:
    return inspector.get_materialized_view_names(schema) if dialect.name == "postgresql" else []


def _is_whole(index: Any) -> bool:
    """Whether an index keeps every row from repeating: not some of them, and by columns rather than expressions."""
    partial = any(
        key.endswith("_where") and value is not None for key, value in index.get("dialect_options", {}).items()
    )
    return bool(index["unique"]) and not partial and all(index["column_names"])


def _mentioned(index: Any, columns: Iterable[str]) -> frozenset[str]:
    """The columns that an index speaks of, those inside its expressions too."""
    return mentioned(
        " ".join(str(each) for each in (*index["column_names"], *(index.get("expressions") or ())) if each), columns
    )


def _kept(foreign: Any, schema: str, dialect: Dialect) -> Iterator[tuple[str, Place, str]]:
    """References that the database itself keeps. SQLite does so only while somebody asks it to."""
    if dialect.name == "sqlite":
        return
    for each in foreign:
        target = each["referred_schema"] or schema, each["referred_table"]
        for column, other in zip(each["constrained_columns"], each["referred_columns"], strict=True):
            yield column, target, other


def _column(column: Any, dialect: Dialect) -> LiveColumn:
    kind: TypeEngine[Any] = column["type"]
    try:
        exact = kind.compile(dialect=dialect)
    except CompileError:
        exact = "unknown"
    length = cast("int | None", getattr(kind, "length", None)) if isinstance(kind, types.String) else None
    choices = tuple(kind.enums) if isinstance(kind, types.Enum) else ()
    return LiveColumn(
        type_word(kind),
        exact,
        column["nullable"],
        length,
        _is_free(kind),
        "computed" in column,
        bool((column.get("identity") or {}).get("always")),
        isinstance(kind, types.ARRAY),
        _numbers(kind, dialect),
        choices,
    )


def _numbers(kind: TypeEngine[Any], dialect: Dialect) -> Range | None:
    """The numbers that a column holds; None where there is no bound, or the type is no number. SQLite heeds no type."""
    if isinstance(kind, SINGLE):
        return Range(Decimal("-3.4e38"), Decimal("3.4e38"))
    if isinstance(kind, types.Integer):
        is_unsigned = bool(getattr(kind, "unsigned", False))
        bits = 64 if dialect.name == "sqlite" else next((size for one, size in BITS if isinstance(kind, one)), 32)
        whole = 2**bits if is_unsigned else 2 ** (bits - 1)
        return Range(Decimal(0 if is_unsigned else -whole), Decimal(whole - 1), 0)
    if isinstance(kind, types.Float) or not isinstance(kind, types.Numeric) or dialect.name == "sqlite":
        return None
    places = kind.scale or 0
    if kind.precision is None or not 0 <= places <= kind.precision:
        return None
    most = Decimal(f"0{'9' * (kind.precision - places)}.{'9' * places}")  # As a sum it would be rounded.
    return Range(most.copy_negate(), most, places)


def _is_free(kind: TypeEngine[Any]) -> bool:
    """Whether a text column takes any text, and a list any of its elements."""
    if isinstance(kind, types.ARRAY):
        return _is_free(kind.item_type)
    is_text = isinstance(kind, types.String) and not isinstance(kind, types.Enum | mysql.SET)
    return is_text or type_word(kind) != "text"
