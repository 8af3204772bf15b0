"""Starts a process for each job named to it, without a connection of its own, so that none is shared. Run with ``-m``.

An order is a line of JSON: ``job``, the name of our ``database``, and before which of its boundaries (``boundary``, from 1) the
process gets the signal ``by``. A boundary is where something becomes durable: a commit of any database, or the name of a
ledger's entry. With 0 the process writes them down in ``told`` at its end; with -1 it does not look, which is faster.
"""

from __future__ import annotations

import json
import os
import posix
import signal
import sys
from pathlib import Path
from types import FrameType

import django
import psycopg
import pymysql.connections

COMMITS = (psycopg.Connection.commit.__code__, pymysql.connections.Connection.commit.__code__)


def main() -> None:
    """Fork for every line."""
    django.setup()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            erase(**json.loads(line))
            os._exit(0)
        print(child, flush=True)


def erase(job: int, database: str, boundary: int, by: int, told: str) -> None:
    """Do the job on that database."""
    from django.db import connection  # noqa: PLC0415  (exists only after django.setup)

    from dsr import jobs  # noqa: PLC0415

    connection.settings_dict["NAME"] = database
    passed: list[str] = []

    def look(frame: FrameType, event: str, what: object) -> None:
        if event == "call" and frame.f_code in COMMITS:
            theirs = frame.f_locals["self"]
            at = theirs.info.dbname if isinstance(theirs, psycopg.Connection) else "mariadb"
            passed.append("ours" if at == database else at)
        elif event == "c_call" and what is posix.link:
            passed.append("ledger")
        else:
            return
        if len(passed) == boundary:
            os.kill(os.getpid(), by)

    if boundary >= 0:
        sys.setprofile(look)
    jobs.erase(job)
    sys.setprofile(None)
    if boundary == 0:
        Path(told).write_text(json.dumps(passed))


if __name__ == "__main__":
    main()
