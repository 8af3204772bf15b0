"""How often one visitor may do a thing, counted in the shared cache so that all processes count together."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest


def is_too_often(request: HttpRequest, what: str, *, most: int, seconds: int, who: str = "") -> bool:
    """Count one try by the visitor's address (or by ``who``) and say whether it is one too many.

    Each try takes one of ``most`` places for ``seconds``. A place is taken by an insert that only one of two parallel tries
    wins; a number that is read and written back would count them as one, and Django's ``incr`` also forgets its time.
    What is counted is kept as a hash: an address must not stand in the cache table.
    """
    visitor = hashlib.sha256((who or address_of(request)).encode()).hexdigest()[:32]
    places = [f"rate:{what}:{visitor}:{number}" for number in range(most)]
    taken = cache.get_many(places)
    return not any(cache.add(place, 1, seconds) for place in places if place not in taken)


def address_of(request: HttpRequest) -> str:
    """The visitor's address: the one our own proxy wrote down last, where there is one; what stands before it is hearsay."""
    told = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.DSR_BEHIND_PROXY else ""
    return told.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))
