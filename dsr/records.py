"""The words that every layer shares: a person, a row found about that person, and what became of it.

Nothing here knows Django, SQL or a file format. Two rules matter more than the rest:

* A *portable value* is what the copy's ``data.json`` will say, already lossless: decimals and integers beyond 2**53 are
  strings, bytes are base64, moments with an offset are RFC 3339, moments without one stay without one.
* A record is known everywhere by its *digest*: SHA-256 over source, collection and the typed key. The key itself may be
  personal (an e-mail address is a key in some shops), the digest may stand in a table or an audit entry.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

Portable = None | bool | int | float | str | list[Any] | dict[str, Any]
"""A value as ``data.json`` holds it."""

CANONICAL_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
"""One text for equal values. Kept, because ``json.dumps`` makes a new encoder at every call: half of a digest's cost."""

LARGEST_EXACT_INTEGER = 2**53
"""Beyond this a JSON reader that uses doubles would change the number (RFC 8259 section 6)."""


class IdentityKind(StrEnum):
    """What a shop may know a person by; the words of Fideslang's ``fides_meta.identity``."""

    EMAIL = "email"
    PHONE = "phone_number"
    CUSTOMER_NUMBER = "customer_number"
    ORDER_NUMBER = "order_number"


@dataclass(frozen=True, slots=True)
class Identity:
    """One identifier, normalised: e-mail by :func:`normalise_email`, phone as E.164, numbers trimmed."""

    kind: IdentityKind
    value: str


@dataclass(frozen=True, slots=True)
class Person:
    """Everything the request says about who is asking. ``country`` (ISO 3166 alpha-2) reads national phone numbers."""

    identities: tuple[Identity, ...]
    country: str = "US"

    def values(self, kind: IdentityKind) -> tuple[str, ...]:
        """The identifiers of one kind, in the order they were given."""
        return tuple(identity.value for identity in self.identities if identity.kind == kind)


@dataclass(frozen=True, slots=True)
class RecordKey:
    """A row's identity: its source, its collection, and its key columns with their portable values, in column order.

    For a table without a key, ``columns`` holds every column: such a row can be gathered, and changed only when all of
    them match.
    """

    source: str
    collection: str
    columns: tuple[tuple[str, Portable], ...]
    _digest: str = field(default="", init=False, repr=False, compare=False)

    @property
    def digest(self) -> str:
        """64 hexadecimal digits, the same for the same row for ever. Made once: a change asks for it many times."""
        if not self._digest:
            object.__setattr__(self, "_digest", self._made_digest())
        return self._digest

    def _made_digest(self) -> str:
        # One walk of the encoder over everything would write the same, and takes three times as long for each row.
        columns = ",".join(
            [f'[{_quoted(name)},"{type(value).__name__}",{_canonical(value)}]' for name, value in self.columns]
        )
        canonical = f"[{_quoted(self.source)},{_quoted(self.collection)},[{columns}]]"
        return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Record:
    """One gathered row: every declared field with its portable value, in the dataset's order.

    ``held`` names fields whose value was left in the shop's database on purpose (never-export: card numbers, passwords)
    though the row has one; they stand in ``values`` as None. ``oversized`` holds values too large for a chunk, by field,
    as raw bytes (UTF-8 for text). ``shared`` gives the reasons why the row is another person's too, in words and without
    a value; empty when it is this person's alone.
    """

    key: RecordKey
    values: Mapping[str, Portable]
    held: tuple[str, ...] = ()
    oversized: Mapping[str, bytes] = field(default_factory=dict)
    shared: tuple[str, ...] = ()


class Action(StrEnum):
    """What a plan may ask of a source for one row."""

    DELETE = "delete"
    ANONYMISE = "anonymise"
    DEACTIVATE = "deactivate"
    CORRECT = "correct"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One row of a plan: which record, what to do, and the columns it touches with the values they shall have.

    ``whose``: prints of what says whose the row is, by column (``sources/whose.py``); without any the key alone says it.
    """

    key: RecordKey
    action: Action
    changes: Mapping[str, Portable] = field(default_factory=dict)
    whose: Mapping[str, str] = field(default_factory=dict)

    @property
    def moved_to(self) -> RecordKey | None:
        """The key that the plan gives its row; None when it keeps the one it has."""
        if self.action in (Action.DELETE, Action.KEEP) or not any(name in self.changes for name, _ in self.key.columns):
            return None
        columns = tuple((name, self.changes.get(name, value)) for name, value in self.key.columns)
        return RecordKey(self.key.source, self.key.collection, columns)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one planned row: ``rows`` is how many the source says it changed (0 means it was gone already)."""

    key: RecordKey
    action: Action
    rows: int


def normalise_email(address: str) -> str:
    """The form under which two spellings of one mailbox meet: trimmed, NFKC, lower case, IDNA domain.

    Dots and plus signs in the local part are kept: to most providers they are different mailboxes.
    """
    text = unicodedata.normalize("NFKC", address).strip().lower()
    local, at, domain = text.rpartition("@")
    if not at:
        return text
    with suppress(UnicodeError):  # An address that IDNA cannot hold is compared as it stands.
        domain = domain.encode("idna").decode("ascii")
    return f"{local}@{domain}"


@lru_cache(maxsize=4096)
def _quoted(name: str) -> str:
    return CANONICAL_JSON(name)


def _canonical(value: Portable) -> str:
    return str(value) if type(value) is int else CANONICAL_JSON(value)


def portable(value: object) -> Portable:
    """Any value a database driver returns, as the copy will state it. Lossless; see the module's first rule."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= LARGEST_EXACT_INTEGER else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, timedelta):
        return _iso_duration(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(bytes(value)).decode("ascii")
    if isinstance(value, Mapping):
        return {str(name): portable(inner) for name, inner in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        return [portable(inner) for inner in value]
    return str(value)


def _iso_duration(value: timedelta) -> str:
    """ISO 8601 duration with every microsecond, for example ``-P1DT0.000001S``."""
    sign, value = ("-", -value) if value < timedelta(0) else ("", value)
    seconds = f"{value.seconds}.{value.microseconds:06d}".rstrip("0").rstrip(".")
    return f"{sign}P{value.days}DT{seconds}S"
