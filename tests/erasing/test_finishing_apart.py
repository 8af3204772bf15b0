"""One person's trouble at night is nobody else's: equal rows, rows that the shop will not change, rows of two requests."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from dsr.lifecycle import State
from dsr.models import AuditEntry, KeptRecord, Shop, SubjectRequest
from dsr.records import Action
from dsr.workflow import erasure_approval, finishing, kept_rows
from dsr.workflow.actors import staff
from tests.conftest import BELA
from tests.erasing.conftest import SMALL_SHOP, carry_out, change, connect_for_writing, rows, wish
from tests.erasing.test_finishing import MUCH_LATER, THE_DAY_AFTER
from tests.promising import promise
from tests.workflow.test_erasure_plans import GOING, KEEPING

LOGS = """
      - name: logs
        fields:
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
          - {name: page, data_categories: [user.behavior], fides_meta: {data_type: string}}
          - {name: seen_on, data_categories: [user.behavior], fides_meta: {data_type: string}}
"""
OVERLAY = """  logs:
    {record_class: order, subject_class: customer, ownership: owned, keyless: true, facts: {ordered_on: seen_on}}
"""
WHOLE: dict[str, Any] = {**KEEPING, "at_once": []}


def connect_with_logs(shop: Shop, url: str, now: datetime, at_once: list[str], *others: str) -> None:
    """The small shop with a table without a key, in which Ada has a row for each of two spellings of her address."""
    every = ["ada@example.com", *others]
    change(url, "CREATE TABLE logs (email text, page text, seen_on date)")
    for address in every:
        change(url, f"INSERT INTO logs VALUES ('{address}', '/a', '2020-02-01')")
    change(url, "INSERT INTO logs VALUES ('bela@example.org', '/b', '2020-02-01')")
    dataset = (SMALL_SHOP / "shop.yaml").read_text().rstrip() + LOGS
    overlay = (SMALL_SHOP / "shop.dsr.yaml").read_text() + OVERLAY
    connect_for_writing(shop, url, now, dataset_text=dataset, overlay_text=overlay)
    promise(shop, now, retention=[{**KEEPING, "at_once": at_once}, GOING])


def logs(url: str) -> list[tuple[Any, ...]]:
    return sorted(rows(url, ("logs",))["logs"], key=str)


def kept_logs() -> int:
    found = kept_rows.equal_rows(KeptRecord.objects.waiting().filter(collection="logs").select_related("source"))
    return found.total()


@pytest.mark.parametrize("at_once", [[], ["user.contact"]])
@pytest.mark.parametrize("other", ["ada@example.com", "Ada@example.com"])
def test_equal_rows_without_a_key_when_their_time_is_over_then_all_of_them_are_finished(
    shop: Shop, url: str, owner: User, now: datetime, at_once: list[str], other: str
) -> None:
    connect_with_logs(shop, url, now, at_once, other)
    asked = carry_out(wish(shop, owner, now), owner, now)
    assert (asked.state, kept_logs()) == (State.FULFILLED, 2)
    before = logs(url)
    assert sorted(row[1] for row in before) == ["/a", "/a", "/b"]

    done = finishing.finish(shop, now=THE_DAY_AFTER, execute=True)

    assert (done.refused, done.erased["shop", "logs"], done.erased["shop", "orders"]) == ({}, 2, 1)
    assert logs(url) == sorted([(None, None, None)] * 2 + [row for row in before if row[1] == "/b"], key=str)
    assert kept_logs() == 0
    said = AuditEntry.objects.filter(action="record.finished", facts__collection="logs")
    assert [each.facts["records"] for each in said] == [2]
    again = finishing.finish(shop, now=THE_DAY_AFTER + timedelta(days=1), execute=True)
    assert (again.refused, again.total) == ({}, 0)


def test_equal_rows_when_a_strangers_is_among_them_then_they_stay_and_everything_else_is_finished(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    connect_with_logs(shop, url, now, ["user.contact"])
    change(url, "INSERT INTO logs VALUES (NULL, '/a', '2020-02-01')")
    carry_out(wish(shop, owner, now), owner, now)
    carry_out(wish(shop, owner, now, BELA), owner, now)
    before = logs(url)
    assert before.count((None, "/a", date(2020, 2, 1))) == 2

    done = finishing.finish(shop, now=MUCH_LATER, execute=True, over_ceiling=True)

    assert "'logs' has no key, and holds more rows that are equal to kept ones" in done.refused["shop"]
    assert (done.stays["shop", "logs"], done.erased["shop", "logs"], done.erased["shop", "orders"]) == (1, 1, 3)
    assert logs(url).count((None, "/a", date(2020, 2, 1))) == 2
    assert [row[1:] for row in rows(url)["orders"]] == [(None,) * 5] * 3
    change(url, "DELETE FROM logs WHERE ctid IN (SELECT ctid FROM logs WHERE page = '/a' LIMIT 1)")
    assert finishing.finish(shop, now=MUCH_LATER, execute=True).erased["shop", "logs"] == 1


def test_records_when_the_shop_refuses_to_change_one_then_all_others_are_finished_and_it_is_told(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    connect_for_writing(shop, url, now)
    for who in (None, BELA):
        carry_out(wish(shop, owner, now, who) if who else wish(shop, owner, now), owner, now)
    change(
        url,
        "CREATE FUNCTION closed() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''books are closed''; END'",
        "CREATE TRIGGER closing BEFORE UPDATE ON orders FOR EACH ROW WHEN (OLD.id = 20) EXECUTE FUNCTION closed()",
    )
    before = rows(url)["orders"]
    assert before[2][5] == "Bela only"

    done = finishing.finish(shop, now=MUCH_LATER, execute=True)

    assert "1 of 'orders' were left as they are" in done.refused["shop"]
    assert (done.erased["shop", "orders"], done.erased["shop", "order_lines"]) == (2, 4)
    assert rows(url)["orders"] == [(10, *(None,) * 5), (11, *(None,) * 5), before[2]]
    left = KeptRecord.objects.waiting().filter(rule="purchases")
    assert list(left.values_list("collection", flat=True)) == ["orders"]
    change(url, "DROP TRIGGER closing ON orders")
    assert finishing.finish(shop, now=MUCH_LATER, execute=True).erased["shop", "orders"] == 1


def test_records_when_no_mask_fits_one_table_then_the_others_are_finished(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    connect_for_writing(shop, url, now)
    carry_out(wish(shop, owner, now), owner, now)
    change(url, "CREATE TYPE mood AS ENUM ('glad')", "ALTER TABLE orders DROP COLUMN note",
           "ALTER TABLE orders ADD COLUMN note mood NOT NULL DEFAULT 'glad'")  # fmt: skip
    before = rows(url)["orders"]

    done = finishing.finish(shop, now=THE_DAY_AFTER, execute=True)

    assert "No mask fits orders.note" in done.refused["shop"]
    assert dict(done.erased) == {("shop", "order_lines"): 2}
    assert rows(url)["orders"] == before


def ask_twice(shop: Shop, owner: User, now: datetime, *, until: date | None = None) -> list[SubjectRequest]:
    """Two requests of Ada's for the same rows, which stay whole; what the first keeps a colleague keeps until a day."""
    first, second = wish(shop, owner, now), wish(shop, owner, now)
    for collection in ("orders", "order_lines") if until else ():
        erasure_approval.change_outcome(
            first, source=shop.sources.get(), collection=collection, action=Action.KEEP, until=until,
            reason="Under guarantee.", actor=staff(owner), now=now,
        )  # fmt: skip
    return [carry_out(each, owner, now) for each in (first, second)]


