"""Why a date is what it is, in short sentences for people, each number with its citation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date
from enum import StrEnum

from dsr.clocks.arithmetic import after
from dsr.clocks.holidays import SATURDAY, Calendar
from dsr.clocks.reckoning import Answer, Clock, Count, Course, Pause, PauseReason
from dsr.clocks.regimes import Rule
from dsr.clocks.words import DayUnit, Period

UNITS = {DayUnit.MONTH: "month", DayUnit.CALENDAR_DAY: "day", DayUnit.BUSINESS_DAY: "business day"}
COUNTS = {1: "one", 2: "two", 3: "three"}


class Reader(StrEnum):
    """Who reads the explanation. The person hears of *we* and *you*, of one date, and nothing of what the shop aims for."""

    STAFF = "staff"
    PERSON = "person"


ASKED = {
    Reader.STAFF: {
        PauseReason.CLARIFICATION: "The person was asked on {asked} what exactly is meant",
        PauseReason.IDENTITY: "The person was asked on {asked} to show who they are",
        PauseReason.FEE: "The person was asked on {asked} to pay the fee",
        PauseReason.AUTHORITY: "Proof was asked for on {asked} that the sender may act for the person",
    },
    Reader.PERSON: {
        PauseReason.CLARIFICATION: "We asked you on {asked} what exactly you mean",
        PauseReason.IDENTITY: "We asked you on {asked} to show who you are",
        PauseReason.FEE: "We asked you on {asked} to pay the fee",
        PauseReason.AUTHORITY: "We asked on {asked} for proof that you may act for somebody else",
    },
}
SAID = {
    Reader.STAFF: {
        "acknowledge": "Receipt must be confirmed within {within}, by {day}",
        "extend": "It can be extended once by {more}, if the person is told why by {day}",
        "extend_later": "It can be extended once by {more}, if the person is told why before it ends",
        "extended": "It was extended by {more}; the person must have been told why by {day}.",
        "extended_later": "It was extended by {more}; the person must have been told why before it ends.",
    },
    Reader.PERSON: {
        "acknowledge": "We tell you within {within}, by {day}, that we have your request",
        "extend": "We may take {more} longer, once, if we tell you why by {day}",
        "extend_later": "We may take {more} longer, once, if we tell you why before the time ends",
        "extended": "We take {more} longer; we had to tell you why by {day}.",
        "extended_later": "We take {more} longer; we had to tell you why before the time ended.",
    },
}


@dataclass(frozen=True, slots=True)
class Told:
    """What ``explain`` turns into sentences; see ``deadlines.Deadlines`` for the dates."""

    received_on: date
    time_zone: str
    acknowledge_by: date | None
    acknowledge_target: date | None
    answer: Answer | None
    extended: Answer | None
    appeal_by: date | None
    appeal_extended_to: date | None
    internal_target: date | None


def explain(clock: Clock, course: Course, told: Told, reader: Reader) -> tuple[str, ...]:
    """The sentences, in the order in which the dates come about."""
    rule = clock.rule
    is_for_staff = reader is Reader.STAFF
    return (
        *_receipt(course, told),
        *_acknowledgement(rule, told, reader),
        *_pauses(rule, told, reader),
        *_answer(clock, told, reader),
        *_extension(clock, course, told, reader),
        *_appeal(rule, course, told),
        *([f"The shop aims for {day_words(told.internal_target)}."] if told.internal_target and is_for_staff else []),
        *(rule.notes if is_for_staff else ()),
        *(_holidays(clock, told) if is_for_staff else ()),
    )


def day_words(day: date) -> str:
    """``Mon 25 Nov 2024``, in English whatever the machine's language is."""
    weekday = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[day.weekday()]
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[day.month - 1]
    return f"{weekday} {day.day} {month} {day.year}"


def period_words(period: Period) -> str:
    """``one month``, ``45 days``, ``10 business days``."""
    return f"{COUNTS.get(period.count, period.count)} {UNITS[period.unit]}{'s' if period.count != 1 else ''}"


def _receipt(course: Course, told: Told) -> Iterator[str]:
    yield f"Received {day_words(told.received_on)}."
    elsewhere = {course.received_at.date(), course.received_at.astimezone(UTC).date()} - {told.received_on}
    if elsewhere:
        yield f"That is the day in {told.time_zone}, where the shop is; elsewhere it was {day_words(elsewhere.pop())}."


