"""What happens while a run goes batch after batch: an error, a hold, somebody who looks; and what else changes such tables."""

from __future__ import annotations

import json
import re
from contextlib import closing
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from dsr.lifecycle import State
from dsr.models import Job, KeptRecord, PlanStep, Shop, SubjectRequest
from dsr.records import RecordKey
from dsr.sources.sql_batches import AT_ONCE
from dsr.workflow import finishing, holds
from dsr.workflow.actors import COMMAND
from dsr.workflow.corrections import Asked
from tests.correcting import conftest as correcting
from tests.erasing.conftest import carry_out, wish
from tests.erasing.halving_shop import (
    EACH,
    LINES,
    connect,
    end_of,
    left_of,
    make_shop,
    newcomer,
    rows,
    step_of,
    told,
)
from tests.mariadb import connected, run
from tests.workflow.test_erasure_plans import GOING, KEEPING

LATE = 2 * EACH + 115
"""A line of the second person's, in the midst of the second batch of lines."""
SIGNAL = "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'Rosalind stays'"
REFUSING = f"""
CREATE TRIGGER refuses BEFORE DELETE ON order_lines FOR EACH ROW
IF OLD.id = {LATE} THEN {SIGNAL}; END IF
"""


@pytest.fixture
def done(shop: Shop, mariadb_url: str, owner: User) -> SubjectRequest:
    """The first of some people, erased."""
    make_shop(mariadb_url, "MyISAM")
    connect(shop, mariadb_url, timezone.now())
    return carry_out(wish(shop, owner, timezone.now(), who=newcomer(mariadb_url, 1)), owner, timezone.now())


@pytest.fixture
def stopped(done: SubjectRequest, mariadb_url: str, owner: User) -> SubjectRequest:
    """The second, of whom the run has done the first batch of lines, and the second in part."""
    run(mariadb_url, REFUSING)
    asked = wish(done.shop, owner, timezone.now(), who=newcomer(mariadb_url, 2))
    carry_out(asked, owner, timezone.now())
    run(mariadb_url, "DROP TRIGGER refuses")
    return asked


