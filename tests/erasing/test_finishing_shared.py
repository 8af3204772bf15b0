"""A record of two people goes when both were erased: also when what the first had of it is over already."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import User

from dsr.models import KeptRecord, Shop, Source
from dsr.records import Identity, IdentityKind, RecordKey
from dsr.workflow import finishing
from tests.erasing.conftest import carry_out, change, rows, wish
from tests.erasing.test_finishing import MUCH_LATER, THE_DAY_AFTER

CLEO = Identity(IdentityKind.EMAIL, "cleo@example.net")
DIGEST = RecordKey("shop", "gifts", (("id", 1000),)).digest
GIFT = (1000, 10, "Cleo Gift", "cleo@example.net")


def gift_of_a_finished_order(shop: Shop, url: str, owner: User, now: datetime) -> None:
    """Ada was erased, and the order whose gift is Cleo's has been emptied at its time."""
    carry_out(wish(shop, owner, now), owner, now)
    assert finishing.finish(shop, now=THE_DAY_AFTER, execute=True).erased["shop", "orders"] == 1
    assert rows(url)["orders"][0] == (10, *(None,) * 5)
    assert rows(url)["gifts"][0] == GIFT


def test_shared_record_when_its_first_owners_record_was_emptied_at_its_time_then_goes_with_the_second(
    connected: Source, url: str, owner: User, now: datetime
) -> None:
    shop = connected.shop
    gift_of_a_finished_order(shop, url, owner, now)
    later = now + timedelta(days=1)
    carry_out(wish(shop, owner, later, CLEO), owner, later)

    done = finishing.finish(shop, now=THE_DAY_AFTER + timedelta(days=1), execute=True)

    assert done.refused == {}
    assert [row[0] for row in rows(url)["gifts"]] == [2000]
    assert {each.digest for each in KeptRecord.objects.filter(collection="gifts", state="finished")} == {DIGEST}


def test_shared_record_when_the_emptied_number_was_given_to_somebody_else_then_stays_for_them(
    connected: Source, url: str, owner: User, now: datetime
) -> None:
    shop = connected.shop
    gift_of_a_finished_order(shop, url, owner, now)
    later = now + timedelta(days=1)
    carry_out(wish(shop, owner, later, CLEO), owner, later)
    change(url, "UPDATE orders SET customer_id = 2, placed_on = '2027-01-01' WHERE id = 10")

    finishing.finish(shop, now=MUCH_LATER, execute=True)

    assert rows(url)["gifts"][0] == GIFT
