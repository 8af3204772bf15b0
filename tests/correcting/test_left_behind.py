"""What says the same as a corrected field and does not follow by itself, as a login does, is told to staff and person."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from dsr.exports import check_audit
from dsr.exports.letter import Letter, letter_html
from dsr.lifecycle import State
from dsr.models import Shop, Source, SubjectRequest
from dsr.workflow import evidence, letters
from dsr.workflow.corrections import Asked
from tests.correcting.conftest import Kind, accept, carry_out, connect, wish

FIRST_NAME = "          - {name: first_name,"
LOGIN = "          - {name: login, data_categories: [user.account.username], fides_meta: {data_type: string}}\n"
SETTINGS = """
      - name: settings
        fields:
          - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
          - name: customer_id
            data_categories: [user.unique_id]
            fides_meta: {data_type: integer, references: [{dataset: correcting_shop, field: customers.id, direction: from}]}
          - {name: made_by, data_categories: [system.operations], fides_meta: {data_type: string}}
"""
LEFT = "We left it as it is, because something else may hang on it (how you sign in, say)."


@pytest.fixture
def with_login(shop: Shop, url: str, now: datetime) -> Source:
    """A shop in which people sign in with their address."""
    with psycopg.connect(url) as connection:
        connection.execute("ALTER TABLE customers ADD login text UNIQUE")
        connection.execute("UPDATE customers SET login = lower(email)")
    return connect(shop, url, now, described={FIRST_NAME: LOGIN + FIRST_NAME})


def logins(url: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT email, login FROM customers ORDER BY id").fetchall()


def look_at(wanted: SubjectRequest) -> list[str]:
    out = StringIO()
    call_command("plan_erasure", wanted.reference, stdout=out)
    told: list[str] = json.loads(out.getvalue())["look_at"]
    return told


def new_address(source: Source, owner: User, now: datetime, *more: Asked) -> SubjectRequest:
    wanted = wish(source.shop, owner, now + timedelta(seconds=1), Asked(Kind.EMAIL, "ada@new.example"), *more)
    accept(wanted, owner, now, 1, "customers", {"email": "ada@new.example"}, proved_otherwise=True)
    return wanted


def letter_to(wanted: SubjectRequest, now: datetime) -> Letter:
    letter = letters.letter_of(wanted, today=now.date())
    assert letter is not None
    return letter


def faults_of_the_evidence(wanted: SubjectRequest, now: datetime) -> list[str]:
    files = evidence.contents(wanted, now=now + timedelta(days=1))
    assert b"ada@" not in b"".join(files.values())
    return list(check_audit.pack_faults(files, None))


def test_login_when_it_is_the_address_then_stays_and_staff_and_person_are_told(
    with_login: Source, owner: User, now: datetime, url: str, client: Client
) -> None:
    wanted = new_address(with_login, owner, now)
    (look,) = look_at(wanted)
    assert look.startswith(
        "shop, customers: what is corrected stands in login too, and does not follow there by itself"
    )
    client.force_login(owner)
    assert look in client.get(f"/staff/requests/{wanted.reference}/plan/").content.decode()

    carry_out(wanted, owner, now + timedelta(seconds=2))

    assert wanted.state == State.FULFILLED
    assert logins(url)[0] == ("ada@new.example", "ada@example.com")
    letter = letter_to(wanted, now)
    assert [(each.title, each.field, each.records) for each in letter.beside] == [("Customers", "Login", 1)]
    assert [each.field for each in letter.corrections] == ["Email", "Email"]
    assert letter.left == ()
    assert LEFT in letter_html(letter, on_paper=True)
    assert "Left beside what was corrected: 1 field." in letters.in_short(letter)
    assert faults_of_the_evidence(wanted, now) == []


def test_login_when_staff_say_what_it_shall_say_then_it_is_written_and_nothing_was_left(
    with_login: Source, owner: User, now: datetime, url: str
) -> None:
    wanted = new_address(with_login, owner, now, Asked(Kind.OTHER, "ada@new.example", says="ada@example.com"))
    accept(wanted, owner, now, 2, "customers", {"login": "ada@new.example"})
    assert look_at(wanted) == []

    carry_out(wanted, owner, now + timedelta(seconds=2))

    assert logins(url)[0] == ("ada@new.example", "ada@new.example")
    letter = letter_to(wanted, now)
    assert letter.beside == letter.left == ()
    assert sorted(each.field for each in letter.corrections) == ["Email", "Email", "Login"]


def test_login_when_it_says_something_else_then_nobody_is_asked(
    with_login: Source, owner: User, now: datetime, url: str
) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE customers SET login = 'countess' WHERE id = 1")

    wanted = new_address(with_login, owner, now)

    assert look_at(wanted) == []
    carry_out(wanted, owner, now + timedelta(seconds=2))
    assert letter_to(wanted, now).beside == ()


def test_row_when_it_holds_the_old_value_alone_then_is_told_of_as_left(
    shop: Shop, owner: User, now: datetime, url: str
) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE settings (id integer PRIMARY KEY, customer_id integer, made_by text)")
        connection.execute("INSERT INTO settings VALUES (1, 1, 'ada@example.com'), (2, 1, 'a machine')")
    newsletter = "      - name: newsletter"
    source = connect(
        shop, url, now, described={newsletter: SETTINGS.lstrip("\n") + newsletter},
        overlaid={"  newsletter:": "  settings: {record_class: account, ownership: attached}\n  newsletter:"},
    )  # fmt: skip
    wanted = new_address(source, owner, now)
    (look,) = look_at(wanted)
    assert look.startswith("shop, settings: what is corrected stands in made_by too")

    carry_out(wanted, owner, now + timedelta(seconds=2))

    with psycopg.connect(url) as connection:
        made = connection.execute("SELECT id, made_by FROM settings ORDER BY id").fetchall()
    assert made == [(1, "ada@example.com"), (2, "a machine")]
    (left,) = letter_to(wanted, now).left
    assert (left.title, left.records) == ("Settings", 1)
    assert left.sentence.startswith("Made by: It says the same as what we corrected.")
    assert left.sentence.endswith("Tell us if it shall change too.")
    assert faults_of_the_evidence(wanted, now) == []
