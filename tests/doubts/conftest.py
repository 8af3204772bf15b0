"""A shop in which mails came back, cards ran out and postcodes are missing, in each kind of database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dsr.models import Doubt, Shop, Source
from dsr.workflow import connections, doubt_looks, doubts
from dsr.workflow.actors import COMMAND, SYSTEM
from tests.mariadb import connected as mariadb_connection
from tests.mariadb import run
from tests.promising import promise

HERE = Path(__file__).parent
SCHEMA = (HERE / "schema.sql").read_text()
DATASET = (HERE / "shop.yaml").read_text()
OVERLAY = (HERE / "shop.dsr.yaml").read_text()
ONLY_ADDRESSES = OVERLAY[OVERLAY.index("  addresses:") :]

Do = Callable[[str], list[tuple[Any, ...]]]
"""Carries out one statement in the shop's database; the rows that it answers."""


def in_postgresql(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def in_mariadb(url: str, statement: str) -> list[tuple[Any, ...]]:
    with closing(mariadb_connection(url)) as connection, connection.cursor() as cursor:
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


GOING = {"key": "rest", "record_classes": ["account", "address"], "then": "delete"}


@pytest.fixture
def connected(shop: Shop, url: str, now: datetime) -> Source:
    """The shop, connected for reading and writing."""
    return connect(shop, url, now)


def connect(shop: Shop, url: str, now: datetime, overlay: str = OVERLAY) -> Source:
    """Connect a database under the name *shop*."""
    source, _ = connections.add_source(
        shop,
        name="shop",
        url=url,
        write_url=url,
        dataset_text=DATASET,
        dataset_name="shop.yaml",
        overlay_text=overlay,
        overlay_name="shop.dsr.yaml",
        actor=COMMAND,
        now=now,
    )
    promise(shop, now, retention=[GOING])
    return source


def described_anew(source: Source, overlay: str, now: datetime, dataset: str = DATASET) -> None:
    """Publish another overlay, or dataset."""
    connections.change_source(
        source,
        dataset_text=dataset,
        dataset_name="shop.yaml",
        overlay_text=overlay,
        overlay_name="shop.dsr.yaml",
        actor=COMMAND,
        now=now,
    )


def look(source: Source, now: datetime) -> tuple[int, int]:
    """One night: how many were found, and how many have gone."""
    looked = doubt_looks.look(source.shop, actor=SYSTEM, now=now)
    assert looked.failed == {}
    return looked.found.get(source.name, 0), looked.settled.get(source.name, 0)


def waiting(source: Source) -> list[str]:
    """What is in doubt, as *collection.field because key*."""
    described = connections.described_by(connections.current_version(source))
    found = []
    for each in Doubt.objects.open().filter(source=source).select_related("source"):
        key = doubts.key_of(each, described)
        assert key is not None
        found.append(
            f"{each.collection}.{each.field} {each.because} {'/'.join(str(value) for _, value in key.columns)}"
        )
    return sorted(found)
