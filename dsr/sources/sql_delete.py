"""Deleting rows in one open transaction: what refers to others first, and never one on which somebody else's hangs.

1. Before anything is deleted, every row that the database itself would touch with it (whatever its foreign keys say: refuse,
   cascade, set null) must be a row that is deleted too. Otherwise nothing is changed.
2. Rows to which nothing refers go first, then those that refer to others. In a cycle every row that can go goes, until none
   is left; when none can, the rows of the cycle let go of one another. Afterwards none of them may be there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Select, column, delete, func, select, table, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.expression import TableClause

from dsr.sources.base import SourceError
from dsr.sources.description import Description
from dsr.sources.graph import Step
from dsr.sources.sql_address import Found, Place, Where, any_of, chunks
from dsr.sources.sql_foreign import ForeignKey, Table, deletion_order, table_name
from dsr.sources.sql_references import counted


@dataclass
class Doomed:
    """The rows of one collection that are to be deleted, by digest."""

    place: Place
    rows: dict[str, Found] = field(default_factory=dict)


class Change(Protocol):
    """What of a change is needed here."""

    @property
    def description(self) -> Description:
        """What the source's tables hold."""

    def place(self, name: str) -> Place:
        """A collection's table."""

    def execute(self, place: Place, statement: Any, expected: int | None) -> None:
        """Have a statement done that must meet the expected number of rows."""


def referring(description: Description, keys: Sequence[ForeignKey], names: Mapping[Table, str]) -> set[tuple[str, str]]:
    """Which collections refer to which, as (child, parent): by the database's foreign keys, else by what is declared."""
    pairs = {(names[key.child], names[key.parent]) for key in keys if key.child in names and key.parent in names}
    edges = description.graph.edges
    return pairs | {
        (e.source, e.target) for e in edges if e.step is Step.MANY_TO_ONE and (e.target, e.source) not in pairs
    }


