"""Which dates bind a request: its person's statute, or the strictest that may apply, and the shop's own promise.

Nothing is written here. The dates are reckoned from facts alone (receipt, residence, pauses, extension), so that the stored ones
can be told again at any time, with their reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta

from dsr.clocks import regimes
from dsr.clocks.arithmetic import day_of
from dsr.clocks.deadlines import SHOP_PROMISE, Course, Deadlines, Pause, PauseReason, promised_rule, reckon, strictest
from dsr.clocks.explanation import day_words
from dsr.clocks.holidays import Calendar, UnknownCalendar, calendar_of
from dsr.clocks.regimes import NotCovered, Rule, rule_for
from dsr.clocks.words import DayUnit, Period, RightCode
from dsr.models import Extension, SubjectRequest
from dsr.policy.schema import Profile
from dsr.workflow import shops

RESIDENCE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
SAME_COUNTRY = {"UK": "GB"}
"""What people write for a country whose ISO code is another."""
CALENDARS = {"GB": "EW"}
"""Countries whose parts have holidays of their own: the part that most shops are in."""

ONE_MONTH = Period(1, DayUnit.MONTH)
"""What the app aims for where neither a statute nor the shop names a day."""
LONG = timedelta(days=3660)
"""A wait that moves every date that waits at all, past any other clock and every extension."""


class BadResidence(Exception):
    """Not the code of a country or of a part of one."""


@dataclass(frozen=True, slots=True)
class Dates:
    """What binds a request: ``regime`` is whose answer is due first, ``due_on`` when, ``deadlines`` everything else.

    ``acknowledge_by`` and ``internal_target`` are the earliest of all that apply, ``latest_lawful`` the statute's alone.
    """

    regime: str
    due_on: date
    deadlines: Deadlines
    is_paused: bool = False
    """The clock that binds stands still: ``due_on`` is the date that it stood at."""


def read_residence(text: str) -> str:
    """Where a person lives, as ISO 3166 writes it: ``DE``, ``US-CA``; empty stays empty (unknown). Raises BadResidence."""
    code = text.strip().upper().replace("_", "-")
    code = SAME_COUNTRY.get(code, code)
    if code and not RESIDENCE.fullmatch(code):
        raise BadResidence(f"{text.strip()[:20]!r} is no code of a country or state, such as DE, GB or US-CA.")
    return code


def dates_of(subject_request: SubjectRequest) -> Dates:
    """The dates of a request by the facts that stand now."""
    return _dates(subject_request, course_of(subject_request))


def dates_if_extended(subject_request: SubjectRequest) -> Dates:
    """The dates that an extension would give."""
    return _dates(subject_request, replace(course_of(subject_request), extended=True))


def dates_if_asked(subject_request: SubjectRequest, why: PauseReason, today: date) -> Dates:
    """The dates if the person were asked something today and took years to reply: those of the first clock that runs on.

    When every clock that may apply stands still for such a question they lie years away.
    """
    course = course_of(subject_request)
    return _dates(subject_request, replace(course, pauses=(*course.pauses, Pause(today, today + LONG, why))))


def course_of(subject_request: SubjectRequest) -> Course:
    """What has happened to the request's clock."""
    zone = shops.profile_in(subject_request.policy_version).time_zone
    pauses = tuple(
        Pause(
            asked_on=day_of(each.asked_at, zone),
            answered_on=day_of(each.answered_at, zone) if each.answered_at else None,
            why=PauseReason(each.why),
        )
        for each in subject_request.pauses.all()
    )
    is_extended = Extension.objects.filter(subject_request=subject_request).exists()
    return Course(received_at=subject_request.received_at, extended=is_extended, pauses=pauses)


def dates_for(profile: Profile, right: RightCode, residence: str, course: Course) -> Dates:
    """The dates of a request of this kind, whoever made it. ``residence`` is empty when it is not known."""
    every = _every(profile, right, residence, course)
    dated = {code: each for code, each in every.items() if each.due_on is not None}
    if not dated:
        # A duty to answer "without undue delay" has no day; a request without one would be forgotten.
        aim = promised_rule(right, acknowledge=profile.promised.acknowledge, respond=ONE_MONTH)
        every[SHOP_PROMISE] = dated[SHOP_PROMISE] = _reckon(aim, profile, course)
    regime = strictest(dated)
    binding = dated[regime]
    statutes = [each for code, each in every.items() if code != SHOP_PROMISE] or [binding]
    deadlines = replace(
        binding,
        acknowledge_by=_earliest(each.acknowledge_by for each in every.values()),
        internal_target=_earliest(each.internal_target for each in every.values()),
        latest_lawful=_earliest(each.latest_lawful for each in statutes),
        explanation=(
            _why_this_regime(regime, dated, residence),
            *binding.explanation,
            *_why_acknowledge(regime, every),
        ),
        explanation_for_person=(_why_for_person(regime, dated, residence), *binding.explanation_for_person),
    )
    return Dates(regime, binding.due_on or date.max, deadlines)


