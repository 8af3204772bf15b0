"""Finding planned rows again, exactly: what SQL finds is read as a gather reads it, and only equal digests count.

A keyed row is found by its key. A row of a table without a key is found by all its columns and afterwards held by the
database's own address of it (PostgreSQL's ctid, SQLite's rowid); MariaDB has none, and there the columns must do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    String,
    and_,
    any_,
    bindparam,
    column,
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
from dsr.sources.sql_dialects import dialect_of
from dsr.sources.sql_encode import UnfitValueError, sought, written
from dsr.sources.sql_mariadb import exact
from dsr.sources.sql_rows import RowReader
from dsr.sources.sql_statements import readable

ROWS_PER_STATEMENT = 100
VALUES_PER_STATEMENT = 5_000
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
        self.dialect = connection.dialect.name
        self._connection = connection
        self._secrets = secrets
        described = inspect(connection).get_columns(place.name, schema=place.schema)
        self.kinds: dict[str, TypeEngine[Any]] = {each["name"]: each["type"] for each in described}
        self._documents = {each.name for each in collection.fields if each.secret_paths}

    def find(self, keys: Mapping[str, RecordKey], *, for_change: bool) -> dict[str, Found]:
        """The rows there are, by digest. ``for_change`` locks them.

        Raises SourceError ``ambiguous`` when rows cannot be told from others.
        """
        found: dict[str, Found] = {}
        columns = max((len(key.columns) for key in keys.values()), default=1)
        for some in chunks(list(keys.items()), VALUES_PER_STATEMENT // columns):
            wheres = {digest: partial(self._equals, key=key) for digest, key in some}
            found |= self._find_some(wheres, for_change=for_change)
        return found

    def _find_some(self, wheres: Mapping[str, Where], *, for_change: bool) -> dict[str, Found]:
        """Rows of all digests at once; one by one when SQL took strangers for some and there are no addresses."""
        addresses = () if self.collection.key else self._addresses()
        condition = any_of(list(wheres.values()))(self.table)
        found: dict[str, list[tuple[Record, tuple[Any, ...]]]] = {}
        for record, address in self.read(condition, for_change=for_change, addresses=addresses):
            found.setdefault(record.key.digest, []).append((record, address))
        mine = {}
        for digest in found.keys() & wheres.keys():
            where = (
                partial(self._stand_at, addresses=[each for _, each in found[digest]]) if addresses else wheres[digest]
            )
            mine[digest] = Found(where, tuple(record for record, _ in found[digest]))
        is_one_each = not self.collection.key or all(each.count == 1 for each in mine.values())
        if addresses or (len(mine) == len(found) and is_one_each):
            return mine
        if len(wheres) > 1:
            alone = [self._find_some({digest: where}, for_change=for_change) for digest, where in wheres.items()]
            return {digest: each for some in alone for digest, each in some.items()}
        if mine and for_change:
            what = "the declared key" if self.collection.key else "what can be compared"
            raise self.ambiguous(f"{what} of '{self.name}' does not tell its rows apart")
        return mine

    def read(
        self, condition: ColumnElement[bool], *, for_change: bool = False, addresses: Sequence[str] = ()
    ) -> Iterator[tuple[Record, tuple[Any, ...]]]:
        """The rows that meet a condition, each with its address."""
        columns = readable(self.table, self.collection, self._secrets)
        statement = select(*columns, *(column(name) for name in addresses)).where(condition)
        result = self._connection.execute(statement.with_for_update() if for_change else statement)
        reader = RowReader(self.source, self.collection, self._secrets)
        reader.prepare(
            [each for each in dialect_of(self.dialect).converters(result.cursor.description) if each[0] < len(columns)]
        )
        for row in result:
            yield reader.record(tuple(row)[: len(columns)]), tuple(row)[len(columns) :]

    def stored(self, name: str, value: Portable) -> Any:
        """A portable value as the driver takes it for a column. Raises SourceError ``schema_mismatch``."""
        try:
            return written(self.dialect, self.kinds.get(name), value)
        except UnfitValueError as error:
            message = f"{self.source}: '{self.name}.{name}' takes {error} and nothing else."
            raise SourceError(message, code="schema_mismatch", permanent=True) from None

    def ambiguous(self, what: str) -> SourceError:
        """Why nothing was changed."""
        return SourceError(f"{self.source}: {what}; nothing was changed.", code="ambiguous", permanent=True)

    @property
    def has_addresses(self) -> bool:
        """Whether a found row can be told from every other, whatever its columns become."""
        return bool(self.collection.key or self._addresses())

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

    def _equals(self, place: FromClause, *, key: RecordKey) -> ColumnElement[bool]:
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


def chunks(items: Sequence[Item], most: int = ROWS_PER_STATEMENT) -> Iterator[Sequence[Item]]:
    """The items, as many at a time as one statement names."""
    size = max(1, min(most, ROWS_PER_STATEMENT))
    for start in range(0, len(items), size):
        yield items[start : start + size]


def any_of(conditions: Sequence[Where]) -> Where:
    """The rows that meet one of several conditions."""
    return lambda place: or_(*(condition(place) for condition in conditions))


def untyped(value: Any) -> ColumnElement[Any]:
    """A parameter that the database reads in the type of the column beside it."""
    return bindparam(None, value, type_=NullType(), unique=True)
