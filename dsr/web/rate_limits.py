"""How often one visitor may do a thing, counted in the shared cache so that all processes count together."""

from __future__ import annotations

import hashlib

from django.core.cache import cache
from django.http import HttpRequest


def is_too_often(request: HttpRequest, what: str, *, most: int, seconds: int, who: str = "") -> bool:
    """Count one try by the visitor's address (or by ``who``) and say whether it is one too many.

    What is counted is kept as a hash: an address must not stand in the cache table.
    """
    visitor = who or request.META.get("REMOTE_ADDR", "")
    key = f"rate:{what}:{hashlib.sha256(visitor.encode()).hexdigest()[:32]}"
    cache.add(key, 0, seconds)
    try:
        return cache.incr(key) > most
    except ValueError:  # It expired between the two calls: this try is the first of a new period.
        cache.set(key, 1, seconds)
        return False
