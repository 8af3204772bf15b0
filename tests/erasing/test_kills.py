"""An erasure is killed (-9) at its boundaries and at random moments, and begun again: it ends as if nothing had happened.

Each time two databases of the shop, our own and the ledger are put back to the moment of the approval. What comes of it is
compared with a run that nobody disturbed: all rows, what stays and why, the letter, the chain, the ledger.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django.fixtures import Settings

from dsr.lifecycle import State
from dsr.models import Job, Shop
from dsr.workflow import queue
from tests.erasing.conftest import rows
from tests.erasing.identical import End, Stage
from tests.erasing.processes import Starter
from tests.erasing.shop_server import shop_server


@pytest.fixture
def ledger(settings: Settings, tmp_path: Path) -> Path:
    """A ledger of the test's own; the starter's processes use it as well."""
    settings.DSR_LEDGER = tmp_path / "ledger"
    return settings.DSR_LEDGER


@contextmanager
def staged(shop: Shop, owner: User, shop_url: str, workshop_url: str, *, copying: bool = False) -> Iterator[Stage]:
    stage = Stage(shop, owner, shop_url, workshop_url, copying=copying)
    try:
        yield stage
    finally:
        stage.leave()


def undisturbed(stage: Stage, starter: Starter) -> tuple[End, list[str], float]:
    """How it ends when nobody kills anything, where something becomes durable on the way, and how long it takes."""
    before = stage.theirs()
    assert ["ada@example.com" in str(found).lower() for found in before] == [True, True]
    passed = starter.boundaries(stage.put_back())
    end = stage.end()
    assert (end.state, end.faults, {state for _, state, *_ in end.steps}) == (State.FULFILLED, [], {"proved"})
    assert [one != other for one, other in zip(before, (end.shop, end.workshop), strict=True)] == [True, True]
    assert end.letter is not None
    told = {block.key: block.records for block in end.letter.blocks}
    assert (told["deleted"], sum(told.values())) == (end.planned["delete"], 4 + len(end.kept)) == (4, 12)
    started = time.monotonic()
    starter.run(stage.put_back())
    took = time.monotonic() - started
    assert stage.end().unlike(end) == {}
    return end, passed, took


def once(end: End) -> End:
    """With each entry of its log once: what a source could not be asked about any more is done again, and says so again."""
    return replace(end, log=[each for place, each in enumerate(end.log) if each not in end.log[:place]])


def after(seconds: float) -> Callable[[], bool]:
    until = time.monotonic() + seconds
    return lambda: time.monotonic() >= until


def seeded() -> random.Random:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    return random.Random(seed)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rounds", [1, pytest.param(10, marks=pytest.mark.torture)])
def test_erasure_when_killed_at_every_boundary_and_at_random_moments_then_ends_as_if_nothing_had_happened(
    ledger: Path, shop: Shop, url: str, mariadb_url: str, owner: User, starter: Starter, rounds: int
) -> None:
    chance = seeded()
    interrupted = 0
    with staged(shop, owner, url, mariadb_url) as stage:
        expected, passed, longest = undisturbed(stage, starter)
        assert {*passed} == {"ours", "ledger", "mariadb", url.rpartition("/")[2]}
        assert len(passed) >= 20
        for number in [*range(1, len(passed) + 1)] * rounds:
            job = stage.put_back()
            starter.run(job, boundary=number)
            assert stage.job().state != Job.State.DONE, f"boundary {number}"

            starter.run(job, after(chance.uniform(0, longest)))
            interrupted += stage.job().state != Job.State.DONE
            starter.run(job)

            assert stage.job().state == Job.State.DONE, stage.job().error_text
            assert stage.end().unlike(expected) == {}, f"boundary {number}, {passed[number - 1]}"
    assert interrupted > len(passed) * rounds // 10, "hardly a run was interrupted at its work"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("last", [8, pytest.param(100, marks=pytest.mark.torture)])
def test_erasure_when_a_trigger_copies_and_it_is_killed_around_its_proof_then_it_is_never_said_to_be_done(
    ledger: Path, shop: Shop, url: str, mariadb_url: str, owner: User, starter: Starter, last: int
) -> None:
    with staged(shop, owner, url, mariadb_url, copying=True) as stage:
        passed = starter.boundaries(stage.put_back())
        expected = stage.end()
        assert (expected.state, stage.job().state) == (State.FULFILLING, Job.State.PARKED)
        assert url.rpartition("/")[2] in passed[-last:-5], "the change itself is among them"
        for number in range(1, len(passed) + 1)[-last:]:
            job = stage.put_back()
            starter.run(job, boundary=number)
            assert stage.job().state != Job.State.PARKED, f"boundary {number}"
            starter.run(job)

            end = stage.end()
            assert [email for _, email in rows(url, ("copies",))["copies"]] == ["ada@example.com"], f"boundary {number}"
            assert "1 of 'copies'" in stage.job().error_text
            assert (end.state, end.steps, end.kept) == (expected.state, expected.steps, [])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rounds", [2, pytest.param(40, marks=pytest.mark.torture)])
def test_erasure_when_the_shops_database_is_killed_under_it_then_ends_as_if_nothing_had_happened(
    ledger: Path, shop: Shop, mariadb_url: str, owner: User, starter: Starter, rounds: int
) -> None:
    chance = seeded()
    faults = 0
    with shop_server() as database, staged(shop, owner, database.url, mariadb_url) as stage:
        expected, passed, longest = undisturbed(stage, starter)
        theirs = [number for number, name in enumerate(passed, start=1) if name == "shop"]
        assert theirs
        for number in [*theirs[:rounds], *[-1] * rounds]:
            job = stage.put_back()
            starter.run(job, after(chance.uniform(0, longest)), database.kill, boundary=number)

            job = stage.job()
            assert number < 0 or job.error_text, "the commit of a database that is gone went unnoticed"
            faults += bool(job.error_text)
            database.start()
            if job.state != Job.State.DONE:
                queue.again(job, timezone.now())
                starter.run(job)
            assert stage.job().state == Job.State.DONE, stage.job().error_text
            assert once(stage.end()).unlike(once(expected)) == {}, f"boundary {number}"
    assert faults >= len(theirs[:rounds])
