"""More rows of one table than a person has, deleted at once: what was erased is erased again after a backup was put back.

To look for each row first would be half the work. Where nothing refers to a table the database deletes them and says which
went; unless exactly planned rows went, none did, and each is looked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from sqlalchemy import Dialect, NestedTransaction

from dsr.records import Action, PlanRow, Portable
from dsr.sources import whose
from dsr.sources.description import Description
from dsr.sources.sql_address import Place

MANY = 1_000
"""Rows of one table beyond which they are as many as no person has."""


class Asked(Protocol):
    """What a plan asks for the rows of one digest."""

    @property
    def row(self) -> PlanRow:
        """The planned row."""


class Change(Protocol):
    """What of a change is needed here."""

    @property
    def dialect(self) -> Dialect:
        """What the database can do."""

    @property
    def description(self) -> Description:
        """What the source's tables hold."""

    def place(self, name: str) -> Place:
        """A collection's table."""

    def nested(self) -> NestedTransaction:
        """A part of the transaction that can be taken back alone."""

    def is_referred_to(self, name: str) -> bool:
        """Whether a foreign key of the database leads to a collection's table."""


def chosen(change: Change, asked: Mapping[str, Mapping[str, Asked]]) -> list[str]:
    """The collections whose rows the database may take at once."""
    if not change.dialect.delete_returning:
        return []
    many = [name for name, by_digest in asked.items() if len(by_digest) >= MANY and not change.is_referred_to(name)]
    return [name for name in many if _are_alike(change.place(name), [each.row for each in asked[name].values()])]


def _are_alike(place: Place, rows: Sequence[PlanRow]) -> bool:
    return all(row.action is Action.DELETE for row in rows) and place.can_take([row.key for row in rows])


def taken(change: Change, place: Place, by_digest: Mapping[str, Asked]) -> set[str] | None:
    """Delete rows at once; the digests of those that were there. None when others would have gone: then none did."""
    telling = whose.columns_of(change.description, place.name) if _is_any_told(by_digest) else ()
    planned = {tuple([value for _, value in each.row.key.columns]): each.row for each in by_digest.values()}
    width = len(place.key)
    with change.nested() as attempt:
        went = place.taken([row.key for row in planned.values()], telling)
        rows = {values: planned.get(values[:width]) for values in went}
        if len(rows) == len(went) and all(_is_planned(row, telling, values[width:]) for values, row in rows.items()):
            return {row.key.digest for row in rows.values() if row is not None}
        attempt.rollback()
    return None


def _is_any_told(by_digest: Mapping[str, Asked]) -> bool:
    return any(each.row.whose for each in by_digest.values())


def _is_planned(row: PlanRow | None, telling: Sequence[str], values: Sequence[Portable]) -> bool:
    return row is not None and whose.is_theirs(row, dict(zip(telling, values, strict=True)))
