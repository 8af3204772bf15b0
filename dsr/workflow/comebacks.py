"""Erased people who are in a shop's database again: a backup was put back, an old list imported, or they signed up anew.

Of who was erased we hold keyed hashes alone, so every address of the shop is normalised and hashed as theirs was, each night.
A row that the erasure kept and that still names them is no coming back: where an address agrees, its rows are looked up as a
gather does, and only a row that was not kept counts.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache

from django.db import transaction

from dsr import crypto
from dsr.models import ErasedIdentity, KeptRecord, Shop, Source, SourceCheck
from dsr.records import Identity, IdentityKind, Person
from dsr.sources import registry
from dsr.sources.base import SourceError
from dsr.sources.sql_identities import read_identities
from dsr.sources.sql_match import identity_in
from dsr.workflow import audit, connections, queue, sealing, shops
from dsr.workflow.actors import SYSTEM, Actor
from dsr.workflow.expansion import EVERYWHERE
from dsr.workflow.queue import Claim, FinalFault, Work


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
    erased = dict(ErasedIdentity.objects.filter(shop=shop).values_list("digest", "pk"))
    country = shops.profile_of(shop, now).country
    found: dict[str, int] = {}
    failed: dict[str, str] = {}
    back: set[int] = set()
    for version in connections.current_versions(shop) if erased else ():
        if version.source.kind != Source.Kind.SQL:
            continue
        try:
            mine = _back_in(version.source, erased, country)
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


def _back_in(source: Source, erased: dict[str, int], country: str) -> set[int]:
    """The rows of ours whose person a source holds again."""
    described = connections.described_by(connections.current_version(source))
    hashers = [
        _hasher(version, key, source.shop.slug)
        for version, key in sealing.ring().all_versions("hash").items()
        if any(digest.startswith(f"{version}:") for digest in erased)
    ]
    agreeing: dict[Identity, int] = {}
    for kind, value in read_identities(source.name, connections.url_of(source), described, EVERYWHERE):
        text = _simple_email(value) if kind is IdentityKind.EMAIL else ""
        identity = None if text else identity_in(kind, value, country)
        text = text or (identity.value if identity else "")
        for hashed in hashers if text else ():
            number = erased.get(hashed(kind.value, text))
            if number is not None:
                agreeing[Identity(kind, text)] = number
    return {number for identity, number in agreeing.items() if _has_rows(source, described, identity, country)}


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
