"""The rows of records that an erasure left: their keys, sealed until they are needed, and whether they are still the person's.

A record may stay for ten years, and its key may be an e-mail address. Its seal is that of a month, made anew before the month is
over while the record waits, and gone when it has ended: an old dump of ours then says nothing of it.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from dsr.keyring import KeyDestroyed
from dsr.models import KeptRecord, Shop, Source, SubjectRequest
from dsr.records import Action, PlanRow, Record, RecordKey
from dsr.sources import whose
from dsr.sources.description import Description
from dsr.workflow import ledgers, sealing

AT_ONCE = 1_000
WRITTEN = (
    "collection",
    "digest",
    "action",
    "record_class",
    "policy_number",
    "rule",
    "basis_code",
    "basis",
    "promises",
    "event",
    "afterwards",
)
WRITTEN_DAYS = ("until", "review_on")
"""What the ledger keeps of a record that stays, beside its source and key."""


def seal(kept: KeptRecord, key: RecordKey, telling: Mapping[str, str], now: datetime, *, rows: int = 1) -> None:
    """Keep the row's key and the prints of whose it is; the caller saves the record. ``rows``: how many equal ones it is, of a
    table without a key."""
    _seal(kept, json.dumps([[list(pair) for pair in key.columns], dict(telling), rows]).encode(), now)


def move(kept: KeptRecord, key: RecordKey, telling: Mapping[str, str], now: datetime, *, execute: bool = True) -> None:
    """Know a record by another key, and with ``execute`` save it. Rows of one request that have become equal are one record."""
    rows = _content(kept).rows
    if not execute:
        kept.digest = key.digest
        seal(kept, key, telling, now, rows=rows)
        return
    if not KeptRecord.objects.filter(pk=kept.pk).exists():
        return  # It is another's part already.
    same = KeptRecord.objects.filter(source=kept.source, digest=key.digest).exclude(pk=kept.pk)
    other = same.filter(subject_request=kept.subject_request_id).first() if kept.subject_request_id else None
    with transaction.atomic():
        if other is not None:
            rows += _content(other).rows if other.state == KeptRecord.State.WAITING else 0
            other.delete()
        kept.digest = key.digest
        seal(kept, key, telling, now, rows=rows)
        kept.save()


def written(kept: KeptRecord) -> dict[str, Any]:
    """The record as the ledger keeps it beside the erasure, sealed like all that stands there. Raises KeyDestroyed."""
    said = {name: getattr(kept, name) for name in WRITTEN}
    days = {name: day.isoformat() if (day := getattr(kept, name)) else None for name in WRITTEN_DAYS}
    key, telling, rows = _content(kept)
    about = {"person": str(kept.person), "source": kept.source.name, "key": key, "telling": telling}
    return {**said, **days, **about, **({"rows": rows} if rows > 1 else {})}


def read(
    shop: Shop, subject_request: SubjectRequest | None, said: Mapping[str, Any], *, kept_at: datetime, now: datetime
) -> KeptRecord | None:
    """What :func:`written` wrote, to be saved, sealed as of now: the month in which it was kept may be over. None where the shop
    has no such source any more."""
    source = Source.objects.filter(shop=shop, name=said["source"]).first()
    if source is None:
        return None
    days = {name: date.fromisoformat(said[name]) if said[name] else None for name in WRITTEN_DAYS}
    kept = KeptRecord(
        shop=shop,
        subject_request=subject_request,
        source=source,
        person=UUID(said["person"]),
        kept_at=kept_at,
        **{name: said[name] for name in WRITTEN},
        **days,
    )
    key = RecordKey(source.name, kept.collection, tuple((name, value) for name, value in said["key"]))
    seal(kept, key, said["telling"], now, rows=said.get("rows", 1))
    return kept


def rows_of(records: Iterable[KeptRecord]) -> dict[str, PlanRow]:
    """By digest, the rows as they were kept, or as an erasure that has begun would leave them. Raises KeyDestroyed."""
    rows = {kept.digest: _row_of(kept) for kept in records}
    for number in {kept.intent for kept in records if kept.intent is not None}:
        rows |= {row.key.digest: row for row in ledgers.rows_of(number) if row.key.digest in rows}
    return rows


def equal_rows(records: Iterable[KeptRecord]) -> Counter[str]:
    """By digest, how many rows of a table without a key some records are at most: one may be kept for several requests."""
    found: Counter[str] = Counter()
    for kept in records:
        found[kept.digest] += _content(kept).rows
    return found


def known_by(kept: KeptRecord) -> Mapping[str, str]:
    """By column, the prints of whose the row was when it was kept; none when the seal cannot be opened any more."""
    try:
        return _content(kept).telling
    except KeyDestroyed:  # In a database that was restored from an old dump; whoever finishes erasures is told.
        return {}


def follow(
    described: Description,
    records: Iterable[KeptRecord],
    rows: dict[str, PlanRow],
    there: Mapping[str, Record],
    now: datetime,
    *,
    execute: bool,
) -> None:
    """Know records by the key that an erasure gave their rows and ended before it said so; with ``execute`` for good.

    ``rows``, by digest, follows too.
    """
    moved = [(kept, key) for kept in records if (key := rows[kept.digest].moved_to) and key.digest in there]
    for kept, key in moved:
        telling = whose.prints(described, key.collection, there[key.digest].values)
        rows.pop(kept.digest, None)
        rows[key.digest] = PlanRow(key, Action.KEEP, whose=telling)
        move(kept, key, telling, now, execute=execute)


def given_away(described: Description, rows: Mapping[str, PlanRow], there: Mapping[str, Record]) -> set[str]:
    """Digests of records that are there and name somebody else than when they were kept."""
    planned: dict[str, list[whose.Planned]] = defaultdict(list)
    for digest, record in there.items():
        planned[record.key.collection].append((rows[digest], record.values))
    return whose.strangers(described.graph, planned)


def seal_anew(month: date, now: datetime) -> int:
    """Seal by a later month what was sealed by one before ``month``, and let go of what nobody needs; how many there were.

    Doing it twice does it once.
    """
    count = 0
    while some := list(KeptRecord.objects.sealed_before(month)[:AT_ONCE].values_list("pk", flat=True)):
        with transaction.atomic(durable=True):
            for kept in KeptRecord.objects.sealed_before(month).select_for_update(of=("self",)).filter(pk__in=some):
                _seal_one_anew(kept, now)
        count += len(some)
    return count


def _seal_one_anew(kept: KeptRecord, now: datetime) -> None:
    try:
        plain = _opened(kept) if kept.state == KeptRecord.State.WAITING else b""
    except KeyDestroyed:  # In a database that was restored from an old dump; whoever finishes erasures is told.
        plain = b""
    _seal(kept, plain, now)
    kept.save(update_fields=("sealed_key", "key_month"))


def _seal(kept: KeptRecord, plain: bytes, now: datetime) -> None:
    kept.sealed_key, kept.key_month = b"", None
    if plain:
        kept.sealed_key, kept.key_month = sealing.seal_by_month(plain, context=_context(kept), now=now)


def _opened(kept: KeptRecord) -> bytes:
    if kept.key_month is None:
        raise KeyDestroyed(f"{kept.collection}: the record has ended, and its key is gone.")
    return sealing.unseal_by_month(bytes(kept.sealed_key), kept.key_month, context=_context(kept))


class _Content(NamedTuple):
    """What is sealed: the key's columns, prints of whose the row is, and how many equal rows it is."""

    columns: list[list[Any]]
    telling: dict[str, str]
    rows: int = 1


def _content(kept: KeptRecord) -> _Content:
    return _Content(*json.loads(_opened(kept)))


def _row_of(kept: KeptRecord) -> PlanRow:
    columns, telling, _ = _content(kept)
    key = RecordKey(kept.source.name, kept.collection, tuple((name, value) for name, value in columns))
    return PlanRow(key, Action.KEEP, whose=telling)


def _context(kept: KeptRecord) -> str:
    return f"kept:{kept.digest}"