def title_of(regime: str) -> str:
    """A regime's name for people."""
    return "the shop's own promise" if regime == SHOP_PROMISE else regimes.title_of(regime)


def _dates(subject_request: SubjectRequest, course: Course) -> Dates:
    profile = shops.profile_in(subject_request.policy_version)
    right, residence = RightCode(subject_request.type), subject_request.residence
    waiting = [each for each in course.pauses if each.answered_on is None]
    if not waiting:
        return dates_for(profile, right, residence, course)
    # Not every clock waits: of those that may apply, one that runs on binds meanwhile.
    answered = [replace(each, answered_on=each.answered_on or each.asked_on + LONG) for each in course.pauses]
    runs_on = dates_for(profile, right, residence, replace(course, pauses=tuple(answered)))
    if runs_on.due_on < waiting[0].asked_on + LONG:
        return runs_on
    before = replace(course, pauses=tuple(each for each in course.pauses if each not in waiting))
    stood = dates_for(profile, right, residence, before)
    now = _every(profile, right, residence, course)[stood.regime]
    deadlines = replace(
        stood.deadlines,
        explanation=(stood.deadlines.explanation[0], *now.explanation),
        explanation_for_person=(stood.deadlines.explanation_for_person[0], *now.explanation_for_person),
    )
    return replace(stood, is_paused=True, deadlines=deadlines)


def _every(profile: Profile, right: RightCode, residence: str, course: Course) -> dict[str, Deadlines]:
    """The dates by every rule that may apply, by its regime."""
    rules = _rules(profile, right, residence, day_of(course.received_at, profile.time_zone))
    return {rule.regime: _reckon(rule, profile, course) for rule in rules}


def _reckon(rule: Rule, profile: Profile, course: Course) -> Deadlines:
    return reckon(rule, course, time_zone=profile.time_zone, calendar=_calendar(rule, profile.country))


def _rules(profile: Profile, right: RightCode, residence: str, received_on: date) -> Iterator[Rule]:
    """The statutes that may apply, and the shop's own promise. What does not know this right, or not yet, has no clock."""
    home = regimes.regime_of_residence(residence) if residence else ""
    for regime in [home] if home in profile.regimes else profile.regimes:
        with suppress(NotCovered):
            yield rule_for(regime, right, received_on)
    if profile.promised.acknowledge or profile.promised.respond:
        yield promised_rule(right, acknowledge=profile.promised.acknowledge, respond=profile.promised.respond)


def _earliest(days: Iterable[date | None]) -> date | None:
    return min((day for day in days if day is not None), default=None)


def _calendar(rule: Rule, country: str) -> Calendar:
    """The public holidays that the statute leaves out: of the shop's country where it is that statute's, else its own.

    A holiday of another country moves no date; of a country without a calendar only weekends are known.
    """
    code = CALENDARS.get(country, country) if regimes.regime_of_residence(country) == rule.regime else rule.holidays
    try:
        return calendar_of(code)
    except UnknownCalendar:
        return calendar_of("")


def _why_this_regime(regime: str, every: Mapping[str, Deadlines], residence: str) -> str:
    others = [title_of(code) for code in every if code != regime]
    if not others:
        return f"The time follows {title_of(regime)}."
    unknown = "" if residence else "Where the person lives is not known. "
    return f"{unknown}{title_of(regime)} asks for the earliest answer; {' and '.join(others)} would leave more time."


def _why_acknowledge(regime: str, every: Mapping[str, Deadlines]) -> Iterator[str]:
    """Who wants the earliest acknowledgement, where that is not whose answer is due first."""
    wanted = [(each.acknowledge_by, code != regime, code) for code, each in every.items() if each.acknowledge_by]
    if not wanted:
        return
    earliest, is_another, code = min(wanted)
    if is_another:
        yield f"Receipt must be confirmed by {day_words(earliest)}: {title_of(code)}."


def _why_for_person(regime: str, every: Mapping[str, Deadlines], residence: str) -> str:
    if regime == SHOP_PROMISE:
        return "The time follows what we promised ourselves."
    if residence or len(every) == 1:
        return f"The time follows {title_of(regime)}."
    return (
        f"You did not say where you live, so we keep to the law that asks for the earliest answer: {title_of(regime)}."
    )
