"""Carrying out a plan, or a batch of one (``sql_batches.py``), in one open transaction of a shop's database.

This is the code that destroys. What keeps it from a neighbour's row:

1. Each planned row is looked for, locked, read as a gather reads it, and counts only when its digest is the planned one.
   Where that finds other than the planned number of rows, nothing is changed.
2. Corrections and masks come first, so that a kept row can let go of one that is deleted.
3. A row that is somebody else's by now (``whose.py``) is left as it is, with what hangs on it.
4. Before anything is deleted, every row that the database itself would touch with it must be one that is deleted too
   (``sql_delete.py``). Otherwise nothing is changed.
5. Each statement must change as many rows as were found. Otherwise nothing is changed.

Where a table knows no transactions, *nothing* is what the statements before have done: the batch is small, and done again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Text,
    cast,
    select,
    types,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError

from dsr.records import CANONICAL_JSON, Action, Outcome, PlanRow, Portable, Record, RecordKey
from dsr.sources import sql_lots, whose
from dsr.sources.base import SourceError
from dsr.sources.description import Description
from dsr.sources.document import is_same, place_of, values_at, with_value
from dsr.sources.sql_address import Found, Place, Where, any_of, chunks, untyped
from dsr.sources.sql_delete import Deletion, Doomed
from dsr.sources.sql_foreign import ForeignKey, Table, columns_at, foreign_keys, table_name
from dsr.sources.sql_statements import tables_of
from dsr.sources.sql_transactions import without_transactions


@dataclass(slots=True)
class Asked:
    """What a plan asks for the rows of one digest; equal rows of a table without a key come several times."""

    row: PlanRow
    times: int = 1


def _must_be_gone(row: PlanRow) -> bool:
    """Whether nothing of the person's may stand under its key any more."""
    return row.action is Action.DELETE or row.moved_to is not None


