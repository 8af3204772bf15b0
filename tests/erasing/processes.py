"""Erasures in processes of their own, which a test may kill, stop or hem in."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from dsr.models import Job
from tests.installation import CHECKOUT
from tests.own.dumps import address_of


@dataclass
class Starter:
    """Runs jobs in processes that can be killed (``tests/erasing/child.py``)."""

    process: subprocess.Popen[str]
    told: Path

    def run(
        self,
        job: Job,
        moment: Callable[[], bool] = lambda: False,
        kill: Callable[[], None] | None = None,
        *,
        boundary: int = -1,
    ) -> None:
        """Run the job in a process of its own and kill that at a boundary, or as soon as a moment has come; without either it
        runs to its end. With ``kill`` something else is killed then, which the process may outlive."""
        child = self._start(job, boundary, signal.SIGSTOP if kill else signal.SIGKILL)
        here = Path(f"/proc/{child}")
        has_come = (lambda: _is_stopped(here)) if boundary > 0 else moment
        while not has_come() and here.exists():
            time.sleep(0.001)
        if kill:
            kill()
        with suppress(ProcessLookupError):
            if boundary < 1 or kill:
                os.kill(child, signal.SIGCONT if kill else signal.SIGKILL)
        while here.exists():
            time.sleep(0.001)
        # Who was killed breathes no more; a quarter of a minute later another worker may take the job.
        Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=1))

    def boundaries(self, job: Job) -> list[str]:
        """Run the job to its end, and say where something became durable, in order: ``ours``, ``ledger`` or the shop's."""
        self.run(job, boundary=0)
        passed: list[str] = json.loads(self.told.read_text())
        return passed

    def _start(self, job: Job, boundary: int, by: int) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        database = connection.settings_dict["NAME"]
        order = {"job": job.pk, "database": database, "boundary": boundary, "by": by, "told": str(self.told)}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


def _is_stopped(process: Path) -> bool:
    try:
        return "\nState:\tT" in (process / "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def starter(tmp_path: Path) -> Iterator[Starter]:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "dsr.settings",
        "DATABASE_URL": address_of(settings.DATABASES["default"]["NAME"]),
        "DSR_KEYRING": str(settings.DSR_KEYRING),
        "DSR_LEDGER": str(settings.DSR_LEDGER),
        "DSR_VAR": str(settings.DSR_KEYRING.parent),
    }
    environment.pop("DSR_DATABASE_ROLE", None)
    command = [sys.executable, "-m", "tests.erasing.child"]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield Starter(process, tmp_path / "boundaries.json")
        process.kill()
