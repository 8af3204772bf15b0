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
    """Digests of those that another person still has a part in: a row that is not kept with them refers to them, or they
    name somebody who was not erased."""
    doubtful = [kept for kept in records if kept.rule in MAY_BE_SHARED or kept.collection in found.described.graph.weak]
    if not doubtful:
        return set()
    nobodys = set(KeptRecord.objects.waiting().filter(source=source).values_list("digest", flat=True))
    still = {
        key.digest
        for key in opened.referred([PlanRow(there[kept.digest].key, Action.KEEP) for kept in doubtful], nobodys)
    }
    country = shops.profile_of(source.shop, doubtful[0].kept_at).country
    for kept in doubtful:
        record = there[kept.digest]
        named = any(_is_other(source.shop, each) for each in _named(found, record, country))
        if kept.rule in MAY_BE_SHARED and (named or _hangs_on_another(source, opened, found, record, nobodys)):
            still.add(kept.digest)
    return still


def _hangs_on_another(
    source: Source, opened: WritableSource, found: FoundRows, record: Record, nobodys: set[str]
) -> bool:
    """Whether a row that is there, and that no erased person left behind, owns this one."""
    graph = found.described.graph
    owners = []
    for edge in graph.owners(record.key.collection):
        values = [record.values.get(name) for name in edge.target_columns]
        if edge.columns == graph.collections[edge.source].key and None not in values:
            owners.append(RecordKey(source.name, edge.source, tuple(zip(edge.columns, values, strict=True))))
    others = [PlanRow(key, Action.KEEP) for key in owners if key.digest not in nobodys]
    return bool(others) and any(True for _ in opened.read_back(others))


def _named(found: FoundRows, record: Record, country: str) -> Iterator[Identity]:
    for column in found.described.graph.identities_of(record.key.collection):
        value = record.values.get(column.column)
        identity = identity_in(column.kind, str(value), country) if value is not None else None
        if identity is not None and column.kind in NAMES_A_PERSON:
            yield identity


def _is_other(shop: Shop, identity: Identity) -> bool:
    digests = sealing.identity_digests(shop, identity)
    return not ErasedIdentity.objects.filter(shop=shop, digest__in=digests).exists()
