"""A shop written as a few lines: its tables (see ``test_reach.dataset_of``), its rows, in a SQLite database of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

from dsr.records import Identity, IdentityKind, Person, Record, normalise_email
from dsr.sources import registry
from dsr.sources.base import FieldPath, Links, Located
from tests.sources.test_reach import Tables, dataset_of


def by_email(*addresses: str) -> Person:
    """Somebody whose mailboxes were proved."""
    return Person(tuple(Identity(IdentityKind.EMAIL, normalise_email(address)) for address in addresses))


def by_phone(*numbers: str) -> Person:
    """Somebody whose telephones were proved."""
    return Person(tuple(Identity(IdentityKind.PHONE, number) for number in numbers))


class ShopOfRows:
    """One such shop."""

    def __init__(
        self, folder: Path, tables: str, rows: Tables, overlay: str = "", key: str = "shop", others: Sequence[str] = ()
    ) -> None:
        self.url = f"sqlite:///{folder / key}.db"
        self.dataset = tables if tables.lstrip().startswith("dataset:") else dataset_of(key, tables)
        self.description = registry.load(self.dataset, overlay, others=tuple(others))
        with sqlite3.connect(folder / f"{key}.db") as connection:
            for collection in self.description.graph.collections.values():
                names = [field.name for field in collection.fields]
                connection.execute(f'CREATE TABLE "{collection.name}" ({", ".join(_quoted(names))})')
                for row in rows.get(collection.name, []):
                    values = [row.get(name) for name in names]
                    connection.execute(
                        f'INSERT INTO "{collection.name}" VALUES ({", ".join("?" * len(names))})', values
                    )
        connection.close()

    def search(
        self, person: Person, links: Links | None = None, exposed: Sequence[FieldPath] = ()
    ) -> tuple[Located, list[Record]]:
        """What is located for a person, and the rows."""
        with registry.open_source("sql", "shop", self.url, self.description, exposed=exposed) as source:
            located = source.locate(person, links or {})
            return located, list(source.gather(located))


def _quoted(names: Sequence[str]) -> list[str]:
    return [f'"{name}"' for name in names]


def rows_of(records: Sequence[Record]) -> dict[str, set[Any]]:
    """The first columns of the rows, by collection."""
    found: dict[str, set[Any]] = {}
    for record in records:
        found.setdefault(record.key.collection, set()).add(next(iter(record.values.values())))
    return found


def shared_of(records: Sequence[Record]) -> dict[tuple[str, Hashable], tuple[str, ...]]:
    """The reasons of those rows that are shared, by collection and first column."""
    return {
        (record.key.collection, str(next(iter(record.values.values())))): record.shared
        for record in records
        if record.shared
    }
