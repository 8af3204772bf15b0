"""What another machine does to a bucket just between two requests of ours, and answers that are lost."""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from dsr.ledger import Ledger, LedgerFull, LedgerProblem, LedgerTampered, New, bucket
from dsr.ledger.bucket import DurableBucket
from dsr.ledger.folder import Taken
from tests.ledger.buckets import Between, BucketServer, between
from tests.ledger.conftest import AT, LAST_DAY, bodies, opened, sign
from tests.ledger.system_calls import signalled

LATER = LAST_DAY + timedelta(days=90)
Elsewhere = Callable[[str, Callable[[], object]], None]


@pytest.fixture
def gate(server: BucketServer) -> Iterator[Between]:
    with between(server) as started:
        yield started


@pytest.fixture
def elsewhere(gate: Between, tmp_path: Path) -> Elsewhere:
    """Lets another machine, which knows none of our locks, do something once, just before a request reaches the storage."""

    def watch(wanted: str, work: Callable[[], object]) -> None:
        done: list[str] = []

        def before(request: str) -> None:
            if request != wanted or done:
                return
            done.append(request)
            (tmp_path / "elsewhere").mkdir()
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(tempfile, "tempdir", str(tmp_path / "elsewhere"))
                work()

        gate.before = before

    return watch


def through(gate: Between, place: str) -> Ledger:
    """A ledger whose every request can be watched."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", gate.endpoint)
        return opened(place)


def append(ledger: Ledger, body: str, last_day: date = LAST_DAY) -> int:
    return ledger.append("ada", body.encode(), at=AT, expires_on=last_day)


def test_entries_when_each_is_a_journey_then_many_are_under_way_at_once_and_come_in_order(
    gate: Between, place: str
) -> None:
    wanted = [f"erased {number}" for number in range(60)]
    opened(place).append_many([New("ada", body.encode(), AT, LAST_DAY) for body in wanted])
    under_way: list[str] = []
    most: list[int] = []

    def before(request: str) -> None:
        if request.startswith("GET 0000"):
            under_way.append(request)
            most.append(len(under_way))
            time.sleep(0.05)
            under_way.remove(request)

    gate.before = before
    assert bodies(through(gate, place)) == wanted
    assert (len(most), max(most) > 8) == (60, True)

    most.clear()
    assert next(through(gate, place).entries(after=30)).number == 31
    assert len(most) == 2, "who wants one entry has others fetched"


def test_a_number_when_another_machine_takes_it_a_moment_before_then_the_next_is_ours(
    gate: Between, place: str, elsewhere: Elsewhere
) -> None:
    ours = through(gate, place)
    append(ours, "first")
    elsewhere("PUT 00000002.json", lambda: append(opened(place), "theirs"))

    assert append(ours, "ours") == 3
    assert bodies(opened(place)) == ["first", "theirs", "ours"]
    assert opened(place).verify(known=3).segments == 3


def test_a_number_when_it_was_written_and_expired_elsewhere_meanwhile_then_another_is_taken(
    gate: Between, place: str, elsewhere: Elsewhere
) -> None:
    ours = through(gate, place)
    append(ours, "first")

    def live_on() -> None:
        assert [append(opened(place), "theirs") for _ in range(2)] == [2, 3]
        assert opened(place).expire(LAST_DAY + timedelta(days=1), sign) == 3

    elsewhere("PUT 00000002.json", live_on)

    # Number 2 is free again, and whoever took it would count as expired.
    assert append(ours, "ours", LATER) == 4
    assert bodies(opened(place)) == ["ours"]
    assert DurableBucket(place).has("00000002.json") is False


def test_an_end_when_it_expires_elsewhere_while_it_is_looked_for_then_is_no_tampering(
    gate: Between, place: str, elsewhere: Elsewhere
) -> None:
    for body in ("1", "2", "3"):
        append(opened(place), body)
    elsewhere("GET 00000002.json", lambda: opened(place).expire(LAST_DAY + timedelta(days=1), sign))

    assert append(through(gate, place), "ours") == 4


def test_a_checkpoint_when_another_machine_moved_it_on_then_never_goes_back(
    gate: Between, place: str, elsewhere: Elsewhere
) -> None:
    for last_day in (LAST_DAY, LATER, LATER):
        append(opened(place), "x", last_day)
    elsewhere("PUT checkpoint.json", lambda: opened(place).expire(LATER + timedelta(days=1), sign))

    assert through(gate, place).expire(LAST_DAY + timedelta(days=1), sign) == 0
    assert (opened(place).checkpoint(), opened(place).verify(known=3).segments) == (3, 0)
    assert append(opened(place), "goes on") == 4


def test_an_entry_when_the_answer_to_it_is_lost_then_it_is_there_once(gate: Between, place: str) -> None:
    gate.lost = ["PUT 00000001.json"]

    assert append(through(gate, place), "once") == 1
    assert gate.lost == []
    assert bodies(opened(place)) == ["once"]


def test_a_checkpoint_when_the_answer_to_it_is_lost_then_what_expired_goes(gate: Between, place: str) -> None:
    append(opened(place), "x")
    gate.lost = ["PUT checkpoint.json"]

    assert through(gate, place).expire(LAST_DAY + timedelta(days=1), sign) == 1
    assert DurableBucket(place).names() == ["checkpoint.json"]


def test_a_last_object_when_it_is_cut_short_then_is_called_changed_and_never_set_aside(place: str) -> None:
    append(opened(place), "first")
    objects = DurableBucket(place)
    whole = objects.read("00000001.json")
    objects.replace("00000001.json", whole[:-5])

    for refused in (opened(place).verify, lambda: append(opened(place), "x"), lambda: bodies(opened(place))):
        with pytest.raises(LedgerTampered, match=r"00000001\.json, line \d"):
            refused()
    with pytest.raises(OSError, match="nothing is ever torn"):
        objects.set_aside("00000001.json")
    assert objects.names() == ["00000001.json"]


def test_a_fork_of_a_process_that_used_the_bucket_then_is_told_and_does_not_wait_for_ever(place: str) -> None:
    ledger = opened(place)
    append(ledger, "first")

    def forked() -> None:
        with pytest.raises(LedgerProblem, match="must be started anew"):
            append(ledger, "x")
        with pytest.raises(LedgerProblem, match="must be started anew"):
            opened(place).verify()

    assert signalled(forked) == 0
    assert opened(place).length() == 1


def test_a_storage_when_it_heeds_no_condition_then_takes_no_entry(gate: Between, place: str) -> None:
    gate.unheeded = "if-none-match"

    with pytest.raises(LedgerFull, match="takes no notice of If-None-Match"):
        append(through(gate, place), "x")
    assert DurableBucket(place).names() == []


def test_a_storage_when_it_accepts_and_never_answers_then_is_given_up(place: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        patch.setattr(bucket, "SECONDS", "1s")
        ledger = opened(place)
        began = time.monotonic()

        with pytest.raises(LedgerFull, match="did not do it"):
            append(ledger, "x")

    assert time.monotonic() - began < 15


@pytest.mark.parametrize("address", ["s3://", "s3:///prefix"])
def test_an_address_when_it_names_no_bucket_then_is_told(address: str) -> None:
    with pytest.raises(LedgerProblem, match="must be s3://bucket/prefix"):
        opened(address)


def test_objects_when_one_is_there_already_then_those_before_it_stay(place: str) -> None:
    # Others may have written behind them.
    objects = DurableBucket(place)
    objects.create([("2", b"theirs")])

    with pytest.raises(Taken) as lost:
        objects.create([("1", b"ours"), ("2", b"ours"), ("3", b"ours")])
    assert (lost.value.made, sorted(objects.names())) == (1, ["1", "2"])
