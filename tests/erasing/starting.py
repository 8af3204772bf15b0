"""Processes that run a job and can be killed at it."""

from __future__ import annotations

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
from django.utils import timezone

from dsr.models import Job
from tests.own.dumps import address_of

ERASE = """
import os, signal, sys
import django; django.setup()
from dsr import jobs
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
print("ready", flush=True)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        jobs.erase(int(line))
        os._exit(0)
    print(child, flush=True)
"""
"""Starts a process for each job named to it; without a connection of its own, so that none is shared."""


@dataclass
class Starter:
    """Runs jobs in processes that can be killed."""

    process: subprocess.Popen[str]

    def run(self, job: Job, moment: Callable[[], bool], kill: Callable[[], None] | None = None) -> None:
        """Run the job in a process of its own and kill that as soon as the moment has come; with ``kill`` something else, which
        the process may outlive."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{job.pk}\n")
        self.process.stdin.flush()
        child = int(self.process.stdout.readline())
        here = Path(f"/proc/{child}")
        while not moment() and here.exists():
            time.sleep(0.001)
        if kill:
            kill()
        else:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        while here.exists():
            time.sleep(0.001)
        # Who was killed breathes no more; a quarter of a minute later another worker may take the job.
        Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=1))


@pytest.fixture
def starter() -> Iterator[Starter]:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "dsr.settings",
        "DATABASE_URL": address_of(settings.DATABASES["default"]["NAME"]),
        "DSR_KEYRING": str(settings.DSR_KEYRING),
        "DSR_LEDGER": str(settings.DSR_LEDGER),
        "DSR_VAR": str(settings.DSR_KEYRING.parent),
    }
    environment.pop("DSR_DATABASE_ROLE", None)
    command = [sys.executable, "-c", ERASE]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield Starter(process)
        process.kill()