def _acknowledgement(rule: Rule, told: Told, reader: Reader) -> Iterator[str]:
    if rule.acknowledge is None or told.acknowledge_by is None:
        return
    within = period_words(rule.acknowledge.period)
    said = SAID[reader]["acknowledge"].format(within=within, day=day_words(told.acknowledge_by))
    yield f"{said} ({_sources(rule.acknowledge.citation, rule.roll_citation)})."
    is_disputed = told.acknowledge_target and told.acknowledge_target != told.acknowledge_by
    if told.acknowledge_target and is_disputed and reader is Reader.STAFF:
        yield f"If Saturdays count as business days it is {day_words(told.acknowledge_target)}: confirm by then."


def _pauses(rule: Rule, told: Told, reader: Reader) -> Iterator[str]:
    answer = told.extended or told.answer
    if answer is None:
        return
    still = answer.still
    source = f" ({rule.pause_citation})" if rule.pause_citation else ""
    for pause in still.without_effect:
        yield f"{_asked(pause, reader)}. That does not stop this clock{source}."
    for pause in still.too_late:
        yield f"{_asked(pause, reader)}. The time had run out by then, so that moves nothing."
    if still.started_by:
        yield f"{_asked(still.started_by, reader)}. It arrived on {day_words(still.start)}: the clock starts that day{source}."
    for pause in still.counted:
        yield f"{_asked(pause, reader)}. The answer came on {day_words(pause.answered_on or pause.asked_on)}."
    if still.excluded:
        yield f"The clock stood still meanwhile: {_idle(still.excluded)}{source}."
    if still.waiting_for:
        yield f"{_asked(still.waiting_for, reader)}. That is still missing: until it arrives no day can be named{source}."


def _answer(clock: Clock, told: Told, reader: Reader) -> Iterator[str]:
    rule, answer = clock.rule, told.answer
    if answer is None:
        yield f"The law names no number of days: act without delay ({rule.promptly or rule.title})."
    elif answer.count and answer.latest and rule.respond:
        yield _counted(clock, answer, answer.count, rule.respond.citation, "the answer is due by")
        if not told.extended and reader is Reader.STAFF:
            yield from _other_reading(clock, answer)


def _other_reading(clock: Clock, answer: Answer) -> Iterator[str]:
    rule = clock.rule
    if answer.count is None or answer.latest is None or answer.latest == answer.count.due:
        return
    last = f"the last lawful day is {day_words(answer.latest)}"
    if rule.latest:
        yield f"The statute itself allows {period_words(rule.latest.period)} ({rule.latest.citation}): {last}."
    elif answer.still.excluded != answer.still.excluded_at_most:
        yield f"Leaving out both the day of asking and the day of the answer, {last}."
    else:
        yield f"If Saturdays are not counted as business days, {last}."


def _extension(clock: Clock, course: Course, told: Told, reader: Reader) -> Iterator[str]:
    rule = clock.rule
    if rule.respond is None:
        return
    if rule.extend is None:
        if course.extended:
            yield "This clock cannot be extended: the date stays."
        return
    said, more = SAID[reader], period_words(rule.extend.period)
    by = day_words(told.answer.count.due) if told.answer and told.answer.count else ""
    if told.extended is None:
        yield f"{said['extend' if by else 'extend_later'].format(more=more, day=by)} ({rule.extend.citation})."
    else:
        yield said["extended" if by else "extended_later"].format(more=more, day=by)
        if told.extended.count:
            yield _counted(
                clock, told.extended, told.extended.count, rule.extend.citation, "the extended answer is due by"
            )
            if reader is Reader.STAFF:
                yield from _other_reading(clock, told.extended)


def _appeal(rule: Rule, course: Course, told: Told) -> Iterator[str]:
    if course.appealed_on is None:
        return
    if rule.appeal is None or told.appeal_by is None:
        yield "This regime knows no appeal to the shop."
        return
    yield (
        f"Appealed on {day_words(course.appealed_on)}: to be decided within {period_words(rule.appeal.period)}, "
        f"by {day_words(told.appeal_by)} ({rule.appeal.citation})."
    )
    if rule.appeal_extension and told.appeal_extended_to:
        more = period_words(rule.appeal_extension.period)
        yield f"With a notice it may take {more} more, until {day_words(told.appeal_extended_to)}."


