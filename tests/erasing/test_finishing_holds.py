"""A hold keeps what would go, by night as by day; when it has ended or is lifted, the next night takes up what it had delayed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from dsr.ledger import LedgerProblem
from dsr.models import Hold, KeptRecord, SubjectRequest
from dsr.workflow import finishing, holds, ledgers
from dsr.workflow.actors import COMMAND, staff
from dsr.workflow.holds import HoldRefused
from tests.erasing.conftest import carry_out, change, rows
from tests.erasing.test_finishing import THE_DAY_AFTER, erased  # noqa: F401  (a fixture)

LAST_DAY = date(2027, 3, 1)


def noon(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 18, tzinfo=UTC)


def hold(asked: SubjectRequest, owner: User, now: datetime, collection: str, until: date | None = None) -> list[Hold]:
    return holds.place(
        asked, source_name="shop", collection=collection, ground="Case 7", until=until, actor=staff(owner), now=now
    )


def rules() -> set[str]:
    return set(KeptRecord.objects.waiting().filter(collection="orders").values_list("rule", flat=True))


def test_kept_record_when_a_hold_came_meanwhile_then_stays_until_it_is_lifted(
    erased: SubjectRequest,  # noqa: F811
    owner: User,
    now: datetime,
    url: str,
) -> None:
    placed = hold(erased, owner, now, "orders")
    before = rows(url)["orders"]

    held = finishing.finish(erased.shop, now=THE_DAY_AFTER, execute=True)

    assert dict(held.erased) == {("shop", "order_lines"): 2}
    assert (rows(url)["orders"], rules()) == (before, {"purchases"})
    holds.lift(placed, actor=COMMAND, now=now)
    assert dict(finishing.finish(erased.shop, now=THE_DAY_AFTER, execute=True).erased) == {("shop", "orders"): 1}


def test_kept_record_when_a_hold_has_a_last_day_then_stays_through_it_and_goes_the_night_after(
    erased: SubjectRequest,  # noqa: F811
    owner: User,
    now: datetime,
    url: str,
) -> None:
    hold(erased, owner, now, "orders", LAST_DAY)
    before = rows(url)["orders"]

    for night in (noon(2027, 2, 2), noon(2027, 3, 1)):
        finishing.finish(erased.shop, now=night, execute=True)
        assert rows(url)["orders"] == before

    assert dict(finishing.finish(erased.shop, now=noon(2027, 3, 2), execute=True).erased) == {("shop", "orders"): 1}
    assert rows(url)["orders"][0][1:] == (None,) * 5


@pytest.mark.parametrize("is_lifted", [True, False])
def test_record_when_it_was_held_before_the_erasure_then_goes_once_the_hold_is_lifted_or_has_ended(
    wanted: SubjectRequest, owner: User, now: datetime, url: str, *, is_lifted: bool
) -> None:
    placed = hold(wanted, owner, now, "newsletter", LAST_DAY)
    carry_out(wanted, owner, now)
    kept = KeptRecord.objects.get(collection="newsletter")
    assert (kept.rule, kept.until) == ("legal-hold", LAST_DAY)
    assert finishing.finish(wanted.shop, now=now + timedelta(days=1), execute=True).total == 0

    if is_lifted:
        holds.lift(placed, actor=COMMAND, now=now)
    night = now + timedelta(days=2) if is_lifted else noon(2027, 3, 2)
    done = finishing.finish(wanted.shop, now=night, execute=True)

    assert done.erased["shop", "newsletter"] == 1
    assert [row[0] for row in rows(url)["newsletter"]] == ["bela@example.org"]


@pytest.mark.parametrize("comes_first", [True, False])
def test_shared_record_when_a_hold_on_it_is_lifted_then_stays_for_the_other_person(
    wanted: SubjectRequest, owner: User, now: datetime, url: str, *, comes_first: bool
) -> None:
    placed = hold(wanted, owner, now, "gifts") if comes_first else []
    carry_out(wanted, owner, now)
    placed = placed or hold(wanted, owner, now, "gifts")
    finishing.finish(wanted.shop, now=now + timedelta(days=1), execute=True)
    before = rows(url)["gifts"]
    assert {row[2] for row in before} == {"Cleo Gift", "Dora Gift"}

    holds.lift(placed, actor=COMMAND, now=now)
    for days in (2, 3):
        assert finishing.finish(wanted.shop, now=now + timedelta(days=days), execute=True).total == 0

    assert rows(url)["gifts"] == before
    assert set(KeptRecord.objects.waiting().filter(collection="gifts").values_list("rule", flat=True)) == {
        "shared-record"
    }


def test_held_record_when_the_date_it_counted_from_is_lost_then_is_not_even_written_down_as_gone(
    erased: SubjectRequest,  # noqa: F811
    owner: User,
    now: datetime,
    url: str,
) -> None:
    hold(erased, owner, now, "orders", LAST_DAY)
    change(url, "UPDATE orders SET placed_on = NULL WHERE id = 10")
    before = rows(url)["orders"]

    done = finishing.finish(erased.shop, now=THE_DAY_AFTER, execute=True)

    assert done.erased["shop", "orders"] == 0
    assert rows(url)["orders"] == before
    assert [each for each in written_down() if each[0] == "orders"] == []


def written_down() -> list[tuple[str, str]]:
    """Collection and action of every row that the nightly job announced in the ledger."""
    numbers = set(KeptRecord.objects.exclude(intent=None).values_list("intent", flat=True))
    found = [(row.key.collection, row.action.value) for number in numbers for row in ledgers.rows_of(number)]
    if not found:
        raise LedgerProblem("Nothing was announced, so nothing is proved.")
    return found


def test_hold_when_its_last_day_has_passed_already_then_is_refused(
    wanted: SubjectRequest, owner: User, now: datetime
) -> None:
    with pytest.raises(HoldRefused, match="2026-01-05 has passed"):
        hold(wanted, owner, now, "newsletter", now.date() - timedelta(days=1))

    assert len(hold(wanted, owner, now, "newsletter", now.date())) == 1
