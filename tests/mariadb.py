"""A MariaDB server of the tests' own: started when the first test asks for it, gone with the last.

mariadb_url      an empty database for each test, utf8mb4, the user may do everything
mariadb_server   the server itself: more databases, plain SQL, another configuration
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pymysql
import pytest
from pymysql.constants import CLIENT

MISSING = "The tests need a MariaDB server: apt-get install -y --no-install-recommends mariadb-server"
SECONDS_TO_START = 60
BINARIES = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/usr/local/bin"))
SMALL = (
    "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=32M", "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0", "--key-buffer-size=1M", "--max-allowed-packet=256M", "--performance-schema=off",
)  # fmt: skip


@dataclass(frozen=True)
class MariaDbServer:
    """A running server; ``user`` may do everything with it."""

    port: int
    user: str
    password: str
    process: subprocess.Popen[bytes]
    folder: Path

    def swap_definition(self, database: str, source: str, target: str) -> None:
        """Give ``target`` the columns of ``source`` without a look at its rows, as a careless upgrade does."""
        shutil.copyfile(*(self.folder / "data" / database / f"{name}.frm" for name in (source, target)))

    def url(self, database: str) -> str:
        """The address of a database, as a shop would give it."""
        return f"mariadb://{self.user}:{self.password}@127.0.0.1:{self.port}/{database}"

    def run(self, statements: str, database: str = "") -> list[tuple[Any, ...]]:
        """Do statements, separated by semicolons; the rows of the last."""
        with closing(connected(self.url(database))) as connection, connection.cursor() as cursor:
            cursor.execute(statements)
            rows = list(cursor.fetchall())
            while cursor.nextset():
                rows = list(cursor.fetchall())
            return rows


def database_of(url: str) -> str:
    """The name of the database in an address."""
    return url.rpartition("/")[2]


def connected(url: str) -> pymysql.Connection[Any]:
    """A connection to the database of an address; it commits each statement."""
    parts = urlsplit(url)
    return pymysql.connect(
        host=str(parts.hostname), port=int(parts.port or 0), user=parts.username, password=str(parts.password),
        database=parts.path.lstrip("/") or None, charset="utf8mb4", autocommit=True, client_flag=CLIENT.MULTI_STATEMENTS,
    )  # fmt: skip


def run(url: str, statements: str) -> None:
    """Do statements, separated by semicolons."""
    with closing(connected(url)) as connection, connection.cursor() as cursor:
        cursor.execute(statements)
        while cursor.nextset():
            pass


@contextmanager
def running_server(*options: str) -> Iterator[MariaDbServer]:
    """A new server with nothing in it; ``options`` are mariadbd's own."""
    server, install = _binary("mariadbd"), _binary("mariadb-install-db")
    folder = Path(tempfile.mkdtemp(prefix="dsr-mariadb-"))
    account = _account(folder)
    try:
        _prepare(install, account, folder / "data")
        port = _free_port()
        command = [
            server, "--no-defaults", *account, f"--datadir={folder}/data", f"--socket={folder}/socket",
            f"--pid-file={folder}/pid", f"--port={port}", "--bind-address=127.0.0.1", "--skip-name-resolve", *SMALL, *options,
        ]  # fmt: skip
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield _with_user(process, port, folder)
        finally:
            process.terminate()
            process.wait(SECONDS_TO_START)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prepare(install: str, account: list[str], data: Path) -> None:
    """Make the server's own tables. Its script was seen to fail once in a dozen runs on a busy machine: it may try thrice."""
    command = [install, "--no-defaults", *account, f"--datadir={data}", "--skip-test-db", "--skip-name-resolve"]
    command.append("--auth-root-authentication-method=normal")
    said = ""
    for _ in range(3):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if not done.returncode:
            return
        said = done.stdout[-1500:] + done.stderr[-1500:]
        shutil.rmtree(data, ignore_errors=True)
    pytest.fail(f"MariaDB could not be prepared: {said}", pytrace=False)


def _binary(name: str) -> str:
    path = shutil.which(name, path=BINARIES)
    if path is None:
        pytest.fail(MISSING, pytrace=False)
    return path


def _account(folder: Path) -> list[str]:
    """MariaDB does not run as root: then the folder goes to the account of the package, or to nobody."""
    if os.geteuid() != 0:
        return []
    known = {entry.pw_name for entry in pwd.getpwall()}
    name = "mysql" if "mysql" in known else "nobody"
    shutil.chown(folder, name)
    return [f"--user={name}"]


def _free_port() -> int:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        return int(reserved.getsockname()[1])


def _with_user(process: subprocess.Popen[bytes], port: int, folder: Path) -> MariaDbServer:
    """Wait for the server, then make a user who signs in as a shop's would, by address and password."""
    made = MariaDbServer(port, "shop", secrets.token_hex(8), process, folder)
    ends = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            root = pymysql.connect(unix_socket=f"{folder}/socket", user="root", autocommit=True)
            break
        except pymysql.OperationalError:
            if process.poll() is not None or time.monotonic() > ends:
                pytest.fail(
                    f"MariaDB did not start: {(folder / 'log').read_text(errors='replace')[-2000:]}", pytrace=False
                )
            time.sleep(0.1)
    with closing(root), root.cursor() as cursor:
        cursor.execute(f"CREATE USER {made.user}@'%%' IDENTIFIED BY %s", [made.password])
        cursor.execute(f"GRANT ALL ON *.* TO {made.user}@'%' WITH GRANT OPTION")
    return made


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDbServer]:
    """The session's server."""
    with running_server() as server:
        yield server


@pytest.fixture
def mariadb_url(mariadb_server: MariaDbServer) -> Iterator[str]:
    """An empty database."""
    name = f"scratch_{secrets.token_hex(4)}"
    mariadb_server.run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    yield mariadb_server.url(name)
    mariadb_server.run(f"DROP DATABASE {name}")
