"""More rows of one table than a person has, deleted at once: what was erased is erased again after a backup was put back.

To look for each row first would be half the work. The database deletes them, says which went, and itself refuses when others
refer to one of them; unless exactly planned rows went, none did, and each is looked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from sqlalchemy import Dialect
from sqlalchemy.sql.expression import TableClause

from dsr.records import Action, PlanRow, Portable
from dsr.sources import whose
from dsr.sources.description import Description
from dsr.sources.sql_address import Place
from dsr.sources.sql_foreign import ForeignKey, Table, deletion_order

MANY = 1_000
"""Rows of one table beyond which they are as many as no person has."""


class NotAsPlanned(Exception):
    """Others than planned rows went, or would have; never leaves a change."""


class Asked(Protocol):
    """What a plan asks for the rows of one digest."""

    @property
    def row(self) -> PlanRow:
        """The planned row."""


class Change(Protocol):
    """What of a change is needed here."""

    @property
    def tables(self) -> Mapping[str, TableClause]:
        """Each collection's table."""

    @property
    def dialect(self) -> Dialect:
        """What the database can do."""

    @property
    def description(self) -> Description:
        """What the source's tables hold."""

    @property
    def foreign_keys(self) -> Sequence[ForeignKey]:
        """Those that the database itself keeps."""

    def place(self, name: str) -> Place:
        """A collection's table."""

    def table_name(self, name: str) -> Table:
        """A collection's table by the names that its foreign keys use."""


def chosen(change: Change, asked: Mapping[str, Mapping[str, Asked]]) -> list[str]:
    """The collections whose rows the database may take at once, what refers to others first.

    Nothing else that is to be deleted may refer to them: those rows go later.
    """
    if not change.dialect.delete_returning or all(len(by_digest) < MANY for by_digest in asked.values()):
        return []
    named = {change.table_name(name): name for name in change.tables}
    leading = {name: [key for key in change.foreign_keys if named.get(key.parent) == name] for name in asked}
    refers = {(named.get(key.child, ""), name) for name, keys in leading.items() for key in keys}
    deleting = [name for name, rows in asked.items() if any(each.row.action is Action.DELETE for each in rows.values())]
    later, lots = set(deleting), []
    for name in (name for group in deletion_order(deleting, refers) for name in group):
        is_free = all(key.refuses and named.get(key.child) not in later for key in leading[name])
        rows = [each.row for each in asked[name].values()]
        if is_free and len(rows) >= MANY and _are_alike(change.place(name), rows):
            lots.append(name)
            later.remove(name)
    return lots


def _are_alike(place: Place, rows: Sequence[PlanRow]) -> bool:
    return all(row.action is Action.DELETE for row in rows) and place.can_take([row.key for row in rows])


def taken(change: Change, place: Place, by_digest: Mapping[str, Asked]) -> set[str]:
    """Delete rows at once; the digests of those that were there. Raises NotAsPlanned, IntegrityError."""
    telling = whose.columns_of(change.description, place.name) if _is_any_told(by_digest) else ()
    planned = {tuple([value for _, value in each.row.key.columns]): each.row for each in by_digest.values()}
    width = len(place.key)
    went = place.taken([row.key for row in planned.values()], telling)
    rows = {values: planned.get(values[:width]) for values in went}
    if len(rows) != len(went):
        raise NotAsPlanned
    return {_planned(row, telling, values[width:]).key.digest for values, row in rows.items()}


def _is_any_told(by_digest: Mapping[str, Asked]) -> bool:
    return any(each.row.whose for each in by_digest.values())


def _planned(row: PlanRow | None, telling: Sequence[str], values: Sequence[Portable]) -> PlanRow:
    if row is None or not whose.is_theirs(row, dict(zip(telling, values, strict=True))):
        raise NotAsPlanned
    return row
