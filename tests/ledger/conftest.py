"""A ledger of the tests: real files, two keys, and a signing key of its own."""

import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest

from dsr import crypto
from dsr.ledger import Ledger
from tests.ledger.buckets import BucketServer, Objects, running_server

KEYS = {"1": b"1" * 32, "2": b"2" * 32}
SEED = b"s" * 32
AT = datetime(2026, 3, 1, 12, 30, 0, 250, tzinfo=UTC)
LAST_DAY = date(2026, 9, 30)


def opened(folder: Path | Objects | str, version: str = "1") -> Ledger:
    """A ledger as another process would open it: it remembers nothing."""
    return Ledger(str(folder), KEYS, version=version, public_keys=[crypto.public_key(SEED)])


def sign(message: bytes) -> bytes:
    return crypto.sign(SEED, message)


@pytest.fixture(scope="session")
def server() -> Iterator[BucketServer]:
    with running_server() as running:
        yield running


@pytest.fixture
def place(server: BucketServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty ledger in a bucket."""
    server.tell(monkeypatch)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # No locks of the tests stay on this machine.
    return server.new_place()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "ledger"


@pytest.fixture(params=["folder", "bucket"])
def anywhere(request: pytest.FixtureRequest) -> Path | Objects:
    """An empty ledger in a folder, and one in a bucket: for whatever must be so in both."""
    if request.param == "folder":
        return Path(request.getfixturevalue("folder"))
    return Objects(request.getfixturevalue("place"))


@pytest.fixture
def written(folder: Path) -> Callable[[int], Ledger]:
    """Makes a ledger of so many entries, number n saying ``erased n`` of one shop or the other."""
    return partial(_write, folder)


@pytest.fixture
def filled(anywhere: Path | Objects) -> Callable[[int], Ledger]:
    """As ``written``, in either kind of storage."""
    return partial(_write, anywhere)


def _write(folder: Path | Objects, count: int) -> Ledger:
    ledger = opened(folder)
    for number in range(1, count + 1):
        shop = "ada" if number % 2 else "bob"
        assert ledger.append(shop, f"erased {number}".encode(), at=AT, expires_on=LAST_DAY) == number
    return ledger


def bodies(ledger: Ledger, shop: str = "", after: int = 0) -> list[str]:
    return [entry.body.decode() for entry in ledger.entries(shop, after)]


def segments(folder: Path | Objects) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name[0].isdigit())
