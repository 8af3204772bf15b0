"""A shop's table, and the short way of saying which fact goes into which column."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from uuid import NAMESPACE_OID, UUID, uuid5
from zoneinfo import ZoneInfo

from dsr.demo.holdings import World

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """``columns`` stand in the order in which ``rows`` gives their values."""

    name: str
    columns: tuple[str, ...]
    rows: Callable[[World], Iterator[Row]]


def table(name: str, facts: Callable[[World], Iterable[object]], spec: str, zone: ZoneInfo | None = None) -> Table:
    """A table with one row per fact. ``spec`` names its columns, parted by spaces, each in one of these forms:

    ``email`` (the fact of that name), ``billed_to=name``, ``zip=address.postcode``, ``ticket=id:repair`` (the stable
    UUID of that repair), ``currency='USD`` (these letters in every row). ``zone``: moments are written as that zone's
    clock showed them, without an offset.
    """
    pairs = [(column, fact or column) for column, _, fact in (word.partition("=") for word in spec.split())]
    values = [_value(fact, zone) for _, fact in pairs]

    def rows(world: World) -> Iterator[Row]:
        for fact in facts(world):
            yield tuple([value(fact) for value in values])

    return Table(name, tuple(column for column, _ in pairs), rows)


def _value(fact: str, zone: ZoneInfo | None) -> Callable[[object], object]:
    if fact.startswith("'"):
        return lambda _: fact[1:]
    path, _, kind = fact.partition(":")
    read = attrgetter(path)
    if kind:
        return lambda row: stable_uuid(kind, read(row))
    if path.endswith("_at") and zone:
        return lambda row: naive(read(row), zone)
    if path == "traits":
        return lambda row: json.dumps(read(row), ensure_ascii=False)
    return read


def naive(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    """The moment as a clock of that zone showed it."""
    return moment.astimezone(zone).replace(tzinfo=None) if moment else None


def stable_uuid(kind: str, number: int | None) -> UUID | None:
    """The same UUID for the same row for ever."""
    return uuid5(NAMESPACE_OID, f"{kind}/{number}") if number is not None else None