class Change:
    """One plan in one transaction. ``proves``: it only looks, and then also at what may be in no output."""

    def __init__(self, source: str, connection: Connection, description: Description, *, proves: bool = False) -> None:
        self._source = source
        self._connection = connection
        self._description = description
        self.tables = tables_of(description)
        self._places: dict[str, Place] = {}
        self._proves = proves
        self.halves: list[str] = []
        """The collections that this change cannot take back."""

    def carry_out(self, rows: Sequence[PlanRow]) -> list[Outcome]:
        """Do everything, or raise SourceError: then the transaction must not be committed."""
        asked = self.asked(rows)
        self.halves += self.without_transactions(asked)
        try:
            met = self._done(asked)
        except SourceError as error:
            if self.halves:
                raise
            raise SourceError(f"{error} Nothing was changed.", code=error.code, permanent=error.permanent) from None
        return [Outcome(row.key, row.action, int(row.key.digest in met)) for row in rows]

    def _done(self, asked: Mapping[str, Mapping[str, Asked]]) -> set[str]:
        """Do it; the digests of rows that were there."""
        lots = [] if self.halves else sql_lots.chosen(self, asked)
        if lots:
            try:
                with self._connection.begin_nested():
                    return self._done_at_once(asked, lots)
            except (sql_lots.NotAsPlanned, IntegrityError):
                pass  # Nothing was done: each row is looked for.
        return self._done_at_once(asked, ())

    def _done_at_once(self, asked: Mapping[str, Mapping[str, Asked]], lots: Sequence[str]) -> set[str]:
        """The same, with the rows of some collections as the database finds them. Raises NotAsPlanned, IntegrityError."""
        met: set[str] = set()
        doomed: dict[str, Doomed] = {}
        every = {name: self.found(name, by_digest) for name, by_digest in asked.items() if name not in lots}
        if self._leave_strangers(asked, every) and lots:
            raise sql_lots.NotAsPlanned
        for name, found in every.items():
            by_digest = asked[name]
            met |= found.keys()
            gone = {digest: each for digest, each in found.items() if by_digest[digest].row.action is Action.DELETE}
            self._update(self.place(name), [(by_digest[d].row, each) for d, each in found.items() if d not in gone])
            if gone:
                doomed[name] = Doomed(self.place(name), gone)
        for name in lots:
            met |= sql_lots.taken(self, self.place(name), asked[name])
        Deletion(self, self._connection, self.foreign_keys, self.tables).delete(doomed)
        return met

    def read_back(self, rows: Sequence[PlanRow]) -> list[Record]:
        """The planned rows as they are now, by their key or by the key that the plan gave them."""
        records: list[Record] = []
        for name, by_digest in self.asked(rows, with_kept=True).items():
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
        asked = self.asked(rows)
        there: dict[str, dict[str, Found]] = {}
        for name, by_digest in asked.items():
            there[name] = self.place(name).find({d: each.row.key for d, each in by_digest.items()}, for_change=False)
        self._leave_strangers(asked, there)
        return [each for name, by_digest in asked.items() for each in self._unmet_in(name, by_digest, there[name])]

    def _unmet_in(
        self, name: str, by_digest: Mapping[str, Asked], there: Mapping[str, Found]
    ) -> Iterator[tuple[RecordKey, str]]:
        place = self.place(name)
        moved = {key.digest: each.row for each in by_digest.values() if (key := each.row.moved_to)}
        yield from ((by_digest[digest].row.key, "") for digest in there if _must_be_gone(by_digest[digest].row))
        staying = {d: by_digest[d].row for d in there if not _must_be_gone(by_digest[d].row)} | moved
        keys = {key.digest: key for row in moved.values() if (key := row.moved_to)}
        found = {**there, **(place.find(keys, for_change=False) if keys else {})}
        for digest, row in staying.items():
            records = found[digest].records if digest in found else ()
            for column_name, value in row.changes.items():
                named, path = self._place_of(place, column_name)
                held = [values_at(record.values.get(named), path) for record in records]
                if any(not is_same(one, value) for ones in held for one in ones):
                    yield row.key, column_name

    @property
    def dialect(self) -> Dialect:
        """What the database can do."""
        return self._connection.dialect

    @property
    def description(self) -> Description:
        """What the source's tables hold."""
        return self._description

    @cached_property
    def foreign_keys(self) -> list[ForeignKey]:
        """Those that the database itself keeps."""
        return foreign_keys(self._connection, {place.schema for place in self.tables.values()})

    def table_name(self, name: str) -> Table:
        """A collection's table by the names that its foreign keys use."""
        return table_name(self._connection, self.tables[name])

    def place(self, name: str) -> Place:
        """A collection's table."""
        if name not in self._places:
            collection = self._description.graph.collections.get(name)
            if collection is None:
                raise self._unknown(f"a plan speaks of '{name}', which the dataset does not declare")
            secrets = frozenset[str]() if self._proves else self._description.secrets(collection)
            self._places[name] = Place(self._source, self._connection, collection, self.tables[name], secrets)
        return self._places[name]

    def without_transactions(self, names: Iterable[str]) -> list[str]:
        """Those of some collections on which a change may stop half-way."""
        return without_transactions(self._connection, {name: self.place(name).table for name in names})

    def asked(self, rows: Sequence[PlanRow], *, with_kept: bool = False) -> dict[str, dict[str, Asked]]:
        """What is asked, by collection and digest. Kept rows are not even looked at."""
        asked: dict[str, dict[str, Asked]] = {}
        for row in rows:
            key = row.key
            if key.source != self._source:
                raise self._unknown(f"a plan speaks of a row of '{key.source}'")
            here = asked.setdefault(key.collection, {})
            same = here.get(digest := key.digest)
            if same is None:
                here[digest] = Asked(row)
                continue
            if (same.row.action, same.row.changes) != (row.action, row.changes):
                raise self.place(key.collection).ambiguous("a plan asks for two things to be done with equal rows")
            same.times += 1
        if with_kept or not any(row.action is Action.KEEP for row in rows):
            return asked
        kept = {name: {d: a for d, a in by.items() if a.row.action is not Action.KEEP} for name, by in asked.items()}
        return {name: by_digest for name, by_digest in kept.items() if by_digest}

    def found(self, name: str, by_digest: Mapping[str, Asked]) -> dict[str, Found]:
        """The rows there are, locked; without a key in exactly the planned number, or none of them.

        Of a table without transactions fewer may be left, by a change that stopped half-way.
        """
        place = self.place(name)
        keys = {digest: asked.row.key for digest, asked in by_digest.items()}
        deletes = any(asked.row.action is Action.DELETE for asked in by_digest.values())
        ends = columns_at(self.foreign_keys, self.table_name(name)) if deletes else set()
        telling = whose.read_for(self._description, name)
        found = place.find(keys, for_change=True, only=ends | telling | set(place.key))
        for digest, each in found.items():
            planned = by_digest[digest].times
            if not place.key and each.count != planned and not (name in self.halves and each.count < planned):
                raise place.ambiguous(f"'{name}', which has no key, holds {each.count} equal rows and not {planned}")
        return found

    def _leave_strangers(self, asked: Mapping[str, Mapping[str, Asked]], found: Mapping[str, dict[str, Found]]) -> bool:
        """Forget those of the rows that are somebody else's by now; whether there are any."""
        rows = {
            name: [(asked[name][digest].row, each.records[0].values) for digest, each in here.items()]
            for name, here in found.items()
        }
        strangers = whose.strangers(self._description.graph, rows)
        for digest in strangers:
            for here in found.values():
                here.pop(digest, None)
        return bool(strangers)

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
                self.execute(place, statement, sum(found.count for _, found in some))

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

    def execute(self, place: Place, statement: Any, expected: int | None) -> None:
        """Have a statement done. Raises SourceError ``ambiguous`` when it meets another number of rows than expected."""
        try:
            changed = self._connection.execute(statement).rowcount
        except DBAPIError as error:
            error.add_note(place.name)  # Not every database says of which table a rule was broken.
            raise
        if expected is not None and changed != expected:
            raise place.ambiguous(f"a change of '{place.name}' met {changed} rows and not {expected}")

    def strangers(self, rows: Sequence[PlanRow]) -> list[RecordKey]:
        """The planned rows whose key is there, and that are somebody else's."""
        asked = self.asked(rows)
        there = {
            name: self.place(name).find({d: each.row.key for d, each in by_digest.items()}, for_change=False)
            for name, by_digest in asked.items()
        }
        every = {digest for here in there.values() for digest in here}
        self._leave_strangers(asked, there)
        left = every - {digest for here in there.values() for digest in here}
        return [each.row.key for by_digest in asked.values() for digest, each in by_digest.items() if digest in left]

    def _unknown(self, what: str) -> SourceError:
        return SourceError(f"{self._source}: {what}.", code="schema_mismatch", permanent=True)
