"""What the clocks say, sentence by sentence, to staff and to the person (``explanations.txt``, read by a person)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from dsr.clocks.deadlines import Course, Deadlines, Pause, PauseReason, promised_rule, reckon
from dsr.clocks.explanation import day_words
from dsr.clocks.holidays import calendar_of
from dsr.clocks.regimes import Rule, rule_for
from dsr.clocks.words import DayUnit, Period, RightCode

TOLD = Path(__file__).parent / "explanations.txt"
JANUARY, NOVEMBER = date(2026, 1, 6), date(2026, 11, 23)


def received(day: date, *pauses: Pause, extended: bool = False, appealed: date | None = None) -> Course:
    return Course(datetime(day.year, day.month, day.day, 12, tzinfo=UTC), extended, pauses, appealed)


def asked(why: PauseReason, on: date, answered: date | None = None) -> Pause:
    return Pause(on, answered, why)


@dataclass(frozen=True, slots=True)
class Case:
    """What is explained, reckoned only when its test runs."""

    regime: str
    course: Course
    right: RightCode = RightCode.ACCESS
    calendar: str = ""

    def reckoned(self) -> Deadlines:
        rule = promise() if not self.regime else rule_for(self.regime, self.right, self.course.received_at.date())
        return reckon(rule, self.course, time_zone="UTC", calendar=calendar_of(self.calendar))


def promise() -> Rule:
    day = Period(1, DayUnit.CALENDAR_DAY)
    return promised_rule(RightCode.CONCERN, acknowledge=Period(1, DayUnit.BUSINESS_DAY), respond=day)


IDENTITY, CLARIFICATION, FEE = PauseReason.IDENTITY, PauseReason.CLARIFICATION, PauseReason.FEE
ON_8, ON_15 = date(2026, 1, 8), date(2026, 1, 15)
CASES: Mapping[str, Case] = {
    "a public holiday": Case("eu_gdpr", received(date(2024, 11, 25)), calendar="FR"),
    "two public holidays and a weekend": Case("uk_gdpr", received(date(2026, 11, 25)), calendar="EW"),
    "extended from the last day of a month": Case("eu_gdpr", received(date(2026, 1, 31), extended=True)),
    "who asks was in doubt": Case("eu_gdpr", received(JANUARY, asked(IDENTITY, ON_8, ON_15))),
    "one day was waited": Case("eu_gdpr", received(JANUARY, asked(IDENTITY, ON_8, date(2026, 1, 9)))),
    "still waiting": Case("eu_gdpr", received(JANUARY, asked(CLARIFICATION, ON_8))),
    "still waiting after an extension": Case("eu_gdpr", received(JANUARY, asked(CLARIFICATION, ON_8), extended=True)),
    "answered the same day": Case("eu_gdpr", received(JANUARY, asked(IDENTITY, ON_8, ON_8))),
    "a fee in the EU": Case("eu_gdpr", received(JANUARY, asked(FEE, ON_8, ON_15))),
    "asked when the time was over": Case("eu_gdpr", received(JANUARY, asked(IDENTITY, date(2026, 2, 7)))),
    "a fee, then a clarification": Case(
        "uk_gdpr",
        received(JANUARY, asked(FEE, ON_8, ON_15), asked(CLARIFICATION, date(2026, 1, 20), date(2026, 1, 22))),
        calendar="EW",
    ),
    "an agent's mandate": Case(
        "uk_gdpr", received(JANUARY, asked(PauseReason.AUTHORITY, ON_8, ON_15), extended=True), calendar="EW"
    ),
    "Saturdays disputed": Case("us_ca", received(date(2026, 11, 9)), right=RightCode.OPT_OUT, calendar="US"),
    "acknowledgement and extension": Case("us_ca", received(NOVEMBER, extended=True), calendar="US"),
    "asked where nothing stops": Case("us_ca", received(JANUARY, asked(IDENTITY, ON_8)), calendar="US"),
    "appealed": Case("us_co", received(JANUARY, appealed=date(2026, 3, 1))),
    "appealed where it takes no longer": Case("us_va", received(JANUARY, appealed=date(2026, 3, 1))),
    "appealed where there is no appeal": Case("eu_gdpr", received(JANUARY, appealed=date(2026, 3, 1))),
    "a law without a number": Case("jp_appi", received(JANUARY, extended=True)),
    "no extension": Case("au_app", received(JANUARY, extended=True)),
    "two readings": Case("us_va", received(JANUARY), right=RightCode.OPT_OUT, calendar="US"),
    "a year without a calendar": Case("eu_gdpr", received(date(2199, 1, 6)), calendar="FR"),
    "extended after a clarification": Case(
        "uk_gdpr",
        received(JANUARY, asked(CLARIFICATION, ON_8, ON_15), extended=True),
        calendar="EW",
    ),
    "an objection in the EU": Case("eu_gdpr", received(JANUARY), right=RightCode.OPT_OUT),
    "the shop's own promise": Case("", received(JANUARY)),
}


def expected() -> dict[str, list[list[str]]]:
    """By name: the sentences for staff, then those for the person."""
    found = {}
    for block in TOLD.read_text(encoding="utf-8").split("== ")[1:]:
        name, *lines = block.strip().splitlines()
        cut = lines.index("to the person:")
        found[name] = [lines[1:cut], lines[cut + 1 :]]
    return found


@pytest.mark.parametrize("name", CASES)
def test_explanation_then_says_exactly_this(name: str) -> None:
    dates = CASES[name].reckoned()

    assert [list(dates.explanation), list(dates.explanation_for_person)] == expected()[name]


def test_explanations_when_written_down_then_each_is_tried() -> None:
    assert list(expected()) == list(CASES)


def test_explanation_when_the_shop_is_elsewhere_then_says_whose_day_counts() -> None:
    late = Course(datetime(2026, 3, 1, 3, tzinfo=UTC))
    rule = rule_for("us_ca", RightCode.ACCESS, late.received_at.date())

    there = reckon(rule, late, time_zone="America/Los_Angeles", calendar=calendar_of("US"))

    assert there.explanation[:2] == (
        "Received Sat 28 Feb 2026.",
        "That is the day in America/Los_Angeles, where the shop is; elsewhere it was Sun 1 Mar 2026.",
    )


def test_promise_when_counted_in_business_days_then_saturdays_and_holidays_are_left_out() -> None:
    rule = promised_rule(RightCode.ACCESS, acknowledge=None, respond=Period(5, DayUnit.BUSINESS_DAY), citation="page 3")
    boxing_day_is_a_saturday = received(date(2026, 12, 21))

    dates = reckon(rule, boxing_day_is_a_saturday, time_zone="UTC", calendar=calendar_of("EW"))

    assert dates.explanation == (
        "Received Mon 21 Dec 2026.",
        (
            "5 business days later is Wed 30 Dec 2026, not counting weekends and Fri 25 Dec 2026 (Christmas Day) and "
            "Mon 28 Dec 2026 (Boxing Day (observed)): the answer is due by the end of that day (page 3)."
        ),
        "The shop aims for Tue 29 Dec 2026.",
        "Public holidays: England and Wales.",
    )
    assert (rule.regime, rule.right, rule.title) == ("shop-promise", RightCode.ACCESS, "The shop's own promise")
    assert (rule.acknowledge, dates.acknowledge_by, dates.extend_notice_by) == (None, None, None)


def test_promise_when_it_is_only_to_acknowledge_then_no_answer_has_a_day() -> None:
    rule = promised_rule(RightCode.ACCESS, acknowledge=Period(2, DayUnit.CALENDAR_DAY), respond=None)

    dates = reckon(rule, received(JANUARY), time_zone="UTC", calendar=calendar_of(""))

    assert (dates.acknowledge_by, dates.due_on, dates.latest_lawful) == (ON_8, None, None)
    assert dates.explanation == (
        "Received Tue 6 Jan 2026.",
        "Receipt must be confirmed within two days, by Thu 8 Jan 2026 (the shop's own policy).",
        "The law names no number of days: act without delay (The shop's own promise).",
    )


def test_day_when_said_then_is_in_english_whatever_the_month() -> None:
    said = [day_words(date(2026, month, month)) for month in range(1, 13)]

    assert ", ".join(said) == (
        "Thu 1 Jan 2026, Mon 2 Feb 2026, Tue 3 Mar 2026, Sat 4 Apr 2026, Tue 5 May 2026, Sat 6 Jun 2026, "
        "Tue 7 Jul 2026, Sat 8 Aug 2026, Wed 9 Sep 2026, Sat 10 Oct 2026, Wed 11 Nov 2026, Sat 12 Dec 2026"
    )
