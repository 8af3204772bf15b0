"""What was kept goes when its time is over: the same plan, run and proof, every night, and never more than is likely."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from pytest_django import Settings

from dsr.models import AuditEntry, KeptRecord, Notice, Shop, Source, SubjectRequest
from dsr.records import Identity, IdentityKind
from dsr.workflow import finishing
from tests.erasing.conftest import carry_out, change, connect_for_writing, rows, wish
from tests.promising import promise
from tests.workflow.test_erasure_plans import GOING, KEEPING

ON_THE_DAY = datetime.fromisoformat("2027-02-01T18:00:00+00:00")
THE_DAY_AFTER = datetime.fromisoformat("2027-02-02T18:00:00+00:00")
MUCH_LATER = datetime.fromisoformat("2033-11-02T18:00:00+00:00")


@pytest.fixture
def erased(wanted: SubjectRequest, owner: User, now: datetime) -> SubjectRequest:
    return carry_out(wanted, owner, now)


def waiting() -> list[tuple[str, str]]:
    return sorted(KeptRecord.objects.waiting().values_list("collection", "rule"))


def test_kept_records_when_their_last_day_is_over_then_are_made_anonymous_and_not_a_day_before(
    erased: SubjectRequest, url: str
) -> None:
    before = rows(url)

    early = finishing.finish(erased.shop, now=ON_THE_DAY, execute=True)
    assert (early.total, rows(url)) == (0, before)
    dry = finishing.finish(erased.shop, now=THE_DAY_AFTER, execute=False)
    assert (dry.total, rows(url)) == (3, before)

    done = finishing.finish(erased.shop, now=THE_DAY_AFTER, execute=True)

    after = rows(url)
    assert dict(done.erased) == {("shop", "orders"): 1, ("shop", "order_lines"): 2}
    assert (done.refused, dict(done.gone)) == ({}, {})
    assert after["orders"][0][:1] == (10,)
    assert after["orders"][0][1:] == (None, None, None, None, None)
    assert after["orders"][1:] == before["orders"][1:]
    assert [row for row in after["order_lines"] if row[1] != 10] == [
        row for row in before["order_lines"] if row[1] != 10
    ]
    assert [row[2:] for row in after["order_lines"] if row[1] == 10] == [(None, None), (None, None)]
    assert waiting() == [("gifts", "shared-record")] * 2 + [("order_lines", "purchases"), ("orders", "purchases")]


def test_person_when_something_that_was_kept_is_erased_then_gets_a_line_about_it(erased: SubjectRequest) -> None:
    finishing.finish(erased.shop, now=THE_DAY_AFTER, execute=True)

    assert Notice.objects.filter(subject_request=erased, kind="finished").count() == 1
    said = AuditEntry.objects.filter(stream__subject_request=erased, action="record.finished")
    assert sorted((each.facts["collection"], each.facts["records"]) for each in said) == [
        ("order_lines", 2),
        ("orders", 1),
    ]


def test_finishing_when_done_twice_then_changes_nothing_the_second_time(erased: SubjectRequest, url: str) -> None:
    finishing.finish(erased.shop, now=THE_DAY_AFTER, execute=True)
    before = rows(url)

    again = finishing.finish(erased.shop, now=THE_DAY_AFTER, execute=True)

    assert (again.total, rows(url)) == (0, before)
    assert Notice.objects.filter(kind="finished").count() == 1


def test_shared_record_when_its_last_other_owner_is_erased_then_goes(
    erased: SubjectRequest, shop: Shop, owner: User, now: datetime, url: str
) -> None:
    assert finishing.finish(shop, now=now, execute=True).total == 0
    # The gift that Ada sent to Cleo: it names Cleo, who asks for erasure herself now.
    cleo = wish(shop, owner, now + timedelta(days=1), who=Identity(IdentityKind.EMAIL, "cleo@example.net"))
    carry_out(cleo, owner, now + timedelta(days=1))

    finishing.finish(shop, now=now + timedelta(days=2), execute=True)

    assert [row for row in rows(url)["gifts"] if row[0] == 1000] == []
    assert [row[0] for row in rows(url)["gifts"]] == [2000]


def test_blocker_when_it_has_ended_then_the_rest_of_the_plan_is_carried_out(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    connect_for_writing(shop, url, now)
    # An order without its day is not delivered yet: everything about it waits.
    change(url, "UPDATE orders SET placed_on = NULL WHERE id = 11")
    blocker = {
        "key": "undelivered",
        "record_class": "order",
        "until_fact": "ordered_on",
        "blocks": ["order", "order_line"],
    }
    promise(shop, now, retention=[KEEPING, GOING], blockers=[blocker])
    carry_out(wish(shop, owner, now), owner, now)
    assert {each[1] for each in waiting() if each[0] == "orders"} == {"undelivered"}
    assert rows(url)["orders"][1][2] == "ADA@example.com"
    assert finishing.finish(shop, now=now, execute=True).moved_on == {}

    change(url, "UPDATE orders SET placed_on = '2025-05-05' WHERE id = 11")
    done = finishing.finish(shop, now=now, execute=True)

    assert dict(done.moved_on) == {("shop", "orders"): 2, ("shop", "order_lines"): 3}
    assert rows(url)["orders"][1][2] is None
    assert {each[1] for each in waiting() if each[0] == "orders"} == {"purchases"}
    assert KeptRecord.objects.filter(collection="orders", until="2032-05-05").count() == 1

    ended = finishing.finish(shop, now=MUCH_LATER, execute=True)

    assert (dict(ended.erased), ended.given_away.total()) == ({("shop", "orders"): 2, ("shop", "order_lines"): 3}, 0)
    assert [row[1:] for row in rows(url)["orders"][:2]] == [(None,) * 5] * 2


@pytest.fixture
def much(connected: Source, url: str, owner: User, now: datetime) -> SubjectRequest:
    """Ada's erasure: one of her orders has 27 of the table's 29 lines, which stay until the same day."""
    change(url, "INSERT INTO order_lines SELECT 1000 + n, 10, 'Bead', 'for Ada' FROM generate_series(1, 25) n")
    return carry_out(wish(connected.shop, owner, now), owner, now)


def test_finishing_when_it_would_take_too_much_of_a_table_then_stops_and_says_what_to_do(
    much: SubjectRequest, url: str
) -> None:
    before = rows(url)

    asked = finishing.finish(much.shop, now=THE_DAY_AFTER, execute=True)

    assert (
        "27 of 29 rows of 'order_lines' would be erased in one night, more than 5 % of a table" in asked.refused["shop"]
    )
    assert "run finish_due_erasures --execute --over-ceiling" in asked.refused["shop"]
    assert (asked.total, rows(url)) == (0, before)
    out = StringIO()
    call_command("finish_due_erasures", much.shop.slug, "--execute", "--over-ceiling", stdout=out)
    assert json.loads(out.getvalue())["shops"][much.shop.slug]["refused"] == {}


@pytest.mark.parametrize(("percent", "erased"), [(93, 0), (94, 28)])
def test_finishing_when_the_setting_allows_more_of_a_table_then_goes_on(
    much: SubjectRequest, settings: Settings, percent: int, erased: int
) -> None:
    settings.DSR_MOST_FINISHED_PERCENT = percent

    assert finishing.finish(much.shop, now=THE_DAY_AFTER, execute=True).total == erased


def test_command_when_asked_then_says_what_it_would_do_and_does_it_only_when_told_to(
    erased: SubjectRequest, url: str
) -> None:
    before, out = rows(url), StringIO()

    call_command("finish_due_erasures", erased.shop.slug, stdout=out)

    assert json.loads(out.getvalue())["executed"] is False
    assert rows(url) == before
