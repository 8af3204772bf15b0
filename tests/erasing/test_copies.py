"""Copies of what is erased elsewhere in its row, and columns that fill by themselves: in every kind of database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User

from dsr.lifecycle import State
from dsr.models import Shop, SubjectRequest
from dsr.records import Identity, IdentityKind
from dsr.workflow import connections
from dsr.workflow.actors import COMMAND
from tests import mariadb
from tests.conftest import work_off
from tests.erasing.conftest import approve, carry_out, wish
from tests.promising import promise

SCHEMA = """
CREATE TABLE people (
    id integer PRIMARY KEY, email varchar(80) NOT NULL, name varchar(80) NOT NULL, nick varchar(80), phone bigint,
    search text NOT NULL, slug varchar(80) NOT NULL UNIQUE, profile {json},
    email_lower varchar(80) GENERATED ALWAYS AS (lower(email)) STORED
);
"""
JSON = {"postgresql": "jsonb", "mariadb": "json", "sqlite": "text"}
COLUMNS = ("id", "email", "name", "nick", "phone", "search", "slug", "profile")
PEOPLE = [
    (
        1, "mei@example.com", "Mei Núñez", None, 4915112345678, "nunez, mei flat 3 / +4915112345678", "mei-nunez",
        r'{"nick": "Countess", "theme": "dark", "told": "Countess N\u00fa\u00f1ez", "mei@example.com": [4915112345678]}',
    ),
    (2, "mei@example.org", "Mei Núñez", "Mei", None, "MEI NUNEZ", "nunez-mei", None),
    (
        3, "bela@example.org", "Bela Bartok", "Bela", 4915198765432, "bela bartok, who knows Mei Núñez", "bela-bartok",
        '{"nick": "Bela", "told": "of Mei and the Countess", "theme": "dark"}',
    ),
]  # fmt: skip
DATASET = """
dataset:
  - fides_key: shop
    collections:
      - name: people
        fields:
          - {name: id, data_categories: [user.unique_id], fides_meta: {primary_key: true, data_type: integer}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
          - {name: name, data_categories: [user.name], fides_meta: {data_type: string}}
          - {name: nick, data_categories: [user.name], fides_meta: {data_type: string}}
          - {name: phone, data_categories: [user.contact.phone_number], fides_meta: {data_type: integer}}
          - {name: search, data_categories: [system.operations], fides_meta: {data_type: string}}
          - {name: slug, data_categories: [system.operations], fides_meta: {data_type: string}}
          - name: profile
            data_categories: [system.operations]
            fides_meta: {data_type: object}
            fields:
              - {name: nick, data_categories: [user.name], fides_meta: {data_type: string}}
              - {name: theme, data_categories: [system.operations], fides_meta: {data_type: string}}
          - {name: email_lower, data_categories: [user.contact.email], fides_meta: {data_type: string}}
"""
OVERLAY = "collections: {people: {record_class: account, subject_class: customer, ownership: owned}}"
ANONYMOUS = {
    "key": "rest", "record_classes": ["account", "order", "order_line", "gift_recipient", "newsletter_subscription"],
    "then": "anonymise",
}  # fmt: skip
MEI, HER_NAMESAKE = (Identity(IdentityKind.EMAIL, PEOPLE[number][1]) for number in (0, 1))


@dataclass(frozen=True)
class Place:
    """A database with the people in it, and how to do something there."""

    url: str
    execute: Callable[[str], list[tuple[Any, ...]]]

    def rows(self) -> list[dict[str, Any]]:
        """Everybody."""
        names = (*COLUMNS, "email_lower")
        found = self.execute(f"SELECT {', '.join(names)} FROM people ORDER BY id")
        rows = [dict(zip(names, row, strict=True)) for row in found]
        for row in rows:
            if isinstance(row["profile"], str):
                row["profile"] = json.loads(row["profile"])
        return rows


@pytest.fixture(params=["postgresql", "mariadb", "sqlite"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """The people in a database of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "shop.db"
        made = Place(f"sqlite:///{path}", lambda statement: _in_sqlite(path, statement))
    else:
        url = request.getfixturevalue({"mariadb": "mariadb_url", "postgresql": "url"}[request.param])
        does = _in_mariadb if request.param == "mariadb" else _in_postgresql
        made = Place(url, lambda statement: does(url, statement))
    if request.param == "postgresql":
        made.execute("DROP SCHEMA public CASCADE")
        made.execute("CREATE SCHEMA public")
    made.execute(SCHEMA.format(json=JSON[request.param]))
    for person in PEOPLE:
        made.execute(f"INSERT INTO people ({', '.join(COLUMNS)}) VALUES ({', '.join(map(_written, person))})")
    return made


def _written(value: object) -> str:
    if value is None or isinstance(value, int):
        return "NULL" if value is None else str(value)
    return "'" + str(value) + "'"


def _in_sqlite(path: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement).fetchall()


def _in_postgresql(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        done = connection.execute(statement)
        return done.fetchall() if done.description else []


def _in_mariadb(url: str, statement: str) -> list[tuple[Any, ...]]:
    statement = statement.replace("\\", "\\\\")
    with closing(mariadb.connected(url)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def asked(place: Place, shop: Shop, owner: User, now: datetime, who: Identity = MEI) -> SubjectRequest:
    """Somebody's wish to be forgotten by a shop that makes every row anonymous."""
    if not shop.sources.exists():
        connections.add_source(
            shop, name="shop", url=place.url, write_url=place.url, dataset_text=DATASET, dataset_name="shop.yaml",
            overlay_text=OVERLAY, overlay_name="shop.dsr.yaml", actor=COMMAND, now=now,
        )  # fmt: skip
        promise(shop, now, retention=[ANONYMOUS])
    return wish(shop, owner, now, who)


def test_computed_column_when_its_row_is_made_anonymous_then_follows_and_the_erasure_is_fulfilled(
    place: Place, shop: Shop, owner: User, now: datetime
) -> None:
    before = place.rows()
    assert before[0]["email_lower"] == "mei@example.com"

    wanted = carry_out(asked(place, shop, owner, now), owner, now)

    after = place.rows()
    assert wanted.state == State.FULFILLED, list(wanted.jobs.values_list("error_text", flat=True))
    assert (after[0]["email"], after[0]["email_lower"]) == ("[erased]", "[erased]")
    assert after[2] == before[2]


def test_empty_column_when_it_is_filled_between_plan_and_run_then_is_emptied(
    place: Place, shop: Shop, owner: User, now: datetime
) -> None:
    wanted = asked(place, shop, owner, now)
    assert place.rows()[0]["nick"] is None
    approve(wanted, owner, now)
    place.execute("UPDATE people SET nick = 'Countess' WHERE id = 1")

    work_off(wanted)

    assert wanted.state == State.FULFILLED, list(wanted.jobs.values_list("error_text", flat=True))
    assert place.rows()[0]["nick"] is None


def test_copies_when_their_row_is_made_anonymous_then_are_gone_in_any_form_and_everybody_else_is_as_before(
    place: Place, shop: Shop, owner: User, now: datetime
) -> None:
    before = place.rows()
    assert before[0]["profile"]["told"] == "Countess Núñez"
    assert "mei@example.com" in before[0]["profile"]

    wanted = carry_out(asked(place, shop, owner, now), owner, now)

    assert wanted.state == State.FULFILLED, list(wanted.jobs.values_list("error_text", flat=True))
    after = place.rows()
    assert after[0]["search"] == "[erased], [erased] flat 3 / +[erased]"
    assert after[0]["profile"] == {
        "nick": None, "theme": "dark", "told": "[erased] [erased]", "[erased]": [None],
    }  # fmt: skip
    assert after[1:] == before[1:]


def test_unique_column_when_two_people_leave_it_without_their_names_then_both_erasures_are_fulfilled(
    place: Place, shop: Shop, owner: User, now: datetime
) -> None:
    assert [row["slug"] for row in place.rows()[:2]] == ["mei-nunez", "nunez-mei"]

    first = carry_out(asked(place, shop, owner, now), owner, now)
    second = carry_out(asked(place, shop, owner, now, HER_NAMESAKE), owner, now)

    assert (first.state, second.state) == (State.FULFILLED, State.FULFILLED)
    slugs = [row["slug"] for row in place.rows()[:2]]
    assert len({*slugs}) == 2
    assert not [slug for slug in slugs if "mei" in slug or "nunez" in slug or "erased" in slug]
