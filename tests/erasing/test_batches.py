"""A shop whose tables take nothing back (MariaDB's MyISAM and Aria): the run goes batch after batch, and is killed in and between
them. However that happens, it ends exactly as if it had not."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date

import pymysql
import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dsr.models import Job, Shop, SubjectRequest
from dsr.sources.sql_batches import AT_ONCE
from tests.erasing.conftest import approve, wish
from tests.erasing.halving_shop import (
    LINES,
    boundaries_of,
    connect,
    end_of,
    has_come,
    left_of,
    make_shop,
    newcomer,
    others,
    rows,
    step_of,
    told,
)
from tests.erasing.processes import Starter
from tests.mariadb import SECONDS_TO_START, MariaDbServer, run, running_server

SLOWLY = """
CREATE TRIGGER slow_lines BEFORE DELETE ON order_lines FOR EACH ROW DO SLEEP(0.003);
CREATE TRIGGER slow_visits BEFORE DELETE ON visits FOR EACH ROW DO SLEEP(0.002);
CREATE TRIGGER slow_orders BEFORE UPDATE ON orders FOR EACH ROW DO SLEEP(0.1);
CREATE TRIGGER slow_letters BEFORE DELETE ON newsletter FOR EACH ROW DO SLEEP(0.2);
CREATE TRIGGER slow_customers BEFORE DELETE ON customers FOR EACH ROW DO SLEEP(0.2)
"""


@pytest.fixture
def undisturbed(shop: Shop, mariadb_url: str, owner: User, request: pytest.FixtureRequest) -> SubjectRequest:
    """The first of some people, erased as a whole; from then on each batch takes its time."""
    make_shop(mariadb_url, request.param)
    return first_of(shop, mariadb_url, owner)


def first_of(shop: Shop, url: str, owner: User) -> SubjectRequest:
    now = timezone.now()
    connect(shop, url, now)
    asked = wish(shop, owner, now, who=newcomer(url, 1))
    approve(asked, owner, now)
    end_of(asked)
    placed_on = date(2024, 5, 5)
    assert left_of(url, 1) == {
        "customers": [], "order_lines": [], "gifts": [], "visits": [],
        "orders": [(0, None, None, None, None, None, "engraved: [erased]"), (1, None, None, 5, placed_on, "blue", None)],
    }  # fmt: skip
    run(url, SLOWLY)
    return asked


def next_of(undisturbed: SubjectRequest, url: str, owner: User, number: int) -> SubjectRequest:
    """Another one, about to be erased."""
    now = timezone.now()
    asked = wish(undisturbed.shop, owner, now, who=newcomer(url, number))
    approve(asked, owner, now)
    assert len(left_of(url, number)["order_lines"]) == LINES
    return asked


def job_of(asked: SubjectRequest) -> Job:
    return Job.objects.get(subject_request=asked, kind="erase")


def deleting(server: MariaDbServer) -> list[int]:
    """The connections that delete lines at this moment: the server tells what their trigger does."""
    found = "SELECT id FROM information_schema.processlist WHERE info LIKE 'DO SLEEP(0.003)%'"
    return [int(number) for (number,) in server.run(found)]


def in_midst_of_lines(server: MariaDbServer) -> Callable[[], bool]:
    """Whether lines have been deleted for a moment."""
    since: list[float] = []

    def has_come() -> bool:
        if not since and deleting(server):
            since.append(time.monotonic())
        return bool(since) and time.monotonic() - since[0] > 0.1

    return has_come


def is_in_midst(url: str, number: int) -> bool:
    """Whether some rows of a batch of lines are gone and some are there."""
    return (LINES - len(left_of(url, number)["order_lines"])) not in {0, AT_ONCE, LINES}


def is_as_undisturbed(asked: SubjectRequest, undisturbed: SubjectRequest, url: str, number: int) -> bool:
    assert told(end_of(asked)) == told(undisturbed)
    assert left_of(url, number) == left_of(url, 1)
    return True


TORTURE = pytest.mark.torture


def tables(*engines: object) -> pytest.MarkDecorator:
    """The engines of the shop's tables."""
    return pytest.mark.parametrize("undisturbed", engines, indirect=True)


