"""Whoever was erased and is in a database again is noticed, and nobody else."""

from __future__ import annotations

import json
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from dsr import crypto
from dsr.models import AuditEntry, ErasedIdentity, Job, Source, SubjectRequest
from dsr.records import normalise_email
from dsr.workflow import comebacks, daily, queue, source_checks
from dsr.workflow.actors import COMMAND
from tests.erasing.conftest import carry_out, change


def scan() -> dict[str, Any]:
    out = StringIO()
    call_command("scan_for_erased", "small-shop", stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


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
