"""Numbers and words that a column cannot hold: who decides is told of it, and the run does not stop at them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from django.contrib.auth.models import User

from dsr.lifecycle import State
from dsr.models import Shop, SubjectRequest
from dsr.workflow import erasure_approval
from dsr.workflow.actors import staff
from dsr.workflow.correction_places import CorrectionRefused
from dsr.workflow.corrections import Asked
from dsr.workflow.erasure_approval import PlanRefused
from tests.correcting.conftest import HERE, Kind, accept, carry_out, connect, wish
from tests.mariadb import connected, run

BORN = "          - {name: born, data_categories: [user.demographic.date_of_birth], fides_meta: {data_type: string}}\n"
OF_POSTGRESQL = {"points": "integer", "size": "smallint", "height": "numeric(5, 2)", "weight": "real", "title": "title"}
OF_MARIADB = {"points": "int unsigned", "size": "tinyint", "height": "decimal(5, 2)", "title": "enum ('Ms', 'Dr')"}


def declared(names: Iterable[str]) -> dict[str, str]:
    """The dataset with further columns of the customers."""
    lines = "".join(BORN.replace("born", name).replace("date_of_birth", "profile") for name in names)
    return {BORN: BORN + lines}


def added(columns: dict[str, str]) -> str:
    """The statement that gives the shop's customers further columns."""
    return "; ".join(f"ALTER TABLE customers ADD COLUMN {name} {kind}" for name, kind in columns.items())


def told_of(wanted: SubjectRequest, owner: User, now: datetime, texts: list[tuple[str, str]]) -> list[str]:
    """What is said to each value that does not fit."""
    told = []
    for name, text in texts:
        with pytest.raises(CorrectionRefused) as error:
            accept(wanted, owner, now, 1, "customers", {name: text})
        told.append(str(error.value).removeprefix(f"customers.{name} "))
    return told


def test_value_when_postgresql_cannot_hold_it_then_says_what_it_holds_and_takes_what_just_fits(
    shop: Shop, owner: User, now: datetime, url: str
) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TYPE title AS ENUM ('Ms', 'Dr')")
        connection.execute(added(OF_POSTGRESQL))
    connect(shop, url, now, described=declared(OF_POSTGRESQL))
    wanted = wish(shop, owner, now, Asked(Kind.OTHER, "x"))

    told = told_of(
        wanted, owner, now,
        [
            ("points", "2147483648"), ("points", "1_000"), ("size", "-32769"), ("height", "1000"), ("height", "1.005"),
            ("weight", "1e39"), ("title", "Mx"), ("last_name", "Ki\0ng"),
        ],
    )  # fmt: skip

    assert told == [
        "holds numbers from -2147483648 to 2147483647, and this is none of them.",
        "holds a whole number, and this is none.",
        "holds numbers from -32768 to 32767, and this is none of them.",
        "holds numbers from -999.99 to 999.99, and this is none of them.",
        "holds at most 2 digits after the point, and this has more.",
        f"holds numbers from -34{'0' * 37} to 34{'0' * 37}, and this is none of them.",
        "holds one of Ms, Dr, and this is none of them.",
        "holds signs, and one of these is none.",
    ]
    fits = {"points": "2147483647", "size": "-32768", "height": "-999.990", "weight": "1.5", "title": "Dr"}
    accept(wanted, owner, now, 1, "customers", fits)
    carry_out(wanted, owner, now)
    assert wanted.state == State.FULFILLED
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT points, size, height, weight, title FROM customers WHERE id = 1").fetchone()
    assert row == (2147483647, -32768, Decimal("-999.99"), 1.5, "Dr")


def test_value_when_mariadb_cannot_hold_it_then_says_what_it_holds(
    shop: Shop, owner: User, now: datetime, mariadb_url: str
) -> None:
    schema = re.sub(r"\btext\b", "varchar(150)", (HERE / "schema.sql").read_text())
    run(mariadb_url, f"{schema}{added(OF_MARIADB)}")
    connect(shop, mariadb_url, now, described=declared(OF_MARIADB))
    wanted = wish(shop, owner, now, Asked(Kind.OTHER, "x"))

    told = told_of(
        wanted, owner, now,
        [("points", "-1"), ("points", "4294967296"), ("size", "128"), ("height", "-1000"), ("title", "Mx")],
    )  # fmt: skip

    assert told == [
        "holds numbers from 0 to 4294967295, and this is none of them.",
        "holds numbers from 0 to 4294967295, and this is none of them.",
        "holds numbers from -128 to 127, and this is none of them.",
        "holds numbers from -999.99 to 999.99, and this is none of them.",
        "holds one of Ms, Dr, and this is none of them.",
    ]
    accept(wanted, owner, now, 1, "customers", {"points": "4294967295", "size": "127", "title": "Dr"})
    carry_out(wanted, owner, now)
    with closing(connected(mariadb_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT points, size, title FROM customers WHERE id = 1")
        assert (wanted.state, cursor.fetchone()) == (State.FULFILLED, (4294967295, 127, "Dr"))


def test_number_when_sqlite_cannot_hold_it_then_says_what_it_holds(
    shop: Shop, owner: User, now: datetime, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.executescript(f"{(HERE / 'schema.sql').read_text()}{added({'points': 'integer'})}")
    connect(shop, f"sqlite:///{tmp_path / 'shop.db'}", now, described=declared({"points": "integer"}))
    wanted = wish(shop, owner, now, Asked(Kind.OTHER, "x"))

    told = told_of(wanted, owner, now, [("points", str(2**63))])

    assert told == [f"holds numbers from {-(2**63)} to {2**63 - 1}, and this is none of them."]


def test_copy_when_its_column_cannot_hold_the_number_then_the_plan_says_so(
    shop: Shop, owner: User, now: datetime, url: str
) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("ALTER TABLE customers ALTER phone TYPE bigint USING 6175550101")
        connection.execute("ALTER TABLE newsletter ALTER phone TYPE numeric(10) USING 6175550101")
    connect(shop, url, now)
    wanted = wish(shop, owner, now, Asked(Kind.PHONE, "16175550199"))
    accept(wanted, owner, now, 1, "customers", {"phone": "16175550199"})

    with pytest.raises(PlanRefused, match=r"newsletter\.phone holds numbers from -9999999999 to 9999999999"):
        erasure_approval.freeze(wanted, actor=staff(owner), now=now)