def text(page: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def command(name: str, *options: str) -> dict[str, Any]:
    out = StringIO()
    call_command(name, *options, stdout=out, stderr=StringIO())
    said: dict[str, Any] = json.loads(out.getvalue())
    return said


def test_run_when_a_batch_fails_half_way_then_says_how_far_it_came_and_goes_on_later(
    stopped: SubjectRequest, done: SubjectRequest, mariadb_url: str
) -> None:
    step = step_of(stopped)
    assert (stopped.state, step.state) == (State.FULFILLING, PlanStep.State.FAILED)
    assert (step.progress["of"], step.counts) == (194, {"delete": step.progress["done"]})
    assert 0 < step.progress["done"] < 194
    assert f"{step.progress['done']} of 194 records of shop were done before that and stay done." in step.error_text
    assert "records of this batch may be changed already." in step.error_text
    assert "Rosalind" not in step.error_text + Job.objects.get(subject_request=stopped, kind="erase").error_text
    assert 0 < len(left_of(mariadb_url, 2)["order_lines"]) < LINES - AT_ONCE

    end_of(stopped)

    assert told(stopped) == told(done)
    assert left_of(mariadb_url, 2) == left_of(mariadb_url, 1)


def test_run_when_it_stopped_between_batches_then_screen_and_terminal_say_how_far_it_is(
    stopped: SubjectRequest, owner: User, client: Client
) -> None:
    client.force_login(owner)
    progress = step_of(stopped).progress

    page = text(client.get(f"/staff/requests/{stopped.reference}/plan/"))
    (step,) = command("show_request", stopped.reference)["run"]

    assert f"{progress['done']} of 194 records done, {progress['batches']} batches left" in page
    assert (step["source"], step["state"], step["records_done"], step["records"]) == (
        "shop",
        "failed",
        progress["done"],
        194,
    )


def test_plan_when_tables_take_nothing_back_then_says_that_it_is_done_in_batches(
    done: SubjectRequest, mariadb_url: str, owner: User, client: Client
) -> None:
    client.force_login(owner)
    asked = wish(done.shop, owner, timezone.now(), who=newcomer(mariadb_url, 2))

    page = text(client.get(f"/staff/requests/{asked.reference}/plan/"))
    said = command("plan_erasure", asked.reference)

    assert said["in_batches"] == {"shop": ["customers", "newsletter", "order_lines", "orders", "visits"]}
    assert "shop takes nothing back of what is done to customers, newsletter, order_lines, orders, visits" in page
    assert "batches of at most 100 records" in page
    run(mariadb_url, ";".join(f"ALTER TABLE {name} ENGINE=InnoDB" for name in said["in_batches"]["shop"]))
    assert command("plan_erasure", asked.reference)["in_batches"] == {}
    assert "takes nothing back" not in text(client.get(f"/staff/requests/{asked.reference}/plan/"))


def test_hold_when_it_is_placed_between_batches_then_its_record_and_what_it_needs_stay(
    stopped: SubjectRequest, mariadb_url: str
) -> None:
    order = RecordKey("shop", "orders", (("id", 2 * EACH + 1),))
    holds.place(
        stopped,
        source_name="shop",
        collection="orders",
        ground="Court",
        digests=[order.digest],
        actor=COMMAND,
        now=timezone.now(),
    )
    before = left_of(mariadb_url, 2)["orders"][1]
    assert "person2@example.com" in before

    end_of(stopped)

    left = left_of(mariadb_url, 2)
    assert left["orders"][1] == before
    assert left["orders"][0][2:] == (None, None, None, None, "engraved: [erased]")
    (shell,) = left["customers"]  # The order that nobody may change leads to it.
    assert "erson 2" not in str(shell)
    assert (left["order_lines"], left["visits"]) == ([], [])
    assert KeptRecord.objects.filter(subject_request=stopped, rule="legal-hold").count() == 1


def test_hold_when_it_is_placed_on_a_record_that_is_done_then_the_letter_still_says_deleted(
    stopped: SubjectRequest, done: SubjectRequest, mariadb_url: str
) -> None:
    line = RecordKey("shop", "order_lines", (("id", 2 * EACH + 1),))
    holds.place(
        stopped, source_name="shop", collection="order_lines", ground="Court", digests=[line.digest], actor=COMMAND,
        now=timezone.now(),
    )  # fmt: skip

    end_of(stopped)

    assert told(stopped) == told(done)
    assert left_of(mariadb_url, 2) == left_of(mariadb_url, 1)


def test_order_when_it_comes_between_batches_then_is_kept_and_what_is_left_is_done(
    stopped: SubjectRequest, mariadb_url: str
) -> None:
    base = 2 * EACH
    run(
        mariadb_url,
        f"INSERT INTO orders VALUES ({base} + 2, {base}, 'person2@example.com', 7, '2026-01-01', 'new', NULL)",
    )

    end_of(stopped)

    left = left_of(mariadb_url, 2)
    assert [row[:4] for row in left["orders"]] == [(0, None, None, None), (1, None, None, 5), (2, None, None, 7)]
    assert (left["customers"], left["order_lines"], left["visits"]) == ([], [], [])


def test_replay_when_such_a_shop_was_restored_then_erases_again(
    done: SubjectRequest, mariadb_url: str, owner: User
) -> None:
    asked = carry_out(wish(done.shop, owner, timezone.now(), who=newcomer(mariadb_url, 2)), owner, timezone.now())
    assert asked.state == State.FULFILLED
    erased = rows(mariadb_url)
    run(mariadb_url, f"DELETE FROM orders WHERE id BETWEEN {2 * EACH} AND {2 * EACH + 1}")
    newcomer(mariadb_url, 2)
    assert rows(mariadb_url) != erased

    said = command("replay", "small-shop", "--execute")

    assert rows(mariadb_url) == erased
    assert sum(each["records"] for each in said["done"]) == 194
    assert said["refused"] == []


def test_kept_records_when_their_time_is_over_then_go_in_batches_and_what_an_error_stops_waits_for_the_next_night(
    shop: Shop, mariadb_url: str, owner: User
) -> None:
    make_shop(mariadb_url, "MyISAM")
    connect(shop, mariadb_url, timezone.now(), [KEEPING, GOING])
    email, order = newcomer(mariadb_url, 2), 2 * EACH + 1
    run(mariadb_url, f"UPDATE order_lines SET order_id = {order} WHERE order_id = {order - 1}")
    asked = carry_out(wish(shop, owner, timezone.now(), who=email), owner, timezone.now())
    assert KeptRecord.objects.waiting().filter(subject_request=asked, collection="order_lines").count() == LINES
    refusing = REFUSING.replace("BEFORE DELETE", "BEFORE UPDATE")
    run(mariadb_url, refusing)
    late = datetime.fromisoformat("2031-05-06T18:00:00+00:00")

    first = finishing.finish(shop, now=late, execute=True, over_ceiling=True)

    engraved = [row for row in left_of(mariadb_url, 2)["order_lines"] if row[3]]
    assert 0 < len(engraved) < LINES - AT_ONCE
    assert "records of this batch may be changed already." in first.refused["shop"]
    waiting = KeptRecord.objects.waiting().filter(subject_request=asked, collection="order_lines").count()
    assert waiting == len(engraved)
    run(mariadb_url, "DROP TRIGGER refuses")
    second = finishing.finish(shop, now=late, execute=True, over_ceiling=True)
    assert (second.refused, first.total + second.total) == ({}, LINES + 1)
    left = left_of(mariadb_url, 2)
    assert {row[2:] for row in left["order_lines"]} == {(None, None)}
    assert left["orders"][1][1:] == (None, None, None, None, None, None)
    assert not KeptRecord.objects.waiting().filter(subject_request=asked).exists()


def of_mariadb(url: str) -> dict[str, list[tuple[Any, ...]]]:
    found = {}
    with closing(connected(url)) as connection, connection.cursor() as cursor:
        for name in correcting.TABLES:
            cursor.execute(f"SELECT * FROM {name} ORDER BY 1")
            found[name] = list(cursor.fetchall())
    return found


def test_correction_when_a_batch_fails_then_is_carried_on_to_what_it_is_elsewhere(
    shop: Shop, mariadb_url: str, owner: User, now: datetime
) -> None:
    schema = re.sub(r"\btext\b", "varchar(150)", (correcting.HERE / "schema.sql").read_text())
    run(mariadb_url, "SET SESSION default_storage_engine = MyISAM;" + schema.replace("boolean", "tinyint(1)"))
    correcting.connect(shop, mariadb_url, now)
    kind = correcting.Kind
    wanted = correcting.wish(shop, owner, now, Asked(kind.NAME, "King"), Asked(kind.EMAIL, "king@example.com"))
    correcting.accept(wanted, owner, now, 1, "customers", {"last_name": "King"})
    correcting.accept(wanted, owner, now, 2, "customers", {"email": "king@example.com"})
    before = of_mariadb(mariadb_url)
    run(mariadb_url, f"CREATE TRIGGER refuses BEFORE UPDATE ON customers FOR EACH ROW {SIGNAL}")

    correcting.carry_out(wanted, owner, now)

    step, half = step_of(wanted), of_mariadb(mariadb_url)
    assert step.state == PlanStep.State.FAILED
    assert "records of shop were done before that and stay done." in step.error_text
    assert half["customers"] == before["customers"]
    assert half != before
    run(mariadb_url, "DROP TRIGGER refuses")
    end_of(wanted)
    after = of_mariadb(mariadb_url)
    assert "King" in after["customers"][0]
    assert "king@example.com" in after["customers"][0]
    assert [len(after[name]) for name in after] == [len(before[name]) for name in before]
    assert step_of(wanted).counts == {"correct": step_of(wanted).progress["of"]}


def test_run_when_only_some_tables_know_transactions_then_ends_as_where_none_does(
    done: SubjectRequest, mariadb_url: str, owner: User
) -> None:
    run(
        mariadb_url,
        "ALTER TABLE customers ENGINE=InnoDB; ALTER TABLE orders ENGINE=InnoDB;"
        "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers (id)",
    )
    run(mariadb_url, REFUSING)
    asked = wish(done.shop, owner, timezone.now(), who=newcomer(mariadb_url, 2))
    assert command("plan_erasure", asked.reference)["in_batches"] == {"shop": ["newsletter", "order_lines", "visits"]}
    carry_out(asked, owner, timezone.now())
    assert 0 < len(left_of(mariadb_url, 2)["order_lines"]) < LINES - AT_ONCE
    run(mariadb_url, "DROP TRIGGER refuses")

    end_of(asked)

    assert told(asked) == told(done)
    assert left_of(mariadb_url, 2) == left_of(mariadb_url, 1)
