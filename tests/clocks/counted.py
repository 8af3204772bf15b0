"""A short way to say what is reckoned, for the tests of clocks."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from dsr.clocks.deadlines import Course, Deadlines, Pause, PauseReason, reckon
from dsr.clocks.holidays import calendar_of
from dsr.clocks.regimes import rule_for
from dsr.clocks.words import RightCode


def day(text: str) -> date:
    return date.fromisoformat(text)


def asked(why: PauseReason, asked_on: str, answered_on: str = "") -> Pause:
    return Pause(day(asked_on), day(answered_on) if answered_on else None, why)


def reckoned(
    regime: str,
    right: RightCode,
    received: str,
    *pauses: Pause,
    holidays: str = "EW",
    time_zone: str = "Europe/London",
    extended: bool = False,
    appealed: str = "",
) -> Deadlines:
    """The dates of a request received at noon of a day, or at a moment with its offset."""
    moment = datetime.fromisoformat(received)
    if moment.tzinfo is None:
        moment = datetime.combine(moment, time(12), ZoneInfo(time_zone))
    course = Course(moment, extended=extended, pauses=pauses, appealed_on=day(appealed) if appealed else None)
    rule = rule_for(regime, right, moment.astimezone(ZoneInfo(time_zone)).date())
    return reckon(rule, course, time_zone=time_zone, calendar=calendar_of(holidays))
