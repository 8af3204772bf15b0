"""How many of some rows refer to some others, told by their values alone.

Only where equal values are equal to the database without doubt; a row of which that is not sure is not counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import types

from dsr.records import Portable, Record
from dsr.sources.sql_address import Place
from dsr.sources.sql_foreign import ForeignKey

Ends = tuple[Portable, ...]


def counted(key: ForeignKey, child: Place, rows: Iterable[Record], parent: Place, ends: Iterable[Record]) -> int:
    """How many of the child's ``rows`` refer by a foreign key to one of the parent's ``ends``, as far as that is sure."""
    referring = Counter(_values(record, key.columns, child) for record in rows)
    wanted = {_values(record, key.parent_columns, parent) for record in ends} - {()}
    return sum(referring[values] for values in wanted)


def _values(record: Record, names: Sequence[str], place: Place) -> Ends:
    """What the columns hold; empty when one is missing, or of a kind in which equal writing may be unequal values."""
    found = tuple([record.values.get(name) for name in names])
    is_sure = all(type(value) is int or _is_text(value, place, name) for name, value in zip(names, found, strict=True))
    return found if is_sure else ()


def _is_text(value: Portable, place: Place, name: str) -> bool:
    """In SQLite bytes, too, may stand in a column for text, and would be written as some text."""
    is_sure = place.dialect != "sqlite" and isinstance(place.kinds.get(name), types.String | types.Uuid)
    return isinstance(value, str) and is_sure
