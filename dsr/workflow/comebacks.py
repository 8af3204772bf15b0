"""Erased people who are in a shop's database again: a backup was put back, an old list imported, or they signed up anew.

Of who was erased we hold keyed hashes alone, so every address and telephone number of the shop is normalised and hashed as
theirs was, each night. A row whose value agrees is theirs, whether or not the database itself would find it by that address.

A row that the erasure kept is no coming back as long as it names them by what it was kept with: the prints of the record that
stays tell. What hangs on such a row and was not kept is one; it is looked up as a gather does.

A household shares a telephone. So a number counts where the row beside it holds an address of somebody erased, or where nothing
there says whose the row is.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Collection as Several
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db import transaction

from dsr import crypto
from dsr.models import ErasedIdentity, KeptRecord, Shop, Source, SourceCheck
from dsr.records import Identity, IdentityKind, Person
from dsr.sources import registry, whose
from dsr.sources.base import SourceError
from dsr.sources.sql_identities import Naming, Row, read_identities
from dsr.sources.sql_match import identity_in, phone_readings
from dsr.workflow import audit, connections, kept_rows, queue, sealing, shops
from dsr.workflow.actors import SYSTEM, Actor
from dsr.workflow.expansion import EVERYWHERE
from dsr.workflow.queue import Claim, FinalFault, Work

AT_ONCE = 500
"""Rows that name somebody erased, of which it is asked at once whether they were kept."""


def ask_for_tonight(now: datetime) -> None:
    """Have the sources of every shop that erased somebody looked through once a day, in the caller's transaction."""
    for shop in Shop.objects.filter(erased_identities__isnull=False).distinct():
        queue.enqueue(Work.SCAN_FOR_ERASED, target_id=shop.pk, now=now, key=f"scan:{shop.pk}:{now:%Y-%m-%d}")


def scan_tonight(claim: Claim) -> None:
    """The job's work for one shop. Raises FinalFault when a source could not be read."""
    _, failed = scan(Shop.objects.get(pk=claim.target_id), actor=SYSTEM, now=claim.clock())
    if failed:
        raise FinalFault("; ".join(failed.values()))
    with transaction.atomic(durable=True):
        claim.finish()


def standing(of_shops: Iterable[Shop]) -> int:
    """How many identifiers of erased people the last scan of these shops found."""
    return ErasedIdentity.objects.filter(shop__in=list(of_shops), is_back_since__isnull=False).count()


def scan(shop: Shop, *, actor: Actor, now: datetime) -> tuple[dict[str, int], dict[str, str]]:
    """How many identifiers of erased people are back, and why a source could not be read, by source; both marked in our rows.

    Who is not found any more is unmarked, unless a source was left out. Exported files are not read.
    """
    erased = _Erased(shop, shops.profile_of(shop, now).country)
    found: dict[str, int] = {}
    failed: dict[str, str] = {}
    back: set[int] = set()
    for version in connections.current_versions(shop) if erased.numbers else ():
        if version.source.kind != Source.Kind.SQL:
            continue
        try:
            mine = _back_in(version.source, erased)
        except (SourceError, connections.Refused) as error:
            failed[version.source.name] = str(error)
            continue
        found[version.source.name] = len(mine)
        back |= mine
    with transaction.atomic(durable=True):
        rows = ErasedIdentity.objects.filter(shop=shop)
        for name, count in found.items():
            SourceCheck.objects.filter(source__shop=shop, source__name=name).update(came_back=count)
        fresh = rows.filter(pk__in=back, is_back_since=None).update(is_back_since=now)
        if not failed:
            rows.exclude(pk__in=back).exclude(is_back_since=None).update(is_back_since=None)
        if fresh:
            facts: dict[str, audit.Fact] = {"shop": shop.slug, "identifiers": len(back), "new": fresh}
            audit.record_for_shop(shop, "shop.erased_are_back", actor=actor, now=now, facts=facts)
    return found, failed


class _Erased:
    """Who was erased: the rows of ours by hash, and what tells that a value is one of theirs."""

    def __init__(self, shop: Shop, country: str) -> None:
        known = list(ErasedIdentity.objects.filter(shop=shop).values_list("digest", "pk", "kind"))
        self.numbers = {digest: number for digest, number, _ in known}
        self.kinds = frozenset(IdentityKind(kind) for kind in {kind for _, _, kind in known})
        self.country = country
        versions = {digest.partition(":")[0] for digest in self.numbers}
        self._hashers = [
            _hasher(version, key, shop.slug)
            for version, key in sealing.ring().all_versions("hash").items()
            if version in versions
        ]

    def named_by(self, kind: IdentityKind, value: str) -> tuple[int, str] | None:
        """The row of ours whose person a value names, and the value normalised; None when nobody was erased who had it."""
        for text in self._readings(kind, value):
            for hashed in self._hashers:
                number = self.numbers.get(hashed(kind.value, text))
                if number is not None:
                    return number, text
        return None

    def _readings(self, kind: IdentityKind, value: str) -> Several[str]:
        if kind is IdentityKind.PHONE:
            return phone_readings(value, self.country)
        if text := _simple_email(value):
            return (text,)
        identity = identity_in(kind, value, self.country)
        return (identity.value,) if identity else ()

    def is_somebody_elses(self, place: Naming, row: Row) -> bool:
        """Whether a row with a telephone number of somebody erased is another's: by an address, else by what it hangs on."""
        emails = [
            str(value)
            for column, value in zip(place.columns, row, strict=False)
            if column.kind is IdentityKind.EMAIL and identity_in(column.kind, value, self.country)
        ]
        if not emails:
            return place.claims(row)
        return all(self.named_by(IdentityKind.EMAIL, each) is None for each in emails)


