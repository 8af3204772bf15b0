"""A ledger in a bucket: the same entries, and two writers of whom the storage lets one be first."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import obstore
import pytest
from obstore.store import S3Store

from dsr.ledger import Ledger, LedgerFull, LedgerProblem, New, storage
from dsr.ledger.bucket import DurableBucket
from dsr.ledger.folder import Taken
from tests.ledger.buckets import bucket_server
from tests.ledger.conftest import AT, LAST_DAY, bodies, opened

WRITER = """
import sys
from tests.ledger.conftest import AT, LAST_DAY, opened
ledger = opened(sys.argv[1])
print("ready", flush=True)
for number in range(int(sys.argv[3])):
    print(ledger.append("ada", f"{sys.argv[2]} {number}".encode(), at=AT, expires_on=LAST_DAY), flush=True)
"""


def store(place: str) -> S3Store:
    """The same objects, past our own code."""
    return S3Store.from_url(place, client_options={"allow_http": True})


def write(place: str, count: int) -> Ledger:
    ledger = opened(place)
    for number in range(1, count + 1):
        assert ledger.append("ada", f"erased {number}".encode(), at=AT, expires_on=LAST_DAY) == number
    return ledger


def test_entries_come_back_as_they_were_appended_and_stand_sealed_in_the_bucket(place: str) -> None:
    assert (opened(place).length(), bodies(opened(place))) == (0, [])
    ledger = write(place, 3)

    more = [New("bob", b"several", AT, LAST_DAY), New("ada", b"at once", AT, LAST_DAY)]
    assert ledger.append_many(more, known=3) == [4, 5]
    assert bodies(opened(place)) == ["erased 1", "erased 2", "erased 3", "several", "at once"]
    assert bodies(opened(place), "bob", after=2) == ["several"]
    assert (opened(place).length(), opened(place).verify(known=5).segments) == (5, 5)
    raw = b"".join(bytes(obstore.get(store(place), f"0000000{n}.json").bytes()) for n in range(1, 6))
    assert raw.count(b'"shop"') == 5
    assert b"erased" not in raw


def test_the_storage_lets_only_the_first_of_two_create_an_object(place: str) -> None:
    bucket = DurableBucket(place)
    bucket.create([("00000001.json", b"first")])

    with pytest.raises(Taken) as lost:
        DurableBucket(place).create(
            [("00000000.json", b"before"), ("00000001.json", b"second"), ("00000002.json", b"x")]
        )

    assert lost.value.made == 1
    assert (bucket.read("00000001.json"), sorted(bucket.names())) == (b"first", ["00000000.json", "00000001.json"])


def test_a_checkpoint_when_another_was_written_since_it_was_read_then_is_not_lost(place: str) -> None:
    one, other = DurableBucket(place), DurableBucket(place)
    one.replace("checkpoint.json", b"one")
    with pytest.raises(FileExistsError):
        other.replace("checkpoint.json", b"as if there were none")
    assert other.read("checkpoint.json") == b"one"
    one.replace("checkpoint.json", b"two")

    with pytest.raises(FileExistsError):
        other.replace("checkpoint.json", b"three")
    assert one.read("checkpoint.json") == b"two"


def test_two_writers_that_know_nothing_of_each_other_lose_no_entry(place: str, tmp_path: Path) -> None:
    # Each has a folder for locks of its own, as on two machines.
    writers = [start(place, name, 15, tmp_path / name) for name in ("left", "right")]
    told = [process.communicate(timeout=60)[0].split()[1:] for process in writers]

    assert [process.returncode for process in writers] == [0, 0]
    assert sorted(int(number) for numbers in told for number in numbers) == list(range(1, 31))
    found = bodies(opened(place))
    assert sorted(found) == sorted(f"{name} {number}" for name in ("left", "right") for number in range(15))
    assert opened(place).verify(known=30).segments == 30


def test_a_killed_writer_leaves_a_ledger_that_goes_on(place: str, tmp_path: Path) -> None:
    process = start(place, "killed", 1_000, tmp_path / "locks")
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == "5":
            break
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    count = opened(place).verify().segments
    assert count >= 5
    assert opened(place).append("ada", b"after", at=AT, expires_on=LAST_DAY) == count + 1
    assert bodies(opened(place))[-1] == "after"


def start(place: str, name: str, count: int, folder: Path) -> subprocess.Popen[str]:
    folder.mkdir()
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, place, name, str(count)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},
    )


def test_a_bucket_that_is_away_then_nothing_is_written_and_it_says_so() -> None:
    with bucket_server() as going:
        place = going.new_place()
        ledger = write(place, 1)
        going.process.kill()
        going.process.wait()

        began = time.monotonic()
        with pytest.raises(LedgerFull, match="nothing is erased meanwhile"):
            ledger.append("ada", b"x", at=AT, expires_on=LAST_DAY)
        with pytest.raises(LedgerProblem, match="cannot be read") as refused:
            ledger.verify()
        assert place in str(refused.value)
        assert going.environment["AWS_SECRET_ACCESS_KEY"] not in str(refused.value)
        assert time.monotonic() - began < 60


def test_a_library_that_is_missing_is_told_and_a_folder_needs_none(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "BUCKET", "dsr.ledger.no_such_module")

    with pytest.raises(LedgerProblem, match=r"pip install -r requirements-s3\.txt"):
        opened(place)
    assert opened(tmp_path / "ledger").append("ada", b"x", at=AT, expires_on=LAST_DAY) == 1
    asked = [sys.executable, "-c", "import sys, dsr.ledger; print('obstore' in sys.modules)"]
    assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip() == "False"
