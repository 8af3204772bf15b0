"""A shop in which mails came back, cards ran out and postcodes are missing, in each kind of database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.mariadb import connected, run

HERE = Path(__file__).parent
SCHEMA = (HERE / "schema.sql").read_text()
DATASET = (HERE / "shop.yaml").read_text()
OVERLAY = (HERE / "shop.dsr.yaml").read_text()

Do = Callable[[str], list[tuple[Any, ...]]]
"""Carries out one statement in the shop's database; the rows that it answers."""


def in_postgresql(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def in_mariadb(url: str, statement: str) -> list[tuple[Any, ...]]:
    with closing(connected(url)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        connection.commit()
        return list(cursor.fetchall())


def in_sqlite(url: str, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        rows = connection.execute(statement).fetchall()
        connection.commit()
        return rows


@pytest.fixture
def url(erasing_database: str) -> str:
    """The shop's database, as on its first day."""
    with psycopg.connect(erasing_database) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
        connection.execute(SCHEMA)
    return erasing_database


@pytest.fixture
def do(url: str) -> Do:
    """Statements in that database."""
    return lambda statement: in_postgresql(url, statement)


@pytest.fixture(params=["postgresql", "mariadb", "sqlite"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Do]:
    """The address of the shop in a database of each kind, and statements there."""
    if request.param == "postgresql":
        return request.getfixturevalue("url"), request.getfixturevalue("do")
    if request.param == "mariadb":
        mariadb: str = request.getfixturevalue("mariadb_url")
        run(mariadb, SCHEMA)
        return mariadb, lambda statement: in_mariadb(mariadb, statement)
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.executescript(SCHEMA)
    sqlite = f"sqlite:///{tmp_path / 'shop.db'}"
    return sqlite, lambda statement: in_sqlite(sqlite, statement)
