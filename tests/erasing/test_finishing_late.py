"""What came after an erasure and hangs on what it left holds up what is open, and goes with it by its own rule, or is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from dsr.lifecycle import State
from dsr.models import KeptRecord, Shop, Source, SubjectRequest
from dsr.workflow import connections, finishing
from dsr.workflow.actors import COMMAND
from tests.erasing.conftest import SMALL_SHOP, Rows, carry_out, change, connect_for_writing, rows, wish
from tests.erasing.test_finishing import THE_DAY_AFTER
from tests.promising import promise
from tests.workflow.test_erasure_plans import GOING, KEEPING

RETURNS = """
      - name: returns
        fields:
          - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
          - name: order_id
            data_categories: [system.operations]
            fides_meta: {data_type: integer, references: [{dataset: small_shop, field: orders.id, direction: from}]}
          - {name: closed_on, data_categories: [user.behavior], fides_meta: {data_type: string}}
          - {name: why, data_categories: [user.content], fides_meta: {data_type: string}}
"""
OVERLAY = "  returns: {record_class: return, ownership: attached, facts: {closed_on: closed_on}}\n"
OPEN = {
    "key": "open_return", "record_class": "return", "until_fact": "closed_on",
    "blocks": ["order", "order_line", "return", "account"],
}  # fmt: skip
WITH_RETURNS: dict[str, Any] = {**KEEPING, "record_classes": ["order", "order_line", "return"]}
TABLES = ("orders", "order_lines", "returns")


def connect_with_returns(shop: Shop, url: str, now: datetime, *retention: dict[str, Any]) -> None:
    """The small shop with a table of returns, whose rules these are."""
    source = connect_for_writing(shop, url, now)
    promise(shop, now, retention=[*retention, GOING], blockers=[OPEN])
    describe_returns(source, url, now)


def describe_returns(source: Source, url: str, now: datetime) -> None:
    change(
        url,
        "CREATE TABLE returns (id integer PRIMARY KEY, order_id integer REFERENCES orders (id), closed_on date, why text)",
        "CREATE INDEX ON returns (order_id)",
    )
    connections.change_source(
        source, dataset_text=(SMALL_SHOP / "shop.yaml").read_text().rstrip() + RETURNS, dataset_name="shop.yaml",
        overlay_text=(SMALL_SHOP / "shop.dsr.yaml").read_text() + OVERLAY, overlay_name="shop.dsr.yaml", actor=COMMAND, now=now,
    )  # fmt: skip


def held(url: str) -> Rows:
    return rows(url, TABLES)


@pytest.fixture
def erased(shop: Shop, url: str, owner: User, now: datetime) -> SubjectRequest:
    """Ada's erasure, by a shop that keeps purchases and their returns."""
    connect_with_returns(shop, url, now, WITH_RETURNS)
    asked = carry_out(wish(shop, owner, now), owner, now)
    assert asked.state == State.FULFILLED
    return asked


def test_order_when_a_return_was_opened_since_then_stays_until_that_is_closed_and_takes_it_along(
    erased: SubjectRequest, url: str
) -> None:
    change(url, "INSERT INTO returns VALUES (1, 10, NULL, 'Scratched, says Ada')")
    before = held(url)

    for _ in range(2):
        waits = finishing.finish(erased.shop, now=THE_DAY_AFTER, execute=True)
        assert (waits.total, dict(waits.moved_on), waits.refused, held(url)) == (0, {}, {}, before)
    assert finishing.finish(erased.shop, now=THE_DAY_AFTER, execute=False).total == 0

    change(url, "UPDATE returns SET closed_on = '2027-02-02' WHERE id = 1")
    done = finishing.finish(erased.shop, now=THE_DAY_AFTER + timedelta(days=1), execute=True)

    expected = {("shop", "orders"): 1, ("shop", "order_lines"): 2, ("shop", "returns"): 1}
    assert (dict(done.erased), done.refused) == (expected, {})
    assert held(url)["returns"] == [(1, 10, None, None)]
    assert held(url)["orders"][0] == (10, *(None,) * 5)


def test_return_that_came_since_when_nobody_looked_yet_then_goes_with_its_order_the_same_night(
    erased: SubjectRequest, url: str
) -> None:
    change(
        url,
        "INSERT INTO returns VALUES (1, 10, '2026-05-05', 'Scratched, says Ada'), (2, 20, '2026-05-05', 'Bela too')",
    )
    bela = held(url)["returns"][1]
    wanted = finishing.finish(erased.shop, now=THE_DAY_AFTER, execute=False)
    assert wanted.erased["shop", "returns"] == 1
    assert KeptRecord.objects.filter(collection="returns").count() == 0

    finishing.finish(erased.shop, now=THE_DAY_AFTER, execute=True)

    assert held(url)["returns"] == [(1, 10, None, None), bela]


