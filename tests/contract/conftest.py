"""The contract's shops in every kind of place that there is a source for."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dsr.sources import registry
from dsr.sources.base import WritableSource
from tests.contract.databases import Database, MariaDb, Plain, Postgres, Sqlite
from tests.contract.shop import EVERY, ROWS, SCHEMA
from tests.mariadb import MariaDbServer, database_of
from tests.sources.conftest import _scratch_url, postgres_url, server_url  # noqa: F401  (the same real databases)


@pytest.fixture(params=["postgresql", "mariadb", "sqlite", "files"])
def contract_url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The filled shop."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_url")
        with psycopg.connect(url) as connection:
            connection.execute(SCHEMA + ROWS)
        return url
    if request.param == "mariadb":
        address: str = request.getfixturevalue("mariadb_url")
        request.getfixturevalue("mariadb_server").run(
            "SET sql_mode = 'ANSI_QUOTES';" + SCHEMA + ROWS, database_of(address)
        )
        return address
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.executescript(SCHEMA + ROWS)
        if request.param == "files":
            monkeypatch.setenv("DSR_FILE_ROOT", str(tmp_path))
            return exported(database, tmp_path / "exported")
    return f"sqlite:///{tmp_path / 'shop.db'}"


def exported(database: sqlite3.Connection, folder: Path) -> str:
    """Every table as a CSV file; the address of their folder."""
    folder.mkdir()
    for name in EVERY:
        rows = database.execute(f'SELECT * FROM "{name}"')
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([[column[0] for column in rows.description], *rows])
    return folder.as_uri()


@pytest.fixture
def contract_counts(contract_url: str, request: pytest.FixtureRequest) -> dict[str, int]:
    """How many rows each table has, by plain SQL."""
    query = " UNION ALL ".join(f"""SELECT '{name}', count(*) FROM "{name}" """ for name in EVERY)
    if contract_url.startswith("file"):
        files = Path(contract_url.removeprefix("file://")).iterdir()
        return {file.stem: len(file.read_text(encoding="utf-8").splitlines()) - 1 for file in files}
    if contract_url.startswith("sqlite"):
        with sqlite3.connect(contract_url.removeprefix("sqlite:///")) as database:
            return dict(database.execute(query).fetchall())
    if contract_url.startswith("mariadb"):
        server: MariaDbServer = request.getfixturevalue("mariadb_server")
        return dict(server.run(f"SET sql_mode = 'ANSI_QUOTES'; {query}", database_of(contract_url)))
    with psycopg.connect(contract_url) as connection:
        return dict(connection.execute(query).fetchall())


@pytest.fixture(scope="session")
def mariadb_shops(mariadb_server: MariaDbServer) -> Iterator[list[MariaDb]]:
    """At most one shop that no test has touched yet: MariaDB takes its time to make one."""
    kept: list[MariaDb] = []
    yield kept
    for made in kept:
        made.close()


@pytest.fixture
def mariadb_shop(mariadb_server: MariaDbServer, mariadb_shops: list[MariaDb]) -> Iterator[MariaDb]:
    """The shop in MariaDB."""
    made = mariadb_shops.pop() if mariadb_shops else MariaDb(mariadb_server)
    yield made
    if made.is_untouched():
        mariadb_shops.append(made)
    else:
        made.close()


@pytest.fixture(params=["postgresql", "mariadb", "sqlite"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """The shop that changes are tried on, in each kind of database."""
    if request.param == "mariadb":
        yield request.getfixturevalue("mariadb_shop")
        return
    made: Database
    if request.param == "postgresql":
        made = Postgres(request.getfixturevalue("postgres_url"))
    else:
        made = Sqlite(f"sqlite:///{tmp_path / 'writing.db'}")
    yield made
    made.close()


@pytest.fixture
def writable(database: Database) -> Iterator[WritableSource]:
    """That shop, opened for changes."""
    with registry.open_writable_source("sql", "shop", database.url, database.description) as opened:
        yield opened


@pytest.fixture(params=["postgres_url", "mariadb_url", "sqlite"])
def plain(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Plain]:
    """An empty database of each kind."""
    url = f"sqlite:///{tmp_path / 'plain.db'}"
    made = Plain(url if request.param == "sqlite" else request.getfixturevalue(request.param))
    yield made
    made.engine.dispose()
