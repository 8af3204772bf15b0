"""What holds for every regime, right, day, question and calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from dateutil.relativedelta import relativedelta
from hypothesis import assume, given
from hypothesis import strategies as st

from dsr.clocks.deadlines import Course, Deadlines, Pause, PauseReason, reckon
from dsr.clocks.explanation import day_words
from dsr.clocks.holidays import Calendar, calendar_of
from dsr.clocks.regimes import NotCovered, PauseRule, Rule, codes, rule_for
from dsr.clocks.words import DayUnit, RightCode

TODAY = date(2026, 11, 23)
ONE_DAY = timedelta(days=1)


def every_rule() -> list[Rule]:
    found = []
    for regime in codes():
        for right in RightCode:
            try:
                found.append(rule_for(regime, right, TODAY))
            except NotCovered:
                continue
    return found


RULES = every_rule()
rules = st.sampled_from(RULES)
dated_rules = st.sampled_from([rule for rule in RULES if rule.respond])
calendars = st.sampled_from(["", "EW", "SCT", "US", "FR", "DE-BY"]).map(calendar_of)
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
reasons = st.sampled_from(PauseReason)


@st.composite
def courses(draw: st.DrawFn, *, may_wait: bool = False) -> Course:
    """A request with up to four questions, of which the last may be unanswered."""
    received = draw(days)
    pauses = [
        Pause(asked := received + draw(st.integers(0, 120)) * ONE_DAY, asked + draw(st.integers(0, 60)) * ONE_DAY, why)
        for why in draw(st.lists(reasons, max_size=4))
    ]
    if may_wait and draw(st.booleans()):
        pauses.append(Pause(received + draw(st.integers(0, 120)) * ONE_DAY, None, draw(reasons)))
    noon = datetime(received.year, received.month, received.day, 12, tzinfo=UTC)
    return Course(noon, draw(st.booleans()), tuple(pauses))


def dates(rule: Rule, course: Course, calendar: Calendar) -> Deadlines:
    return reckon(rule, course, time_zone="UTC", calendar=calendar)


def due(deadlines: Deadlines) -> date:
    assert deadlines.respond_by is not None
    return deadlines.respond_by


@given(rules, courses(may_wait=True), calendars)
def test_date_that_is_worked_to_is_never_after_the_last_lawful_day(
    rule: Rule, course: Course, calendar: Calendar
) -> None:
    found = dates(rule, course, calendar)

    if found.due_on is not None:
        assert found.latest_lawful is not None
        assert found.internal_target is not None
        assert found.internal_target <= found.due_on <= found.latest_lawful
        assert course.received_at.date() <= found.internal_target
    else:
        assert (found.latest_lawful, found.internal_target) == (None, None)


@given(dated_rules, courses(), calendars)
def test_question_never_shortens_the_time(rule: Rule, course: Course, calendar: Calendar) -> None:
    assert due(dates(rule, replace(course, pauses=()), calendar)) <= due(dates(rule, course, calendar))


@given(dated_rules, courses(), calendars)
def test_question_moves_nothing_where_the_statute_knows_no_pause(
    rule: Rule, course: Course, calendar: Calendar
) -> None:
    assume(rule.pause is PauseRule.NONE)

    without = dates(rule, replace(course, pauses=()), calendar)

    assert dates(rule, course, calendar).due_on == without.due_on


@given(dated_rules, courses(may_wait=True), calendars, st.randoms())
def test_order_in_which_questions_are_told_is_without_meaning(
    rule: Rule, course: Course, calendar: Calendar, random: object
) -> None:
    assume(len({pause.asked_on for pause in course.pauses}) == len(course.pauses))
    shuffled = list(course.pauses)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random

    assert dates(rule, replace(course, pauses=tuple(shuffled)), calendar) == dates(rule, course, calendar)


@given(dated_rules, days, calendars)
def test_request_of_a_later_day_is_never_due_earlier(rule: Rule, received: date, calendar: Calendar) -> None:
    noon = datetime(received.year, received.month, received.day, 12, tzinfo=UTC)

    assert due(dates(rule, Course(noon), calendar)) <= due(dates(rule, Course(noon + ONE_DAY), calendar))


@given(dated_rules, days, calendars)
def test_extension_counts_from_the_original_start(rule: Rule, received: date, calendar: Calendar) -> None:
    assume(rule.extend is not None)
    assert rule.respond is not None
    assert rule.extend is not None
    total = rule.respond.period.count + rule.extend.period.count
    month = rule.respond.period.unit is DayUnit.MONTH
    expected = received + (relativedelta(months=total) if month else relativedelta(days=total))
    while rule.rolls and (expected.weekday() >= 5 or expected in calendar.named):
        expected += ONE_DAY

    found = dates(rule, Course(datetime(received.year, received.month, received.day, 12, tzinfo=UTC), True), calendar)

    assert found.extended_to == expected
    assert found.extend_notice_by == found.respond_by
    assert due(found) < expected


@given(rules, courses(may_wait=True), calendars)
def test_explanation_names_every_day_that_it_explains(rule: Rule, course: Course, calendar: Calendar) -> None:
    found = dates(rule, course, calendar)

    for said in (found.explanation, found.explanation_for_person):
        text = " ".join(said)
        for told in (found.acknowledge_by, found.respond_by, found.extended_to):
            assert told is None or day_words(told) in text
    assert found.latest_lawful is None or day_words(found.latest_lawful) in " ".join(found.explanation)
    assert "shop aims" not in " ".join(found.explanation_for_person)


@given(rules, courses(may_wait=True), calendars)
def test_last_day_that_rolls_is_always_a_working_day(rule: Rule, course: Course, calendar: Calendar) -> None:
    found = dates(rule, course, calendar)

    for told in (found.respond_by, found.extended_to, found.latest_lawful):
        assert told is None or not rule.rolls or calendar.is_working(told)
