"""Rows as a driver returns them, turned into records; the same for reading and for looking again before a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dsr.records import Record, RecordKey
from dsr.sources.base import Condition
from dsr.sources.dataset import Collection
from dsr.sources.sql_values import Oversized, OversizedJson, without


class RowReader:
    """Makes records of one collection's rows."""

    def __init__(self, source: str, collection: Collection, secrets: frozenset[str]) -> None:
        self._source = source
        self._collection = collection
        self._names = tuple(field.name for field in collection.fields)
        self._secrets = [(index, name) for index, name in enumerate(self._names) if name in secrets]
        self._documents = [(n, column.name, column.secret_paths) for n, column in enumerate(collection.fields)]
        self._documents = [each for each in self._documents if each[2] and each[1] not in secrets]
        self._converters: list[tuple[int, Any]] = []
        key = collection.key or tuple(name for name in self._names if name not in secrets)
        places = {name: index for index, name in enumerate(self._names)}
        behind = [name for name in collection.key if name in secrets]
        places |= {name: len(self._names) + index for index, name in enumerate(behind)}
        self._key = [(name, places[name]) for name in key]
        self._width = len(self._names) + len(behind)

    def prepare(self, converters: list[tuple[int, Any]]) -> None:
        """Learn how the result's values become portable."""
        self._converters = converters

    def record(self, row: Sequence[Any]) -> Record:
        """One row."""
        values = list(row)
        oversized: dict[str, bytes] = {}
        held: tuple[str, ...] = self._empty_documents(values) if self._documents else ()
        for index, convert in self._converters:
            value = values[index]
            if value is not None:
                value = convert(value)
                if type(value) is Oversized:
                    oversized[self._names[index]] = value.raw
                    value = value.stand_in
                values[index] = value
        if self._secrets:
            held += tuple(name for index, name in self._secrets if values[index] is not None)
            for index, _ in self._secrets:
                values[index] = None
        named = tuple([(name, values[place]) for name, place in self._key])
        key = RecordKey(self._source, self._collection.name, named)
        return Record(key, dict(zip(self._names, values, strict=False)), held, oversized)

    def _empty_documents(self, values: list[Any]) -> tuple[str, ...]:
        """Take secrets out of documents; names them as ``column.path``. A document too large to be read is held whole."""
        held: list[str] = []
        for index, name, paths in self._documents:
            if isinstance(values[index], OversizedJson):
                values[index] = None
                held.append(name)
            elif values[index] is not None:
                values[index], emptied = without(values[index], paths)
                held += sorted(f"{name}.{path}".rstrip(".") for path in emptied)
        return tuple(held)


class MarkedReader(RowReader):
    """Makes records of rows behind which it stands which conditions of being shared each meets."""

    def __init__(
        self, source: str, collection: Collection, secrets: frozenset[str], shared: Sequence[Condition]
    ) -> None:
        super().__init__(source, collection, secrets)
        self._reasons = [condition.via for condition in shared]

    def prepare(self, converters: list[tuple[int, Any]]) -> None:
        """Learn how the result's values become portable; the marks stay as they are."""
        super().prepare([(index, convert) for index, convert in converters if index < self._width])

    def record(self, row: Sequence[Any]) -> Record:
        """One row."""
        if not self._reasons:
            return super().record(row)
        record = super().record(row[: -len(self._reasons)])
        marks = row[-len(self._reasons) :]
        shared = tuple(dict.fromkeys(reason for reason, mark in zip(self._reasons, marks, strict=True) if mark))
        return replace(record, shared=shared) if shared else record
