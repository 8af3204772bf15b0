"""An erasure is killed (-9) at its boundaries and at random moments, and begun again: it ends as if nothing had happened."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dsr import jobs
from dsr.lifecycle import State
from dsr.models import AuditEntry, Job, KeptRecord, Shop, SubjectRequest
from dsr.records import Identity, IdentityKind
from dsr.workflow import anchors, ledgers, letters, queue
from tests.conftest import BELA
from tests.erasing.conftest import SMALL_SHOP, Rows, approve, change, connect_for_writing, rows, wish
from tests.erasing.shop_server import shop_server
from tests.erasing.starting import Starter

BOUNDARIES = ("erasure.started", "erasure.written_down", "erasure.applied", "erasure.proved")
KILLS_OF_EACH = 2
LONGEST = 1.2
"""Seconds after which an undisturbed run is over, letter included."""


def after(seconds: float) -> Callable[[], bool]:
    until = time.monotonic() + seconds
    return lambda: time.monotonic() >= until


def said(asked: SubjectRequest, action: str) -> Callable[[], bool]:
    return lambda: AuditEntry.objects.filter(stream__subject_request=asked, action=action).exists()


def newcomer(url: str, number: int) -> Identity:
    """A customer with orders old and new, a line and a newsletter."""
    email, key = f"person{number}@example.com", 1000 + number
    change(
        url,
        f"INSERT INTO customers VALUES ({key}, '{email}', 'Person {number}', NULL, 'x', now())",
        f"INSERT INTO orders VALUES ({key}, {key}, '{email}', 5, '2024-05-05', 'for {email}')",
        f"INSERT INTO order_lines VALUES ({key}, {key}, 'Ring', 'engraved')",
        f"INSERT INTO newsletter VALUES ('{email}', true, NULL)",
    )
    return Identity(IdentityKind.EMAIL, email)


def end_of(asked: SubjectRequest, url: str) -> None:
    """Run what is left to its end here, and look at everything."""
    job = Job.objects.get(subject_request=asked, kind="erase")
    jobs.erase(job.pk)
    asked.refresh_from_db()
    job.refresh_from_db()
    assert (asked.state, job.state) == (State.FULFILLED, Job.State.DONE), job.error_text
    letter = letters.letter_of(asked, today=timezone.now().date())
    assert letter is not None
    assert {block.title: block.records for block in letter.blocks} == {"Deleted": 2, "Kept": 2}
    kept = KeptRecord.objects.filter(subject_request=asked)
    assert sorted(kept.values_list("collection", "rule")) == [("order_lines", "purchases"), ("orders", "purchases")]
    proved = AuditEntry.objects.filter(stream__subject_request=asked, action="erasure.proved")
    assert proved.count() == 1


def left_of(url: str, email: str) -> list[object]:
    return [row for found in rows(url).values() for row in found if any(email in str(value) for value in row)]


def others(found: Rows) -> Rows:
    """Everybody's rows but the newcomers'."""
    return {
        table: [row for row in every if not str(row[0]).startswith(("10", "person"))] for table, every in found.items()
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("people", [10, pytest.param(100, marks=pytest.mark.torture)])
def test_erasure_when_killed_at_any_moment_and_begun_again_then_ends_as_if_nothing_had_happened(
    shop: Shop, url: str, owner: User, starter: Starter, people: int
) -> None:
    now = timezone.now()
    connect_for_writing(shop, url, now)
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    before = others(rows(url))
    finished_at_once = 0
    for number in range(people):
        email = newcomer(url, number)
        asked = wish(shop, owner, now, who=email)
        approve(asked, owner, now)
        assert left_of(url, email.value), "the scan does not see the person"
        job = Job.objects.get(subject_request=asked, kind="erase")
        for kill in range(KILLS_OF_EACH):
            at_boundary = kill == 0 and number < len(BOUNDARIES)
            moment = said(asked, BOUNDARIES[number]) if at_boundary else after(chance.uniform(0, LONGEST))
            starter.run(job, moment)
        job.refresh_from_db()
        finished_at_once += job.state == Job.State.DONE
        if job.state != Job.State.DONE:
            end_of(asked, url)
        assert left_of(url, email.value) == []
    assert finished_at_once < people, "no run was interrupted at its work"
    assert others(rows(url)) == before
    assert BELA.value in str(before)
    ledgers.ledger().verify()
    assert [fault for fault in anchors.faults() if "anchored" not in fault.message] == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("people", [3, pytest.param(40, marks=pytest.mark.torture)])
def test_erasure_when_the_shops_database_is_killed_under_it_then_ends_as_if_nothing_had_happened(
    shop: Shop, owner: User, starter: Starter, people: int
) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    faults = 0
    with shop_server() as database:
        change(database.url, (SMALL_SHOP / "schema.sql").read_text())
        now = timezone.now()
        connect_for_writing(shop, database.url, now)
        before = others(rows(database.url))
        for number in range(people):
            email = newcomer(database.url, number)
            asked = wish(shop, owner, now, who=email)
            approve(asked, owner, now)
            assert left_of(database.url, email.value), "the scan does not see the person"
            job = Job.objects.get(subject_request=asked, kind="erase")
            moment = said(asked, BOUNDARIES[number]) if number < 2 else after(chance.uniform(0, LONGEST / 2))

            starter.run(job, moment, database.kill)

            job.refresh_from_db()
            faults += bool(job.error_text)
            assert (job.state == Job.State.DONE) <= (SubjectRequest.objects.get(pk=asked.pk).state == State.FULFILLED)
            database.start()
            if job.state != Job.State.DONE:
                queue.again(job, timezone.now())
                end_of(asked, database.url)
            assert left_of(database.url, email.value) == []
        assert faults, "no run met a database that was gone"
        assert others(rows(database.url)) == before
    ledgers.ledger().verify()
    assert [fault for fault in anchors.faults() if "anchored" not in fault.message] == []
