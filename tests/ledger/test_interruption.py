"""Killed, out of room, or two at once: an entry is there, whole, or it is not; and what was called durable is there."""

import errno
import os
import random
import resource
import shutil
import signal
import threading
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from dsr.ledger import Ledger, LedgerFull, New
from tests.ledger.buckets import Objects
from tests.ledger.conftest import AT, LAST_DAY, bodies, opened, segments, sign
from tests.ledger.system_calls import calls_of, in_child, killed_before, signalled, with_each_call

Written = Callable[[int], Ledger]
SEED = 20260301


def append(folder: Path) -> None:
    opened(folder).append("ada", b"new 1", at=AT, expires_on=LAST_DAY)


def append_many(folder: Path) -> None:
    opened(folder).append_many([New("ada", f"new {n}".encode(), AT, LAST_DAY) for n in (1, 2, 3)])


def expire(folder: Path) -> None:
    opened(folder).expire(date(2027, 1, 1), sign)


@pytest.fixture
def before(written: Written, folder: Path) -> Path:
    """A ledger of three entries, the third of them torn."""
    written(3)
    last = folder / "00000003.json"
    last.write_bytes(last.read_bytes()[:-5])
    return folder


def test_an_entry_is_on_the_disk_before_it_has_its_name_and_its_name_before_it_is_promised(folder: Path) -> None:
    append(folder)
    calls = [name for name in calls_of(lambda: append(folder)) if name in {"write", "fsync", "link", "unlink"}]

    # The temporary file's content, then its name, then the folder that holds the name.
    assert calls == ["unlink", "write", "fsync", "link", "unlink", "fsync"]


@pytest.mark.parametrize(
    ("work", "outcomes"),
    [
        (append, [[1, 2], [1, 2, "new 1"]]),
        (append_many, [[1, 2], [1, 2, "new 1"], [1, 2, "new 1", "new 2"], [1, 2, "new 1", "new 2", "new 3"]]),
        (expire, [[1, 2], []]),
    ],
)
def test_killed_before_any_call_to_the_system_the_ledger_is_whole(
    before: Path, tmp_path: Path, work: Callable[[Path], None], outcomes: list[list[object]]
) -> None:
    wanted = [tuple(f"erased {each}" if each in {1, 2} else each for each in outcome) for outcome in outcomes]
    seen = []
    for number in range(1, 1000):
        folder = Path(shutil.copytree(before, tmp_path / str(number)))
        was_killed = killed_before(number, partial(work, folder))
        found = tuple(bodies(opened(folder)))
        length = opened(folder).length()
        assert opened(folder).append("ada", b"next", at=AT, expires_on=LAST_DAY) == length + 1
        assert tuple(bodies(opened(folder))) == (*found, "next")
        assert not list(folder.glob("*.new"))
        if not seen or seen[-1] != found:
            seen.append(found)
        if not was_killed:
            break

    # Each state follows the one before it, and none of them is half of one.
    assert seen == wanted


@pytest.mark.parametrize("work", [append, append_many])
def test_a_disk_that_fails_at_any_call_to_the_system_leaves_no_new_entry(
    before: Path, tmp_path: Path, work: Callable[[Path], None]
) -> None:
    whole = Path(shutil.copytree(before, tmp_path / "whole"))
    calls = calls_of(lambda: work(whole))
    assert {"mkdir", "open", "scandir", "write", "fsync", "link", "rename", "unlink"} <= set(calls)

    for number, call in enumerate(calls, 1):
        if call in {"close", "mkdir"}:
            continue  # What was synced before is on the disk, whatever this says; and the folder is there.
        folder = Path(shutil.copytree(before, tmp_path / str(number)))

        def fail(count: int, name: str, at: int = number) -> None:
            if count == at:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with pytest.raises(LedgerFull, match=r"No space left on device.*nothing is erased without it"):
            with_each_call(partial(work, folder), fail)
        assert bodies(opened(folder)) == ["erased 1", "erased 2"], call
        assert opened(folder).append("ada", b"next", at=AT, expires_on=LAST_DAY) == 3
        assert not list(folder.glob("*.new"))


