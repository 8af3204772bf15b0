"""Rules of a table that are more than a type: a mask that gets past them is found before anything is frozen, or it is refused."""

from __future__ import annotations

import re
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from sqlalchemy import create_engine

from dsr.lifecycle import State
from dsr.models import Shop, SubjectRequest
from dsr.sources.base import SourceError
from dsr.sources.sql_engine import parse_url
from dsr.sources.sql_failures import named_failures
from dsr.workflow import erasure_approval
from dsr.workflow.actors import staff
from dsr.workflow.erasure_approval import PlanRefused
from tests.conftest import ADA, BELA, work_off
from tests.erasing.conftest import SMALL_SHOP, approve, carry_out, change, connect_for_writing, rows, wish
from tests.erasing.test_bad_input import job_of, step_of
from tests.erasing.test_mariadb import rows as mariadb_rows
from tests.erasing.test_mariadb import schema
from tests.mariadb import run
from tests.promising import promise
from tests.workflow.test_erasure_plans import GOING

ANONYMOUS = {**GOING, "then": "anonymise", "record_classes": [*GOING["record_classes"], "order", "order_line"]}
WORD, MAILBOX = r"[a-z0-9]{32}", r"[a-z0-9]{32}@erased\.invalid"
EMAIL, NAME, PHONE = 1, 2, 3
PICKY = """
CREATE FUNCTION picky(number text) RETURNS boolean LANGUAGE plpgsql AS
$$ BEGIN IF number = '[erased]' THEN RAISE EXCEPTION 'no number'; END IF; RETURN true; END $$
"""
"""A condition that fails when it is asked of some masks."""


def erased(shop: Shop, owner: User, now: datetime) -> list[SubjectRequest]:
    """Both people of the shop, made anonymous one after the other."""
    promise(shop, now, retention=[ANONYMOUS])
    return [carry_out(wish(shop, owner, now, who=who), owner, now) for who in (ADA, BELA)]


def looks_like(values: list[Any], shape: str | None) -> bool:
    """Whether all values are of that shape, and of one that is drawn by lot none is there twice."""
    if shape is None:
        return values == [None] * len(values)
    return all(re.fullmatch(shape, value) for value in values) and len(set(values)) == len(values)


@pytest.mark.parametrize(
    ("rule", "column", "shape"),
    [
        ("CREATE UNIQUE INDEX u ON customers (phone) NULLS NOT DISTINCT", PHONE, WORD),
        ("CREATE UNIQUE INDEX u ON customers (phone)", PHONE, None),
        ("CREATE UNIQUE INDEX u ON customers ((md5(name))) NULLS NOT DISTINCT", NAME, WORD),
        ("CREATE UNIQUE INDEX u ON customers (lower(name))", NAME, None),
        ("CREATE UNIQUE INDEX u ON customers (coalesce(name, ''))", NAME, WORD),
        ("ALTER TABLE customers ADD CONSTRAINT u UNIQUE NULLS NOT DISTINCT (name, phone)", NAME, WORD),
        ("ALTER TABLE customers ADD CONSTRAINT x EXCLUDE USING hash (email WITH =)", EMAIL, WORD),
        ("ALTER TABLE customers ADD CONSTRAINT x EXCLUDE USING btree (lower(email) WITH =)", EMAIL, WORD),
        ("ALTER TABLE customers ADD CONSTRAINT c CHECK (email ~ '^[^@]+@[^@]+$')", EMAIL, MAILBOX),
        ("ALTER TABLE customers ADD CONSTRAINT c CHECK (email LIKE '%@%.%' AND length(email) < 60)", EMAIL, MAILBOX),
        ("ALTER TABLE customers ADD CONSTRAINT c CHECK (length(email) > 12)", EMAIL, WORD),
        ("ALTER TABLE customers ADD CONSTRAINT c CHECK (phone LIKE '+%')", PHONE, None),
        ("ALTER TABLE customers ADD CONSTRAINT c CHECK (name IS NOT NULL)", NAME, r"\[erased\]"),
        ("ALTER TABLE customers ADD CONSTRAINT c CHECK (name IS NOT NULL OR phone IS NOT NULL)", NAME, None),
        ("ALTER TABLE customers ADD CONSTRAINT c CHECK (name IS NOT NULL OR phone IS NOT NULL)", PHONE, r"\[erased\]"),
        ("ALTER TABLE customers ADD CONSTRAINT c CHECK (name IS NOT NULL AND email LIKE '%@%')", EMAIL, MAILBOX),
        ("ALTER TABLE customers ADD CONSTRAINT c CHECK (name IS NOT NULL AND email LIKE '%@%')", NAME, r"\[erased\]"),
    ],
)
def test_rule_of_postgresql_when_two_people_are_made_anonymous_then_their_masks_get_past_it(
    shop: Shop, url: str, owner: User, now: datetime, rule: str, column: int, shape: str | None
) -> None:
    change(url, rule)
    connect_for_writing(shop, url, now)
    assert all(row[column] for row in rows(url)["customers"])

    asked = erased(shop, owner, now)

    assert [each.state for each in asked] == [State.FULFILLED] * 2, [job_of(each).error_text for each in asked]
    after = [row[column] for row in rows(url)["customers"]]
    assert set(after) == {"[erased]"} if "erased\\]" in (shape or "") else looks_like(after, shape)


