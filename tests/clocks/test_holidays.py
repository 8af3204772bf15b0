"""The calendars: as the package they come from has them, and what is said where nothing is known."""

from __future__ import annotations

from datetime import date

import holidays
import pytest

from dsr.clocks.holidays import FOLDER, UnknownCalendar, calendar_of, codes
from scripts import holiday_files

ENGLAND_2026 = {
    date(2026, 1, 1): "New Year's Day",
    date(2026, 4, 3): "Good Friday",
    date(2026, 4, 6): "Easter Monday",
    date(2026, 5, 4): "May Day",
    date(2026, 5, 25): "Spring Bank Holiday",
    date(2026, 8, 31): "Late Summer Bank Holiday",
    date(2026, 12, 25): "Christmas Day",
    date(2026, 12, 26): "Boxing Day",
    date(2026, 12, 28): "Boxing Day (observed)",
}


@pytest.mark.parametrize("country", holiday_files.COUNTRIES)
def test_a_file_is_as_the_package_has_it(country: str) -> None:
    """After raising the package: ``.venv/bin/python scripts/holiday_files.py``."""
    assert (FOLDER / f"{country}.txt").read_text(encoding="utf-8") == holiday_files.file_of(country)


@pytest.mark.parametrize("code", ["FR", "DE", "DE-BY", "GB-SCT", "US", "CA-QC", "CH-ZH", "AU"])
def test_a_calendar_has_the_days_of_the_package(code: str) -> None:
    country, _, part = code.partition("-")
    expected = holidays.country_holidays(country, subdiv=part or None, years=range(2018, 2041))

    assert len(expected) > 100
    assert set(calendar_of(code).named) == set(expected)


def test_england_and_wales_when_a_year_is_read_then_has_its_bank_holidays() -> None:
    found = calendar_of("EW")

    assert {day: name for day, name in found.named.items() if day.year == 2026} == ENGLAND_2026
    assert (found.title, calendar_of("SCT").title, calendar_of("DE-BY").title, calendar_of("US").title) == (
        "England and Wales",
        "Scotland",
        "Germany (Bayern)",
        "United States",
    )


def test_a_holiday_when_asked_for_then_has_its_name() -> None:
    assert calendar_of("US").holiday_on(date(2026, 11, 26)) == "Thanksgiving Day"
    assert calendar_of("US").holiday_on(date(2026, 11, 27)) == ""


def test_a_working_day_when_asked_for_then_is_no_weekend_and_no_holiday() -> None:
    friday, saturday, sunday = date(2026, 11, 27), date(2026, 11, 28), date(2026, 11, 29)
    calendar = calendar_of("US")

    assert [calendar.is_working(day) for day in (friday, saturday, sunday)] == [True, False, False]
    assert [calendar.is_working(day, saturdays=True) for day in (friday, saturday, sunday)] == [True, True, False]
    assert not calendar.is_working(date(2026, 11, 26), saturdays=True)


def test_without_a_calendar_when_counted_then_weekends_alone_are_free() -> None:
    nowhere = calendar_of("")

    assert nowhere.is_working(date(2026, 12, 25))
    assert nowhere.working_day_from(date(2026, 11, 28)) == date(2026, 11, 30)
    assert nowhere.knows(1900)
    assert nowhere.knows(2200)


def test_a_year_beyond_the_files_when_asked_for_then_is_not_known() -> None:
    calendar = calendar_of("DE")

    assert [calendar.knows(year) for year in (2017, 2018, 2040, 2041)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("code", "nearest"), [("XX", ""), ("de-by", "DE-BY"), ("UK", ""), ("EWS", "EW"), ("../GB", "")]
)
def test_a_calendar_that_is_missing_names_the_nearest(code: str, nearest: str) -> None:
    assert code not in codes()
    with pytest.raises(UnknownCalendar) as caught:
        calendar_of(code)

    assert str(caught.value).startswith(f"There is no holiday calendar {code!r}. The nearest code is {nearest}")