def _counted(clock: Clock, answer: Answer, count: Count, citation: str, what: str) -> str:
    """``One month later is Wed 25 Dec 2024, a public holiday (Christmas Day): the answer is due by Fri 27 Dec 2024 (…).``"""
    said = _later(clock, answer, count)
    if count.shifted != count.nominal:
        said += f"; with {_idle(answer.still.excluded, joint=' that')} it is {day_words(count.shifted)}"
    if count.due == count.shifted:
        return f"{said}: {what} the end of that day ({citation})."
    moved = _free_days(clock.calendar, count.shifted, count.due)
    return f"{said}, {moved}: {what} {day_words(count.due)} ({_sources(citation, clock.rule.roll_citation)})."


def _later(clock: Clock, answer: Answer, count: Count) -> str:
    """``One month later is Wed 25 Dec 2024``, with what had to be left out."""
    start, period = answer.still.start, answer.period
    later = f"{period_words(period)[0].upper()}{period_words(period)[1:]} later is {day_words(count.nominal)}"
    if period.unit == DayUnit.MONTH and count.nominal.day != start.day:
        return f"{later}, the month's last day, because it has no day {start.day}"
    if period.unit == DayUnit.BUSINESS_DAY:
        counting = "counting Saturdays, " if clock.rule.is_saturday_disputed else ""
        return f"{later}, {counting}not counting {_left_out(clock, start, count.nominal)}"
    return later


def _left_out(clock: Clock, start: date, end: date) -> str:
    weekend = "Sundays" if clock.rule.is_saturday_disputed else "weekends"
    between = [after(start, offset) for offset in range(1, (end - start).days)]
    holidays = [
        f"{day_words(day)} ({clock.calendar.holiday_on(day)})"
        for day in between
        if clock.calendar.holiday_on(day) and day.weekday() < 5 + clock.rule.is_saturday_disputed
    ]
    return " and ".join([weekend, *holidays])


def _free_days(calendar: Calendar, first: date, due: date) -> str:
    """Why the days from ``first`` up to ``due`` are not worked: ``a public holiday (Christmas Day), and so is …``."""
    said = _why_free(calendar, first)
    for offset in range(1, (due - first).days):
        day = after(first, offset)
        both = calendar.holiday_on(day) and calendar.holiday_on(after(day, -1))
        said += (
            f", and so is {day_words(day)} ({calendar.holiday_on(day)})"
            if both
            else f", and {day_words(day)} is {_why_free(calendar, day)}"
        )
    return said


def _why_free(calendar: Calendar, day: date) -> str:
    if named := calendar.holiday_on(day):
        return f"a public holiday ({named})"
    return "a Saturday" if day.weekday() == SATURDAY else "a Sunday"


def _holidays(clock: Clock, told: Told) -> Iterator[str]:
    """Whose public holidays were left out, and for which years nobody knows them."""
    rule, calendar = clock.rule, clock.calendar
    units = [cited.period.unit for cited in (rule.acknowledge, rule.respond) if cited]
    if not rule.rolls and DayUnit.BUSINESS_DAY not in units:
        return
    yield (
        f"Public holidays: {calendar.title}." if calendar.code else "Public holidays: none were named, weekends alone."
    )
    reached = [told.received_on, told.acknowledge_by]
    reached += [answer.latest for answer in (told.answer, told.extended) if answer]
    for year in sorted({day.year for day in reached if day and not calendar.knows(day.year)}):
        yield f"The public holidays of {year} are not known here: in that year only weekends are left out."


def _asked(pause: Pause, reader: Reader) -> str:
    return ASKED[reader][pause.why].format(asked=day_words(pause.asked_on))


def _idle(count: int, joint: str = "") -> str:
    """``7 days do not count``, ``1 day that does not count``."""
    return f"{count} {'day' if count == 1 else 'days'}{joint} {'does' if count == 1 else 'do'} not count"


def _sources(*citations: str) -> str:
    return "; ".join(citation for citation in citations if citation)
