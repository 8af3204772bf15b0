"""Whether a record that stays because it is another person's too still is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dsr.models import ErasedIdentity, KeptRecord, Shop, Source
from dsr.policy.decide import HOLD, SHARED
from dsr.records import Action, Identity, PlanRow, Record, RecordKey
from dsr.sources.base import WritableSource
from dsr.sources.graph import NAMES_A_PERSON
from dsr.sources.sql_match import identity_in
from dsr.workflow import sealing, shops
from dsr.workflow.erasure_rows import FoundRows

MAY_BE_SHARED = frozenset({SHARED, HOLD})
"""Kept for these: a hold came before every other reason, so a record under one may be another person's as well."""


def still_shared(
    source: Source,
    opened: WritableSource,
    found: FoundRows,
    records: Iterable[KeptRecord],
    there: Mapping[str, Record],
) -> set[str]:
    """Digests of those that another person still has a part in: a row of somebody's refers to them or owns them, or they name
    somebody who was not erased."""
    doubtful = [kept for kept in records if kept.rule in MAY_BE_SHARED or kept.collection in found.described.graph.weak]
    if not doubtful:
        return set()
    rows = {kept.digest: there[kept.digest] for kept in doubtful}
    country = shops.profile_of(source.shop, doubtful[0].kept_at).country
    led_to = [(key.digest, record) for key, record in opened.referring([record.key for record in rows.values()])]
    shared = {kept.digest: rows[kept.digest] for kept in doubtful if kept.rule in MAY_BE_SHARED}
    led_to += _owners(source, opened, found, shared)
    led_to = [(digest, record) for digest, record in led_to if record.key.digest not in rows]
    nobodys = _nobodys(source, opened, found, [record for _, record in led_to], country)
    still = {digest for digest, record in led_to if record.key.digest not in nobodys}
    return still | {digest for digest, record in shared.items() if _names_another(source, found, record, country)}


def _owners(
    source: Source, opened: WritableSource, found: FoundRows, rows: Mapping[str, Record]
) -> list[tuple[str, Record]]:
    """The rows that are there and own some rows, each with the digest of what it owns."""
    graph = found.described.graph
    owners: list[tuple[str, RecordKey]] = []
    for digest, record in rows.items():
        for edge in graph.owners(record.key.collection):
            values = [record.values.get(name) for name in edge.target_columns]
            if edge.columns == graph.collections[edge.source].key and None not in values:
                key = RecordKey(source.name, edge.source, tuple(zip(edge.columns, values, strict=True)))
                owners.append((digest, key))
    asked = {key.digest: PlanRow(key, Action.KEEP) for _, key in owners}
    there = {record.key.digest: record for record in opened.read_back(list(asked.values()))}
    return [(digest, there[key.digest]) for digest, key in owners if key.digest in there]


def _nobodys(
    source: Source, opened: WritableSource, found: FoundRows, records: Iterable[Record], country: str
) -> set[str]:
    """Digests of those that erased people left behind: rows that stay for them, and rows that were emptied at their time.

    A number of the latter may have been given again: so they must name nobody, nor be owned by anybody who is not erased.
    """
    rows = {record.key.digest: record for record in records}
    kept = KeptRecord.objects.filter(source=source, digest__in=list(rows))
    waiting = set(kept.waiting().values_list("digest", flat=True))
    ended = kept.filter(state=KeptRecord.State.FINISHED).values_list("digest", flat=True)
    emptied = {digest: rows[digest] for digest in ended if not _names_another(source, found, rows[digest], country)}
    owners = [
        (digest, record) for digest, record in _owners(source, opened, found, emptied) if record.key.digest not in rows
    ]
    theirs = _nobodys(source, opened, found, [record for _, record in owners], country) if owners else set()
    return waiting | (emptied.keys() - {digest for digest, record in owners if record.key.digest not in theirs})


def _names_another(source: Source, found: FoundRows, record: Record, country: str) -> bool:
    return any(_is_other(source.shop, each) for each in _named(found, record, country))


def _named(found: FoundRows, record: Record, country: str) -> Iterator[Identity]:
    for column in found.described.graph.identities_of(record.key.collection):
        value = record.values.get(column.column)
        identity = identity_in(column.kind, str(value), country) if value is not None else None
        if identity is not None and column.kind in NAMES_A_PERSON:
            yield identity


def _is_other(shop: Shop, identity: Identity) -> bool:
    digests = sealing.identity_digests(shop, identity)
    return not ErasedIdentity.objects.filter(shop=shop, digest__in=digests).exists()