@dataclass(frozen=True, slots=True)
class _Sighting:
    """A value of somebody erased in a row: whose (our row's number), what it means, where it stands and how it is written."""

    number: int
    identity: Identity
    digest: str
    column: str
    is_key: bool
    value: str


def _back_in(source: Source, erased: _Erased) -> set[int]:
    """The rows of ours whose person a source holds again."""
    described = connections.described_by(connections.current_version(source))
    back: set[int] = set()
    kept: dict[int, Identity] = {}
    waiting: list[_Sighting] = []
    for each in _sightings(source, described, erased, back):
        waiting.append(each)
        if len(waiting) >= AT_ONCE:
            _judge(source, waiting, back, kept)
            waiting.clear()
    _judge(source, waiting, back, kept)
    for number, identity in kept.items():
        if number not in back and _has_rows(source, described, identity, erased.country):
            back.add(number)
    return back


def _sightings(
    source: Source, described: registry.Description, erased: _Erased, back: Several[int]
) -> Iterator[_Sighting]:
    """Every row that names somebody erased; of those known to be back no further one."""
    for place, row in read_identities(source.name, connections.url_of(source), described, EVERYWHERE):
        for column, value in zip(place.columns, row, strict=False):
            if value is None or column.kind not in erased.kinds:
                continue
            named = erased.named_by(column.kind, str(value))
            if named is None or named[0] in back:
                continue
            if column.kind is IdentityKind.PHONE and erased.is_somebody_elses(place, row):
                continue
            number, text = named
            is_key = not place.declared.key or column.column in place.declared.key
            digest = place.key(row).digest
            yield _Sighting(number, Identity(column.kind, text), digest, column.column, is_key, str(value))


def _judge(source: Source, sightings: Sequence[_Sighting], back: set[int], kept: dict[int, Identity]) -> None:
    """Tell rows that are back from those that were kept as they are; of these, by what to look for what hangs on them."""
    digests = {each.digest for each in sightings}
    prints: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    for record in KeptRecord.objects.waiting().filter(source=source, digest__in=digests):
        prints[record.digest].append(kept_rows.known_by(record))
    for each in sightings:
        if not any(_was_kept_with(each, telling) for telling in prints.get(each.digest, ())):
            back.add(each.number)
        else:
            kept[each.number] = each.identity


def _was_kept_with(sighting: _Sighting, telling: Mapping[str, str]) -> bool:
    """Whether a kept row held that value when it was kept. Of a column that no print was made of nobody can tell any more."""
    said = telling.get(sighting.column)
    return sighting.is_key or said is None or said == whose.print_of(sighting.value)


def _simple_email(value: str) -> str:
    """What ``normalise_email`` makes of an address as most are; empty where it has to look closely."""
    text = value.strip().lower()
    local, at, domain = text.rpartition("@")
    return f"{local}@{_domain(domain)}" if text.isascii() and local and at and _domain(domain) else ""


@lru_cache(maxsize=50_000)
def _domain(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _hasher(version: str, key: bytes, shop: str) -> Callable[[str, str], str]:
    """``crypto.keyed_hash`` with the shop's key derived once."""
    begun = hmac.new(crypto.shop_key(key, shop), digestmod=hashlib.sha256)

    def hashed(kind: str, value: str) -> str:
        mine = begun.copy()
        mine.update(f"{kind}:{value}".encode())
        return f"{version}:{mine.hexdigest()}"

    return hashed


def _has_rows(source: Source, described: registry.Description, identity: Identity, country: str) -> bool:
    """Whether the person has a row there that their erasure did not keep."""
    url = connections.url_of(source)
    with registry.open_source(source.kind, source.name, url, described) as opened:
        located = opened.locate(Person((identity,), country), {})
        digests = [record.key.digest for record in opened.gather(located)]
    kept = KeptRecord.objects.waiting().filter(source=source, digest__in=digests).values_list("digest", flat=True)
    return bool(set(digests) - set(kept))
