"""One person's kept records in two sources: what is open in one holds up the other, and no longer than it is open."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from dsr.models import KeptRecord, Shop, Source
from dsr.workflow import connections, finishing
from dsr.workflow.actors import COMMAND
from tests.erasing.conftest import carry_out, change, connect_for_writing, rows, wish
from tests.promising import promise
from tests.workflow.test_erasure_plans import GOING, KEEPING

REPAIRS = """
dataset:
  - fides_key: repairs
    name: Repairs
    collections:
      - name: jobs
        fields:
          - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
          - {name: done_on, data_categories: [user.behavior], fides_meta: {data_type: string}}
"""
OVERLAY = """
collections:
  jobs: {record_class: order, subject_class: customer, ownership: owned, facts: {ordered_on: done_on}}
"""
UNDELIVERED = {
    "key": "undelivered", "record_class": "order", "until_fact": "ordered_on", "blocks": ["order", "order_line", "account"],
}  # fmt: skip


def add_repairs(shop: Shop, now: datetime, folder: Path, day: str | None) -> Path:
    """A second database of the shop, in which a repair of Ada's was done on a day, or is not done yet."""
    path = folder / "repairs.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE jobs (id integer PRIMARY KEY, email text, done_on date)")
        connection.execute("CREATE INDEX by_email ON jobs (email)")
        connection.execute(
            "INSERT INTO jobs VALUES (1, 'ada@example.com', ?), (2, 'bela@example.org', '2021-01-01')", [day]
        )
    address = f"sqlite:///{path}"
    connections.add_source(
        shop, name="repairs", url=address, write_url=address, dataset_text=REPAIRS, dataset_name="r.yaml",
        overlay_text=OVERLAY, overlay_name="r.dsr.yaml", actor=COMMAND, now=now,
    )  # fmt: skip
    return path


def repair(path: Path, day: str | None) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE jobs SET done_on = ? WHERE id = 1", [day])


def blocked() -> list[tuple[str, str]]:
    held = KeptRecord.objects.waiting().filter(event="closed:undelivered")
    return sorted(held.values_list("source__name", "collection"))


@pytest.mark.parametrize("repaired_on", [None, "2021-01-01"])
def test_records_in_two_sources_when_all_that_was_open_is_closed_then_are_freed_the_same_night(
    shop: Shop, url: str, owner: User, now: datetime, tmp_path: Path, repaired_on: str | None
) -> None:
    connect_for_writing(shop, url, now)
    path = add_repairs(shop, now, tmp_path, repaired_on)
    change(url, "UPDATE orders SET placed_on = NULL WHERE id = 11")
    promise(shop, now, retention=[KEEPING, GOING], blockers=[UNDELIVERED])
    carry_out(wish(shop, owner, now), owner, now)
    assert {each[0] for each in blocked()} == {"shop", "repairs"}
    assert ("shop", "customers") in blocked()

    change(url, "UPDATE orders SET placed_on = '2025-05-05' WHERE id = 11")
    repair(path, "2025-05-05")
    done = finishing.finish(shop, now=now + timedelta(days=1), execute=True)

    assert (done.refused, blocked()) == ({}, [])
    assert done.erased["shop", "customers"] == 1
    assert [row[0] for row in rows(url)["customers"]] == [2]


def test_records_in_two_sources_when_one_of_them_is_open_still_then_the_other_waits(
    shop: Shop, url: str, owner: User, now: datetime, tmp_path: Path
) -> None:
    connect_for_writing(shop, url, now)
    path = add_repairs(shop, now, tmp_path, None)
    change(url, "UPDATE orders SET placed_on = '2025-05-05' WHERE id = 11")
    promise(shop, now, retention=[KEEPING, GOING], blockers=[UNDELIVERED])
    carry_out(wish(shop, owner, now), owner, now)
    before, held = rows(url), blocked()
    assert ("shop", "customers") in held

    # Of a place that cannot be asked nobody knows that it is closed.
    writable = Source.objects.get(name="repairs").sealed_write_url
    for night, address, refused in ((1, writable, set()), (2, None, {"repairs"})):
        Source.objects.filter(name="repairs").update(sealed_write_url=address)
        repair(path, None if address else "2025-06-06")
        done = finishing.finish(shop, now=now + timedelta(days=night), execute=True)
        assert (done.total, rows(url), blocked(), set(done.refused)) == (0, before, held, refused)

    Source.objects.filter(name="repairs").update(sealed_write_url=writable)
    finishing.finish(shop, now=now + timedelta(days=3), execute=True)
    assert blocked() == []
