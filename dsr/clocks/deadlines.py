"""A request's dates under one rule, and why they are what they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from dsr.clocks.arithmetic import after, day_of
from dsr.clocks.explanation import Reader, Told, explain
from dsr.clocks.holidays import Calendar
from dsr.clocks.reckoning import Answer, Clock, Course, Pause, PauseReason
from dsr.clocks.regimes import Cited, Rule
from dsr.clocks.words import Period, RightCode

__all__ = ["BadCourse", "Course", "Deadlines", "Pause", "PauseReason", "promised_rule", "reckon", "strictest"]

SHOP_PROMISE = "shop-promise"
YEARS = range(1900, 2201)


class BadCourse(Exception):
    """The dates contradict each other or lie outside all reason. The sentence says which."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The dates (days in the shop's time zone; ``None``: the regime has none, or the clock stands still)."""

    acknowledge_by: date | None
    acknowledge_target: date | None
    """The strictest reading of ``acknowledge_by``: the shop's own target."""
    respond_by: date | None
    """Without the extension, by the reading that is right in any case."""
    latest_lawful: date | None
    """The last lawful day, of the extended period when it was extended."""
    extended_to: date | None
    is_extended: bool
    extend_notice_by: date | None
    """Until when the person must have been told of an extension, and why."""
    appeal_by: date | None
    appeal_extended_to: date | None
    internal_target: date | None
    """When the shop wants to be done; never after the date it works to."""
    explanation: tuple[str, ...]
    """For staff."""
    explanation_for_person: tuple[str, ...]

    @property
    def due_on(self) -> date | None:
        """The day that is worked to: of an extended request the extended one, also while that stands still."""
        return self.extended_to if self.is_extended else self.respond_by


def reckon(rule: Rule, course: Course, *, time_zone: str, calendar: Calendar) -> Deadlines:
    """The dates of a request under ``rule``. Raises ``BadCourse`` and ``arithmetic.UnknownTimeZone``."""
    if course.received_at.tzinfo is None:
        raise BadCourse("The moment of receipt has no time zone: nobody can say which day it was in the shop.")
    if course.received_at.year not in YEARS:
        raise BadCourse(_no_date(course.received_at.date()))
    received_on = day_of(course.received_at, time_zone)
    _check(course, received_on)
    clock = Clock(rule, calendar)
    answer = extended = None
    if rule.respond:
        answer = clock.answer(received_on, rule.respond.period, course.pauses, extended=False)
    if rule.respond and rule.extend and course.extended:
        extended = clock.answer(received_on, _sum(rule.respond, rule.extend), course.pauses, extended=True)
    acknowledge, strict = _acknowledge(clock, received_on)
    appeal, appeal_extended = _appeal(rule, course.appealed_on)
    target = _target(rule, received_on, extended or answer, is_extended=extended is not None)
    binding = extended or answer
    told = Told(received_on, time_zone, acknowledge, strict, answer, extended, appeal, appeal_extended, target)
    return Deadlines(
        acknowledge_by=acknowledge,
        acknowledge_target=strict,
        respond_by=_due(answer),
        latest_lawful=binding.latest if binding else None,
        extended_to=_due(extended),
        is_extended=extended is not None,
        extend_notice_by=_due(answer) if rule.extend else None,
        appeal_by=appeal,
        appeal_extended_to=appeal_extended,
        internal_target=target,
        explanation=explain(clock, course, told, Reader.STAFF),
        explanation_for_person=explain(clock, course, told, Reader.PERSON),
    )


def promised_rule(
    right: RightCode, *, acknowledge: Period | None, respond: Period | None, citation: str = "the shop's own policy"
) -> Rule:
    """The shop's own promise as a rule: nothing stops or extends it, and a business day is Monday to Friday."""
    return Rule(
        regime=SHOP_PROMISE,
        right=right,
        title="The shop's own promise",
        acknowledge=Cited(acknowledge, citation) if acknowledge else None,
        respond=Cited(respond, citation) if respond else None,
        days_before=1,
    )


def strictest(deadlines: Mapping[str, Deadlines]) -> str:
    """The code of the regime that must be kept first: the earliest answer, then the earliest acknowledgement.

    Where none has a date it is the first of the mapping. An empty mapping is a mistake of the caller (``ValueError``).
    """
    return min(
        deadlines,
        key=lambda code: (deadlines[code].due_on or date.max, deadlines[code].acknowledge_by or date.max),
    )


def _check(course: Course, received_on: date) -> None:
    for day in [day for pause in course.pauses for day in (pause.asked_on, pause.answered_on)] + [course.appealed_on]:
        if day and day.year not in YEARS:
            raise BadCourse(_no_date(day))
    for pause in course.pauses:
        if pause.asked_on < received_on:
            raise BadCourse(f"The person was asked on {pause.asked_on}, before the request came on {received_on}.")
        if pause.answered_on and pause.answered_on < pause.asked_on:
            raise BadCourse(f"The answer of {pause.answered_on} came before the question of {pause.asked_on}.")
    if course.appealed_on and course.appealed_on < received_on:
        raise BadCourse(f"The appeal of {course.appealed_on} came before the request of {received_on}.")


def _no_date(day: date) -> str:
    return f"{day} is no date of a request: years run from {YEARS[0]} to {YEARS[-1]}."


def _sum(respond: Cited, extend: Cited) -> Period:
    return Period(respond.period.count + extend.period.count, respond.period.unit)


def _due(answer: Answer | None) -> date | None:
    return answer.count.due if answer and answer.count else None


def _acknowledge(clock: Clock, received_on: date) -> tuple[date | None, date | None]:
    """The date, and the stricter one that counts Saturdays (Civ. Code 7, 9) where that is disputed."""
    told = clock.rule.acknowledge
    if told is None:
        return None, None
    strict = clock.count(received_on, told.period, saturdays=clock.rule.is_saturday_disputed)
    return clock.count(received_on, told.period).due, strict.due


def _appeal(rule: Rule, appealed_on: date | None) -> tuple[date | None, date | None]:
    if rule.appeal is None or appealed_on is None:
        return None, None
    decided = after(appealed_on, rule.appeal.period.count)
    return decided, after(decided, rule.appeal_extension.period.count) if rule.appeal_extension else None


def _target(rule: Rule, received_on: date, answer: Answer | None, *, is_extended: bool) -> date | None:
    """A few days before the date, or 28 days from the start where that saves counting months (ICO)."""
    if answer is None or answer.count is None:
        return None
    if rule.days_from_start is not None and not is_extended:
        return min(after(answer.still.start, rule.days_from_start + answer.still.excluded), answer.count.due)
    return max(after(answer.count.due, -rule.days_before), received_on)
