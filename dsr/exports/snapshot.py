"""The frozen content of one answer, as the writers of JSON, CSV, PDF and manifest see it.

A snapshot is made once, from the gathered findings and the reviewer's marks; every file of the package is written from
it, so that they cannot disagree. Rows come from ``rows()``, again and again the same, a chunk in memory at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from dsr.records import Portable


@dataclass(frozen=True, slots=True)
class ShopCard:
    """What the paper says about the shop. ``accent`` is a CSS colour that reaches 4.5:1 on white."""

    slug: str
    name: str
    accent: str
    postal_address: tuple[str, ...]
    email: str
    phone: str
    phone_hours: str
    policy_url: str
    complaint_body: str
    complaint_url: str


@dataclass(frozen=True, slots=True)
class RequestCard:
    """The request that is answered. ``identities`` are what was searched for, shown to the person who gave them."""

    reference: str
    type: str
    regime: str
    received_at: datetime
    due_on: date
    approved_at: datetime
    time_zone: str
    locale: str
    identities: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FieldCard:
    """One column as people read it.

    ``type`` is one of: text, integer, number, boolean, date, datetime, time, json, bytes.
    """

    name: str
    label: str
    type: str
    data_categories: tuple[str, ...]
    description: str = ""


@dataclass(frozen=True, slots=True)
class CollectionCard:
    """One place that was searched: ``found`` is what the source held, ``rows`` what of it is in the package."""

    source: str
    source_title: str
    collection: str
    title: str
    description: str
    category: str
    fields: tuple[FieldCard, ...]
    time_zone: str
    found: int
    rows: int


@dataclass(frozen=True, slots=True)
class CategoryCard:
    """One of the policy's own categories: its sentence, why the data is held, and who received it."""

    key: str
    title: str
    sentence: str
    purpose: str
    recipients: tuple[str, ...]
    kept: str = ""
    """How long, or by which rule (GDPR Art 15(1)(d)); empty when the policy does not say."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row that is part of the answer: every declared field, and the paths to hide in it with their ground's code.

    The paths are those of ``dsr.redaction.redact``. The values may still hold what is to be hidden: it is taken out
    once, on the way into the package, for all files alike.
    """

    values: Mapping[str, Portable]
    hidden: Mapping[str, str] = field(default_factory=dict)
    is_shared: bool = False
    """A second person is reached by this row too."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """Something left out: a field of ``rows`` rows (``field`` set) or whole rows (``field`` empty), on which ground.

    ``digests`` names the rows; it is empty when every row of the collection is meant. The package does not repeat it.
    """

    source: str
    collection: str
    field: str
    rows: int
    ground: str
    sentence: str
    digests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchedPlace:
    """A source and its answer in one word: ``found``, ``nothing`` or ``not_searched`` (then with a ``reason``)."""

    source: str
    title: str
    answer: str
    searched_at: datetime | None
    rows: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StatementCard:
    """What the shop says of itself that no record could show: cookies, visits, what its policy does not cover."""

    title: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole answer. ``collections`` lists every declared collection, also the ones where nothing was found."""

    shop: ShopCard
    request: RequestCard
    categories: tuple[CategoryCard, ...]
    collections: tuple[CollectionCard, ...]
    searched: tuple[SearchedPlace, ...]
    redactions: tuple[Redaction, ...]
    made_at: datetime
    rows: Callable[[CollectionCard], Iterator[Row]]
    blob: Callable[[str], Iterator[bytes]]
    """Opens an oversized value by its SHA-256; a row names it as ``{"$file": "files/<sha256>", "bytes": n}``.

    Raises KeyError, at the call, when there is no such value: then a shop's own JSON only looks like such a name.
    """
    statements: tuple[StatementCard, ...] = ()
