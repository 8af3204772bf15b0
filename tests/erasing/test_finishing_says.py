"""What a night did is said once and as it was done: also by the next one, and also of what was only emptied."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from dsr.models import AuditEntry, KeptRecord, Notice, Shop, SubjectRequest
from dsr.workflow import finishing, finishing_notes, finishing_run, letters
from tests.erasing.conftest import carry_out, change, connect_for_writing, rows, wish
from tests.erasing.test_finishing import MUCH_LATER, THE_DAY_AFTER
from tests.erasing.test_recipients import CARRIER
from tests.promising import promise
from tests.workflow.test_erasure_plans import GOING, KEEPING

WHOLE: dict[str, Any] = {**KEEPING, "at_once": []}
UNDELIVERED = {
    "key": "undelivered", "record_class": "order", "until_fact": "ordered_on", "blocks": ["order", "order_line"],
}  # fmt: skip


def said(asked: SubjectRequest) -> list[tuple[str, int, str]]:
    found = AuditEntry.objects.filter(stream__subject_request=asked, action="record.finished")
    return sorted((each.facts["collection"], each.facts["records"], each.facts["action"]) for each in found)


class Killed(BaseException):
    """What ends a night as a power cut does: nothing of ours catches it."""


def killed_night(shop: Shop, monkeypatch: pytest.MonkeyPatch, place: tuple[object, str]) -> None:
    def end(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(*place, end)
        finishing.finish(shop, now=THE_DAY_AFTER, execute=True)


@pytest.mark.parametrize("then", ["delete", "anonymise"])
@pytest.mark.parametrize("blockers", [[], [UNDELIVERED]])
@pytest.mark.parametrize("place", ["_note", "_tell"])
def test_night_when_it_was_killed_after_the_change_then_the_next_says_once_what_it_did(
    shop: Shop, url: str, owner: User, now: datetime, monkeypatch: pytest.MonkeyPatch, then: str, place: str,
    blockers: list[dict[str, Any]],
) -> None:  # fmt: skip
    change(url, "DELETE FROM gifts WHERE order_id = 10", "UPDATE orders SET placed_on = '2026-01-05' WHERE id = 11")
    connect_for_writing(shop, url, now)
    promise(shop, now, retention=[{**WHOLE, "then": then}, GOING], blockers=blockers, recipients=[CARRIER])
    asked = carry_out(wish(shop, owner, now), owner, now)
    assert asked.recipient_instructions.update(state="answered", answer="done", answered_at=now) == 1
    killed_night(shop, monkeypatch, (finishing_notes, place))
    after = rows(url)
    assert [row[0] for row in after["orders"] if row[3] is None] == ([10] if then == "anonymise" else [])
    assert (said(asked), Notice.objects.filter(kind="finished").count()) == ([], 0)

    reports = [finishing.finish(shop, now=THE_DAY_AFTER + timedelta(days=day), execute=True) for day in range(3)]

    assert [each.total for each in reports] == [3, 0, 0]
    assert [each.refused for each in reports] == [{}] * 3
    assert said(asked) == [("order_lines", 2, then), ("orders", 1, then)]
    assert Notice.objects.filter(kind="finished").count() == 1
    assert list(asked.recipient_instructions.values_list("recipient", "number")) == [("carrier", 1), ("carrier", 2)]
    assert rows(url) == after
    assert not KeptRecord.objects.waiting().filter(until__lt=THE_DAY_AFTER.date()).exists()


def test_night_when_it_was_killed_before_the_change_then_the_next_does_it(
    shop: Shop, url: str, owner: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_for_writing(shop, url, now)
    promise(shop, now, retention=[WHOLE, GOING])
    asked = carry_out(wish(shop, owner, now), owner, now)
    before = rows(url)
    killed_night(shop, monkeypatch, (finishing_run, "_applied"))
    assert (rows(url), said(asked)) == (before, [])
    assert KeptRecord.objects.waiting().exclude(intent=None).count() == 3

    assert finishing.finish(shop, now=THE_DAY_AFTER, execute=True).total == 3

    assert rows(url) != before
    assert said(asked) == [("order_lines", 2, "anonymise"), ("orders", 1, "anonymise")]


LINES = {**WHOLE, "key": "lines", "record_classes": ["order_line"], "then": "delete", "keep": {"years": 9}}
ORDERS = {**WHOLE, "record_classes": ["order"], "then": "delete"}
TWO_YEARS_LATER = THE_DAY_AFTER + timedelta(days=366 * 2)


def test_order_when_lines_that_stay_need_it_then_is_said_to_be_emptied_and_goes_with_the_last_of_them(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    change(url, "DELETE FROM gifts WHERE order_id = 10")
    connect_for_writing(shop, url, now)
    promise(shop, now, retention=[ORDERS, LINES, GOING])
    asked = carry_out(wish(shop, owner, now), owner, now)
    assert rows(url)["orders"][0][5] == "Paid with 4111 1111 1111 1111, called back"
    assert dict(finishing.finish(shop, now=THE_DAY_AFTER, execute=False).emptied) == {("shop", "orders"): 1}

    done = finishing.finish(shop, now=THE_DAY_AFTER, execute=True)

    assert (dict(done.erased), dict(done.emptied)) == ({}, {("shop", "orders"): 1})
    assert rows(url)["orders"][0] == (10, *(None,) * 5)
    assert said(asked) == [("orders", 1, "anonymise")]
    assert letters.letter_of(asked, today=THE_DAY_AFTER.date()).erased_since == 1
    again = finishing.finish(shop, now=THE_DAY_AFTER + timedelta(days=1), execute=True)
    assert (again.total, again.refused, again.stays["shop", "orders"]) == (0, {}, 2)

    ended = finishing.finish(shop, now=TWO_YEARS_LATER, execute=True)
    assert dict(ended.erased) == {("shop", "orders"): 1, ("shop", "order_lines"): 2}
    assert [row[0] for row in rows(url)["orders"]] == [11, 20]
    assert ("orders", 1, "delete") in said(asked)
    assert Notice.objects.filter(kind="finished").count() == 2
    assert letters.letter_of(asked, today=TWO_YEARS_LATER.date()).erased_since == 3


def test_emptied_order_when_a_night_was_killed_then_is_an_emptied_one_the_next_night(
    shop: Shop, url: str, owner: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(url, "DELETE FROM gifts WHERE order_id = 10")
    connect_for_writing(shop, url, now)
    promise(shop, now, retention=[ORDERS, LINES, GOING])
    asked = carry_out(wish(shop, owner, now), owner, now)
    killed_night(shop, monkeypatch, (finishing_notes, "_note"))
    assert rows(url)["orders"][0] == (10, *(None,) * 5)

    done = finishing.finish(shop, now=THE_DAY_AFTER, execute=True)

    assert (dict(done.erased), dict(done.emptied)) == ({}, {("shop", "orders"): 1})
    assert said(asked) == [("orders", 1, "anonymise")]
    finishing.finish(shop, now=TWO_YEARS_LATER, execute=True)
    assert [row[0] for row in rows(url)["orders"]] == [11, 20]


def test_emptied_order_when_its_number_is_given_to_somebody_else_then_is_left_to_them(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    change(url, "DELETE FROM gifts WHERE order_id = 10")
    connect_for_writing(shop, url, now)
    promise(shop, now, retention=[ORDERS, LINES, GOING])
    carry_out(wish(shop, owner, now), owner, now)
    finishing.finish(shop, now=THE_DAY_AFTER, execute=True)
    change(url, "UPDATE orders SET customer_id = 2, note = 'Bela again' WHERE id = 10")
    before = rows(url)["orders"]

    done = finishing.finish(shop, now=MUCH_LATER, execute=True)

    assert done.given_away["shop", "orders"] == 1
    assert rows(url)["orders"][0] == before[0]