class Deletion:
    """The deletions of one change."""

    def __init__(
        self, change: Change, connection: Connection, keys: Sequence[ForeignKey], tables: Mapping[str, TableClause]
    ) -> None:
        self._change = change
        self._connection = connection
        self._keys = keys
        self._tables = tables

    def delete(self, doomed: Mapping[str, Doomed]) -> None:
        """Delete them all. Raises SourceError."""
        if not doomed:
            return
        keys = self._keys
        names = {table_name(self._connection, place): name for name, place in self._tables.items()}
        for key in keys:
            parent = doomed.get(names.get(key.parent, ""))
            if parent:
                self._refuse_hurt(key, parent, doomed.get(names.get(key.child, "")), names.get(key.child))
        pairs = referring(self._change.description, keys, names)
        for group in deletion_order(tuple(doomed), pairs):
            if len(group) == 1 and (group[0], group[0]) not in pairs:
                self._delete_all(doomed[group[0]])
            else:
                inside = [key for key in keys if {names.get(key.child), names.get(key.parent)} <= set(group)]
                self._delete_cycle([doomed[name] for name in group], inside, names)

    def _refuse_hurt(self, key: ForeignKey, parent: Doomed, child: Doomed | None, child_name: str | None) -> None:
        """Raise SourceError ``still_referenced`` when a row that stays refers to one that goes."""
        place = self._change.place(child_name) if child_name else None
        spared = {digest: found.count for digest, found in child.rows.items()} if child else {}
        stranger = place.table if place else table(key.child[1], schema=self._schema_of(key.child))
        going = [record for found in child.rows.values() for record in found.records] if child else []
        for some in chunks(list(parent.rows.values()), lambda found: found.where):
            condition = self._refers(key, parent.place, any_of([found.where for found in some]))
            every = self._connection.execute(select(func.count()).select_from(stranger).where(condition)).scalar()
            ends = [record for found in some for record in found.records]
            # All are locked: when those that go are as many as there are, nobody else's is among them.
            stays = bool(every) and not (child and every == counted(key, child.place, going, parent.place, ends))
            if stays and place:
                hurt = Counter(record.key.digest for record, _ in place.read(condition))
                stays = any(count > spared.get(digest, 0) for digest, count in hurt.items())
            if stays:
                name = f" (foreign key '{key.name}')" if key.name else ""
                message = (
                    f"{parent.place.source}: rows of '{key.child[1]}' that stay refer to rows of '{parent.place.name}' "
                    f"that would go{name}. The plan must say what becomes of '{key.child[1]}'."
                )
                raise SourceError(message, code="still_referenced", permanent=True)

    def _schema_of(self, name: Table) -> str | None:
        return name[0] if self._connection.dialect.name != "sqlite" and name[0] else None

    def _refers(self, key: ForeignKey, parent: Place, where: Where) -> ColumnElement[bool]:
        """The condition of rows in the child's table that refer to some rows of the parent's."""
        alias = parent.table.alias("dsr_parent")
        named: list[ColumnElement[Any]] = [column(name) for name in key.parent_columns]
        ends: Select[Any] = select(*named).select_from(alias).where(where(alias))
        return tuple_(*(column(name) for name in key.columns)).in_(ends)

    def _delete_all(self, doomed: Doomed, *, is_cycle: bool = False) -> None:
        place = doomed.place
        for some in chunks(list(doomed.rows.values()), lambda found: found.where):
            statement = delete(place.table).where(any_of([found.where for found in some])(place.table))
            # In a cycle the database may have taken some away with others already: only the look afterwards can tell.
            is_counted = not is_cycle or not place.key
            self._change.execute(place, statement, sum(found.count for found in some) if is_counted else None)

    def _delete_cycle(self, group: Sequence[Doomed], keys: Sequence[ForeignKey], names: Mapping[Table, str]) -> None:
        """Delete rows that refer to one another. Where the database checks at the end, at once; else one by one."""
        if not self._survives(partial(self._delete_together, group)):
            rows = [Doomed(doomed.place, {digest: found}) for doomed in group for digest, found in doomed.rows.items()]
            left = self._delete_each(rows)
            if left and self._connection.dialect.name == "mysql":
                self._delete_unwatched(left)
            elif left and (not self._let_go(left, keys, names) or self._delete_each(left)):
                place = left[0].place
                message = f"{place.source}: rows of '{place.name}' refer to one another and cannot be taken apart."
                raise SourceError(message, code="still_referenced", permanent=True)
        for doomed in group:
            planned = {digest: found.records[0].key for digest, found in doomed.rows.items()}
            if doomed.place.find(planned, for_change=False):
                raise doomed.place.ambiguous(f"rows of '{doomed.place.name}' did not go")

    def _delete_together(self, group: Sequence[Doomed]) -> None:
        for doomed in group:
            self._delete_all(doomed, is_cycle=True)

    def _delete_each(self, rows: Sequence[Doomed]) -> Sequence[Doomed]:
        """Delete every row that nothing refers to any more, as long as there is one; those that are left."""
        while rows:
            left = [row for row in rows if not self._survives(partial(self._delete_all, row, is_cycle=True))]
            if len(left) == len(rows):
                break
            rows = left
        else:
            return ()
        return rows

    def _delete_unwatched(self, rows: Sequence[Doomed]) -> None:
        """MariaDB does not even let go a row that refers to itself.

        That only doomed rows refer to these was looked up before, and their locks keep others from beginning to.
        """
        self._connection.exec_driver_sql("SET SESSION foreign_key_checks = 0")
        try:
            self._delete_together(rows)
        finally:
            self._connection.exec_driver_sql("SET SESSION foreign_key_checks = 1")

    def _let_go(self, rows: Sequence[Doomed], keys: Sequence[ForeignKey], names: Mapping[Table, str]) -> bool:
        """Empty the references among rows that all will be deleted; whether any could be."""
        has_any = False
        for row in rows:
            own = row.place.key
            for key in keys:
                # A row is found by its columns: those must stay.
                if names[key.child] == row.place.name and own and not set(own) & set(key.columns):
                    where = any_of([found.where for found in row.rows.values()])(row.place.table)
                    emptied = update(row.place.table).where(where).values({column(name): None for name in key.columns})
                    has_any |= self._survives(partial(self._change.execute, row.place, emptied, None))
        return has_any

    def _survives(self, act: Callable[[], None]) -> bool:
        """Try something that the database may refuse because of a reference."""
        try:
            with self._connection.begin_nested():
                act()
        except IntegrityError:
            return False
        return True
