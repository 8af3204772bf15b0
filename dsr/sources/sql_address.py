"""Finding planned rows again, exactly: what SQL finds is read as a gather reads it, and only equal digests count.

A keyed row is found by its key. A row of a table without a key is found by all its columns and afterwards held by the
database's own address of it (PostgreSQL's ctid, SQLite's rowid); MariaDB has none, and there the columns must do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Collection as Several
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    FromClause,
    String,
    and_,
    any_,
    bindparam,
    column,
    delete,
    false,
    inspect,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.sql.expression import TableClause
from sqlalchemy.types import NullType, TypeEngine

from dsr.records import Portable, Record, RecordKey
from dsr.sources.base import SourceError
from dsr.sources.dataset import Collection
from dsr.sources.sql_among import PLAIN, ROWS_PER_LIST, among, can_be_listed, is_plain
from dsr.sources.sql_dialects import dialect_of
from dsr.sources.sql_encode import UnfitValueError, may_hold, sought, written
from dsr.sources.sql_mariadb import exact
from dsr.sources.sql_rows import RowReader
from dsr.sources.sql_statements import readable
from dsr.sources.sql_values import Convert

ROWS_PER_CHAIN = 100
VALUES_PER_CHAIN = 5_000
"""In a search by all columns; SQLite and PostgreSQL take some ten thousand parameters."""

Item = TypeVar("Item")
Where = Callable[[FromClause], ColumnElement[bool]]
"""The condition of some rows, for their table or an alias of it."""


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of one digest: where they are, how many, and what they hold."""

    where: Where
    records: tuple[Record, ...]

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.records)


