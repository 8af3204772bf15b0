"""The SQL of one source. Every statement is built and compiled once per process; afterwards only its parameters change.

Statements read plain ``table`` and ``column`` names: nothing is reflected. All values of a condition travel in one
parameter, so that the text of a statement does not depend on how many there are.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    Dialect,
    Text,
    and_,
    case,
    cast,
    column,
    func,
    literal_column,
    null,
    or_,
    select,
    table,
)
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ColumnClause, TableClause

from dsr.records import IdentityKind
from dsr.sources.base import Condition
from dsr.sources.dataset import Collection
from dsr.sources.description import Description, NameColumns
from dsr.sources.graph import IdentityColumn
from dsr.sources.sql_dialect import Parameters, RowLists, careful_twin
from dsr.sources.sql_dialects import dialect_of
from dsr.sources.sql_match import can_be_indexed, identity_condition, match_key

KEY_PREFIX = "dsr_key_"

Shape = tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
"""Of each condition its columns and those that must be empty: all that a statement's text depends on."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Compiled SQL. ``positions`` is None where the driver takes parameters by name.

    ``careful`` asks the same without an index, for when the database cannot compare as asked (``SqlDialect.needs_care``).
    """

    text: str
    constants: Mapping[str, Any]
    lists: frozenset[str]
    positions: tuple[str, ...] | None
    argument: Callable[[str, Parameters], Any]
    careful: Statement | None = None

    def arguments(self, values: Parameters) -> Any:
        """What the driver is given, each list of values packed into one parameter."""
        named = {**self.constants, **{name: self.argument(name, values) for name in self.lists}}
        return named if self.positions is None else tuple(named[name] for name in self.positions)


def shape_of(conditions: Sequence[Condition]) -> Shape:
    """The part of conditions that a statement's text depends on."""
    return tuple((condition.columns, condition.unowned) for condition in conditions)


def values_of(conditions: Sequence[Condition]) -> Parameters:
    """The other part: each condition's values, column by column, and of several columns row by row as well."""
    values: dict[str, Sequence[Hashable]] = {}
    for number, condition in enumerate(conditions):
        for index in range(len(condition.columns)):
            values[_parameter(number, index)] = listed = [row[index] for row in condition.values]
            if len(condition.columns) > 1:
                values[_parameter(number, index) + "_rows"] = listed
                values[_rows(number)] = condition.values
    return values


def _parameter(condition: int, column_index: int) -> str:
    return f"values_{condition}_{column_index}"


def _rows(condition: int) -> str:
    return f"values_{condition}_rows"


