"""What is open in one source holds up what it blocks in the others to the end of a run, whatever became of its row meanwhile."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from dsr.lifecycle import State
from dsr.models import KeptRecord, PlanStep, Shop, Source
from dsr.workflow import connections, erasure
from dsr.workflow.actors import COMMAND
from tests.conftest import work_off
from tests.erasing.conftest import approve, change, connect_for_writing, rows, wish
from tests.erasing.test_finishing_sources import REPAIRS
from tests.promising import promise
from tests.workflow.test_erasure_plans import GOING, KEEPING

OVERLAY = "collections:\n  jobs: {record_class: %s, subject_class: customer, ownership: owned, facts: {ordered_on: done_on}}\n"
SCHEMA = """
CREATE TABLE jobs (id integer PRIMARY KEY, email text, done_on date);
CREATE INDEX by_email ON jobs (email);
INSERT INTO jobs VALUES (1, 'ada@example.com', '2025-01-01'), (2, 'bela@example.org', '2025-01-01');
"""


def repairs(shop: Shop, now: datetime, folder: Path, record_class: str) -> Path:
    """A second database of the shop, which comes before the first."""
    path = folder / "repairs.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(SCHEMA)
    address = f"sqlite:///{path}"
    connections.add_source(
        shop, name="repairs", url=address, write_url=address, dataset_text=REPAIRS, dataset_name="repairs.yaml",
        overlay_text=OVERLAY % record_class, overlay_name="repairs.dsr.yaml", actor=COMMAND, now=now,
    )  # fmt: skip
    return path


def jobs(path: Path) -> list[tuple[Any, ...]]:
    with sqlite3.connect(path) as connection:
        return connection.execute("SELECT * FROM jobs ORDER BY id").fetchall()


@pytest.mark.parametrize("one_by_one", [False, True])
@pytest.mark.parametrize(
    ("record_class", "left"),
    [("order", (1, None, None)), ("loyalty", None)],
    ids=["its row stays and is not found any more", "its row goes"],
)
def test_account_when_something_is_reopened_in_another_source_then_stays_though_that_was_changed_first(
    shop: Shop, url: str, owner: User, now: datetime, tmp_path: Path, *, record_class: str, left: Any, one_by_one: bool
) -> None:
    connect_for_writing(shop, url, now)
    blocker = {
        "key": "unfinished",
        "record_class": record_class,
        "until_fact": "ordered_on",
        "blocks": ["account", "newsletter_subscription"],
    }
    going = {**GOING, "record_classes": [*GOING["record_classes"], "loyalty"]}
    promise(shop, now, retention=[KEEPING, going], blockers=[blocker])
    change(url, "UPDATE orders SET placed_on = '2025-01-01' WHERE id = 11")
    path = repairs(shop, now, tmp_path, record_class)
    wanted = wish(shop, owner, now)
    approve(wanted, owner, now)
    addresses = dict(Source.objects.values_list("name", "sealed_write_url"))
    Source.objects.update(sealed_write_url=None)
    work_off(wanted)
    steps = PlanStep.objects.filter(plan__subject_request=wanted).order_by("number")
    assert [step.source.name for step in steps] == ["repairs", "shop"]
    assert {o["action"] for step in steps for o in step.outcomes if o["collection"] == "customers"} == {"delete"}
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE jobs SET done_on = NULL WHERE id = 1")

    for names in (["repairs"], ["shop"]) if one_by_one else (["repairs", "shop"],):
        for name in names:
            Source.objects.filter(name=name).update(sealed_write_url=addresses[name])
        erasure.go_on(wanted, now + timedelta(minutes=5))
        work_off(wanted)

    assert wanted.state == State.FULFILLED
    assert [row for row in jobs(path) if row[0] == 1] == ([left] if left else [])
    assert [row[0] for row in rows(url)["customers"]] == [1, 2]
    kept = KeptRecord.objects.filter(source__name="shop", collection__in=("customers", "newsletter"))
    assert {(each.collection, each.event) for each in kept} == {
        ("customers", "closed:unfinished"),
        ("newsletter", "closed:unfinished"),
    }
