"""Many rows by their keys in one condition: a list instead of a chain of ORs, which costs more to write than to answer.

It finds what the chain would find. Where a database compares a list otherwise than one value, there is none: keys of
several columns outside PostgreSQL, and what MariaDB holds neither as a whole number nor as text or bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, any_, bindparam, cast, func, or_, select, tuple_, types
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import NullType, TypeEngine

from dsr.records import Portable
from dsr.sources.sql_encode import BYTES, Kind, UnfitValueError, bare, listed, sought
from dsr.sources.sql_mariadb import exact

ROWS_PER_LIST = {"postgresql": 10_000, "sqlite": 2_000, "mysql": 500}
"""SQLite takes some ten thousand parameters, of which a value may need three; MariaDB makes a table of a longer list."""

PLAIN = frozenset({int, str, bool})
Values = tuple[Portable, ...]


def can_be_listed(dialect: str, kinds: Sequence[Kind]) -> bool:
    """Whether rows can be listed by columns of these types."""
    if dialect == "postgresql":
        if len(kinds) > 1:
            return all(_unnested(kind) is not None for kind in kinds)
        return not isinstance(bare(kinds[0]), types.JSON | types.ARRAY | NullType | None)
    if len(kinds) != 1:
        return False
    return dialect == "sqlite" or isinstance(kinds[0], (types.Integer, types.String, *BYTES))


def is_plain(columns: Sequence[tuple[str, Portable]]) -> bool:
    """Whether a key's values are such as a list may hold."""
    return PLAIN.issuperset([type(value) for _, value in columns])


def among(
    dialect: str, columns: Sequence[ColumnElement[Any]], kinds: Sequence[Kind], rows: Sequence[Values]
) -> ColumnElement[bool]:
    """The rows whose columns hold one of these rows of plain values; the types can be listed."""
    if dialect == "postgresql":
        return _in_arrays(columns, kinds, rows)
    return or_(*_in_lists(dialect, columns[0], kinds[0], [value for (value,) in rows]))


def _in_arrays(
    columns: Sequence[ColumnElement[Any]], kinds: Sequence[Kind], rows: Sequence[Values]
) -> ColumnElement[bool]:
    """One array for each column, whose text PostgreSQL reads in the type of the column beside it, or is told."""
    arrays = [
        bindparam(None, "{" + ",".join(texts) + "}", type_=NullType(), unique=True) for texts in _elements(kinds, rows)
    ]
    if len(columns) == 1:
        return columns[0] == any_(arrays[0])
    typed = [
        cast(array, postgresql.ARRAY(_unnested(kind) or types.Text()))
        for array, kind in zip(arrays, kinds, strict=True)
    ]
    names = [f"dsr_{number}" for number in range(len(columns))]
    return tuple_(*columns).in_(select(func.unnest(*typed).table_valued(*names).render_derived()))


def _elements(kinds: Sequence[Kind], rows: Sequence[Values]) -> Iterable[Sequence[str]]:
    """The elements of each column's array."""
    if len(kinds) == 1 and all(type(value) is int for (value,) in rows):
        return [[str(value) for (value,) in rows]]
    fit = [texts for row in rows if (texts := _texts(kinds, row)) is not None]
    return zip(*fit, strict=True) if fit else [()] * len(kinds)


def _texts(kinds: Sequence[Kind], row: Values) -> list[str] | None:
    """A key's values as elements of arrays; None when no row of these types can hold them."""
    try:
        return [listed(kind, value) for kind, value in zip(kinds, row, strict=True)]
    except UnfitValueError:
        return None


def _unnested(kind: Kind) -> TypeEngine[Any] | None:
    """The type in which an array beside others is read: one that compares as the column's own does; None without one.

    Text has no length there: a cast to a shorter one would cut it.
    """
    if isinstance(kind, types.VARCHAR | types.TEXT):
        return types.Text()
    return kind if isinstance(kind, types.Integer | types.Uuid) else None


def _in_lists(
    dialect: str, place: ColumnElement[Any], kind: Kind, values: Sequence[Portable]
) -> Iterator[ColumnElement[bool]]:
    """One list for each type of value: MariaDB compares what is mixed as inexact numbers."""
    by_type: dict[type, list[Any]] = {}
    for candidate in _candidates(dialect, kind, values):
        by_type.setdefault(type(candidate), []).append(candidate)
    if not by_type:
        yield place.in_(())
    for type_, some in by_type.items():
        found = place.in_(_list(some))
        # As in a comparison with one value: ``=`` takes ``ADA`` for ``ada ``.
        is_text = dialect == "mysql" and type_ is str and isinstance(kind, types.String)
        yield and_(found, exact(place).in_(_list([text.encode() for text in some]))) if is_text else found


def _candidates(dialect: str, kind: Kind, values: Sequence[Portable]) -> Iterator[Any]:
    for value in values:
        try:
            yield from sought(dialect, kind, value) or ()
        except UnfitValueError:
            continue  # no row of this type can hold the value


def _list(values: Sequence[Any]) -> Any:
    return bindparam(None, values, type_=NullType(), unique=True, expanding=True)
