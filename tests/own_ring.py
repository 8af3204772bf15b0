"""Keys of one test alone: a destroyed month stays destroyed for everybody who uses the ring."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from dsr.keyring import KeyRing
from dsr.workflow import sealing


@pytest.fixture
def own_ring(settings: Settings, tmp_path: Path) -> Iterator[KeyRing]:
    """A ring that the test may forget by; ask for it before anything is sealed."""
    settings.DSR_KEYRING = tmp_path / "keyring.json"
    # Sealed or signed by the ring's keys, so they are the test's alone as well.
    settings.DSR_LEDGER, settings.DSR_ANCHORS = tmp_path / "ledger", tmp_path / "anchors"
    ring = KeyRing.create(settings.DSR_KEYRING, demo=True)
    sealing.ring.cache_clear()
    yield ring
    sealing.ring.cache_clear()
