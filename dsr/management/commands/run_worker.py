"""The worker: django-q2's cluster under a supervisor that notices when it has stopped working.

1. The cluster is forked into a process group of its own, so that all its processes share what this one has loaded; what an
   earlier supervisor left behind is ended first.
2. Every 5 s jobs that nobody works on are rung for again (``queue.sweep``).
3. When due jobs wait, a worker is free and no job ended for 20 s, the whole group is killed and started anew.
   Killing one *idle* worker leaves a cluster that logs health and does nothing: its queue's lock died with the worker.
4. Whatever a cluster had fetched when it ended is offered again to the next one (``queue.offer_again``).
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import logging
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from pathlib import Path
from types import FrameType
from typing import IO, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, connection, connections
from django.db.models import Q
from django.utils import timezone
from django_q.cluster import Cluster

from dsr import jobs
from dsr.keyring import KeyRingProblem
from dsr.ledger import LedgerProblem
from dsr.ledger.storage import is_bucket
from dsr.models import Job
from dsr.workflow import daily, ledgers, queue, restores

logger = logging.getLogger("dsr.worker")

LOADED_BEFORE_THE_FORK = (jobs,)
"""What every worker would load by itself otherwise, each a copy of its own."""

SWEEP_SECONDS = 5
LOOK_SECONDS = 60
"""How often is looked whether our database was put back under a running worker."""
SILENCE = timedelta(seconds=20)
GRACE_SECONDS = 30


class Command(BaseCommand):
    """``run_worker``; ends with Ctrl-C or SIGTERM, after the jobs at hand."""

    help = "Run background jobs until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        _refuse_restored()
        with _only_one_here() as note:
            _end_leftovers(note)
            Supervisor(note).run()


def _refuse_restored() -> None:
    """Jobs of a database that was put back would mail and gather for people who were erased since."""
    try:
        is_restored = _asked_apart(restores.is_restored) if is_bucket(settings.DSR_LEDGER) else restores.is_restored()
    except (LedgerProblem, KeyRingProblem) as problem:  # Erasing refuses by itself; the rest can go on.
        logger.error("the erasure ledger cannot be read: %s", problem)
        return
    except (DatabaseError, InterfaceError):  # It may come up after us.
        return
    if is_restored:
        raise CommandError(f"No job is done now. {ledgers.DatabasePutBack.TOLD}")


def _asked_apart(question: Callable[[], bool]) -> bool:
    """In a process that ends with the answer. What speaks to object storage has threads, which the cluster's fork would lack."""
    connections.close_all()
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as apart:
        return apart.submit(question).result()


class Supervisor:
    """Keeps one cluster alive and working. ``note`` is the locked file that names the cluster's process group."""

    def __init__(self, note: IO[str]) -> None:
        self.note = note
        self.cluster: ForkProcess | None = None
        self.started_at = timezone.now()
        self.is_stopping = False

    def run(self) -> None:
        """Until a signal says stop."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        self._start()
        try:
            self._watch()
        finally:
            self._end()

    def _watch(self) -> None:
        next_sweep = 0.0
        next_look = time.monotonic() + LOOK_SECONDS
        while not self.is_stopping:
            if self.cluster is not None and not self.cluster.is_alive():
                logger.error("the cluster ended by itself; starting it anew")
                self._restart()
            if time.monotonic() >= next_sweep:
                next_sweep = time.monotonic() + SWEEP_SECONDS
                self._look()
            if time.monotonic() >= next_look:
                next_look = time.monotonic() + LOOK_SECONDS
                _refuse_restored()
            time.sleep(0.2)

    def _look(self) -> None:
        try:
            now = timezone.now()
            queue.sweep(now)
            daily.ask(now)
            if now - self.started_at > SILENCE and is_silent(now, settings.DSR_WORKERS):
                logger.error("jobs wait and nothing moves; killing the cluster and starting it anew")
                self._restart()
        except (DatabaseError, InterfaceError) as error:
            logger.error("the database does not answer (%s); trying again", type(error).__name__)
            connection.close()

    def _start(self) -> None:
        # Without a database nothing can be offered again; the sweep finds those jobs later.
        with contextlib.suppress(DatabaseError, InterfaceError):
            queue.offer_again(timezone.now())
        connections.close_all()  # Two processes on one socket would read each other's rows.
        gc.collect()
        gc.freeze()  # Otherwise each child's first collection copies all that it shares.
        self.cluster = get_context("fork").Process(target=_be_the_cluster, args=(self.note,))
        self.cluster.start()
        _give_own_group(self.cluster.pid)
        self.started_at = timezone.now()
        self.note.seek(0)
        self.note.truncate()
        self.note.write(str(self.cluster.pid))
        self.note.flush()

    def _restart(self) -> None:
        if self.cluster is not None:
            _kill_group(self.cluster.pid)
            self.cluster.join()
        self._start()

    def _end(self) -> None:
        if self.cluster is None:
            return
        self.cluster.terminate()
        self.cluster.join(GRACE_SECONDS)
        if self.cluster.is_alive():
            logger.warning("the cluster did not end within %s s; its jobs will be taken up again", GRACE_SECONDS)
        _kill_group(self.cluster.pid)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.is_stopping = True


def _be_the_cluster(note: IO[str]) -> None:
    """In the fork: django-q2's cluster, which ends when its sentinel does."""
    _give_own_group(os.getpid())
    note.close()  # The lock is the supervisor's; with it an orphaned cluster would keep the next one out.
    Cluster().start()


def _give_own_group(process: int | None) -> None:
    """Called on both sides of the fork, so that whoever comes second finds it done, and nobody kills too early."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.setpgid(process or 0, process or 0)


def is_silent(now: datetime, workers: int) -> bool:
    """True when due jobs have waited for a while in which none ended, though not all of our ``workers`` are busy.

    A job that breathes does not speak for the cluster: one whose idle worker died lets the busy one finish an hour's work
    and takes nothing up meanwhile. A job that stopped breathing waits as well, from when it was rung for again.
    """
    since = now - SILENCE
    waiting = Job.objects.claimable(since, now - queue.STALE - queue.LOST)
    busy = Job.objects.filter(state=Job.State.RUNNING, heartbeat_at__gt=now - queue.STALE)
    ended = Job.objects.filter(Q(finished_at__gt=since) | Q(state=Job.State.READY, heartbeat_at__gt=since))
    return waiting.exists() and busy.count() < workers and not ended.exists()


def _only_one_here() -> IO[str]:
    path = Path(settings.VAR) / "run" / "cluster.pid"
    path.parent.mkdir(parents=True, exist_ok=True)
    note = path.open("a+")
    try:
        fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CommandError(f"A worker already runs here ({path}).") from None
    return note


def _end_leftovers(note: IO[str]) -> None:
    """A supervisor that was killed leaves its cluster behind as orphans; two clusters are harmless, forgotten ones are not."""
    note.seek(0)
    text = note.read().strip()
    if text.isdigit() and _is_cluster(int(text)):
        _kill_group(int(text))


def _is_cluster(group: int) -> bool:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(folder.name)) == group and b"run_worker" in (folder / "cmdline").read_bytes():
                return True
        except OSError:
            continue
    return False


def _kill_group(group: int | None) -> None:
    if group:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
