"""Whether what the ledger says can still be looked for: a source may be described otherwise by now than when it was written.

A table or column that was renamed since has its old name in a backup, and in the ledger. What cannot be looked for under the
names of today is told; a replay that passed it over in silence would leave somebody standing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from dsr.records import Action, PlanRow
from dsr.sources.description import Description

Misfits = Counter[tuple[str, str]]
"""How many rows speak of (collection, column) that the description lacks; an empty column where it is the collection."""


def is_fitting(described: Description, rows: Iterable[PlanRow]) -> bool:
    """Whether every name is known: so it nearly always is, and looking at each row by itself would take long."""
    named = {(row.key.collection, *[name for name, _ in row.key.columns], *row.changes) for row in rows}
    known = _known(described)
    return all(collection in known and known[collection].issuperset(names) for collection, *names in named)


def fitting(described: Description, rows: Iterable[PlanRow], misfits: Misfits) -> Iterator[PlanRow]:
    """The rows as far as the description knows their names; the others are counted in ``misfits``."""
    known = _known(described)
    for row in rows:
        fields = known.get(row.key.collection)
        if fields is None:
            misfits[row.key.collection, ""] += 1
            continue
        if unknown := {name for name, _ in row.key.columns} - fields:
            misfits[row.key.collection, min(unknown)] += 1
            continue
        lost = row.changes.keys() - fields
        misfits.update((row.key.collection, name) for name in lost)
        changes = {name: value for name, value in row.changes.items() if name not in lost}
        if changes or not lost or row.action is Action.DELETE:
            yield replace(row, changes=changes) if lost else row


def _known(described: Description) -> dict[str, set[str]]:
    collections = described.graph.collections
    return {name: {field.name for field in collection.fields} for name, collection in collections.items()}


def in_words(source: str, misfits: Misfits) -> Iterator[str]:
    """What could not be looked for, and what to do."""
    for (collection, column), rows in sorted(misfits.items()):
        place = f"'{collection}.{column}'" if column else f"'{collection}'"
        yield (
            f"{source}: {rows} rows of the ledger speak of {place}, which the source's description does not have any more, so "
            "they were not looked for there. Was it renamed? Describe it under the old name as well, and replay once more."
        )
