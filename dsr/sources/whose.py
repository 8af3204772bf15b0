"""Whose a row still is. Between the look and the change, or the backup and its replay, its number may be somebody else's.

A shop that deletes order 10 may give that number again; one that finds a typing error in a guest's address hands the order to
another person. So a planned row carries prints of what said whose it was (addresses, customer numbers, owners), and is touched
only while one of them, at least, is as it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from dsr.records import PlanRow, Portable
from dsr.sources.description import Description
from dsr.sources.document import is_same
from dsr.sources.graph import Edge, Graph

DIGITS = 16
"""Of a print: enough to tell two people apart, and it stands under a seal."""

Planned = tuple[PlanRow, Mapping[str, Portable]]
"""A planned row, and what its columns hold now."""


def columns_of(description: Description, collection: str) -> tuple[str, ...]:
    """The columns that say whose a row is. Whoever holds a key that says it is found by it; a number alone says nothing.

    What may be in no output is left out: not every look sees it.
    """
    graph = description.graph
    declared = graph.collections[collection]
    unseen = {*declared.key, *description.secrets(declared)}
    named = [name for name in graph.whose.get(collection, ()) if name not in unseen]
    others = [each.column for each in graph.identities_of(collection) if each.column not in unseen]
    return tuple(dict.fromkeys(named or others))


def read_for(description: Description, collection: str) -> set[str]:
    """The columns to read for :func:`strangers`."""
    edges = [edge for edge in description.graph.edges if edge.is_owner and edge.source == collection]
    return {name for edge in edges for name in edge.columns} | set(columns_of(description, collection))


def prints(description: Description, collection: str, values: Mapping[str, Portable]) -> dict[str, str]:
    """By column, a print of what says whose the row is; empty where nothing stands there."""
    return {name: print_of(values.get(name)) for name in columns_of(description, collection)}


def prints_after(row: PlanRow) -> dict[str, str]:
    """The prints of a planned row once it is changed."""
    return {name: print_of(row.changes[name]) if name in row.changes else told for name, told in row.whose.items()}


def print_of(value: Portable) -> str:
    """The same for two spellings of one value; empty for an empty one."""
    text = "" if value is None else str(value).strip().casefold()
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS] if text else ""


def is_theirs(row: PlanRow, values: Mapping[str, Portable]) -> bool:
    """Whether a row under the planned key is still the planned person's, before the change or after it."""
    told = row.whose
    return (
        not told
        or any(_tells(row, name, values) for name in told)
        or all(_is_known(row, name, values) for name in told)
    )


def strangers(graph: Graph, rows: Mapping[str, Sequence[Planned]]) -> set[str]:
    """Digests of planned rows, by collection, that are somebody else's by now, with what hangs on them."""
    found = {row.key.digest for here in rows.values() for row, values in here if not is_theirs(row, values)}
    while found:
        hanging = found | {digest for edge in graph.edges if edge.is_owner for digest in _hanging(edge, rows, found)}
        if hanging == found:
            break
        found = hanging
    return found


def _hanging(edge: Edge, rows: Mapping[str, Sequence[Planned]], found: set[str]) -> set[str]:
    """Rows that are the person's by nothing but an owner who is somebody else by now."""
    owners = {_at(edge.columns, values) for row, values in rows.get(edge.source, ()) if row.key.digest in found}
    return {
        row.key.digest
        for row, values in rows.get(edge.target, ())
        if _at(edge.target_columns, values) in owners and _telling(row, values) <= set(edge.target_columns)
    }


def _at(columns: Sequence[str], values: Mapping[str, Portable]) -> tuple[str, ...]:
    return tuple(str(values.get(name)) for name in columns)


def _telling(row: PlanRow, values: Mapping[str, Portable]) -> set[str]:
    """The columns that still say that it is theirs: as they were, or as the plan filled them."""
    return {name for name in row.whose if _tells(row, name, values)}


def _tells(row: PlanRow, name: str, values: Mapping[str, Portable]) -> bool:
    before = row.whose[name]
    return bool(before and print_of(values.get(name)) == before) or _is_filled(row, name, values)


def _is_filled(row: PlanRow, name: str, values: Mapping[str, Portable]) -> bool:
    value = row.changes.get(name)
    return value is not None and is_same(values.get(name), value)


def _is_known(row: PlanRow, name: str, values: Mapping[str, Portable]) -> bool:
    is_changed = name in row.changes and is_same(values.get(name), row.changes[name])
    return is_changed or print_of(values.get(name)) == row.whose[name]
