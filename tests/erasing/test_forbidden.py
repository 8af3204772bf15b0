"""A foreign key of a table that nobody declared forbids a deletion: all stays as it was, staff read which, and it goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

import psycopg
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from dsr.lifecycle import State
from dsr.models import Job, Notice, PlanStep, Shop, SubjectRequest
from dsr.workflow import parked
from dsr.workflow.actors import staff
from tests.conftest import work_off
from tests.erasing import test_mariadb as mariadb
from tests.erasing.conftest import approve, change, connect_for_writing, rows, wish
from tests.erasing.processes import Starter
from tests.mariadb import MariaDbServer, run

PARCELS = (
    "CREATE TABLE {name} (id integer PRIMARY KEY, customer integer,"
    " CONSTRAINT parcel_of FOREIGN KEY (customer) REFERENCES {customers} (id) ON DELETE RESTRICT)"
)
IS_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


def assert_not_done(wanted: SubjectRequest, *told: str) -> Job:
    """The run stopped at its only source, and says so; the job that can be tried again."""
    wanted.refresh_from_db()
    job, step = Job.objects.get(subject_request=wanted, kind="erase"), PlanStep.objects.get()
    assert (wanted.state, job.state, step.state) == (State.FULFILLING, Job.State.PARKED, PlanStep.State.FAILED)
    assert (step.error_code, step.applied_at) == ("still_referenced", None)
    assert [each for each in told if each not in step.error_text] == []
    assert not Notice.objects.filter(kind=Notice.Kind.ERASED).exists()
    return job


def assert_done(wanted: SubjectRequest) -> None:
    wanted.refresh_from_db()
    assert wanted.state == State.FULFILLED, list(wanted.jobs.values_list("error_text", flat=True))
    assert (PlanStep.objects.get().state, PlanStep.objects.get().error_text) == (PlanStep.State.PROVED, "")


@pytest.mark.django_db(transaction=True)
def test_deletion_when_a_table_that_comes_during_the_run_forbids_it_then_nothing_is_changed_until_it_lets_go(
    shop: Shop, url: str, owner: User, starter: Starter, client: Client
) -> None:
    now = timezone.now()
    connect_for_writing(shop, url, now)
    wanted = wish(shop, owner, now)
    approve(wanted, owner, now)
    before = rows(url)

    # The run has looked at everything and waits for one row; meanwhile the shop's people install something.
    with psycopg.connect(url) as shops_own, psycopg.connect(url, autocommit=True) as looking:
        shops_own.execute("SELECT 1 FROM customers WHERE id = 1 FOR UPDATE")

        def is_waiting() -> bool:
            time.sleep(0.02)
            return looking.execute(IS_WAITING).fetchone() != (0,)

        def install() -> None:
            shops_own.execute(PARCELS.format(name="parcels", customers="customers"))
            shops_own.execute("INSERT INTO parcels VALUES (1, 1)")
            shops_own.commit()

        starter.run(Job.objects.get(subject_request=wanted, kind="erase"), is_waiting, install)

    assert rows(url) == before
    job = assert_not_done(
        wanted, "nothing was changed", "the foreign key 'parcel_of' of the table 'public.parcels' forbids it"
    )
    client.force_login(owner)
    assert "parcel_of" in client.get(f"/staff/requests/{wanted.reference}/plan/").content.decode()

    change(url, "DROP TABLE parcels")
    parked.try_again(job, actor=staff(owner), now=timezone.now())
    work_off(wanted)

    assert_done(wanted)
    assert [row[0] for row in rows(url)["customers"]] == [2]


@pytest.fixture
def hidden(mariadb_server: MariaDbServer, mariadb_url: str) -> Iterator[str]:
    """The small shop with a warehouse in a database beside it; the address of a user who may see the shop alone."""
    run(mariadb_url, mariadb.schema())
    name = mariadb_url.rpartition("/")[2]
    parcels = PARCELS.format(name="warehouse.parcels", customers=f"{name}.customers")
    mariadb_server.run(f"CREATE DATABASE warehouse; {parcels}; INSERT INTO warehouse.parcels VALUES (1, 1)")
    mariadb_server.run(f"CREATE USER eraser@'%' IDENTIFIED BY 'pw'; GRANT ALL ON {name}.* TO eraser@'%'")
    yield f"mariadb://eraser:pw@{mariadb_url.rpartition('@')[2]}"
    mariadb_server.run("DROP DATABASE warehouse; DROP USER eraser@'%'")


def test_deletion_when_a_table_that_the_user_may_not_see_forbids_it_then_nothing_is_changed_until_it_lets_go(
    shop: Shop, mariadb_server: MariaDbServer, hidden: str, owner: User, now: datetime
) -> None:
    connect_for_writing(shop, hidden, now)
    wanted = wish(shop, owner, now)
    approve(wanted, owner, now)
    before = mariadb.rows(hidden)
    assert "Ada@Example.com" in str(before)

    work_off(wanted)

    assert mariadb.rows(hidden) == before
    job = assert_not_done(
        wanted, "nothing was changed", "the foreign key 'parcel_of' of the table 'warehouse.parcels' forbids it"
    )

    mariadb_server.run("DELETE FROM warehouse.parcels")
    parked.try_again(job, actor=staff(owner), now=now)
    work_off(wanted)

    assert_done(wanted)
    assert mariadb.rows(hidden)["customers"] == before["customers"][1:]
