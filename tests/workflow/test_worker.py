"""``run_worker`` with real processes, killed in every way that was seen to break a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dsr.management.commands.run_worker import is_silent
from dsr.models import Job
from dsr.workflow import queue
from dsr.workflow.queue import Work
from tests.installation import NotInTime, is_alive, wait_until
from tests.torture.faults import FAULTS
from tests.torture.scene import Scene, stage

BURST = 8
SETTLES_WITHIN = 60
"""Seconds after the worker, or the database, is back: the promise."""
LANES = (
    ("busy worker killed", "cluster killed", "shop's database stopped"),
    ("idle workers killed", "own database killed"),
    ("supervisor killed", "everything killed"),
)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[str]]]:
    """What was not done exactly once after each fault.

    Most of the time is waiting for a dead worker's breath, so several scenes are played side by side.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DSR_VAR", "DSR_POSTGRES"):
            patch.delenv(name, raising=False)
        folders = [tmp_path_factory.mktemp("scene") for _ in LANES]
        with ThreadPoolExecutor(len(LANES)) as pool:
            played = pool.map(play, folders, LANES)
            yield {name: found for lane in played for name, found in lane.items()}


def play(folder: Path, names: tuple[str, ...]) -> dict[str, list[str]]:
    """Do the named faults to one scene, one after the other."""
    found = {}
    with stage(folder) as scene:
        for name in names:
            FAULTS[name](scene, BURST)
            try:
                scene.settle(SETTLES_WITHIN)
                found[name] = scene.faults()
            except NotInTime as late:
                found[name] = [str(late)]
    return found


@pytest.mark.parametrize("name", FAULTS)
def test_every_request_is_gathered_once_after_a_fault(outcomes: dict[str, list[str]], name: str) -> None:
    assert outcomes[name] == []


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with stage(tmp_path) as made:
        yield made


def test_a_second_worker_is_refused_and_the_first_one_leaves_nothing_running(scene: Scene) -> None:
    processes = scene.worker.processes()
    assert [is_alive(each) for each in processes] == [True] * 7

    with pytest.raises(AssertionError, match="A worker already runs here"):
        scene.installation.manage("run_worker")

    assert scene.worker.stop() == 0
    wait_until(lambda: not any(is_alive(each) for each in processes), 5, "something still runs")


@pytest.fixture
def waiting(db: None, now: datetime) -> Job:
    """A job that has been due for a while."""
    return queue.enqueue(Work.SEND_NOTICE, target_id=1, now=now - timedelta(seconds=30))


def other_job(**columns: object) -> None:
    job = queue.enqueue(Work.SEND_NOTICE, target_id=2, now=datetime.fromisoformat("2026-01-01T00:00Z"))
    Job.objects.filter(pk=job.pk).update(**columns)


def test_a_cluster_that_takes_nothing_up_is_silent(waiting: Job, now: datetime) -> None:
    assert is_silent(now, workers=2)


def test_a_cluster_that_leaves_a_dead_workers_job_lying_is_silent(waiting: Job, now: datetime) -> None:
    Job.objects.update(state="running", heartbeat_at=now - timedelta(seconds=26))

    assert is_silent(now, workers=2)


def test_a_cluster_whose_worker_died_a_moment_ago_is_not_silent(waiting: Job, now: datetime) -> None:
    Job.objects.update(state="running", heartbeat_at=now - timedelta(seconds=20))

    assert not is_silent(now, workers=2)


def test_a_cluster_without_due_jobs_is_not_silent(waiting: Job, now: datetime) -> None:
    Job.objects.update(run_after=now)

    assert not is_silent(now, workers=2)


def test_a_cluster_that_ended_a_job_lately_is_not_silent(waiting: Job, now: datetime) -> None:
    other_job(state="done", finished_at=now - timedelta(seconds=5))

    assert not is_silent(now, workers=2)


def test_a_cluster_that_put_a_job_off_lately_is_not_silent(waiting: Job, now: datetime) -> None:
    other_job(state="ready", run_after=now, heartbeat_at=now - timedelta(seconds=5))

    assert not is_silent(now, workers=2)


def test_a_cluster_whose_workers_are_all_busy_is_not_silent(waiting: Job, now: datetime) -> None:
    other_job(state="running", heartbeat_at=now)

    assert not is_silent(now, workers=1)


def test_a_cluster_with_one_long_job_and_an_idle_worker_is_silent(waiting: Job, now: datetime) -> None:
    other_job(state="running", heartbeat_at=now)

    assert is_silent(now, workers=2)
