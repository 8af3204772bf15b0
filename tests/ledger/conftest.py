"""A ledger of the tests: real files, two keys, and a signing key of its own."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from dsr import crypto
from dsr.ledger import Ledger

KEYS = {"1": b"1" * 32, "2": b"2" * 32}
SEED = b"s" * 32
AT = datetime(2026, 3, 1, 12, 30, 0, 250, tzinfo=UTC)
LAST_DAY = date(2026, 9, 30)


def opened(folder: Path | str, version: str = "1") -> Ledger:
    """A ledger as another process would open it: it remembers nothing."""
    return Ledger(folder, KEYS, version=version, public_keys=[crypto.public_key(SEED)])


def sign(message: bytes) -> bytes:
    return crypto.sign(SEED, message)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "ledger"


@pytest.fixture
def written(folder: Path) -> Callable[[int], Ledger]:
    """Makes a ledger of so many entries, number n saying ``erased n`` of one shop or the other."""

    def write(count: int) -> Ledger:
        ledger = opened(folder)
        for number in range(1, count + 1):
            shop = "ada" if number % 2 else "bob"
            assert ledger.append(shop, f"erased {number}".encode(), at=AT, expires_on=LAST_DAY) == number
        return ledger

    return write


def bodies(ledger: Ledger, shop: str = "", after: int = 0) -> list[str]:
    return [entry.body.decode() for entry in ledger.entries(shop, after)]


def segments(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name[0].isdigit())
