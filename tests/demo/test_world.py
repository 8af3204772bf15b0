from __future__ import annotations

from collections import Counter
from dataclasses import fields
from datetime import date, timedelta
from functools import lru_cache

import pytest

from dsr.demo.holdings import World
from dsr.demo.lives import OLDEST_ORDER_DAYS
from dsr.demo.named_lives import LIVES
from dsr.demo.shops import SHOPS, DemoShop
from dsr.demo.world import build_world

TODAY = date(2026, 11, 23)
every_shop = pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.slug)


@lru_cache(maxsize=16)
def world_of(shop: DemoShop, people: int = 2000, today: date = TODAY) -> World:
    lives = LIVES.get(shop.slug, ())
    return build_world(shop.slug, shop.prefix, people, today, lives, keeps_events=shop.keeps_events)


@every_shop
def test_world_when_built_twice_then_every_row_is_equal(shop: DemoShop) -> None:
    world_of.cache_clear()
    first = world_of(shop, 200)
    world_of.cache_clear()

    assert world_of(shop, 200) == first


@every_shop
def test_world_when_more_people_are_asked_for_then_named_people_have_the_same_rows(shop: DemoShop) -> None:
    few, many = world_of(shop, 0), world_of(shop, 300)

    for kind in fields(World):
        named = getattr(few, kind.name)
        assert getattr(many, kind.name)[: len(named)] == named
    assert len(many.accounts) > len(few.accounts)


@every_shop
def test_world_when_another_day_then_only_moments_move(shop: DemoShop) -> None:
    one, other = world_of(shop, 100), world_of(shop, 100, TODAY + timedelta(days=1))

    assert [order.placed_at + timedelta(days=1) for order in one.orders] == [order.placed_at for order in other.orders]
    assert [order.total for order in one.orders] == [order.total for order in other.orders]


@every_shop
def test_world_when_full_then_orders_are_few_for_most_and_many_for_some(shop: DemoShop) -> None:
    world = world_of(shop)
    orders = Counter(order.owner.id for order in world.orders if not order.is_guest)
    numbers = [orders[account.id] for account in world.accounts]

    assert sum(number <= 3 for number in numbers) / len(numbers) > 0.85
    assert max(numbers) >= 30


@every_shop
def test_world_when_full_then_orders_reach_from_twelve_years_ago_to_yesterday(shop: DemoShop) -> None:
    days = [order.placed_at.date() for order in world_of(shop).orders]

    assert max(days) == TODAY - timedelta(days=1)
    assert TODAY - timedelta(days=OLDEST_ORDER_DAYS) <= min(days) < TODAY - timedelta(days=11 * 365)


@every_shop
def test_world_when_full_then_the_hard_cases_are_there(shop: DemoShop) -> None:
    world = world_of(shop)
    by_email = {account.email.lower(): account for account in world.accounts}
    homes = Counter(account.address.id for account in world.accounts)

    assert any(order.is_guest and order.email.lower() in by_email for order in world.orders)
    assert any(order.is_guest and order.email.lower() not in by_email for order in world.orders)
    assert any(order.is_guest and order.email != order.email.lower() for order in world.orders)
    assert any(account.email != account.email.lower() for account in world.accounts)
    assert any(account.former_email for account in world.accounts)
    assert max(homes.values()) >= 2
    assert any(gift.email and gift.email.lower() in by_email for gift in world.gifts)
    assert any(gift.email and gift.email.lower() not in by_email for gift in world.gifts)
    assert any(account.last.startswith(("=", "<")) for account in world.accounts)
    assert {name for account in world.accounts for name in account.last if ord(name) > 0x4DFF}


@every_shop
def test_world_when_full_then_mailboxes_and_phones_are_nobodys(shop: DemoShop) -> None:
    world = world_of(shop)
    domains = {account.email.rpartition("@")[2].lower() for account in world.accounts}
    digits = {"".join(sign for sign in account.phone if sign.isdigit()) for account in world.accounts if account.phone}

    assert domains <= {"example.com", "example.org", "example.net", "mail.example", "post.example"}
    american = {phone for phone in digits if len(phone.removeprefix("1")) == 10}
    assert {phone.removeprefix("1")[3:8] for phone in american} == {"55501"}
    assert all(phone.startswith(("447700900", "493023125", "3319900")) for phone in digits - american)


@every_shop
def test_world_when_named_people_have_phones_then_nobody_else_has_them(shop: DemoShop) -> None:
    accounts = world_of(shop).accounts
    named = {life.phone for life in LIVES[shop.slug] if life.phone}

    assert sum(account.phone in named for account in accounts) == sum(
        life.phone is not None and life.has_account for life in LIVES[shop.slug]
    )
