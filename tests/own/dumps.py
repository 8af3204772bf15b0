"""Real dumps of the tests' own database, and another database that one of them is restored into."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

from dsr.demo.build import END_SESSIONS
from dsr.embedded.binaries import choose_binaries
from dsr.embedded.place import find_place, read_state


def address_of(database: str) -> str:
    """Of the owner's role."""
    return os.environ["DATABASE_OWNER_URL"].rpartition("/")[0] + f"/{database}"


def program(name: str) -> str:
    """PostgreSQL's own program, of the version that the server has."""
    state = read_state(settings.BASE_DIR)
    folder = choose_binaries(find_place(settings.BASE_DIR, state)).folder if state else None
    found = folder / name if folder and (folder / name).exists() else shutil.which(name)
    assert found, f"there is no {name} here"
    return str(found)


def dump(folder: Path, name: str) -> Path:
    """The tests' database as ``pg_dump`` writes it."""
    file = folder / name
    _run(program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", f"--file={file}", _mine())
    return file


def as_text(file: Path) -> bytes:
    """The statements that would restore a dump, uncompressed."""
    return _run(program("pg_restore"), "--no-owner", "--file=-", str(file))


@contextmanager
def restored(file: Path) -> Iterator[None]:
    """Let our own code work on a second database that the dump was restored into."""
    name = f"restored_{os.getpid()}"
    with psycopg.connect(address_of("dsr"), autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        mine = connection.settings_dict["NAME"]
        try:
            _run(program("pg_restore"), "--no-owner", "--no-privileges", f"--dbname={address_of(name)}", str(file))
            connection.close()
            connection.settings_dict["NAME"] = name
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = mine
            admin.execute(END_SESSIONS, [name])
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _mine() -> str:
    return f"--dbname={address_of(connection.settings_dict['NAME'])}"


def _run(*command: str) -> bytes:
    done = subprocess.run(command, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return done.stdout
