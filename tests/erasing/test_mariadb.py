"""The same run in a shop that keeps its data in MariaDB."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from dsr.lifecycle import State
from dsr.models import KeptRecord, Shop
from tests.erasing.conftest import SMALL_SHOP, TABLES, carry_out, connect_for_writing, wish
from tests.mariadb import connected, run

TYPES = {
    "email text PRIMARY KEY": "email varchar(190) PRIMARY KEY",
    "timestamptz": "datetime",
    "+00'": "'",
    " inet": " varchar(45)",
}
"""What the small shop's tables are called differently here."""


def schema() -> str:
    """The small shop, in this database's words."""
    text = (SMALL_SHOP / "schema.sql").read_text()
    for here, there in TYPES.items():
        text = text.replace(here, there)
    return "\n".join(line for line in text.splitlines() if not line.startswith("CREATE INDEX"))


def rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that stands in the shop's database."""
    found = {}
    with closing(connected(url)) as connection, connection.cursor() as cursor:
        for name in TABLES:
            cursor.execute(f"SELECT * FROM {name} ORDER BY 1")
            found[name] = list(cursor.fetchall())
    return found


def test_mariadb_when_an_erasure_runs_then_does_what_the_plan_says_and_leaves_everybody_else_alone(
    shop: Shop, mariadb_url: str, owner: User, now: datetime
) -> None:
    run(mariadb_url, schema())
    before = rows(mariadb_url)
    assert "Ada@Example.com" in str(before)
    connect_for_writing(shop, mariadb_url, now)

    wanted = carry_out(wish(shop, owner, now), owner, now)

    after = rows(mariadb_url)
    assert wanted.state == State.FULFILLED, list(wanted.jobs.values_list("error_text", flat=True))
    assert after["customers"] == before["customers"][1:]
    assert after["newsletter"] == before["newsletter"][1:]
    assert after["orders"] == [
        *((number, None, None, *rest) for number, _, _, *rest in before["orders"][:2]),
        before["orders"][2],
    ]
    assert (after["order_lines"], after["gifts"]) == (before["order_lines"], before["gifts"])
    kept = KeptRecord.objects.filter(subject_request=wanted)
    assert {(each.collection, each.rule) for each in kept} == {
        ("orders", "purchases"), ("order_lines", "purchases"), ("gifts", "shared-record"),
    }  # fmt: skip
    assert [each for each in kept if each.rule == "purchases" and each.until is None] == []
