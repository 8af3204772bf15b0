"""The faults. Each function does one to a scene, with its burst, and returns when the worker or the database is back."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

from tests.installation import wait_until
from tests.torture.scene import Scene

Fault = Callable[[Scene, int], None]


def busy_worker_killed(scene: Scene, count: int) -> None:
    """A worker dies in the middle of a source."""
    scene.worker.start_anew()
    with scene.shop_is_slow():
        scene.burst(count)
        scene.wait_for_jobs("running", 2)
        os.kill(scene.worker.helpers()[0], signal.SIGKILL)


def idle_worker_killed(scene: Scene, count: int) -> None:
    """Both workers die one after the other while nothing is to do; one of them held the lock of the cluster's queue."""
    scene.worker.start_anew()
    for worker in scene.worker.helpers()[:2]:
        scene.worker.kill_helper(worker)
    scene.burst(count)


def cluster_killed(scene: Scene, count: int) -> None:
    """Every process of the cluster dies at once; its supervisor lives."""
    with scene.shop_is_slow():
        scene.burst(count)
        scene.wait_for_jobs("running", 2)
        os.killpg(scene.worker.group, signal.SIGKILL)


def supervisor_killed(scene: Scene, count: int) -> None:
    """The supervisor dies alone, its cluster lives on without one, and somebody starts the worker again."""
    with scene.shop_is_slow():
        scene.burst(count)
        scene.wait_for_jobs("running", 2)
        scene.worker.kill_supervisor()
        scene.worker.start()


def everything_killed(scene: Scene, count: int) -> None:
    """Supervisor and cluster die at once, as in a power cut, and are started again."""
    with scene.shop_is_slow():
        scene.burst(count)
        scene.wait_for_jobs("running", 2)
        scene.worker.kill_all()
    scene.worker.start()


def shop_database_stopped(scene: Scene, count: int) -> None:
    """The shop's database goes away in the middle of a burst and comes back."""
    with scene.shop_is_slow():
        scene.burst(count)
        scene.wait_for_jobs("running", 2)
        scene.shop_server.stop()
    delayed = "SELECT count(*) FROM dsr_sourcerun WHERE error_code = 'unavailable'"
    wait_until(lambda: scene.installation.ask(delayed)[0][0] > 1, 30, "no run noticed that the shop is away")
    scene.shop_server.start()


def own_database_killed(scene: Scene, count: int) -> None:
    """Our own database server is killed in the middle of a burst and started again."""
    with scene.shop_is_slow():
        scene.burst(count)
        scene.wait_for_jobs("running", 2)
        scene.own_server.kill()
    time.sleep(2)
    scene.own_server.start()


FAULTS: dict[str, Fault] = {
    "busy worker killed": busy_worker_killed,
    "idle workers killed": idle_worker_killed,
    "cluster killed": cluster_killed,
    "supervisor killed": supervisor_killed,
    "everything killed": everything_killed,
    "shop's database stopped": shop_database_stopped,
    "own database killed": own_database_killed,
}
