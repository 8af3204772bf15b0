import pytest

from dsr.sources.days import day_of_text

SHOP = "America/New_York"
DAYS = [
    # text, the zone it was stored in -> the day where the shop is
    ("2026-01-31", "", "2026-01-31"),
    ("2026-01-31", "UTC", "2026-01-31"),
    ("2026-01-31 23:59:59", "", "2026-01-31"),
    ("2026-01-31T23:59:59", SHOP, "2026-01-31"),
    ("2026-01-31 03:00:00", "UTC", "2026-01-30"),
    ("2026-01-31 03:00:00+00", "", "2026-01-30"),
    ("2026-07-31 03:59:59.123456+00:00", "", "2026-07-30"),
    ("2026-07-31 04:00:00Z", "", "2026-07-31"),
    ("2026-01-30 23:30:00", "America/Los_Angeles", "2026-01-31"),
    ("9999-12-31 23:59:59", "America/Los_Angeles", "9999-12-31"),
    ("0001-01-01 00:00:00+00", "", "0001-01-01"),
    ("0000-00-00", "", None),
    ("infinity", "", None),
    ("1767225600", "", None),
    ("", "", None),
    (None, "", None),
]


@pytest.mark.parametrize(("text", "stored_zone", "expected"), DAYS)
def test_day_of_a_text_is_the_one_where_the_shop_is(text: str | None, stored_zone: str, expected: str | None) -> None:
    day = day_of_text(text, stored_zone, SHOP)
    assert (day.isoformat() if day else None) == expected