class Statements:
    """Makes and keeps the statements of one description for one dialect."""

    def __init__(self, description: Description, dialect: Dialect) -> None:
        self._description = description
        self._dialect = dialect
        self._words = dialect_of(dialect.name)
        self._careful = careful_twin(dialect) if self._words.has_careful_form else None
        self._tables = tables_of(description, self._words.name)
        roots = description.graph.identities
        self._identities: dict[tuple[str, tuple[str, ...]], IdentityKind] = {
            (self._tables[root.collection].fullname, (root.column,)): root.kind for root in roots
        }
        self.identity = lru_cache(maxsize=None)(self._identity)
        self.names = lru_cache(maxsize=None)(self._names)
        self.count = lru_cache(maxsize=4096)(self._count)
        self.rows = lru_cache(maxsize=4096)(self._rows)

    def _identity(self, identity: IdentityColumn) -> Statement:
        """The spellings in an identity's column that are the person's."""
        place = self._tables[identity.collection].c[identity.column]
        condition = identity_condition(place, identity.kind, self._dialect.name)
        return self._compiled(self._words.once(select(self._words.link_value(place)).where(condition)))

    def _names(self, place: NameColumns) -> Statement:
        """The names of people in some columns that are among the given ones, in lower case, part by part."""
        columns = [self._tables[place.collection].c[name] for name in place.columns]
        matches = [self._words.is_any_text(func.lower(func.trim(each)), f"names_{n}") for n, each in enumerate(columns)]
        return self._compiled(select(*columns).where(*matches).distinct())

    def _count(self, collection: str, shape: Shape) -> Statement:
        """How many rows meet the conditions."""
        place = self._tables[collection]
        return self._compiled(select(func.count()).select_from(place).where(self._where(collection, shape)))

    def _rows(self, collection: str, shape: Shape) -> Statement:
        """Every declared column of the rows that meet the conditions, as far as it may be read, in a stable order.

        Of values that may be in no output the database says only whether there is one. A key is read all the same,
        behind the columns, because it names the row in a sealed finding.
        """
        declared = self._description.graph.collections[collection]
        secrets = self._description.secrets(declared)
        statement = select(*readable(self._tables[collection], declared, secrets)).where(self._where(collection, shape))
        return self._compiled(statement.order_by(*self._order(declared, secrets)))

    def _order(self, collection: Collection, secrets: frozenset[str]) -> list[ColumnElement[Any]]:
        """By the overlay's columns, then by the key; without a key by everything that may be read, as text."""
        columns = self._tables[collection.name].c
        said = [columns[name] for name in self._description.overlay.of(collection.name).order_by]
        if collection.key:
            return [*said, *(columns[name] for name in collection.key)]
        return [*said, *(self._words.order_text(place) for place in columns if place.name not in secrets)]

    def _where(self, collection: str, shape: Shape, first: int = 0) -> ColumnElement[bool]:
        """At least one of the conditions is met; they are numbered from ``first`` among those of the statement."""
        place = self._tables[collection]
        return or_(*(self._condition(place, number, *each) for number, each in enumerate(shape, first)))

    def _condition(
        self, place: TableClause, number: int, columns: tuple[str, ...], unowned: tuple[str, ...]
    ) -> ColumnElement[bool]:
        """Each column equals one of its values; with several columns, all of them those of one row."""
        parameters = [_parameter(number, index) for index in range(len(columns))]
        places = [place.c[name] for name in columns]
        matches = [self._words.is_any(*each) for each in zip(places, parameters, strict=True)]
        if len(columns) > 1:
            lists = RowLists(tuple(name + "_rows" for name in parameters), _rows(number))
            matches.append(self._words.is_row(places, lists))
        kind = self._identities.get((place.fullname, columns))
        if kind is not None and can_be_indexed(kind, self._dialect.name):
            key = partial(match_key, kind=kind, dialect=self._dialect.name)
            matches.append(self._words.is_spelled_alike(places[0], key, parameters[0]))
        return and_(*matches, *(self._is_empty(place.c[name]) for name in unowned))

    def _is_empty(self, place: ColumnElement[Any]) -> ColumnElement[bool]:
        return func.nullif(func.trim(cast(place, Text)), "").is_(None)

    def _compiled(self, statement: ClauseElement) -> Statement:
        careful = self._compiled_for(self._careful, statement) if self._careful else None
        return replace(self._compiled_for(self._dialect, statement), careful=careful)

    def _compiled_for(self, dialect: Dialect, statement: ClauseElement) -> Statement:
        compiled = typing.cast("SQLCompiler", statement.compile(dialect=dialect))
        lists = frozenset(name for name, bind in compiled.binds.items() if bind.required)
        constants = {name: value for name, value in compiled.params.items() if name not in lists}
        positions = tuple(compiled.positiontup) if compiled.positiontup is not None else None
        return Statement(str(compiled), constants, lists, positions, self._words.argument)


def tables_of(description: Description, mark: Callable[[str], str] = str) -> dict[str, TableClause]:
    """The table of each collection; ``mark`` is the dialect's ``SqlDialect.name``."""
    schema = next((dataset.schema for dataset in description.datasets if dataset.schema), "")
    return {c.name: _table(c, schema, mark) for c in description.graph.collections.values()}


def _table(collection: Collection, default_schema: str, mark: Callable[[str], str]) -> TableClause:
    schema, _, name = collection.name.rpartition(".")
    columns: list[ColumnClause[Any]] = [column(mark(field.name)) for field in collection.fields]
    schema = schema or default_schema
    return table(mark(name), *columns, schema=mark(schema) if schema else None)


def readable(place: TableClause, declared: Collection, secrets: frozenset[str]) -> list[ColumnElement[Any]]:
    """What ``sql_rows.RowReader`` reads of a table: its columns, of secrets only their presence, then secret keys."""
    shown = [_presence(each) if each.name in secrets else each for each in place.columns]
    return [*shown, *(place.c[name].label(KEY_PREFIX + name) for name in declared.key if name in secrets)]


def _presence(place: ColumnClause[Any]) -> ColumnElement[Any]:
    return case((place.is_(None), null()), else_=literal_column("1")).label(place.name)