def test_return_that_came_since_when_its_class_stays_longer_then_stays_for_its_own_time(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    returns = {
        **KEEPING, "key": "returns", "record_classes": ["return"], "keep": {"years": 3}, "from_facts": ["closed_on"],
        "at_once": [],
    }  # fmt: skip
    connect_with_returns(shop, url, now, KEEPING, returns)
    carry_out(wish(shop, owner, now), owner, now)
    change(url, "INSERT INTO returns VALUES (1, 10, '2026-05-05', 'Scratched, says Ada')")
    before = held(url)["returns"]

    done = finishing.finish(shop, now=THE_DAY_AFTER, execute=True)

    assert (done.erased["shop", "orders"], held(url)["returns"]) == (1, before)
    assert str(KeptRecord.objects.waiting().get(collection="returns").until) == "2029-05-05"
    later = finishing.finish(shop, now=datetime.fromisoformat("2029-05-06T18:00:00+00:00"), execute=True)
    assert dict(later.erased) == {("shop", "returns"): 1}
    assert held(url)["returns"] == [(1, 10, None, None)]


def test_rows_that_came_since_when_no_rule_names_their_class_then_are_told(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    source = connect_for_writing(shop, url, now)
    carry_out(wish(shop, owner, now), owner, now)
    promise(shop, now + timedelta(days=1), retention=[WITH_RETURNS, GOING])
    describe_returns(source, url, now)
    change(url, "INSERT INTO returns VALUES (1, 10, '2026-05-05', 'Scratched, says Ada')")
    before = held(url)["returns"]

    done = finishing.finish(shop, now=THE_DAY_AFTER, execute=True)

    assert (
        "1 of 'returns' were left as they are: The policy of Small Shop has no retention rule" in done.refused["shop"]
    )
    assert held(url)["returns"] == before


def test_returns_that_the_erasure_emptied_at_once_when_its_order_ends_then_hold_up_nothing_and_are_not_told_again(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    at_once = {"key": "returns", "record_classes": ["return"], "then": "anonymise"}
    connect_with_returns(shop, url, now, KEEPING, at_once)
    change(url, "INSERT INTO returns VALUES (1, 10, '2021-05-05', 'Scratched, says Ada')")
    carry_out(wish(shop, owner, now), owner, now)
    assert held(url)["returns"] == [(1, 10, None, None)]

    done = finishing.finish(shop, now=THE_DAY_AFTER, execute=True)

    assert dict(done.erased) == {("shop", "orders"): 1, ("shop", "order_lines"): 2}
    assert not KeptRecord.objects.filter(collection="returns").exists()


def test_order_that_came_since_on_a_kept_account_when_that_ends_then_is_left_and_told(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    overlay = (
        (SMALL_SHOP / "shop.dsr.yaml")
        .read_text()
        .replace("customers: {", "customers: {facts: {ordered_on: joined_at}, ")
    )
    account = {**KEEPING, "record_classes": ["account", "order", "order_line"]}
    connect_for_writing(shop, url, now, overlay_text=overlay)
    promise(shop, now, retention=[account, {**GOING, "record_classes": ["gift_recipient", "newsletter_subscription"]}])
    carry_out(wish(shop, owner, now), owner, now)
    assert rows(url)["customers"][0][4] == "pbkdf2$secret-of-ada"
    change(url, "INSERT INTO orders VALUES (12, 1, NULL, 7, '2027-01-20', 'Came back')")
    before = rows(url)["orders"]

    done = finishing.finish(shop, now=THE_DAY_AFTER, execute=True)

    assert "1 of 'orders' came after the erasure and hang on records that end now" in done.refused["shop"]
    assert rows(url)["orders"][2] == before[2]
    assert rows(url)["customers"][0][4] is None


def test_gift_that_came_since_when_it_names_somebody_else_then_stays_theirs_as_its_order_ends(
    erased: SubjectRequest, url: str
) -> None:
    change(
        url, "INSERT INTO gifts VALUES (3000, 10, 'Bela Bartok', 'bela@example.org'), (3001, 10, 'For Ada alone', NULL)"
    )
    before = rows(url)["gifts"]
    assert [row[0] for row in before] == [1000, 2000, 3000, 3001]

    done = finishing.finish(erased.shop, now=THE_DAY_AFTER, execute=True)

    assert (done.erased["shop", "orders"], done.erased["shop", "gifts"]) == (1, 1)
    assert rows(url)["gifts"] == before[:3]
    assert KeptRecord.objects.waiting().filter(collection="gifts", rule="shared-record").count() == 3
