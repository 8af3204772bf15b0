"""What is found through another source is done before it, and whatever it waits for is told."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from dsr.lifecycle import State
from dsr.models import PlanStep, Shop
from dsr.workflow import connections
from dsr.workflow.actors import COMMAND
from tests.erasing.conftest import carry_out, connect_for_writing, rows, wish

MAILER = """
dataset:
  - fides_key: mailer
    name: Mailer
    collections:
      - name: prefs
        fields:
          - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
          - name: customer_id
            data_categories: [user.unique_id]
            fides_meta: {data_type: integer, references: [{dataset: small_shop, field: customers.id, direction: from}]}
          - {name: nick, data_categories: [user.name], fides_meta: {data_type: string}}
"""
OVERLAY = "collections:\n  prefs: {record_class: newsletter_subscription, ownership: attached}\n"


@pytest.fixture
def mailer(shop: Shop, url: str, now: datetime, tmp_path: Path) -> Path:
    """A second database whose rows are found through the shop's customers, and which puts back what is deleted."""
    path = tmp_path / "mailer.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            "CREATE TABLE prefs (id integer PRIMARY KEY, customer_id integer, nick text); CREATE INDEX p ON prefs (customer_id);"
            "INSERT INTO prefs VALUES (1, 1, 'Countess'), (2, 2, 'Bee');"
        )
    connect_for_writing(shop, url, now)
    address = f"sqlite:///{path}"
    connections.add_source(
        shop,
        name="zmailer",
        url=address,
        write_url=address,
        dataset_text=MAILER,
        dataset_name="mailer.yaml",
        overlay_text=OVERLAY,
        overlay_name="mailer.dsr.yaml",
        actor=COMMAND,
        now=now,
    )
    return path


def nicks(path: Path) -> list[str]:
    with sqlite3.connect(path) as connection:
        return [nick for (nick,) in connection.execute("SELECT nick FROM prefs ORDER BY id")]


def test_source_when_it_is_found_through_another_then_goes_first(
    shop: Shop, mailer: Path, owner: User, now: datetime
) -> None:
    assert nicks(mailer) == ["Countess", "Bee"]

    wanted = carry_out(wish(shop, owner, now), owner, now)

    steps = PlanStep.objects.filter(plan__subject_request=wanted).order_by("number")
    assert [step.source.name for step in steps] == ["zmailer", "shop"]
    assert (wanted.state, nicks(mailer)) == (State.FULFILLED, ["Bee"])


def test_source_when_what_is_found_through_it_is_not_done_then_waits(
    shop: Shop, mailer: Path, owner: User, now: datetime, url: str
) -> None:
    with sqlite3.connect(mailer) as connection:
        connection.execute(
            "CREATE TRIGGER back AFTER DELETE ON prefs WHEN OLD.id < 100 BEGIN"
            " INSERT INTO prefs VALUES (OLD.id + 100, OLD.customer_id, OLD.nick); END"
        )
        connection.execute(
            "CREATE TRIGGER again AFTER DELETE ON prefs WHEN OLD.id > 99 BEGIN"
            " INSERT INTO prefs VALUES (OLD.id + 100, OLD.customer_id, OLD.nick); END"
        )
    wanted = wish(shop, owner, now)
    before = rows(url)

    carry_out(wanted, owner, now)

    steps = {step.source.name: step for step in PlanStep.objects.filter(plan__subject_request=wanted)}
    assert "Countess" in nicks(mailer)
    assert (wanted.state, rows(url)) == (State.FULFILLING, before)
    assert steps["shop"].error_code == "waits"
    assert "zmailer" in steps["shop"].error_text
