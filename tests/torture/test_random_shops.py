"""The property of ``tests/sources/test_properties.py`` in its long form."""

from __future__ import annotations

import time

import pytest

from tests.sources.test_properties import Fill, sqlite_place, try_shops
from tests.torture.conftest import Say

__all__ = ["sqlite_place"]

SHOPS = 20_000


@pytest.mark.torture
def test_what_is_found_in_many_shops_is_what_brute_force_finds(sqlite_place: tuple[str, Fill], say: Say) -> None:
    started = time.monotonic()
    tried = try_shops(SHOPS, *sqlite_place)
    say(f"{tried:,} random shops on SQLite: every row found as by brute force, in {time.monotonic() - started:.0f} s")
