"""Dates at the edges of the calendar, of a day and of reason: each has its meaning or its sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from dsr.clocks.arithmetic import UnknownTimeZone, add_months, day_of
from dsr.clocks.deadlines import BadCourse, Course, PauseReason, reckon, strictest
from dsr.clocks.holidays import calendar_of
from dsr.clocks.regimes import rule_for
from dsr.clocks.words import RightCode
from tests.clocks.counted import asked, day, reckoned

EU = rule_for("eu_gdpr", RightCode.ACCESS, date(2026, 1, 6))
WEEKENDS = calendar_of("")
NOON = datetime(2026, 1, 6, 12, tzinfo=UTC)
IDENTITY = PauseReason.IDENTITY

MONTHS = """
2024-01-31 1 2024-02-29
2023-01-31 1 2023-02-28
2024-02-29 1 2024-03-29
2024-02-29 12 2025-02-28
2024-02-29 48 2028-02-29
2024-12-31 2 2025-02-28
2024-10-31 1 2024-11-30
2000-01-31 1 2000-02-29
2100-01-31 1 2100-02-28
2024-03-31 0 2024-03-31
2024-03-31 -1 2024-02-29
"""


@pytest.mark.parametrize(("start", "months", "end"), [line.split() for line in MONTHS.split("\n") if line])
def test_month_when_it_has_no_such_day_then_ends_on_its_last(start: str, months: str, end: str) -> None:
    assert add_months(day(start), int(months)) == day(end)


DAYS = [
    ("2026-02-28T23:59:59+00:00", "Europe/London", "2026-02-28"),
    ("2026-02-28T23:59:59+00:00", "Europe/Berlin", "2026-03-01"),
    ("2026-02-28T23:59:59-08:00", "America/Los_Angeles", "2026-02-28"),
    ("2026-02-28T23:59:59-08:00", "Europe/London", "2026-03-01"),
    ("2026-01-01T00:00:00+00:00", "America/New_York", "2025-12-31"),
    ("2026-01-01T11:00:00+14:00", "Pacific/Pago_Pago", "2025-12-31"),
    # Clocks go forward at 01:00 UTC on 29 March and back at 01:00 UTC on 25 October.
    ("2026-03-29T00:59:59+00:00", "Europe/London", "2026-03-29"),
    ("2026-03-28T23:30:00+00:00", "Europe/London", "2026-03-28"),
    ("2026-03-29T22:59:59+00:00", "Europe/London", "2026-03-29"),
    ("2026-03-29T23:00:00+00:00", "Europe/London", "2026-03-30"),
    ("2026-10-24T22:59:59+00:00", "Europe/London", "2026-10-24"),
    ("2026-10-24T23:00:00+00:00", "Europe/London", "2026-10-25"),
    ("2026-10-25T23:59:59+00:00", "Europe/London", "2026-10-25"),
    # Samoa had no 30 December 2011.
    ("2011-12-30T09:59:59+00:00", "Pacific/Apia", "2011-12-29"),
    ("2011-12-30T10:00:00+00:00", "Pacific/Apia", "2011-12-31"),
]


@pytest.mark.parametrize(("moment", "zone", "expected"), DAYS)
def test_receipt_when_it_is_another_day_elsewhere_then_the_shop_s_day_counts(
    moment: str, zone: str, expected: str
) -> None:
    assert day_of(datetime.fromisoformat(moment), zone) == day(expected)


def test_clock_when_the_night_has_no_hour_then_the_date_is_the_same() -> None:
    # In London 01:30 of 29 March 2026 does not exist, and 01:30 of 25 October comes twice.
    spring = reckoned("uk_gdpr", RightCode.ACCESS, "2026-03-29T01:30:00")
    first, second = (reckoned("uk_gdpr", RightCode.ACCESS, f"2026-10-25T0{hour}:30:00+00:00") for hour in (0, 1))

    assert spring.respond_by == day("2026-04-29")
    assert first == second
    assert first.respond_by == day("2026-11-25")


@pytest.mark.parametrize("zone", ["Mars/Base", "", "../../etc/passwd", "Europe", "UTC\x00"])
def test_time_zone_when_there_is_none_of_that_name_then_is_refused(zone: str) -> None:
    with pytest.raises(UnknownTimeZone, match="Europe/London"):
        reckon(EU, Course(NOON), time_zone=zone, calendar=WEEKENDS)


MISTAKES = [
    (Course(datetime(2026, 1, 6, 12)), "^The moment of receipt has no time zone: nobody can say which day it was in the shop.$"),
    (Course(datetime(1899, 12, 31, tzinfo=UTC)), "^1899-12-31 is no date of a request: years run from 1900 to 2200.$"),
    (Course(datetime(2201, 1, 1, tzinfo=UTC)), "2201-01-01 is no date"),
    (Course(datetime.max.replace(tzinfo=timezone(timedelta(hours=-14)))), "9999-12-31 is no date"),
    (Course(NOON, pauses=(asked(IDENTITY, "2026-01-05"),)),
     "^The person was asked on 2026-01-05, before the request came on 2026-01-06.$"),
    (Course(NOON, pauses=(asked(IDENTITY, "2026-01-09", "2026-01-08"),)),
     "^The answer of 2026-01-08 came before the question of 2026-01-09.$"),
    (Course(NOON, pauses=(asked(IDENTITY, "2026-01-09", "2999-01-08"),)), "2999-01-08 is no date"),
    (Course(NOON, pauses=(asked(IDENTITY, "9999-12-31"),)), "9999-12-31 is no date"),
    (Course(NOON, appealed_on=day("2026-01-05")),
     "^The appeal of 2026-01-05 came before the request of 2026-01-06.$"),
    (Course(NOON, appealed_on=day("0001-01-01")), "0001-01-01 is no date"),
]  # fmt: skip


@pytest.mark.parametrize(("course", "message"), MISTAKES)
def test_course_when_its_dates_cannot_be_then_is_refused_with_the_day(course: Course, message: str) -> None:
    with pytest.raises(BadCourse, match=message):
        reckon(EU, course, time_zone="UTC", calendar=WEEKENDS)


@pytest.mark.parametrize("year", [1900, 2200])
def test_course_in_the_first_and_the_last_year_then_has_dates(year: int) -> None:
    dates = reckon(EU, Course(datetime(year, 6, 1, tzinfo=UTC), extended=True), time_zone="UTC", calendar=WEEKENDS)

    assert dates.respond_by is not None
    assert (dates.respond_by.year, dates.respond_by.month) == (year, 7)


def test_questions_when_asked_on_the_day_of_receipt_and_the_last_day_then_both_count() -> None:
    dates = reckoned(
        "eu_gdpr",
        RightCode.ACCESS,
        "2026-01-06",
        asked(IDENTITY, "2026-01-06", "2026-01-08"),
        asked(IDENTITY, "2026-02-09", "2026-02-11"),
        holidays="",
    )

    # 6 February and two days is Sunday 8, so Monday 9: asked on that last day, two days more are 10 February.
    assert dates.respond_by == day("2026-02-10")


def test_questions_when_they_overlap_then_a_day_counts_once() -> None:
    dates = reckoned(
        "eu_gdpr",
        RightCode.ACCESS,
        "2026-01-05",
        asked(IDENTITY, "2026-01-08", "2026-01-14"),
        asked(PauseReason.CLARIFICATION, "2026-01-12", "2026-01-16"),
        holidays="",
    )

    assert dates.respond_by == day("2026-02-13")


def test_proof_when_it_came_before_another_that_was_asked_first_then_the_later_starts_the_clock() -> None:
    pauses = (
        asked(IDENTITY, "2026-01-07", "2026-01-20"),
        asked(PauseReason.FEE, "2026-01-08", "2026-01-12"),
    )

    dates = reckoned("uk_gdpr", RightCode.ACCESS, "2026-01-06", *pauses)

    assert dates.respond_by == day("2026-02-20")


def test_question_when_answered_before_the_clock_began_anew_then_leaves_out_no_day() -> None:
    dates = reckoned(
        "uk_gdpr",
        RightCode.ACCESS,
        "2026-01-06",
        asked(PauseReason.CLARIFICATION, "2026-01-07", "2026-01-09"),
        asked(IDENTITY, "2026-01-08", "2026-01-20"),
    )

    assert dates.respond_by == day("2026-02-20")


def test_strictest_when_dates_are_alike_then_the_earlier_acknowledgement_decides() -> None:
    dates = reckoned("eu_gdpr", RightCode.ACCESS, "2026-01-06", holidays="")
    soon, later = replace(dates, acknowledge_by=day("2026-01-08")), replace(dates, acknowledge_by=day("2026-01-09"))
    earlier = replace(dates, respond_by=day("2026-02-01"))
    none = replace(dates, respond_by=None)

    assert strictest({"none": none, "plain": dates, "later": later, "soon": soon}) == "soon"
    assert strictest({"soon": soon, "earlier": earlier}) == "earlier"
    assert strictest({"first": none, "second": none}) == "first"
    assert (
        strictest({"long": replace(earlier, extended_to=day("2026-04-01"), is_extended=True), "plain": dates})
        == "plain"
    )
    with pytest.raises(ValueError, match="empty"):
        strictest({})


def test_question_when_asked_within_the_extension_and_not_answered_then_no_day_binds() -> None:
    dates = reckoned(
        "eu_gdpr", RightCode.ACCESS, "2026-01-06", asked(IDENTITY, "2026-03-02"), holidays="", extended=True
    )

    assert dates.respond_by == day("2026-02-06")
    assert (dates.extended_to, dates.latest_lawful, dates.due_on) == (None, None, None)


def test_appeal_when_made_on_the_day_of_receipt_then_is_taken() -> None:
    dates = reckoned("us_va", RightCode.ACCESS, "2026-01-06", appealed="2026-01-06", holidays="")

    assert dates.appeal_by == day("2026-03-07")
