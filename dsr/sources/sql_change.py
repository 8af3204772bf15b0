"""Carrying out a plan in one open transaction of a shop's database.

This is the code that destroys. What keeps it from a neighbour's row:

1. Each planned row is looked for, locked, read as a gather reads it, and counts only when its digest is the planned one.
   Where that finds other than the planned number of rows, nothing is changed.
2. Corrections and masks come first, so that a kept row can let go of one that is deleted.
3. Before anything is deleted, every row that the database itself would touch with it (whatever its foreign keys say: refuse,
   cascade, set null) must be a row that is deleted too. Otherwise nothing is changed.
4. Rows to which nothing refers go first, then those that refer to others. In a cycle every row that can go goes, until none
   is left; when none can, the rows of the cycle let go of one another. Afterwards none of them may be there.
5. Each statement must change as many rows as were found. Otherwise nothing is changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    cast,
    column,
    delete,
    func,
    select,
    table,
    tuple_,
    types,
    update,
)
from sqlalchemy.exc import IntegrityError

from dsr.records import CANONICAL_JSON, Action, Outcome, PlanRow, Portable, Record, RecordKey
from dsr.sources.base import SourceError
from dsr.sources.description import Description
from dsr.sources.document import is_same, place_of, values_at, with_value
from dsr.sources.graph import Step
from dsr.sources.sql_address import Found, Place, Where, any_of, chunks, untyped
from dsr.sources.sql_foreign import ForeignKey, Table, columns_at, deletion_order, foreign_keys, table_name
from dsr.sources.sql_references import counted
from dsr.sources.sql_statements import tables_of
from dsr.sources.sql_transactions import table_without_transactions

MANY = 1_000
"""Rows of one table beyond which they are as many as no person has: what was erased is erased again."""


@dataclass(slots=True)
class Asked:
    """What a plan asks for the rows of one digest; equal rows of a table without a key come several times."""

    row: PlanRow
    times: int = 1


@dataclass
class Doomed:
    """The rows of one collection that are to be deleted, by digest."""

    place: Place
    rows: dict[str, Found] = field(default_factory=dict)


class Change:
    """One plan in one transaction. ``proves``: it only looks, and then also at what may be in no output."""

    def __init__(self, source: str, connection: Connection, description: Description, *, proves: bool = False) -> None:
        self._source = source
        self._connection = connection
        self._description = description
        self._tables = tables_of(description)
        self._places: dict[str, Place] = {}
        self._proves = proves

    def carry_out(self, rows: Sequence[PlanRow]) -> list[Outcome]:
        """Do everything, or raise SourceError: then the transaction must not be committed."""
        asked = self._asked(rows)
        self._refuse_half_done(asked)
        met: set[str] = set()
        doomed: dict[str, Doomed] = {}
        leaves: list[Doomed] = []
        deletes = any(row.action is Action.DELETE for row in rows)
        parents = {key.parent for key in self._foreign_keys} if deletes else set()
        for name, by_digest in asked.items():
            is_leaf = deletes and self._table_name(name) not in parents
            found = self._found(name, by_digest, is_leaf=is_leaf)
            met |= found.keys()
            gone = {digest: each for digest, each in found.items() if by_digest[digest].row.action is Action.DELETE}
            self._update(self.place(name), [(by_digest[d].row, each) for d, each in found.items() if d not in gone])
            if gone and is_leaf:
                leaves.append(Doomed(self.place(name), gone))
            elif gone:
                doomed[name] = Doomed(self.place(name), gone)
        for each in leaves:
            self._delete_all(each)
        self._delete(doomed)
        return [Outcome(row.key, row.action, int(row.key.digest in met)) for row in rows]

    def read_back(self, rows: Sequence[PlanRow]) -> list[Record]:
        """The planned rows as they are now, by their key or by the key that the plan gave them."""
        records: list[Record] = []
        for name, by_digest in self._asked(rows, with_kept=True).items():
            place = self.place(name)
            keys = {digest: asked.row.key for digest, asked in by_digest.items()}
            found = place.find(keys, for_change=False)
            moved = {key.digest: key for key in (asked.row.moved_to for asked in by_digest.values()) if key}
            found |= place.find({digest: key for digest, key in moved.items() if digest not in keys}, for_change=False)
            times = Counter({digest: asked.times for digest, asked in by_digest.items()})
            times.update(
                key.digest for asked in by_digest.values() if (key := asked.row.moved_to) for _ in range(asked.times)
            )
            for digest, each in found.items():
                records += each.records[: times[digest]]
        return records

    def unmet(self, rows: Sequence[PlanRow]) -> list[tuple[RecordKey, str]]:
        """What a plan asked for and is not so: rows still there (with an empty word), columns that hold something else."""
        found: list[tuple[RecordKey, str]] = []
        for name, by_digest in self._asked(rows).items():
            place = self.place(name)
            by_key = {(key := asked.row.moved_to or asked.row.key).digest: (key, asked) for asked in by_digest.values()}
            there = place.find({digest: key for digest, (key, _) in by_key.items()}, for_change=False)
            for digest, each in there.items():
                key, asked = by_key[digest]
                if asked.row.action is Action.DELETE:
                    found.append((asked.row.key, ""))
                    continue
                for column_name, value in asked.row.changes.items():
                    named, path = self._place_of(place, column_name)
                    held = [values_at(record.values.get(named), path) for record in each.records]
                    if any(not is_same(one, value) for ones in held for one in ones):
                        found.append((asked.row.key, column_name))
        return found

    @cached_property
    def _foreign_keys(self) -> list[ForeignKey]:
        return foreign_keys(self._connection, {place.schema for place in self._tables.values()})

    def _table_name(self, name: str) -> Table:
        return table_name(self._connection, self._tables[name])

    def place(self, name: str) -> Place:
        """A collection's table."""
        if name not in self._places:
            collection = self._description.graph.collections.get(name)
            if collection is None:
                raise self._unknown(f"a plan speaks of '{name}', which the dataset does not declare")
            secrets = frozenset[str]() if self._proves else self._description.secrets(collection)
            self._places[name] = Place(self._source, self._connection, collection, self._tables[name], secrets)
        return self._places[name]

    def _refuse_half_done(self, names: Iterable[str]) -> None:
        """Raise SourceError ``no_transactions`` when a table could not be rolled back."""
        name = table_without_transactions(self._connection, [self.place(name).table for name in names])
        if name:
            message = (
                f"{self._source}: the table '{name}' knows no transactions, a change could stop half-way; "
                f"nothing was changed. ALTER TABLE {name} ENGINE=InnoDB cures it."
            )
            raise SourceError(message, code="no_transactions", permanent=True)

    def _asked(self, rows: Sequence[PlanRow], *, with_kept: bool = False) -> dict[str, dict[str, Asked]]:
        """What is asked, by collection and digest. Kept rows are not even looked at."""
        asked: dict[str, dict[str, Asked]] = {}
        for row in rows:
            if row.key.source != self._source:
                raise self._unknown(f"a plan speaks of a row of '{row.key.source}'")
            digest = row.key.digest
            same = asked.setdefault(row.key.collection, {}).setdefault(digest, Asked(row, 0))
            if (same.row.action, same.row.changes) != (row.action, row.changes):
                raise self.place(row.key.collection).ambiguous("a plan asks for two things to be done with equal rows")
            same.times += 1
        if with_kept:
            return asked
        kept = {name: {d: a for d, a in by.items() if a.row.action is not Action.KEEP} for name, by in asked.items()}
        return {name: by_digest for name, by_digest in kept.items() if by_digest}

    def _found(self, name: str, by_digest: Mapping[str, Asked], *, is_leaf: bool) -> dict[str, Found]:
        """The rows there are, locked if need be; without a key in exactly the planned number, or none of them."""
        place = self.place(name)
        keys = {digest: asked.row.key for digest, asked in by_digest.items()}
        deletes = {asked.row.action is Action.DELETE for asked in by_digest.values()}
        ends = columns_at(self._foreign_keys, self._table_name(name)) if True in deletes else set()
        # Of so many leaves, to lock each is half the work. One that meanwhile went fails the count, and all is begun anew.
        locks = not is_leaf or not place.key or len(keys) < MANY or False in deletes
        found = place.find(keys, for_change=True, locks=locks, only=ends | set(place.key))
        for digest, each in found.items():
            if not place.key and each.count != by_digest[digest].times:
                planned = by_digest[digest].times
                raise place.ambiguous(f"'{name}', which has no key, holds {each.count} equal rows and not {planned}")
        return found

    def _update(self, place: Place, rows: Sequence[tuple[PlanRow, Found]]) -> None:
        """Write the new values; rows that get the same ones together, documents one by one."""
        alike: dict[tuple[str, str], list[tuple[PlanRow, Found]]] = {}
        for row, found in rows:
            places = [self._place_of(place, name) for name in row.changes]
            only = row.key.digest if any(path for _, path in places) else ""
            alike.setdefault((only, CANONICAL_JSON(dict(row.changes))), []).append((row, found))
        for group in alike.values():
            values = self._values(place, *group[0])
            # Where only its columns tell a row, a changed row must not be met again as another one.
            together = chunks(group, lambda each: each[1].where) if place.has_addresses else [group]
            for some in together if values else ():
                where = any_of([found.where for _, found in some])(place.table)
                statement = update(place.table).where(where).values(values)
                self._execute(place, statement, sum(found.count for _, found in some))

    def _values(self, place: Place, row: PlanRow, found: Found) -> dict[str, Any]:
        """What each changed column shall hold, as the driver takes it."""
        values: dict[str, Any] = {}
        documents: dict[str, list[tuple[tuple[str, ...], Portable]]] = {}
        for name, value in row.changes.items():
            named, path = self._place_of(place, name)
            if path:
                documents.setdefault(named, []).append((path, value))
            else:
                values[named] = untyped(place.stored(named, value))
        for name, changes in documents.items():
            new = self._edited(place, found.where, name, changes, may_add=row.action is Action.CORRECT)
            if new is not None:
                values[name] = untyped(new)
        return values

    def _place_of(self, place: Place, name: str) -> tuple[str, tuple[str, ...]]:
        found = place_of(place.collection, name)
        if found is None:
            raise self._unknown(f"a plan changes '{place.name}.{name}', which the dataset does not declare")
        return found

    def _edited(
        self,
        place: Place,
        where: Where,
        name: str,
        changes: Sequence[tuple[tuple[str, ...], Portable]],
        *,
        may_add: bool,
    ) -> str | bytes | None:
        """The text of a document with some of its places changed; None when it is to stay."""
        wanted: ColumnElement[Any] = place.table.c[name]
        if place.dialect == "postgresql" and not isinstance(place.kinds.get(name), types.LargeBinary):
            wanted = cast(wanted, Text)
        before, *others = self._connection.execute(select(wanted).where(where(place.table))).scalars().all()
        if any(other != before for other in others):
            raise place.ambiguous(f"rows of '{place.name}', which has no key, differ in what may not be read")
        after = bytes(before).decode() if isinstance(before, bytes | bytearray | memoryview) else before
        for path, value in changes:
            changed = 0
            if after is not None:
                try:
                    after, changed = with_value(after, path, value, may_add=may_add)
                except ValueError:
                    raise self._unknown(f"'{place.name}.{name}' holds a document that is not JSON") from None
            if may_add and not changed:
                raise self._unknown(f"a document in '{place.name}.{name}' has no place '{'.'.join(path)}'")
        return after.encode() if after is not None and not isinstance(before, str) else after

    def _delete(self, doomed: Mapping[str, Doomed]) -> None:
        if not doomed:
            return
        keys = self._foreign_keys
        names = {self._table_name(name): name for name in self._tables}
        for key in keys:
            parent = doomed.get(names.get(key.parent, ""))
            if parent:
                self._refuse_hurt(key, parent, doomed.get(names.get(key.child, "")), names.get(key.child))
        pairs = {(names[key.child], names[key.parent]) for key in keys if key.child in names and key.parent in names}
        edges = self._description.graph.edges
        pairs |= {
            (e.source, e.target) for e in edges if e.step is Step.MANY_TO_ONE and (e.target, e.source) not in pairs
        }
        for group in deletion_order(tuple(doomed), pairs):
            if len(group) == 1 and (group[0], group[0]) not in pairs:
                self._delete_all(doomed[group[0]])
            else:
                inside = [key for key in keys if {names.get(key.child), names.get(key.parent)} <= set(group)]
                self._delete_cycle([doomed[name] for name in group], inside, names)

    def _refuse_hurt(self, key: ForeignKey, parent: Doomed, child: Doomed | None, child_name: str | None) -> None:
        """Raise SourceError ``still_referenced`` when a row that stays refers to one that goes."""
        place = self.place(child_name) if child_name else None
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
                message = (
                    f"{self._source}: rows of '{key.child[1]}' that stay refer to rows of '{parent.place.name}' "
                    f"that would go; nothing was changed. The plan must say what becomes of '{key.child[1]}'."
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
            self._execute(place, statement, sum(found.count for found in some) if is_counted else None)

    def _delete_cycle(self, group: Sequence[Doomed], keys: Sequence[ForeignKey], names: Mapping[Table, str]) -> None:
        """Delete rows that refer to one another. Where the database checks at the end, at once; else one by one."""
        if not self._survives(partial(self._delete_together, group)):
            rows = [Doomed(doomed.place, {digest: found}) for doomed in group for digest, found in doomed.rows.items()]
            left = self._delete_each(rows)
            if left and self._connection.dialect.name == "mysql":
                self._delete_unwatched(left)
            elif left and (not self._let_go(left, keys, names) or self._delete_each(left)):
                message = (
                    f"{self._source}: rows of '{left[0].place.name}' refer to one another and cannot be taken apart."
                )
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
                    has_any |= self._survives(partial(self._execute, row.place, emptied, None))
        return has_any

    def _survives(self, act: Callable[[], None]) -> bool:
        """Try something that the database may refuse because of a reference."""
        try:
            with self._connection.begin_nested():
                act()
        except IntegrityError:
            return False
        return True

    def _execute(self, place: Place, statement: Any, expected: int | None) -> None:
        changed = self._connection.execute(statement).rowcount
        if expected is not None and changed != expected:
            raise place.ambiguous(f"a change of '{place.name}' met {changed} rows and not {expected}")

    def _unknown(self, what: str) -> SourceError:
        return SourceError(f"{self._source}: {what}; nothing was changed.", code="schema_mismatch", permanent=True)
