"""What goes into a ledger and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class New:
    """What ``append_many`` takes. ``at`` knows its time zone; ``expires_on`` is the last day on which it is needed."""

    shop: str
    body: bytes
    at: datetime
    expires_on: date


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it was appended, its body unsealed. ``at`` is in UTC."""

    number: int
    shop: str
    at: datetime
    expires_on: date
    body: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Entries up to ``number`` have expired; ``digest`` is the SHA-256 of the last of them."""

    number: int
    digest: str


@dataclass(frozen=True, slots=True)
class Report:
    """A ledger that is whole: ``first`` and ``last`` are 0 when it is empty; file names are without their folder."""

    segments: int
    first: int
    last: int
    checkpoint: int
    torn_last: str
    set_aside: tuple[str, ...]
