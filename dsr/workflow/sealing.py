"""Which key seals what: the request's own data key, wrapped by the key of the month in which its data expires."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.conf import settings

from dsr import crypto
from dsr.clocks.arithmetic import add_months
from dsr.keyring import KeyDestroyed, KeyRing
from dsr.models import Shop, SubjectRequest
from dsr.records import Identity, IdentityKind, Person

MOST_DAYS_OPEN = 180
"""Until a request is answered nobody knows when it will be; half a year is longer than any clock with its extension."""


@lru_cache(maxsize=1)
def ring() -> KeyRing:
    """The installation's key ring; it notices by itself when the file changes."""
    return KeyRing(settings.DSR_KEYRING)


def give_key(subject_request: SubjectRequest, expires_on: date) -> None:
    """Set a fresh data key on an unsaved request, to be forgotten with the month of ``expires_on``."""
    _wrap(subject_request, crypto.new_key(), expires_on)


def postpone_forgetting(subject_request: SubjectRequest, expires_on: date) -> None:
    """Wrap the same data key by another month's key. The caller saves ``key_month`` and ``wrapped_key``."""
    _wrap(subject_request, data_key(subject_request), expires_on)


def data_key(subject_request: SubjectRequest) -> bytes:
    """The request's key. Raises KeyDestroyed once it was forgotten, or its month's key destroyed."""
    if not subject_request.wrapped_key:
        raise KeyDestroyed(f"{subject_request.reference} was forgotten: its time was over.")
    month_key = ring().month_key(subject_request.key_month)
    return crypto.unseal(month_key, bytes(subject_request.wrapped_key), context=f"key:{subject_request.public_id}")


def is_forgotten(subject_request: SubjectRequest) -> bool:
    """True once the request's key went with its month: nothing that was sealed under it can be read any more."""
    try:
        data_key(subject_request)
    except KeyDestroyed:
        return True
    return False


def seal_for(subject_request: SubjectRequest, plain: bytes, *, purpose: str) -> bytes:
    """Seal bytes under the request's key; ``purpose`` must be named again to open them."""
    return crypto.seal(data_key(subject_request), plain, context=context(subject_request, purpose))


def unseal_for(subject_request: SubjectRequest, sealed: bytes, *, purpose: str) -> bytes:
    """Open what ``seal_for`` sealed."""
    return crypto.unseal(data_key(subject_request), bytes(sealed), context=context(subject_request, purpose))


def record_namer(subject_request: SubjectRequest) -> Callable[[str], str]:
    """Names the request's records for those outside (``crypto.record_namer``). Its key never leaves the house, and goes with the
    request's. Raises KeyDestroyed then."""
    return crypto.record_namer(data_key(subject_request))


def words_print(subject_request: SubjectRequest, words: str) -> str:
    """A print by which words that somebody typed are told from others (``crypto.words_print``). Raises KeyDestroyed."""
    return crypto.words_print(data_key(subject_request), words)


def context(subject_request: SubjectRequest, purpose: str) -> str:
    """The context under which the request's things are sealed."""
    return f"{purpose}:{subject_request.public_id}"


def seal_identities(subject_request: SubjectRequest, identities: tuple[Identity, ...]) -> bytes:
    """The identifiers of a request as they are stored."""
    plain = json.dumps([[each.kind.value, each.value] for each in identities]).encode()
    return seal_for(subject_request, plain, purpose="identities")


def person_of(subject_request: SubjectRequest, country: str) -> Person:
    """Who is asking, as sources need it."""
    plain: list[Any] = json.loads(
        unseal_for(subject_request, bytes(subject_request.sealed_identities), purpose="identities")
    )
    return Person(tuple(Identity(IdentityKind(kind), value) for kind, value in plain), country=country)


def proved_person(subject_request: SubjectRequest, country: str) -> Person:
    """Who is asking, by what was proved alone. A claimed identifier that is not proved would open somebody else's rows."""
    proved = set(subject_request.identity_hashes.filter(is_verified=True).values_list("digest", flat=True))
    person = person_of(subject_request, country)
    kept = (each for each in person.identities if proved & set(identity_digests(subject_request.shop, each)))
    return Person(tuple(kept), country=country)


def lookup_digest(subject_request: SubjectRequest, identity: Identity) -> str:
    """The hash by which a request is found, as long as it is not forgotten. It is the same throughout the request's life."""
    name, key = ring().lookup_key(subject_request.received_at.date())
    return _hashed(name, key, subject_request.shop, identity)


def identity_digest(shop: Shop, identity: Identity) -> str:
    """The newest lasting key's hash of an identifier, with the key's version in front: for what must be recognised for years."""
    version, key = ring().latest("hash")
    return _hashed(version, key, shop, identity)


def identity_digests(shop: Shop, identity: Identity) -> list[str]:
    """The identifier's hash under every key that is still held, whatever for: what a look-up asks for."""
    keys = ring().all_versions("hash") | ring().lookup_keys()
    return [_hashed(version, key, shop, identity) for version, key in keys.items()]


def seal_credential(plain: str, *, owner: str) -> bytes:
    """Seal a database address; the key's version stands in front."""
    version, key = ring().latest("credentials")
    return version.encode() + b":" + crypto.seal(key, plain.encode(), context=f"credential:{owner}")


def unseal_credential(sealed: bytes, *, owner: str) -> str:
    """The database address again. Raises KeyDestroyed when its key is gone."""
    version, _, body = bytes(sealed).partition(b":")
    key = ring().key("credentials", version.decode())
    return crypto.unseal(key, body, context=f"credential:{owner}").decode()


def seal_by_month(plain: bytes, *, context: str, now: datetime) -> tuple[bytes, date]:
    """Seal what belongs to no request by the key of next month, which is destroyed when that is over; with that month."""
    month = add_months(now.date().replace(day=1), 1)
    return crypto.seal(ring().month_key(month), plain, context=context), month


def unseal_by_month(sealed: bytes, month: date, *, context: str) -> bytes:
    """Open what ``seal_by_month`` sealed. Raises KeyDestroyed."""
    return crypto.unseal(ring().month_key(month), bytes(sealed), context=context)


def print_of(shop: Shop, kind: str, text: str) -> str:
    """A keyed hash by which a value is known again that stands nowhere; the key's version stands in front."""
    version, key = ring().latest("hash")
    return f"{version}:{crypto.keyed_hash(key, shop=shop.slug, kind=kind, value=text)}"


def is_print_of(shop: Shop, kind: str, text: str, known: str) -> bool:
    """Whether a print was made of that text, by whichever key that is still held."""
    version = known.partition(":")[0]
    key = ring().all_versions("hash").get(version)
    return key is not None and known == f"{version}:{crypto.keyed_hash(key, shop=shop.slug, kind=kind, value=text)}"


def _hashed(version: str, key: bytes, shop: Shop, identity: Identity) -> str:
    return f"{version}:{crypto.keyed_hash(key, shop=shop.slug, kind=identity.kind.value, value=identity.value)}"


def _wrap(subject_request: SubjectRequest, key: bytes, expires_on: date) -> None:
    subject_request.key_month = expires_on.replace(day=1)
    month_key = ring().month_key(expires_on)
    subject_request.wrapped_key = crypto.seal(month_key, key, context=f"key:{subject_request.public_id}")