def test_records_of_two_requests_when_their_time_is_over_then_each_row_counts_once_and_both_are_told(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    connect_for_writing(shop, url, now)
    promise(shop, now, retention=[WHOLE, GOING])
    asked = ask_twice(shop, owner, now)
    # Order 11 is found by its address alone, also once the account is gone.
    assert KeptRecord.objects.waiting().filter(collection="orders").count() == 3
    assert finishing.finish(shop, now=now, execute=False).stays["shop", "orders"] == 2
    change(url, "DELETE FROM order_lines WHERE id = 110")

    done = finishing.finish(shop, now=MUCH_LATER, execute=True)

    assert dict(done.erased) == {("shop", "orders"): 2, ("shop", "order_lines"): 2}
    assert dict(done.gone) == {("shop", "order_lines"): 1}
    for each, records in zip(asked, (4, 1), strict=True):
        said = AuditEntry.objects.filter(stream__subject_request=each, action="record.finished")
        assert sum(entry.facts["records"] for entry in said) == records


def test_records_of_two_requests_when_one_promises_a_later_day_then_stay_through_that(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    connect_for_writing(shop, url, now)
    promise(shop, now, retention=[WHOLE, GOING])
    ask_twice(shop, owner, now, until=date(2040, 1, 1))
    before = rows(url)
    days = KeptRecord.objects.waiting().filter(collection="orders", until__lt=MUCH_LATER.date())
    assert days.count() == 1

    done = finishing.finish(shop, now=MUCH_LATER, execute=True)
    assert (done.total, rows(url), days.count()) == (0, before, 1)

    ended = finishing.finish(shop, now=datetime.fromisoformat("2040-01-02T18:00:00+00:00"), execute=True)
    assert dict(ended.erased) == {("shop", "orders"): 2, ("shop", "order_lines"): 3}
    assert not KeptRecord.objects.waiting().filter(collection="orders").exists()
