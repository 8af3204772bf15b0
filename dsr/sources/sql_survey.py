"""The live schema beside the description: what is missing, what nobody declared, and of which type each column is."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

from sqlalchemy import Connection, inspect, types
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.exc import SAWarning
from sqlalchemy.types import TypeEngine

from dsr.sources.dataset import Collection, Dataset
from dsr.sources.description import ColumnTypes, Description
from dsr.sources.sql_dialects import dialect_of
from dsr.yaml_text import Problem, nearest

LiveSchema = dict[str, dict[str, str]]
"""Type words by table (``table`` or ``schema.table``) and column."""


def live_schema(connection: Connection, description: Description) -> LiveSchema:
    """Every table and column of the schemas that the description speaks of."""
    inspector, dialect = inspect(connection), dialect_of(connection.dialect.name)
    found: LiveSchema = {}
    for named in _schemas(description):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # a type that SQLAlchemy does not know is text to us
            columns = inspector.get_multi_columns(schema=named or None, kind=ObjectKind.ANY)
        for (_, table), described in columns.items():
            name = f"{named}.{table}" if named else table
            found[name] = {dialect.live_name(column["name"]): type_word(column["type"]) for column in described}
    return found


def survey_schema(connection: Connection, description: Description) -> tuple[list[Problem], ColumnTypes]:
    """Where description and database differ, and the type word of each declared column by collection."""
    live = live_schema(connection, description)
    problems: list[Problem] = []
    types_found: dict[str, dict[str, str]] = {}
    for dataset in description.datasets:
        for collection in dataset.collections:
            problems += _collection_problems(dataset, collection, live)
            types_found[collection.name] = live.get(live_name(dataset, collection), {})
    return problems, types_found


def type_word(kind: TypeEngine[object]) -> str:
    """A column's type in the words of ``exports.snapshot.FieldCard``."""
    words: tuple[tuple[type[TypeEngine[object]], str], ...] = (
        (types.Boolean, "boolean"),
        (types.Integer, "integer"),
        (types.Numeric, "number"),
        (types.Float, "number"),
        (types.DateTime, "datetime"),
        (types.Date, "date"),
        (types.Time, "time"),
        (types.JSON, "json"),
        (types.ARRAY, "json"),
        (types.LargeBinary, "bytes"),
    )  # type: ignore[assignment]  # each of these is generic in the value it carries
    return next((word for parent, word in words if isinstance(kind, parent)), "text")


def _schemas(description: Description) -> list[str]:
    named = {
        collection.name.rpartition(".")[0] or dataset.schema
        for dataset in description.datasets
        for collection in dataset.collections
    }
    return sorted(named)


def live_name(dataset: Dataset, collection: Collection) -> str:
    """The table's name in the database, with its schema when one is declared."""
    named = "." in collection.name or not dataset.schema
    return collection.name if named else f"{dataset.schema}.{collection.name}"


def _collection_problems(dataset: Dataset, collection: Collection, live: LiveSchema) -> Iterator[Problem]:
    place = f"{dataset.key}.{collection.name}"
    columns = live.get(live_name(dataset, collection))
    if columns is None:
        message = f"the database has no table '{collection.name}'{nearest(live_name(dataset, collection), live)}"
        yield Problem(dataset.file, message, collection.line, place, "a table that exists and may be read")
        return
    for field in collection.fields:
        if field.name not in columns:
            message = f"the table has no column '{field.name}'{nearest(field.name, columns)}"
            yield Problem(dataset.file, message, field.line, f"{place}.{field.name}", "a column that exists")
    declared = {field.name for field in collection.fields}
    for name in columns:
        if name not in declared and not collection.is_skipped:
            message = f"nobody declared the column '{name}': it will be in nobody's copy"
            yield Problem(dataset.file, message, collection.line, place, f"- name: {name}", is_warning=True)
