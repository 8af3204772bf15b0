"""Dates in words, numbers in groups, names that are never cut in the middle."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import time_machine

from dsr.templatetags import look

LATE = datetime(2026, 1, 7, 3, 5, tzinfo=UTC)


@time_machine.travel(datetime(2026, 6, 1, tzinfo=UTC))
def test_day_when_a_moment_is_given_then_it_is_the_day_in_the_shops_zone() -> None:
    assert look.day(LATE, "America/New_York") == (
        '<time datetime="2026-01-06T22:05-05:00" title="2026-01-06T22:05-05:00">Tuesday 6 January</time>'
    )
    assert look.day_text(LATE) == "Wednesday 7 January"


@time_machine.travel(datetime(2026, 6, 1, tzinfo=UTC))
def test_day_when_it_is_of_another_year_then_the_year_is_said() -> None:
    assert (
        look.day(date(2027, 1, 6)) == '<time datetime="2027-01-06" title="2027-01-06">Wednesday 6 January 2027</time>'
    )
    assert look.moment_text(LATE.replace(year=2025), "UTC") == "Tuesday 7 January 2025, 03:05"


def test_date_when_there_is_none_then_nothing_is_said() -> None:
    assert (look.day(None), look.moment(None), look.day_text(None), look.moment_text(None)) == ("", "", "", "")


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 bytes"), (999, "999 bytes"), (1000, "1 KB"), (14_400, "14 KB"), (2_345_678, "2.3 MB")]
)
def test_file_size_when_of_any_length_then_it_is_told_in_a_unit_people_use(size: int, words: str) -> None:
    assert look.file_size(size) == words


@pytest.mark.parametrize(("number", "shown"), [("+18005550142", "+1 800-555-0142"), ("ask inside", "ask inside")])
def test_phone_number_when_shown_then_it_is_grouped(number: str, shown: str) -> None:
    assert look.phone_number(number) == shown


def test_address_when_it_may_break_then_only_at_its_joints_and_its_signs_stay_signs() -> None:
    assert look.breakable("ada.lovelace+gift@example-mail.com") == (
        "ada.<wbr>lovelace+<wbr>gift@<wbr>example-<wbr>mail.com"
    )
    assert look.breakable("<b>") == "&lt;b&gt;"


def test_number_when_large_then_its_thousands_stand_apart() -> None:
    assert look.counted(4212) == "4,212"


def test_icon_when_shown_then_screen_readers_pass_over_it() -> None:
    assert look.icon("gem") == (
        '<svg class="icon" aria-hidden="true" focusable="false">'
        '<use href="/static/vendor/icons/icons.svg#gem"></use></svg>'
    )