class Place:
    """One collection's table in one open transaction."""

    def __init__(
        self, source: str, connection: Connection, collection: Collection, place: TableClause, secrets: frozenset[str]
    ) -> None:
        self.source = source
        self.name = collection.name
        self.table = place
        self.collection = collection
        self.key = collection.key
        self.dialect = connection.dialect.name
        self._connection = connection
        self._secrets = secrets
        described = inspect(connection).get_columns(place.name, schema=place.schema)
        self.kinds: dict[str, TypeEngine[Any]] = {each["name"]: each["type"] for each in described}
        self._documents = {each.name for each in collection.fields if each.secret_paths}
        self._listed: dict[tuple[str, ...], bool] = {}

    def find(self, keys: Mapping[str, RecordKey], *, for_change: bool, only: Several[str] = ()) -> dict[str, Found]:
        """The rows there are, by digest; ``for_change`` locks them. ``only`` these columns and the key are read; by default all.

        Raises SourceError ``ambiguous`` when rows cannot be told from others.
        """
        found: dict[str, Found] = {}
        for some, is_listed in self._parts(keys):
            found |= self._find_some(some, only if self.key else (), for_change=for_change, is_listed=is_listed)
        return found

    def _parts(self, keys: Mapping[str, RecordKey]) -> Iterator[tuple[Mapping[str, RecordKey], bool]]:
        """As many at a time as one statement names, and whether it does so by a list."""
        listed = [(digest, key) for digest, key in keys.items() if self._is_listed(key)]
        for start in range(0, len(listed), size := ROWS_PER_LIST[self.dialect]):
            yield dict(listed[start : start + size]), True
        if len(listed) < len(keys):
            others = [(digest, key) for digest, key in keys.items() if not self._is_listed(key)]
            for some in chunks(others, lambda each: self.where(each[1])):
                yield dict(some), False

    def _find_some(
        self, keys: Mapping[str, RecordKey], only: Several[str], *, for_change: bool, is_listed: bool
    ) -> dict[str, Found]:
        """Rows of all digests at once; in halves when SQL took strangers for some and there are no addresses."""
        addresses = () if self.key else self._addresses()
        every = list(keys.values())
        named = self.among(self.table, every) if is_listed else any_of([self.where(key) for key in every])(self.table)
        found: dict[str, list[tuple[Record, tuple[Any, ...]]]] = {}
        for record, address in self.read(named, for_change=for_change, addresses=addresses, only=only):
            found.setdefault(record.key.digest, []).append((record, address))
        mine = {}
        for digest in found.keys() & keys.keys():
            where = (
                partial(self._stand_at, addresses=[each for _, each in found[digest]])
                if addresses
                else self.where(keys[digest])
            )
            mine[digest] = Found(where, tuple(record for record, _ in found[digest]))
        is_one_each = not self.key or all(each.count == 1 for each in mine.values())
        if addresses or (len(mine) == len(found) and is_one_each):
            return mine
        if len(keys) > 1:
            items, middle = list(keys.items()), len(keys) // 2
            one, other = (
                self._find_some(dict(some), only, for_change=for_change, is_listed=is_listed)
                for some in (items[:middle], items[middle:])
            )
            return one | other
        if mine and for_change:
            what = "the declared key" if self.key else "what can be compared"
            raise self.ambiguous(f"{what} of '{self.name}' does not tell its rows apart")
        return mine

    def read(
        self,
        condition: ColumnElement[bool],
        *,
        for_change: bool = False,
        addresses: Sequence[str] = (),
        only: Several[str] = (),
        most: int | None = None,
        skip: int = 0,
        in_order: bool = True,
    ) -> Iterator[tuple[Record, tuple[Any, ...]]]:
        """The rows that meet a condition, each with its address. ``only`` these columns and the key are read; by default all.
        ``most``: so many at most, ``in_order`` of their keys, after the first ``skip``."""
        collection, columns = self._read_columns(only)
        statement = select(*columns, *(column(name) for name in addresses)).where(condition).limit(most)
        if most is not None and in_order:
            statement = statement.order_by(*(self.table.c[name] for name in self.key)).offset(skip)
        result = self._connection.execute(statement.with_for_update() if for_change else statement)
        reader = RowReader(self.source, collection, self._secrets)
        reader.prepare(
            [each for each in dialect_of(self.dialect).converters(result.cursor.description) if each[0] < len(columns)]
        )
        for row in result:
            values = tuple(row)
            yield reader.record(values[: len(columns)]), values[len(columns) :]

    def holding(self, columns: Sequence[str], values: Several[tuple[Portable, ...]]) -> Iterator[ColumnElement[bool]]:
        """The rows whose columns hold one of some rows of values, as many at a time as one statement names."""
        kinds = [self.kinds.get(name) for name in columns]
        fit = [each for each in values if all(may_hold(kind, value) for kind, value in zip(kinds, each, strict=True))]
        keys = [RecordKey(self.source, self.name, tuple(zip(columns, each, strict=True))) for each in fit]
        is_listed = can_be_listed(self.dialect, kinds) and not self._documents.intersection(columns)
        listed = [key for key in keys if is_listed and is_plain(key.columns)]
        for start in range(0, len(listed), size := ROWS_PER_LIST[self.dialect]):
            rows = [tuple([value for _, value in key.columns]) for key in listed[start : start + size]]
            yield among(self.dialect, [self.table.c[name] for name in columns], kinds, rows)
        others = keys if not listed else [key for key in keys if not is_plain(key.columns)]
        for start in range(0, len(others), ROWS_PER_CHAIN):
            yield or_(*(self.equals(self.table, key) for key in others[start : start + ROWS_PER_CHAIN]))

    def taken(self, keys: Sequence[RecordKey], others: Sequence[str] = ()) -> list[tuple[Portable, ...]]:
        """Delete the rows of some keys (see ``can_take``); what SQL took for one of them: its key, and what ``others`` held."""
        went: list[tuple[Portable, ...]] = []
        named = [self.table.c[name] for name in (*self.key, *others)]
        for start in range(0, len(keys), size := ROWS_PER_LIST[self.dialect]):
            condition = self.among(self.table, keys[start : start + size])
            result = self._connection.execute(delete(self.table).where(condition).returning(*named))
            converters = dict(dialect_of(self.dialect).converters(result.cursor.description))
            columns = zip(*result.all(), strict=True)
            went += zip(*(_portable(converters.get(at), each) for at, each in enumerate(columns)), strict=True)
        return went

    def can_take(self, keys: Sequence[RecordKey]) -> bool:
        """Whether ``taken`` tells equal rows by equal values: Python's ``True`` is its 1, a digest tells them apart."""
        has_booleans = any(isinstance(self.kinds.get(name), Boolean) for name in self.key)
        return not has_booleans and all(self._is_listed(key) for key in keys)

    def _read_columns(self, only: Several[str]) -> tuple[Collection, list[ColumnElement[Any]]]:
        every = readable(self.table, self.collection, self._secrets)
        if not only:
            return self.collection, every
        fields = self.collection.fields
        wanted = {*only, *self.key}
        shown = [each for field, each in zip(fields, every, strict=False) if field.name in wanted]
        kept = tuple(field for field in fields if field.name in wanted)
        return replace(self.collection, fields=kept), [*shown, *every[len(fields) :]]

    def stored(self, name: str, value: Portable) -> Any:
        """A portable value as the driver takes it for a column. Raises SourceError ``schema_mismatch``."""
        try:
            return written(self.dialect, self.kinds.get(name), value)
        except UnfitValueError as error:
            message = f"{self.source}: '{self.name}.{name}' takes {error} and nothing else."
            raise SourceError(message, code="schema_mismatch", permanent=True) from None

    def compared(self, name: str, value: Portable) -> Any:
        """What other values of a column are compared with, to stand before or behind it. Raises SourceError
        ``schema_mismatch``."""
        candidates = self._candidates(name, value) if self.dialect != "sqlite" else ()
        return candidates[0] if candidates else self.stored(name, value)

    def ambiguous(self, what: str) -> SourceError:
        """Why nothing is changed."""
        return SourceError(f"{self.source}: {what}.", code="ambiguous", permanent=True)

    @property
    def has_addresses(self) -> bool:
        """Whether a found row can be told from every other, whatever its columns become."""
        return bool(self.key or self._addresses())

    def _addresses(self) -> tuple[str, ...]:
        if self.dialect == "postgresql":
            return ("tableoid", "ctid")
        if self.dialect == "sqlite":
            return (next(name for name in ("rowid", "_rowid_", "oid") if name not in self.kinds),)
        return ()

    def _stand_at(self, _place: FromClause, *, addresses: Sequence[tuple[Any, ...]]) -> ColumnElement[bool]:
        """The rows at some addresses, however many: a chain of ORs may be too long."""
        if self.dialect == "sqlite":
            return column(self._addresses()[0]).in_([literal_column(str(int(rowid))) for (rowid,) in addresses])
        places: dict[str, list[str]] = {}
        for tableoid, ctid in addresses:
            places.setdefault(str(tableoid), []).append(f'"{ctid}"')
        listed = ((table, untyped("{" + ",".join(ctids) + "}")) for table, ctids in places.items())
        return or_(
            *(and_(column("tableoid") == untyped(table), column("ctid") == any_(ctids)) for table, ctids in listed)
        )

    def where(self, key: RecordKey) -> KeyWhere:
        """The condition of the row of a key."""
        return KeyWhere(self, key, self._is_listed(key))

    def _is_listed(self, key: RecordKey) -> bool:
        """Whether its row can be found by a list of such keys."""
        if len(key.columns) == 1:  # Nearly always, and a replay asks for each of ten thousands.
            ((name, value),) = key.columns
            return type(value) in PLAIN and self._are_listed((name,))
        return self._are_listed(tuple([name for name, _ in key.columns])) and is_plain(key.columns)

    def _are_listed(self, names: tuple[str, ...]) -> bool:
        """Whether rows can be found by a list of such keys."""
        if names not in self._listed:
            is_whole = names == self.key and not self._documents.intersection(names)
            self._listed[names] = is_whole and can_be_listed(self.dialect, [self.kinds.get(name) for name in names])
        return self._listed[names]

    def among(self, place: FromClause, keys: Sequence[RecordKey]) -> ColumnElement[bool]:
        """The rows of several keys, all of which can be listed."""
        names = self.key
        rows = [tuple([value for _, value in key.columns]) for key in keys]
        return among(self.dialect, [place.c[name] for name in names], [self.kinds.get(name) for name in names], rows)

    def equals(self, place: FromClause, key: RecordKey) -> ColumnElement[bool]:
        """Each of a key's columns has its value, as far as SQL can tell."""
        conditions: list[ColumnElement[bool]] = []
        for name, value in key.columns:
            if value is None and name not in self._documents:
                conditions.append(place.c[name].is_(None))
                continue
            candidates = None if name in self._documents else self._candidates(name, value)
            if candidates is not None:
                conditions.append(or_(false(), *(self._equal(place.c[name], each) for each in candidates)))
        return and_(true(), *conditions)

    def _equal(self, place: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
        """In MariaDB also byte by byte: ``=`` takes ``ADA`` for ``ada `` and rows would be ambiguous that are not."""
        equal: ColumnElement[bool] = place == untyped(value)
        if self.dialect == "mysql" and isinstance(value, str) and isinstance(self.kinds.get(place.key or ""), String):
            return and_(equal, exact(place) == untyped(value.encode()))
        return equal

    def _candidates(self, name: str, value: Portable) -> Sequence[Any] | None:
        try:
            return sought(self.dialect, self.kinds.get(name), value)
        except UnfitValueError:
            return ()  # no row of this type can hold the value


@dataclass(frozen=True, slots=True)
class KeyWhere:
    """The condition of a row by its key. Made by ``Place.where``."""

    place: Place
    key: RecordKey
    is_listed: bool

    def __call__(self, place: FromClause) -> ColumnElement[bool]:
        return self.place.equals(place, self.key)


def chunks(items: Sequence[Item], where: Callable[[Item], Where]) -> Iterator[Sequence[Item]]:
    """The items, as many at a time as one statement names by their conditions."""
    by_size: dict[int, list[Item]] = {}
    for each in items:
        by_size.setdefault(_at_once(where(each)), []).append(each)
    for size, some in by_size.items():
        for start in range(0, len(some), size):
            yield some[start : start + size]


def _portable(convert: Convert | None, values: Sequence[Any]) -> Sequence[Portable]:
    return values if convert is None else [None if value is None else convert(value) for value in values]


def _at_once(where: Where) -> int:
    if not isinstance(where, KeyWhere):
        return ROWS_PER_CHAIN
    if where.is_listed:
        return ROWS_PER_LIST[where.place.dialect]
    return max(1, min(ROWS_PER_CHAIN, VALUES_PER_CHAIN // max(1, len(where.key.columns))))


def any_of(conditions: Sequence[Where]) -> Where:
    """The rows that meet one of several conditions; those of keys in one list where they can be."""
    listed: dict[int, list[KeyWhere]] = {}
    others: list[Where] = []
    for each in conditions:
        if isinstance(each, KeyWhere) and each.is_listed:
            listed.setdefault(id(each.place), []).append(each)
        else:
            others.append(each)
    lists: list[Where] = [partial(some[0].place.among, keys=[each.key for each in some]) for some in listed.values()]
    return lambda place: or_(*(condition(place) for condition in (*lists, *others)))


def untyped(value: Any) -> ColumnElement[Any]:
    """A parameter that the database reads in the type of the column beside it."""
    return bindparam(None, value, type_=NullType(), unique=True)