@pytest.mark.django_db(transaction=True)
@tables("MyISAM", pytest.param("Aria", marks=TORTURE))
def test_erasure_in_batches_when_killed_at_every_boundary_then_ends_as_an_undisturbed_one(
    undisturbed: SubjectRequest,
    mariadb_url: str,
    owner: User,
    starter: Starter,
) -> None:
    before = others(mariadb_url)
    boundaries = boundaries_of(undisturbed)
    assert len(boundaries) >= 6
    stopped = []
    for number, done in enumerate(boundaries, start=2):
        asked = next_of(undisturbed, mariadb_url, owner, number)

        starter.run(job_of(asked), has_come(asked, done))

        stopped.append(step_of(asked).progress["done"])
        assert is_as_undisturbed(asked, undisturbed, mariadb_url, number)
    assert stopped == boundaries
    assert others(mariadb_url) == before
    assert "person" not in str(rows(mariadb_url))


@pytest.mark.django_db(transaction=True)
@tables("MyISAM", pytest.param("Aria", marks=TORTURE))
@pytest.mark.parametrize("what", ["QUERY", pytest.param("CONNECTION", marks=TORTURE)])
def test_erasure_in_batches_when_the_shop_breaks_it_off_within_a_batch_then_ends_as_an_undisturbed_one(
    undisturbed: SubjectRequest,
    mariadb_url: str,
    mariadb_server: MariaDbServer,
    owner: User,
    starter: Starter,
    what: str,
) -> None:
    asked = next_of(undisturbed, mariadb_url, owner, 2)

    def break_off() -> None:
        for number in deleting(mariadb_server):
            mariadb_server.run(f"KILL {what} {number}")

    starter.run(job_of(asked), in_midst_of_lines(mariadb_server), break_off)

    assert is_in_midst(mariadb_url, 2)
    assert step_of(asked).error_text
    assert is_as_undisturbed(asked, undisturbed, mariadb_url, 2)


@pytest.mark.django_db(transaction=True)
@tables("Aria", pytest.param("MyISAM", marks=TORTURE))
def test_erasure_in_batches_when_its_worker_is_killed_within_a_batch_then_the_next_waits_for_it_and_ends_alike(
    undisturbed: SubjectRequest,
    mariadb_url: str,
    mariadb_server: MariaDbServer,
    owner: User,
    starter: Starter,
) -> None:
    asked = next_of(undisturbed, mariadb_url, owner, 2)

    starter.run(job_of(asked), in_midst_of_lines(mariadb_server))

    assert deleting(mariadb_server), "the shop's database had done the batch already"
    assert is_as_undisturbed(asked, undisturbed, mariadb_url, 2)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("engine", ["MyISAM", "Aria"])
def test_erasure_in_batches_when_the_shops_database_is_killed_within_a_batch_then_ends_as_an_undisturbed_one(
    shop: Shop,
    owner: User,
    starter: Starter,
    engine: str,
) -> None:
    with running_server() as server:
        server.run("CREATE DATABASE shop CHARACTER SET utf8mb4")
        url = server.url("shop")
        make_shop(url, engine)
        undisturbed = first_of(shop, url, owner)
        asked = next_of(undisturbed, url, owner, 2)

        starter.run(job_of(asked), in_midst_of_lines(server), server.process.kill)

        server.process.wait()
        assert step_of(asked).error_code == "unavailable"
        with started_again(server):
            # Aria may lose also what it had done some time before: everything is asked for again.
            assert is_in_midst(url, 2) or (engine == "Aria" and left_of(url, 2)["order_lines"])
            assert is_as_undisturbed(asked, undisturbed, url, 2)


@contextmanager
def started_again(server: MariaDbServer) -> Iterator[None]:
    """The server that was killed, until the end of the block. It mends its tables as they are opened."""
    process = subprocess.Popen(server.process.args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < until:
            with suppress(pymysql.OperationalError):
                server.run("SELECT 1")
                break
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()
