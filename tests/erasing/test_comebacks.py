"""Whoever was erased and is in a database again is noticed, and nobody else."""

from __future__ import annotations

import json
from datetime import datetime
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from dsr import crypto
from dsr.models import AuditEntry, ErasedIdentity, Job, KeptRecord, Source, SubjectRequest
from dsr.records import normalise_email
from dsr.workflow import comebacks, daily, queue, source_checks
from dsr.workflow.actors import COMMAND
from tests.erasing.conftest import carry_out, change, rows, wish
from tests.promising import promise
from tests.workflow.test_erasure_plans import KEEPING


def scan() -> dict[str, Any]:
    out = StringIO()
    call_command("scan_for_erased", "small-shop", stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def insert(url: str, place: str, *values: object) -> None:
    """Put one row into a table of the shop's; ``place`` is its name with some of its columns."""
    with psycopg.connect(url) as connection:
        connection.execute(f"INSERT INTO {place} VALUES ({', '.join(['%s'] * len(values))})", values)


def test_scan_when_an_erased_person_is_back_then_staff_see_it_until_they_are_gone(
    wanted: SubjectRequest, owner: User, now: datetime, url: str, client: Client
) -> None:
    carry_out(wanted, owner, now)
    client.force_login(owner)
    check = source_checks.check_source(Source.objects.get(), actor=COMMAND, now=now)
    assert scan()["back"] == {"shop": 0}  # Her kept orders and Bela's gift to her are no coming back.
    assert "of erased people" not in client.get("/staff/").content.decode()

    change(url, "INSERT INTO newsletter VALUES (' ADA@Example.COM', true, NULL), ('carl@example.com', true, NULL)")

    assert scan() == {"shop": "small-shop", "back": {"shop": 1}, "not_read": {}}
    assert ErasedIdentity.objects.exclude(is_back_since=None).get().kind == "email"
    assert "1 address of erased people is in your databases again" in client.get("/staff/").content.decode()
    assert "1 erased came back" in client.get("/staff/sources/").content.decode()
    assert "of erased people is in it again" in client.get(f"/staff/sources/{check.source_id}/alarms/").content.decode()
    again = source_checks.check_source(check.source, actor=COMMAND, now=now)
    assert source_checks.summary(again) == "as described; 1 address of erased people back in it"
    source_checks.check_before_erasure(wanted.shop, actor=COMMAND, now=now)  # It keeps nobody from being erased.
    facts = AuditEntry.objects.get(action="shop.erased_are_back").facts
    assert facts == {"shop": "small-shop", "identifiers": 1, "new": 1}

    change(url, "DELETE FROM newsletter WHERE email LIKE '%ADA%'")

    assert scan()["back"] == {"shop": 0}
    assert not ErasedIdentity.objects.exclude(is_back_since=None).exists()
    assert "erased came back" not in client.get("/staff/sources/").content.decode()


@pytest.mark.parametrize("spelled", ["ada@example.com\u00a0", "\uff41da@example.com", "\u2003Ada@EXAMPLE.com\r\n"])
def test_scan_when_the_database_would_not_find_the_spelling_then_the_row_is_back_all_the_same(
    wanted: SubjectRequest, owner: User, now: datetime, url: str, spelled: str
) -> None:
    carry_out(wanted, owner, now)
    assert scan()["back"] == {"shop": 0}

    insert(url, "newsletter (email)", spelled)

    assert scan()["back"] == {"shop": 1}
    assert ErasedIdentity.objects.exclude(is_back_since=None).get().kind == "email"


@pytest.mark.parametrize("spelled", ["617-555-0101", "+1 (617) 555 0101", "0016175550101"])
def test_scan_when_a_row_without_an_address_has_her_telephone_then_she_is_back(
    wanted: SubjectRequest, owner: User, now: datetime, url: str, spelled: str
) -> None:
    carry_out(wanted, owner, now)
    assert ErasedIdentity.objects.filter(kind="phone_number").count() == 1

    insert(url, "customers (id, email, name, phone)", 9, "", "Somebody", spelled)

    assert scan()["back"] == {"shop": 1}
    assert ErasedIdentity.objects.exclude(is_back_since=None).get().kind == "phone_number"


def test_scan_when_her_old_account_is_back_then_address_and_telephone_count(
    wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    carry_out(wanted, owner, now)

    insert(url, "customers (id, email, phone)", 9, "ada@example.com", "+1 617 555 0101")

    assert scan()["back"] == {"shop": 2}


def test_scan_when_somebody_else_shares_her_telephone_then_is_no_coming_back(
    wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    carry_out(wanted, owner, now)

    change(url, "UPDATE customers SET phone = '+1 617 555 0101' WHERE email = 'bela@example.org'")

    assert rows(url)["customers"] != []
    assert scan()["back"] == {"shop": 0}


def test_scan_when_many_rows_hold_her_address_then_she_is_back_once(
    wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    carry_out(wanted, owner, now)

    change(url, "INSERT INTO orders (id, guest_email) SELECT n, 'ada@example.com' FROM generate_series(100, 2100) AS n")

    assert scan()["back"] == {"shop": 1}


def test_scan_when_an_address_is_written_back_into_a_kept_row_then_she_is_back(
    wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    carry_out(wanted, owner, now)
    emptied = next(row for row in rows(url)["orders"] if row[0] == 11)
    assert emptied[2] is None  # The order stays, and its address went at once.
    assert KeptRecord.objects.waiting().filter(collection="orders").count() == 2
    assert scan()["back"] == {"shop": 0}

    change(url, "UPDATE orders SET guest_email = 'ADA@example.com' WHERE id = 11")

    assert scan()["back"] == {"shop": 1}


def test_scan_when_kept_rows_name_her_as_they_did_then_only_what_is_new_there_counts(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    everything = ["account", "order", "order_line", "newsletter_subscription", "gift_recipient"]
    promise(connected.shop, now, retention=[{**KEEPING, "record_classes": everything, "at_once": []}])
    before = rows(url)
    carry_out(wish(connected.shop, owner, now), owner, now)
    assert rows(url) == before
    assert before["customers"][0][1] == "Ada@Example.com"
    assert scan()["back"] == {"shop": 0}

    change(url, "INSERT INTO orders (id, customer_id) VALUES (12, 1)")

    assert scan()["back"] == {"shop": 1}  # Her account was kept, the order that hangs on it is new.


def test_scan_when_night_comes_then_is_done(wanted: SubjectRequest, owner: User, now: datetime, url: str) -> None:
    carry_out(wanted, owner, now)
    change(url, "INSERT INTO newsletter VALUES ('ada@example.com', true, NULL)")

    daily.ask(now)
    job = Job.objects.get(kind="scan_for_erased")
    queue.perform(job.pk, comebacks.scan_tonight, queue.leave_it_parked, lambda: now)

    job.refresh_from_db()
    assert job.state == "done"
    assert comebacks.standing([wanted.shop]) == 1


@pytest.mark.parametrize(
    "address",
    ["Ada@Example.com", " a.b+c@x.example\n", "x@BÜCHER.example", "ﬁn@example.com", "no", "@x", "a@", "a@b@C.d"],
)
def test_the_quick_ways_of_a_scan_come_to_the_same_as_the_careful_ones(address: str) -> None:
    quick = comebacks._simple_email(address)

    assert quick in {"", normalise_email(address)}
    hashed = comebacks._hasher("1", b"k" * 32, "ada")("email", address)
    assert hashed == "1:" + crypto.keyed_hash(b"k" * 32, shop="ada", kind="email", value=address)
