"""The same correction in shops that keep their data in MariaDB and in SQLite, with signs beyond the Latin ones."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from dsr.lifecycle import State
from dsr.models import Shop
from dsr.workflow.corrections import Asked
from tests.correcting.conftest import HERE, TABLES, Kind, accept, carry_out, connect, wish
from tests.mariadb import connected, run

Rows = dict[str, list[tuple[Any, ...]]]


def of_mariadb(url: str) -> Rows:
    """Everything that stands in the shop's database."""
    found = {}
    with closing(connected(url)) as connection, connection.cursor() as cursor:
        for name in TABLES:
            cursor.execute(f"SELECT * FROM {name} ORDER BY 1")
            found[name] = list(cursor.fetchall())
    return found


def of_sqlite(url: str) -> Rows:
    """Everything that stands in the shop's file."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return {name: connection.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for name in TABLES}


@pytest.fixture(params=["mariadb", "sqlite"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Any]:
    """An address with the shop behind it, and how to read all of it."""
    schema = (HERE / "schema.sql").read_text()
    if request.param == "mariadb":
        url = request.getfixturevalue("mariadb_url")
        run(url, re.sub(r"\btext\b", "varchar(150)", schema).replace("boolean", "tinyint(1)"))
        return url, of_mariadb
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.executescript(schema)
    return f"sqlite:///{tmp_path / 'shop.db'}", of_sqlite


def test_correction_when_the_database_is_another_then_is_the_same(
    place: tuple[str, Any], shop: Shop, owner: User, now: datetime
) -> None:
    url, rows = place
    before = rows(url)
    connect(shop, url, now)
    wanted = wish(
        shop, owner, now, Asked(Kind.NAME, "Kíng 👑"), Asked(Kind.EMAIL, "king@example.com"), Asked(Kind.BIRTH, "x")
    )
    accept(wanted, owner, now, 1, "customers", {"last_name": "Kíng 👑"})
    accept(wanted, owner, now, 2, "customers", {"email": "king@example.com"})
    accept(wanted, owner, now, 3, "customers", {"born": "1985-12-11"})

    carry_out(wanted, owner, now)

    after = rows(url)
    assert wanted.state == State.FULFILLED, list(wanted.jobs.values_list("error_text", flat=True))
    ada = after["customers"][0]
    assert (ada[1], ada[2], ada[3], str(ada[5]), ada[6]) == (
        "king@example.com", "Ada", "Kíng 👑", "1985-12-11", "ada kíng 👑 king@example.com",
    )  # fmt: skip
    assert after["customers"][1:] == before["customers"][1:]
    assert [row[2] for row in after["addresses"]] == ["Ada Kíng 👑", "Ada Kíng 👑", "Bela Lovelace"]
    assert sorted(after["newsletter"]) == sorted(
        [
            ("king@example.com", "Ada Kíng 👑", "617-555-0101"),
            *(row for row in before["newsletter"] if row[0] != "ada@example.com"),
        ]
    )
    assert (after["orders"], after["gifts"]) == (before["orders"], before["gifts"])
