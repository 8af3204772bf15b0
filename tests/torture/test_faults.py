"""Every fault to a large burst, twice, then whatever dies at random. ``make torture``; the short form is test_worker.py."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.installation import children
from tests.torture.conftest import Say
from tests.torture.faults import FAULTS
from tests.torture.scene import Scene, stage

pytestmark = pytest.mark.torture

BURST = 100
ROUNDS = 2
SETTLES_WITHIN = 60
"""Seconds after the worker, or the database, is back: the promise."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DSR_VAR", "DSR_POSTGRES"):
            patch.delenv(name, raising=False)
        with stage(tmp_path_factory.mktemp("scene")) as made:
            yield made


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("turn", range(1, ROUNDS + 1))
def test_a_burst_is_gathered_once_after_a_fault(scene: Scene, say: Say, fault: str, turn: int) -> None:
    FAULTS[fault](scene, BURST)

    seconds = scene.settle(SETTLES_WITHIN)

    say(f"{fault}, {BURST} requests, round {turn}: all in review {seconds:.1f} s after it was back")
    assert scene.faults() == []


def test_one_idle_worker_killed_does_not_stop_the_queue(scene: Scene, say: Say) -> None:
    frozen = 0
    for turn in range(1, 5):
        scene.worker.start_anew()
        scene.worker.kill_helper(scene.worker.helpers()[turn % 2])
        cluster = scene.worker.group
        scene.burst(10)
        seconds = scene.settle(SETTLES_WITHIN)
        frozen += cluster != scene.worker.group
        say(f"one idle worker killed, 10 requests, round {turn}: all in review after {seconds:.1f} s")
    say(f"one idle worker killed: the cluster froze and was replaced in {frozen} of 4 rounds")

    assert scene.faults() == []


def test_a_frozen_cluster_with_nothing_but_dead_workers_jobs_is_replaced(scene: Scene, say: Say) -> None:
    scene.worker.start_anew()
    with scene.shop_is_slow():
        scene.burst(1)
        scene.wait_for_jobs("running", 2)
        for busy in scene.worker.helpers()[:2]:
            scene.worker.kill_helper(busy)
    for idle in scene.worker.helpers()[-2:]:
        scene.worker.kill_helper(idle)

    seconds = scene.settle(SETTLES_WITHIN)

    say(f"both busy workers killed, then both idle ones in their place: in review after {seconds:.1f} s")
    assert scene.faults() == []


@pytest.mark.parametrize("seed", range(1, 5))
def test_a_burst_survives_whatever_dies_at_random(scene: Scene, say: Say, seed: int) -> None:
    dice = random.Random(seed)
    scene.worker.start_anew()
    scene.burst(2 * BURST)
    killed = 0
    until = time.monotonic() + 40
    while time.monotonic() < until and scene.states() != {"review": scene.opened}:
        time.sleep(2.5)
        victims = [*children(scene.worker.group), *scene.worker.helpers()]
        if victims:
            with suppress(ProcessLookupError):
                os.kill(dice.choice(victims), signal.SIGKILL)
                killed += 1
    seconds = scene.settle(SETTLES_WITHIN)

    say(
        f"{killed} processes killed at random (dice {seed}), {2 * BURST} requests: all in review {seconds:.1f} s after the last"
    )
    assert killed > 3
    assert scene.faults() == []