@pytest.mark.parametrize(
    ("rule", "column"),
    [
        (
            "ALTER TABLE customers ADD CONSTRAINT only_known CHECK (email IN ('bela@example.org', 'Ada@Example.com'))",
            "email",
        ),
        (
            "ALTER TABLE customers ADD CONSTRAINT only_known CHECK (phone LIKE '+%'), ALTER COLUMN phone SET NOT NULL",
            "phone",
        ),
    ],
)
def test_rule_of_postgresql_when_no_mask_gets_past_it_then_freezing_is_refused_with_table_rule_and_cure(
    shop: Shop, url: str, owner: User, now: datetime, rule: str, column: str
) -> None:
    change(url, rule)
    connect_for_writing(shop, url, now)
    promise(shop, now, retention=[ANONYMOUS])
    wanted, before = wish(shop, owner, now), rows(url)

    with pytest.raises(PlanRefused) as caught:
        erasure_approval.freeze(wanted, actor=staff(owner), now=now)

    said = str(caught.value)
    assert f"shop, customers.{column}: no mask gets past the rule 'only_known' of that table." in said
    assert "Let the column be empty (NULL), or let the rule take one of the masks (null, empty, text, hash," in said
    assert rows(url) == before


def test_mask_of_the_overlay_when_a_rule_refuses_it_then_freezing_is_refused_with_one_that_fits(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    change(url, "ALTER TABLE customers ADD CONSTRAINT c CHECK (email LIKE '%@%')")
    overlay = (SMALL_SHOP / "shop.dsr.yaml").read_text()
    said = overlay.replace("customers: {", "customers: {masks: {email: text}, ", 1)
    connect_for_writing(shop, url, now, overlay_text=said)
    promise(shop, now, retention=[ANONYMOUS])
    wanted = wish(shop, owner, now)

    with pytest.raises(
        PlanRefused, match=r"customers\.email: say in the overlay .* customers: {masks: {email: mailbox}}"
    ):
        erasure_approval.freeze(wanted, actor=staff(owner), now=now)


@pytest.mark.parametrize(
    ("rule", "column", "shape"),
    [
        ("ALTER TABLE customers ADD CONSTRAINT c CHECK (email LIKE '%@%')", EMAIL, MAILBOX),
        ("ALTER TABLE customers MODIFY email varchar(190) NOT NULL CHECK (email LIKE '%@%')", EMAIL, MAILBOX),
        ("ALTER TABLE customers MODIFY name varchar(190) NOT NULL, ADD UNIQUE u (name, joined_at)", NAME, WORD),
        ("ALTER TABLE customers ADD CONSTRAINT c CHECK (char_length(phone) > 5)", PHONE, None),
    ],
)
def test_rule_of_mariadb_when_two_people_are_made_anonymous_then_their_masks_get_past_it(
    shop: Shop, mariadb_url: str, owner: User, now: datetime, rule: str, column: int, shape: str | None
) -> None:
    run(mariadb_url, f"{schema()}{rule}")
    connect_for_writing(shop, mariadb_url, now)
    assert all(row[column] for row in mariadb_rows(mariadb_url)["customers"])

    asked = erased(shop, owner, now)

    assert [each.state for each in asked] == [State.FULFILLED] * 2, [job_of(each).error_text for each in asked]
    assert looks_like([row[column] for row in mariadb_rows(mariadb_url)["customers"]], shape)


@pytest.mark.parametrize(
    ("before", "rule", "column", "shape"),
    [
        ("email text NOT NULL", "email text NOT NULL CHECK (email LIKE '%@%')", EMAIL, MAILBOX),
        ("joined_at timestamptz", "joined_at text, CONSTRAINT c CHECK (length(email) > 12)", EMAIL, WORD),
        ("name text", "name text NOT NULL UNIQUE", NAME, WORD),
        (");", "); CREATE UNIQUE INDEX u ON customers (coalesce(phone, ''));", PHONE, WORD),
    ],
)
def test_rule_of_sqlite_when_two_people_are_made_anonymous_then_their_masks_get_past_it(
    shop: Shop, tmp_path: Path, owner: User, now: datetime, before: str, rule: str, column: int, shape: str | None
) -> None:
    path = tmp_path / "shop.db"
    text = (Path(__file__).parent.parent / "small_shop" / "schema.sql").read_text().replace(before, rule, 1)
    text = re.sub(r"CREATE INDEX ON (\w+) \((\w+)\)", r"CREATE INDEX \1_\2 ON \1 (\2)", text)
    with sqlite3.connect(path) as connection:
        connection.executescript(text)
    connect_for_writing(shop, f"sqlite:///{path}", now, write_url=f"sqlite:///{path}")

    asked = erased(shop, owner, now)

    assert [each.state for each in asked] == [State.FULFILLED] * 2, [job_of(each).error_text for each in asked]
    with sqlite3.connect(path) as connection:
        assert looks_like([row[column] for row in connection.execute("SELECT * FROM customers")], shape)


@pytest.mark.parametrize(
    "condition",
    ["(joined_at IS NULL) = (name IS NULL)", "name IS NOT NULL AND picky(phone)"],
    ids=["another column stays", "it fails when it is asked"],
)
def test_rule_when_only_the_row_could_tell_then_the_run_changes_nothing_and_names_table_and_rule_and_no_value(
    shop: Shop, url: str, owner: User, now: datetime, condition: str
) -> None:
    connect_for_writing(shop, url, now)
    promise(shop, now, retention=[ANONYMOUS])
    wanted = wish(shop, owner, now)
    before = rows(url)
    change(url, PICKY, f"ALTER TABLE customers ADD CONSTRAINT hers CHECK ({condition})")
    approve(wanted, owner, now)

    work_off(wanted)

    step = step_of(wanted)
    assert (wanted.state, step.error_code) == (State.FULFILLING, "refused")
    assert step.error_text == (
        "shop: customers: a change breaks a rule of the table: the rule 'hers' of the table 'public.customers' forbids it. Say "
        "in the overlay what may stand in its columns (masks), or change that rule; then try again."
    )
    assert rows(url) == before


@pytest.mark.parametrize("kind", ["postgresql", "mariadb", "sqlite"])
@pytest.mark.parametrize(
    ("broken", "named"),
    [
        (
            "UPDATE t SET email = 'ada@example.com'' for key ''x' WHERE id = 2",
            r"the rule '(one_email|t\.email)'",
        ),
        ("UPDATE t SET name = 'ada@example.com' WHERE id = 2", r"the rule 'no_mail'"),
        ("UPDATE t SET phone = NULL WHERE id = 2", r"the rule '(t\.)?phone"),
    ],
)
def test_broken_rule_when_the_database_quotes_the_row_then_only_names_are_told(
    request: pytest.FixtureRequest, url: str, tmp_path: Path, kind: str, broken: str, named: str
) -> None:
    address = {"postgresql": lambda: url, "mariadb": lambda: request.getfixturevalue("mariadb_url")}.get(
        kind, lambda: f"sqlite:///{tmp_path / 'shop.db'}"
    )()
    engine = create_engine(parse_url(address))
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE t (id integer PRIMARY KEY, email varchar(90), name varchar(90), phone varchar(9) NOT NULL,"
            " CONSTRAINT one_email UNIQUE (email), CONSTRAINT no_mail CHECK (name <> 'ada@example.com'))"
        )
        values = "(1, 'ada@example.com'' for key ''x', 'Ada', '1'), (2, 'bela@example.org', 'Bela', '2')"
        connection.exec_driver_sql(f"INSERT INTO t VALUES {values}")

    with pytest.raises(SourceError) as caught, named_failures("shop"), engine.begin() as connection:
        connection.exec_driver_sql(broken)

    assert caught.value.code == "refused"
    assert re.search(named, str(caught.value)), str(caught.value)
    assert "ada@example.com" not in str(caught.value).replace("<> 'ada@example.com'", "")
    engine.dispose()


def test_rule_of_mariadb_when_only_the_row_could_tell_then_the_message_names_the_table_too(
    shop: Shop, mariadb_url: str, owner: User, now: datetime
) -> None:
    run(
        mariadb_url,
        f"{schema()}ALTER TABLE customers ADD UNIQUE one_beginning (name(1)), MODIFY name varchar(90) NOT NULL",
    )
    connect_for_writing(shop, mariadb_url, now)
    promise(shop, now, retention=[ANONYMOUS])
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    more = ",".join(f"({100 + place}, '{place}@x.org', '{letter}')" for place, letter in enumerate(letters))
    run(mariadb_url, f"INSERT IGNORE INTO customers (id, email, name) VALUES {more}")

    wanted = carry_out(wish(shop, owner, now), owner, now)

    assert wanted.state == State.FULFILLING
    assert (
        "shop: customers: a change breaks a rule of the table: the rule 'one_beginning'" in step_of(wanted).error_text
    )
