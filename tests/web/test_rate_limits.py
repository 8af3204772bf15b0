"""How often: counted for the whole time, by every process together, and for each visitor apart."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import RequestFactory

from dsr.web.rate_limits import address_of, is_too_often


def tries(count: int, who: str = "somebody", most: int = 3) -> list[bool]:
    return [is_too_often(RequestFactory().get("/"), "try", most=most, seconds=3600, who=who) for _ in range(count)]


@pytest.fixture
def counted(db: None) -> None:
    cache.clear()


@pytest.mark.usefixtures("counted")
def test_visitor_when_all_places_are_taken_then_the_next_try_is_too_often_and_others_are_not() -> None:
    assert tries(5) == [False, False, False, True, True]
    assert tries(1, who="somebody else") == [False]


@pytest.mark.usefixtures("counted")
def test_visitor_when_six_minutes_of_the_hour_have_passed_then_it_is_still_too_often() -> None:
    assert tries(4) == [False, False, False, True]

    with connection.cursor() as cursor:
        cursor.execute("SELECT min(expires) FROM dsr_cache")
        (ends,) = cursor.fetchone()

    assert ends > datetime.now(tz=UTC) + timedelta(minutes=54)


@pytest.mark.django_db(transaction=True)
def test_visitor_when_trying_from_many_places_at_once_then_no_try_is_overlooked() -> None:
    cache.clear()

    def one(_: int) -> bool:
        try:
            return tries(1)[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        refused = list(pool.map(one, range(16)))

    assert refused.count(False) == 3


def test_address_when_a_proxy_of_ours_stands_before_us_then_it_is_the_one_it_saw(settings: Any) -> None:
    request = RequestFactory().get(
        "/", headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}, REMOTE_ADDR="10.0.0.1"
    )
    settings.DSR_BEHIND_PROXY = False
    without = address_of(request)
    settings.DSR_BEHIND_PROXY = True

    assert (without, address_of(request)) == ("10.0.0.1", "198.51.100.7")
