"""What the clocks say, sentence by sentence, to staff and to the person (``explanations.txt``, read by a person)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from dsr.clocks.deadlines import Course, Deadlines, Pause, PauseReason, promised_rule, reckon
from dsr.clocks.holidays import calendar_of
from dsr.clocks.regimes import rule_for
from dsr.clocks.words import DayUnit, Period, RightCode

TOLD = Path(__file__).parent / "explanations.txt"
JANUARY, NOVEMBER = date(2026, 1, 6), date(2026, 11, 23)


def received(day: date, *pauses: Pause, extended: bool = False, appealed: date | None = None) -> Course:
    return Course(datetime(day.year, day.month, day.day, 12, tzinfo=UTC), extended, pauses, appealed)


def asked(why: PauseReason, on: date, answered: date | None = None) -> Pause:
    return Pause(on, answered, why)


def by(regime: str, course: Course, *, right: RightCode = RightCode.ACCESS, calendar: str = "") -> Deadlines:
    rule = rule_for(regime, right, course.received_at.date())
    return reckon(rule, course, time_zone="UTC", calendar=calendar_of(calendar))


IDENTITY, CLARIFICATION, FEE = PauseReason.IDENTITY, PauseReason.CLARIFICATION, PauseReason.FEE
ON_8, ON_15 = date(2026, 1, 8), date(2026, 1, 15)
PROMISE = promised_rule(
    RightCode.CONCERN, acknowledge=Period(1, DayUnit.BUSINESS_DAY), respond=Period(1, DayUnit.CALENDAR_DAY)
)
CASES: Mapping[str, Deadlines] = {
    "a public holiday": by("eu_gdpr", received(date(2024, 11, 25)), calendar="FR"),
    "two public holidays and a weekend": by("uk_gdpr", received(date(2026, 11, 25)), calendar="EW"),
    "extended from the last day of a month": by("eu_gdpr", received(date(2026, 1, 31), extended=True)),
    "who asks was in doubt": by("eu_gdpr", received(JANUARY, asked(IDENTITY, ON_8, ON_15))),
    "one day was waited": by("eu_gdpr", received(JANUARY, asked(IDENTITY, ON_8, date(2026, 1, 9)))),
    "still waiting": by("eu_gdpr", received(JANUARY, asked(CLARIFICATION, ON_8))),
    "still waiting after an extension": by("eu_gdpr", received(JANUARY, asked(CLARIFICATION, ON_8), extended=True)),
    "answered the same day": by("eu_gdpr", received(JANUARY, asked(IDENTITY, ON_8, ON_8))),
    "a fee in the EU": by("eu_gdpr", received(JANUARY, asked(FEE, ON_8, ON_15))),
    "asked when the time was over": by("eu_gdpr", received(JANUARY, asked(IDENTITY, date(2026, 2, 7)))),
    "a fee, then a clarification": by(
        "uk_gdpr",
        received(JANUARY, asked(FEE, ON_8, ON_15), asked(CLARIFICATION, date(2026, 1, 20), date(2026, 1, 22))),
        calendar="EW",
    ),
    "an agent's mandate": by(
        "uk_gdpr", received(JANUARY, asked(PauseReason.AUTHORITY, ON_8, ON_15), extended=True), calendar="EW"
    ),
    "Saturdays disputed": by("us_ca", received(date(2026, 11, 9)), right=RightCode.OPT_OUT, calendar="US"),
    "acknowledgement and extension": by("us_ca", received(NOVEMBER, extended=True), calendar="US"),
    "asked where nothing stops": by("us_ca", received(JANUARY, asked(IDENTITY, ON_8)), calendar="US"),
    "appealed": by("us_co", received(JANUARY, appealed=date(2026, 3, 1))),
    "appealed where it takes no longer": by("us_va", received(JANUARY, appealed=date(2026, 3, 1))),
    "appealed where there is no appeal": by("eu_gdpr", received(JANUARY, appealed=date(2026, 3, 1))),
    "a law without a number": by("jp_appi", received(JANUARY, extended=True)),
    "no extension": by("au_app", received(JANUARY, extended=True)),
    "two readings": by("us_va", received(JANUARY), right=RightCode.OPT_OUT, calendar="US"),
    "a year without a calendar": by("eu_gdpr", received(date(2199, 1, 6)), calendar="FR"),
    "the shop's own promise": reckon(PROMISE, received(JANUARY), time_zone="UTC", calendar=calendar_of("")),
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
    dates = CASES[name]

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
