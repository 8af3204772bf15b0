"""The counting behind every deadline: from receipt, through what stops the clock, to the day.

The order is always the same: months are added to the *original* start, then clamped to the month's end, then the days that do
not count are added, and last of all the day moves off a weekend or holiday. The start itself never moves: a request that
comes in on a Sunday or on New Year's Day starts its clock that day (ICO, time limits: 1 January is answered by 1 February).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from dsr.clocks.arithmetic import add_months, after, days_between
from dsr.clocks.holidays import Calendar
from dsr.clocks.regimes import PauseRule, Rule
from dsr.clocks.words import DayUnit, Period, RightCode


class PauseReason(StrEnum):
    """What the person was asked for."""

    CLARIFICATION = "clarification"
    IDENTITY = "identity"
    FEE = "fee"
    AUTHORITY = "authority"


SUSPENDING = (PauseReason.CLARIFICATION, PauseReason.IDENTITY)
"""What suspends the clock in the EU (EDPB Guidelines 01/2022). Waiting for a fee or for a mandate is not among them."""


@dataclass(frozen=True, slots=True)
class Pause:
    """The person was asked for something; ``answered_on`` is empty while it is still missing."""

    asked_on: date
    answered_on: date | None
    why: PauseReason


@dataclass(frozen=True, slots=True)
class Course:
    """What has happened to a request so far. ``received_at`` is aware."""

    received_at: datetime
    extended: bool = False
    pauses: tuple[Pause, ...] = ()
    appealed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """One period counted: ``nominal`` is the period alone, ``shifted`` has the excluded days, ``due`` is the last day."""

    nominal: date
    shifted: date
    due: date


@dataclass(frozen=True, slots=True)
class Standstill:
    """What the questions to the person did to the clock."""

    start: date
    started_by: Pause | None = None
    excluded: int = 0
    excluded_at_most: int = 0
    counted: tuple[Pause, ...] = ()
    too_late: tuple[Pause, ...] = ()
    without_effect: tuple[Pause, ...] = ()
    waiting_for: Pause | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """When an answer is due: ``count`` is worked to, ``latest`` is the last lawful day. Neither while the clock stands."""

    period: Period
    still: Standstill
    count: Count | None = None
    latest: date | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """A rule with a calendar."""

    rule: Rule
    calendar: Calendar

    def count(self, start: date, period: Period, excluded: int = 0, *, saturdays: bool = False) -> Count:
        """The period from ``start``, which is not counted itself, with the days that do not count."""
        if period.unit is DayUnit.MONTH:
            nominal = add_months(start, period.count)
        elif period.unit is DayUnit.CALENDAR_DAY:
            nominal = after(start, period.count)
        else:
            nominal = self.calendar.add_business_days(start, period.count, saturdays=saturdays)
        shifted = after(nominal, excluded)
        return Count(nominal, shifted, self.calendar.working_day_from(shifted) if self.rule.rolls else shifted)

    def answer(self, received_on: date, period: Period, pauses: Sequence[Pause], *, extended: bool) -> Answer:
        """When the answer is due after ``period``, the original start's."""
        still = self._standstill(received_on, period, sorted(pauses, key=lambda pause: pause.asked_on))
        if still.waiting_for:
            return Answer(period, still)
        strict = self.count(still.start, period, still.excluded, saturdays=self.rule.is_saturday_disputed)
        other = self.rule.latest.period if self.rule.latest and not extended else period
        return Answer(period, still, strict, self.count(still.start, other, still.excluded_at_most).due)

    def _standstill(self, received_on: date, period: Period, pauses: Sequence[Pause]) -> Standstill:
        """The clock's start and the days that do not count. What is asked after the clock has ended moves nothing."""
        start, started_by = received_on, None
        counted: list[Pause] = []
        too_late: list[Pause] = []
        idle: list[Pause] = []
        for pause in pauses:
            if not self._has_effect(pause):
                idle.append(pause)
            elif pause.asked_on > self.count(start, period, _excluded(counted, start, at_most=self._is_inclusive)).due:
                too_late.append(pause)
            elif pause.answered_on is None:
                return Standstill(start, waiting_for=pause)
            elif self._restarts(pause):
                if pause.answered_on > start:
                    start, started_by = pause.answered_on, pause
            else:
                counted.append(pause)
        return Standstill(
            start,
            started_by,
            _excluded(counted, start, at_most=False),
            _excluded(counted, start, at_most=self._is_inclusive),
            tuple(counted),
            tuple(too_late),
            tuple(idle),
        )

    def _has_effect(self, pause: Pause) -> bool:
        if self.rule.pause is PauseRule.SUSPEND:
            return pause.why in SUSPENDING
        return self._restarts(pause) or (self.rule.pause is PauseRule.RESTART and self.rule.right == RightCode.ACCESS)

    def _restarts(self, pause: Pause) -> bool:
        return self.rule.pause == PauseRule.RESTART and pause.why != PauseReason.CLARIFICATION

    @property
    def _is_inclusive(self) -> bool:
        """UK GDPR Art 12A leaves out the day of asking *and* the day of the answer; working to one day less is safe."""
        return self.rule.pause == PauseRule.RESTART


def _excluded(pauses: Sequence[Pause], start: date, *, at_most: bool) -> int:
    """The days of the pauses that lie in the period, which cannot begin before ``start``."""
    spans = [(max(pause.asked_on, start), pause.answered_on) for pause in pauses if pause.answered_on]
    return days_between(spans, with_last=at_most)
