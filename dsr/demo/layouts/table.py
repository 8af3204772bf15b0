"""A shop's table and how its rows come from a world."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_OID, UUID, uuid5
from zoneinfo import ZoneInfo

from dsr.demo.rows import Address, World

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """``columns`` are parted by spaces, in the order in which ``rows`` gives their values."""

    name: str
    columns: str
    rows: Callable[[World], Iterator[Row]]


def naive(moment: datetime | None, zone: ZoneInfo | None = None) -> datetime | None:
    """The moment as a shop's clock showed it, without the zone; UTC where the shop keeps that."""
    return moment.astimezone(zone or UTC).replace(tzinfo=None) if moment else None


def stable_uuid(kind: str, number: int) -> UUID:
    """The same UUID for the same row for ever."""
    return uuid5(NAMESPACE_OID, f"{kind}/{number}")


def one_line(place: Address) -> str:
    """An address as people write it in one field."""
    parts = (place.street, place.unit, f"{place.postcode} {place.city}", place.country)
    return ", ".join(part for part in parts if part)


def as_json(value: object) -> str:
    """JSON text for a ``jsonb`` column."""
    return json.dumps(value, ensure_ascii=False)
