"""A whole installation for tests that need real processes: a database, keys, a folder, a worker.

It is used as an operator uses it: by commands. What came of them is read by plain SQL, so that nothing of the code under test
says whether that code is right.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import TupleRow

CHECKOUT = Path(__file__).resolve().parent.parent
STAFF = "owner"
SHOP = "small-shop"
SEVERAL_COMMANDS = """
import django, json, sys
from django.core.management import call_command
django.setup()
for arguments in json.loads(sys.argv[1]):
    call_command(*arguments)
"""


class NotInTime(Exception):
    """Something that should have happened did not; the text says what was seen instead."""


@dataclass(frozen=True)
class Installation:
    """Its database by the addresses of both roles, and the folder with its keys. ``set_up`` comes first."""

    folder: Path
    app_url: str
    owner_url: str

    @property
    def environment(self) -> dict[str, str]:
        """What its processes are told: production settings, without https for want of a certificate."""
        unset = {"DATABASE_URL_FILE", "DSR_DATABASE_ROLE", "DSR_DEMO", "DSR_WORKERS"}
        unset |= {"DSR_KEYRING", "DSR_LEDGER", "DSR_ANCHORS"}
        # As in an installation, a process does not compile what the one before it compiled.
        unset |= {"PYTHONDONTWRITEBYTECODE"}
        mine = {name: value for name, value in os.environ.items() if name not in unset}
        return mine | {
            "DSR_VAR": str(self.folder),
            "DATABASE_URL": self.app_url,
            "DATABASE_OWNER_URL": self.owner_url,
            "DJANGO_SETTINGS_MODULE": "dsr.settings",
            "DSR_PLAIN_HTTP": "1",
        }

    def set_up(self, sources: dict[str, str], dataset: Path) -> None:
        """Keys, tables, a member of staff, and a shop with one source for each name and address."""
        commands = [["init_keys"], ["migrate", "-v", "0"], ["seed_staff"], ["add_shop", SHOP, "--name", "Small Shop"]]
        commands += [
            ["add_source", SHOP, name, "--url", url, "--dataset", str(dataset)] for name, url in sources.items()
        ]
        self.run("-c", SEVERAL_COMMANDS, json.dumps(commands))

    def manage(self, *arguments: str) -> str:
        """What ``manage.py`` prints."""
        return self.run("manage.py", *arguments)

    def open_requests(self, first: int, count: int, *, one_by_one: bool = False) -> dict[str, Any]:
        """Open requests of numbered people in one other process; what ``tests/opener.py`` says of it."""
        manner = ["one-by-one"] if one_by_one else []
        told: dict[str, Any] = json.loads(self.run("-m", "tests.opener", SHOP, STAFF, str(first), str(count), *manner))
        return told

    def run(self, *arguments: str) -> str:
        """What a Python process of this installation prints."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=CHECKOUT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == 0, f"{' '.join(arguments[:2])[:200]}: {done.stderr[-2000:]}"
        return done.stdout

    def ask(self, sql: str, *values: object) -> list[TupleRow]:
        """What our own database says, by the owner's role."""
        with psycopg.connect(self.owner_url, autocommit=True, connect_timeout=5) as connection:
            return connection.execute(sql, values).fetchall()

    @contextmanager
    def worker(self) -> Iterator[Worker]:
        """A running ``run_worker``, ended with everything it started."""
        worker = Worker(self)
        try:
            worker.start()
            yield worker
        finally:
            worker.kill_all()
            worker.log.close()


class Worker:
    """``manage.py run_worker`` and the processes below it."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self.log = (installation.folder / "worker.log").open("ab")
        self._supervisor: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until its own cluster is complete, whatever an earlier one left running."""
        earlier = self.group
        self._supervisor = subprocess.Popen(
            [sys.executable, "manage.py", "run_worker"],
            cwd=CHECKOUT,
            env=self._installation.environment,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        wait_until(lambda: self.group != earlier and len(self.helpers()) == 4, 60, "the cluster is not complete")

    @property
    def supervisor(self) -> int:
        """Its process id."""
        assert self._supervisor is not None
        return self._supervisor.pid

    @property
    def group(self) -> int:
        """The cluster's process group, as the supervisor noted it."""
        note = self._installation.folder / "run" / "cluster.pid"
        text = note.read_text() if note.exists() else ""
        return int(text) if text else 0

    def helpers(self) -> list[int]:
        """The two workers, the monitor and the pusher, in the order in which the sentinel made them."""
        sentinels = children(self.group)
        return children(sentinels[0]) if sentinels else []

    def kill_helper(self, process: int) -> None:
        """Kill one of them and wait until the sentinel has put another one in its place, which is at rest."""
        os.kill(process, signal.SIGKILL)
        wait_until(lambda: process not in self.helpers() and len(self.helpers()) == 4, 30, "nobody took its place")
        time.sleep(0.5)

    def processes(self) -> list[int]:
        """All of it: the supervisor, the cluster, its sentinel and helpers."""
        return [self.supervisor, self.group, *children(self.group), *self.helpers()]

    def stop(self) -> int:
        """Ask it to end, as systemd does; its exit code."""
        assert self._supervisor is not None
        self._supervisor.send_signal(signal.SIGTERM)
        return self._supervisor.wait(60)

    def start_anew(self) -> None:
        """Let it end and start it, so that its processes stand in the order of ``helpers`` again."""
        self.stop()
        self.start()

    def kill_supervisor(self) -> None:
        """Kill it alone; its cluster lives on as orphans."""
        assert self._supervisor is not None
        self._supervisor.kill()
        self._supervisor.wait()

    def kill_all(self) -> None:
        """Leave nothing running."""
        self.kill_supervisor()
        if self.group:
            with suppress(ProcessLookupError):
                os.killpg(self.group, signal.SIGKILL)


def children(process: int) -> list[int]:
    """Its child processes, oldest first."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            # pid (comm) state ppid ...; the command may hold spaces and brackets.
            state, parent = (folder / "stat").read_text().rpartition(") ")[2].split()[:2]
            if int(parent) == process and state != "Z":
                found.append(int(folder.name))
    return sorted(found)


def is_alive(process: int) -> bool:
    """Whether it runs; a zombie does not."""
    try:
        return (Path(f"/proc/{process}/stat")).read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def wait_until(is_so: Callable[[], bool], seconds: float, otherwise: str, every: float = 0.05) -> float:
    """How long it took. Raises NotInTime."""
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > seconds:
            raise NotInTime(f"{otherwise} after {seconds} s")
        time.sleep(every)
    return time.monotonic() - began