def test_killed_while_it_takes_entries_back_that_found_no_room_the_ledger_has_no_gap(
    before: Path, tmp_path: Path
) -> None:
    # More than are written together, so that the first ones have their names when the last finds no room.
    entries = [New("ada", b"small", AT, LAST_DAY)] * 103 + [New("ada", bytes(10_000), AT, LAST_DAY)]

    def take_back(folder: Path) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
        with pytest.raises(LedgerFull):
            opened(folder).append_many(entries)

    left = []
    for number in range(720, 1000, 60):
        folder = Path(shutil.copytree(before, tmp_path / str(number)))
        was_killed = killed_before(number, partial(take_back, folder))
        left.append(len(bodies(opened(folder))) - 2)
        if not was_killed:
            break

    assert left[-1] == 0
    assert any(0 < each < 100 for each in left)


def test_an_entry_for_which_there_is_no_room_is_not_in_the_ledger(written: Written, folder: Path) -> None:
    ledger = written(2)
    there = {path.name: path.read_bytes() for path in folder.iterdir()}

    def without_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
        small, large = New("ada", b"small", AT, LAST_DAY), New("ada", bytes(10_000), AT, LAST_DAY)
        for entries in ([large], [small, small, large], [small] * 120 + [large]):
            with pytest.raises(LedgerFull, match=r"cannot be written .File too large.*nothing is erased without it"):
                ledger.append_many(entries)

    assert signalled(without_room) == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == there


@pytest.mark.parametrize("kills", [20, pytest.param(200, marks=pytest.mark.torture)])
def test_killed_at_random_moments_the_ledger_holds_every_entry_that_was_called_durable(
    folder: Path, kills: int
) -> None:
    dice = random.Random(SEED)
    durable: dict[int, str] = {}
    for run in range(kills):
        read, write = os.pipe()
        child = in_child(partial(_append_for_ever, folder, run, write))
        os.close(write)
        with os.fdopen(read) as told:
            durable |= [_told(told.readline())]
            time.sleep(dice.uniform(0, 0.05))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            durable |= [_told(line) for line in told if line.endswith("\n")]

        found = {entry.number: entry.body.decode() for entry in opened(folder).entries()}
        assert durable.items() <= found.items(), f"seed {SEED}, kill {run}"
        assert opened(folder).verify().last == len(found)
    append(folder)
    assert len(durable) > kills
    assert not list(folder.glob("*.new"))


def _append_for_ever(folder: Path, run: int, told: int) -> None:
    ledger, count = opened(folder), 0
    while True:
        wanted = [f"{run}-{count}-{each}" for each in range(1 + count % 4)]
        numbers = ledger.append_many([New("ada", body.encode(), AT, LAST_DAY) for body in wanted])
        for number, body in zip(numbers, wanted, strict=True):
            os.write(told, f"{number} {body}\n".encode())
        count += 1


def _told(line: str) -> tuple[int, str]:
    number, body = line.split()
    return int(number), body


def test_two_processes_that_append_at_once_share_the_numbers(folder: Path) -> None:
    def write(name: str) -> None:
        ledger = opened(folder)
        for count in range(60):
            ledger.append("ada", f"{name} {count}".encode(), at=AT, expires_on=LAST_DAY)

    children = [in_child(partial(write, name)) for name in ("one", "other")]
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]

    found = bodies(opened(folder))
    assert [body for body in found if body.startswith("one")] == [f"one {count}" for count in range(60)]
    assert [body for body in found if body.startswith("other")] == [f"other {count}" for count in range(60)]
    assert opened(folder).verify().last == 120


def test_threads_that_append_to_one_ledger_at_once_share_the_numbers(filled: Written, anywhere: Path | Objects) -> None:
    ledger = filled(1)
    numbers: list[int] = []

    def write() -> None:
        numbers.extend(ledger.append("ada", b"x", at=AT, expires_on=LAST_DAY) for _ in range(25))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(numbers) == list(range(2, 102))
    assert segments(anywhere) == [f"{number:08d}.json" for number in range(1, 102)]
    assert opened(anywhere).verify().last == 101
