"""The batches in which rows are changed where a table takes nothing back: each is small, and harmless when done again.

A plan is one transaction where it can be. Where one of its tables knows none (MariaDB's MyISAM and Aria), the whole plan goes
in batches, each in a transaction of its own as far as its tables know them:

1. What refers to others goes before what it refers to, by the database's foreign keys and by what is declared. So whatever is
   left after an interruption can still be found by what it hangs on.
2. Within a table what stays is changed before anything goes, so that a kept row lets go in time.
3. A batch is of one table and at most :data:`AT_ONCE` rows. Rows of tables that refer to one another by the database's own
   foreign keys go together: those tables know transactions. So do equal rows without a key: nothing tells them apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

from sqlalchemy.sql.expression import TableClause

from dsr.records import Action, PlanRow
from dsr.sources.description import Description
from dsr.sources.erasing import links_of
from dsr.sources.sql_delete import referring
from dsr.sources.sql_foreign import ForeignKey, Table, deletion_order

AT_ONCE = 100


class Change(Protocol):
    """What of a change is needed here."""

    @property
    def description(self) -> Description:
        """What the source's tables hold."""

    @property
    def tables(self) -> Mapping[str, TableClause]:
        """The table of each collection."""

    @property
    def foreign_keys(self) -> Sequence[ForeignKey]:
        """Those that the database itself keeps."""

    def table_name(self, name: str) -> Table:
        """A collection's table by the names that its foreign keys use."""

    def without_transactions(self, names: Collection[str]) -> list[str]:
        """Those of some collections on which a change may stop half-way."""


def batches(change: Change, rows: Sequence[PlanRow]) -> list[list[PlanRow]]:
    """The rows that are to be changed, in the batches in which they go, one after another; none of what is kept."""
    asked = [row for row in rows if row.action is not Action.KEEP]
    by_name: dict[str, list[PlanRow]] = {}
    for row in asked:
        by_name.setdefault(row.key.collection, []).append(row)
    known = [name for name in by_name if name in change.tables]
    if len(known) < len(by_name) or not change.without_transactions(known):
        return [asked] if asked else []  # Of a table that nobody declared, the change itself says so.
    return list(_in_order(change, by_name))


def _in_order(change: Change, by_name: Mapping[str, list[PlanRow]]) -> Iterator[list[PlanRow]]:
    names = {change.table_name(name): name for name in change.tables}
    pairs = referring(change.description, change.foreign_keys, names)
    links = [(each.child, each.parent) for each in links_of(change.description.graph)]
    pairs |= {(child, parent) for child, parent in links if (parent, child) not in pairs}
    kept = {(names.get(key.child, ""), names.get(key.parent, "")) for key in change.foreign_keys}
    for group in deletion_order(tuple(by_name), pairs):
        tied = {name for pair in kept if set(pair) <= set(group) for name in pair}
        for name in group:
            yield from _pieces([row for row in by_name[name] if row.action is not Action.DELETE])
        going = {name: [row for row in by_name[name] if row.action is Action.DELETE] for name in group}
        for name in group:
            if name not in tied:
                yield from _pieces(going[name])
        together = [row for name in group if name in tied for row in going[name]]
        if together:
            yield together


def _pieces(rows: Sequence[PlanRow]) -> Iterator[list[PlanRow]]:
    equal: dict[str, list[PlanRow]] = {}
    for row in rows:
        equal.setdefault(row.key.digest, []).append(row)
    piece: list[PlanRow] = []
    for some in equal.values():
        if piece and len(piece) + len(some) > AT_ONCE:
            yield piece
            piece = []
        piece += some
    if piece:
        yield piece
