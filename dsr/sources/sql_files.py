"""Which files rows still name, asked of the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, column, select

from dsr.sources.description import Description
from dsr.sources.named_files import path_of, spelled
from dsr.sources.sql_statements import tables_of


def naming(connection: Connection, description: Description, files: Mapping[str, Collection[str]]) -> frozenset[str]:
    """Those of some files, by path, that a row names in a declared column. ``files``: each path with spellings of it."""
    found: set[str] = set()
    for name, place in tables_of(description).items():
        for each, folder in description.overlay.of(name).files.items():
            names = {one for path, met in files.items() for one in spelled(folder, path, met)}
            if not names:
                continue
            named: ColumnElement[Any] = column(each)
            rows = connection.execute(select(named).distinct().select_from(place).where(named.in_(sorted(names))))
            found.update(path_of(folder, str(value)) for (value,) in rows)
    return frozenset(found & files.keys())
