"""What becomes of a record: each reason by itself, their order of strength, and three properties of every answer."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.policy.decide import (
    HOLD,
    SHARED,
    Hold,
    NoBasis,
    NoRule,
    RecordFacts,
    decide,
    term_of,
)
from dsr.policy.outcome_words import in_words
from dsr.policy.schema import Profile
from dsr.policy.terms import Basis, Ending, Length, Meanwhile, RetentionRule, Then
from dsr.records import Action
from tests.policy.promised import FIELDS, TAX, keeping, open_return, order, promised, removing

TODAY = date(2026, 11, 23)
REMOVED = {Action.DELETE, Action.ANONYMISE}

ENDS = [
    # length, from, ending -> last day
    (Length(years=7), date(2024, 5, 6), Ending.DAY, date(2031, 5, 6)),
    (Length(years=1), date(2024, 2, 29), Ending.DAY, date(2025, 2, 28)),
    (Length(years=4), date(2024, 2, 29), Ending.DAY, date(2028, 2, 29)),
    (Length(months=1), date(2025, 1, 31), Ending.DAY, date(2025, 2, 28)),
    (Length(months=13), date(2023, 1, 31), Ending.DAY, date(2024, 2, 29)),
    (Length(days=540), date(2024, 1, 1), Ending.DAY, date(2025, 6, 24)),
    (Length(), date(2024, 1, 1), Ending.DAY, date(2024, 1, 1)),
    (Length(years=8), date(2024, 1, 1), Ending.CALENDAR_YEAR, date(2032, 12, 31)),
    (Length(years=8), date(2024, 12, 31), Ending.CALENDAR_YEAR, date(2032, 12, 31)),
    (Length(months=6), date(2024, 3, 1), Ending.CALENDAR_YEAR, date(2025, 6, 30)),
    (Length(days=1), date(2024, 3, 1), Ending.CALENDAR_YEAR, date(2025, 1, 1)),
    (Length(years=7), date(9999, 12, 31), Ending.DAY, date.max),
    (Length(days=7), date(9999, 12, 31), Ending.DAY, date.max),
]


@pytest.mark.parametrize(("keep", "start", "ending", "expected"), ENDS)
def test_end_of_a_period_is_reckoned_on_the_calendar(keep: Length, start: date, ending: Ending, expected: date) -> None:
    rule = keeping(keep=keep, ending=ending)
    assert term_of(rule, {"ordered_on": start}).until == expected


AROUND_THE_END = [
    (date(2031, 5, 5), Action.KEEP),
    (date(2031, 5, 6), Action.KEEP),
    (date(2031, 5, 7), Action.ANONYMISE),
]


@pytest.mark.parametrize(("today", "expected"), AROUND_THE_END)
def test_record_is_kept_through_its_last_day(today: date, expected: Action) -> None:
    assert decide(promised(keeping()), order(), today=today).action == expected


def test_record_in_its_time_is_kept_with_rule_basis_end_and_promises() -> None:
    rule = keeping(promises=("CJ-04",), at_once=("user.content",))
    decision = decide(promised(rule), order(), today=TODAY)
    assert decision.action == Action.KEEP
    assert decision.fields == ("id", "total", "email")
    assert decision.at_once_fields == ("gift_message",)
    assert (decision.rule, decision.basis, decision.promises) == ("orders", TAX, ("CJ-04",))
    assert (decision.until, decision.event, decision.review_on) == (date(2031, 5, 6), "", None)
    assert decision.afterwards == Action.ANONYMISE
    assert decision.sentence == (
        "We keep this record through 6 May 2031. We do not keep the parts of it that are not needed for that."
    )
    assert decision.reasons == ("Rule orders keeps through 2031-05-06: 7 years from ordered_on 2024-05-06.",)


def test_record_in_its_time_is_deactivated_when_the_rule_says_so() -> None:
    rule = keeping(meanwhile=Meanwhile.DEACTIVATED, then=Then.DELETE)
    decision = decide(promised(rule), order(), today=TODAY)
    assert (decision.action, decision.afterwards) == (Action.DEACTIVATE, Action.DELETE)
    assert decision.sentence == "We keep this record locked away, out of everyday use, through 6 May 2031."


def test_record_whose_time_has_passed_loses_what_is_personal() -> None:
    decision = decide(promised(keeping(2)), order(), today=TODAY)
    assert decision.action == Action.ANONYMISE
    assert decision.fields == ("total", "email", "gift_message")
    assert (decision.at_once_fields, decision.until, decision.afterwards) == ((), None, None)
    assert decision.sentence == (
        "The time for which we keep such records ended on 6 May 2026. "
        "We remove from this record everything that tells who you are."
    )
    assert decision.reasons == (
        "Rule orders keeps through 2026-05-06: 2 years from ordered_on 2024-05-06. That has passed: anonymise.",
    )


def test_record_whose_time_has_passed_is_deleted_whole_when_the_rule_says_so() -> None:
    decision = decide(promised(keeping(2, then=Then.DELETE)), order(), today=TODAY)
    assert (decision.action, decision.fields) == (Action.DELETE, tuple(FIELDS))
    assert decision.sentence.endswith("ended on 6 May 2026. We delete this record.")


def test_record_of_a_rule_that_keeps_nothing_goes_at_once() -> None:
    decision = decide(promised(removing()), order(), today=TODAY)
    assert (decision.action, decision.fields, decision.until) == (Action.DELETE, tuple(FIELDS), None)
    assert (decision.sentence, decision.reasons) == (
        "We delete this record.",
        ("Rule gone keeps nothing: delete.",),
    )


def test_calendar_year_is_named_in_the_reason() -> None:
    decision = decide(promised(keeping(8, ending=Ending.CALENDAR_YEAR)), order(), today=TODAY)
    assert decision.until == date(2032, 12, 31)
    assert decision.reasons[0].endswith("8 years from ordered_on 2024-05-06, counted from the end of that year.")


def test_first_known_fact_of_the_list_counts() -> None:
    rule = keeping(1, from_facts=("closed_on", "ordered_on"))
    dates = {"closed_on": None, "ordered_on": date(2026, 1, 31)}
    assert decide(promised(rule), order(dates=dates), today=TODAY).until == date(2027, 1, 31)
    dates["closed_on"] = date(2026, 3, 1)
    assert decide(promised(rule), order(dates=dates), today=TODAY).until == date(2027, 3, 1)


@pytest.mark.parametrize("meanwhile", list(Meanwhile))
def test_record_without_its_fact_stays_until_a_person_says_the_date(meanwhile: Meanwhile) -> None:
    rule = keeping(meanwhile=meanwhile, at_once=("user.content",), from_facts=("ordered_on", "paid_on"))
    decision = decide(promised(rule), order(None), today=TODAY)
    assert decision.action == {Meanwhile.KEPT: Action.KEEP, Meanwhile.DEACTIVATED: Action.DEACTIVATE}[meanwhile]
    assert (decision.until, decision.event, decision.review_on) == (None, "date_known", date(2027, 2, 23))
    assert decision.at_once_fields == ("gift_message",)
    assert decision.reasons == (
        "Rule orders counts from ordered_on or paid_on, which the record lacks: it stays until a person says that date.",
    )
    assert decision.sentence == (
        "We still have to establish the day from which its time counts, and look at it again "
        "by 23 February 2027 at the latest."
    )


def test_rule_that_names_no_fact_keeps_until_a_person_says_the_date() -> None:
    decision = decide(promised(keeping(from_facts=())), order(), today=TODAY)
    assert decision.event == "date_known"
    assert decision.reasons[0].startswith("Rule orders counts from a fact that it does not name")


def test_fact_in_the_future_is_believed_and_looked_at() -> None:
    decision = decide(promised(keeping()), order(date(2026, 11, 24)), today=TODAY)
    assert (decision.until, decision.review_on) == (date(2033, 11, 24), date(2027, 2, 23))
    assert decision.reasons[1] == "ordered_on 2026-11-24 lies in the future: check that date."


def test_fact_of_today_is_not_doubted() -> None:
    decision = decide(promised(keeping()), order(TODAY), today=TODAY)
    assert (decision.review_on, len(decision.reasons)) == (None, 1)


def test_record_class_without_a_rule_is_an_error() -> None:
    with pytest.raises(NoRule, match=r"The policy of Shop has no retention rule for records of the class 'repair'\."):
        decide(promised(keeping()), order(record_class="repair"), today=TODAY)
    with pytest.raises(NoRule, match=r"for records without a record class\."):
        decide(promised(keeping()), order(record_class=""), today=TODAY, holds=[Hold("court")])


def test_rule_that_keeps_without_a_basis_is_an_error() -> None:
    message = (
        "The retention rule 'orders' of Shop keeps records and names no basis. "
        "Give basis.code and basis.citation, or let nothing be kept."
    )
    with pytest.raises(NoBasis, match=f"^{re.escape(message)}$"):
        decide(promised(removing(), keeping(basis=None)), order(), today=TODAY)


def test_of_several_rules_the_one_that_keeps_longest_decides() -> None:
    short = keeping(3, key="warranty", meanwhile=Meanwhile.DEACTIVATED, then=Then.DELETE)
    for rules in ((short, keeping(), removing()), (removing(), keeping(), short)):
        decision = decide(promised(*rules), order(), today=TODAY)
        assert (decision.rule, decision.until, decision.afterwards) == ("orders", date(2031, 5, 6), Action.ANONYMISE)


def test_of_several_rules_one_whose_end_is_unknown_decides() -> None:
    undated = keeping(1, key="claims", from_facts=("claimed_on",))
    assert decide(promised(keeping(), undated), order(), today=TODAY).rule == "claims"


def test_of_rules_that_end_together_the_first_decides() -> None:
    decision = decide(promised(keeping(key="one"), keeping(key="two")), order(), today=TODAY)
    assert decision.rule == "one"


def test_field_goes_at_once_only_when_every_running_rule_lets_it_go() -> None:
    warranty = keeping(3, key="warranty")
    tax = keeping(at_once=("user.content",))
    assert decide(promised(warranty, tax), order(), today=date(2027, 5, 6)).at_once_fields == ()
    assert decide(promised(warranty, tax), order(), today=date(2027, 5, 7)).at_once_fields == ("gift_message",)
    assert decide(promised(removing(), tax), order(), today=TODAY).at_once_fields == ("gift_message",)


@pytest.mark.parametrize(
    ("at_once", "expected"),
    [
        (("user",), ("total", "email", "gift_message")),
        (("user.contact",), ("email",)),
        (("user.cont",), ()),
        (("user.contact.email.work",), ()),
        (("user.contact.email", "system"), ("id", "email")),
    ],
)
def test_categories_name_what_lies_below_them(at_once: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert decide(promised(keeping(at_once=at_once)), order(), today=TODAY).at_once_fields == expected


def test_open_blocker_leaves_the_record_as_it_is_and_says_what_follows() -> None:
    rule = keeping(at_once=("user.content",), meanwhile=Meanwhile.DEACTIVATED, promises=("CJ-04", "CJ-05"))
    blocker = open_return(sentence={"en": "Your return is open."}, promises=("CJ-05",))
    profile = promised(rule, blockers=(blocker,))
    assert decide(profile, order(), today=TODAY).at_once_fields == ("gift_message",)
    decision = decide(profile, order(), open_blockers={"return"}, today=TODAY)
    assert (decision.action, decision.afterwards) == (Action.KEEP, Action.DEACTIVATE)
    assert (decision.fields, decision.at_once_fields) == (tuple(FIELDS), ())
    assert (decision.rule, decision.promises) == ("return", ("CJ-05", "CJ-04"))
    assert decision.basis is not None
    assert decision.basis.code == "CA-d1"
    assert (decision.until, decision.event, decision.review_on) == (None, "closed:return", date(2027, 2, 23))
    assert decision.sentence == (
        "Your return is open. Once that has ended: "
        "We keep this record locked away, out of everyday use, through 6 May 2031. "
        "We do not keep the parts of it that are not needed for that."
    )
    assert decision.reasons == (
        "Blocker return is open: nothing changes until its closed_on is known.",
        "Rule orders keeps through 2031-05-06: 7 years from ordered_on 2024-05-06.",
    )


def test_blocker_touches_only_the_classes_it_names_and_only_while_open() -> None:
    rules = (removing(), removing(key="notes", record_classes=("note",)))
    profile = promised(*rules, blockers=(open_return(),))
    assert decide(profile, order(), open_blockers=["return"], today=TODAY).action == Action.KEEP
    assert decide(profile, order(), open_blockers=["repair"], today=TODAY).action == Action.DELETE
    assert decide(profile, order(record_class="note"), open_blockers=["return"], today=TODAY).action == Action.DELETE


def test_blockers_of_one_record_are_all_named_and_equal_sentences_once() -> None:
    blockers = (open_return(), open_return(key="repair", until_fact="fetched_on"))
    profile = promised(removing(), blockers=blockers)
    decision = decide(profile, order(), open_blockers=["repair", "return"], today=TODAY)
    assert decision.event == "closed:return"
    assert decision.reasons[:2] == (
        "Blocker return is open: nothing changes until its closed_on is known.",
        "Blocker repair is open: nothing changes until its fetched_on is known.",
    )
    assert decision.sentence == (
        "Something about this record is still open, so we cannot change it yet. "
        "Once that has ended: We delete this record."
    )


def test_shared_record_is_kept_for_that_reason() -> None:
    profile = promised(removing(promises=("SJ-03",)), blockers=(open_return(),))
    decision = decide(profile, order(is_shared=True), open_blockers=["return"], today=TODAY)
    assert (decision.action, decision.rule, decision.afterwards) == (Action.KEEP, SHARED, Action.KEEP)
    assert (decision.until, decision.event, decision.review_on) == (None, "last_owner_erased", date(2027, 2, 23))
    assert (decision.fields, decision.promises) == (tuple(FIELDS), ("SJ-03",))
    assert decision.sentence == (
        "This record is another person's too, so we leave it as it is for as long as it is theirs."
    )
    assert decision.reasons[0] == "The record is another person's too: it stays until its last other owner is erased."
    assert len(decision.reasons) == 3
    assert decision.basis is not None
    assert decision.basis.code == "other-person"


def test_hold_without_end_beats_everything_until_it_is_lifted() -> None:
    profile = promised(removing(promises=("SJ-03",)), blockers=(open_return(),))
    shared = order(is_shared=True)
    decision = decide(profile, shared, holds=[Hold("court 7")], open_blockers=["return"], today=TODAY)
    assert (decision.action, decision.rule, decision.basis) == (Action.KEEP, HOLD, Basis(HOLD, "court 7"))
    assert (decision.until, decision.event, decision.review_on) == (None, "hold_lifted", date(2027, 2, 23))
    assert decision.sentence == (
        "For a legal reason we have to leave this record as it is until that reason has ended. Once that has ended: "
        "This record is another person's too, so we leave it as it is for as long as it is theirs."
    )
    assert decision.reasons[0] == "A legal hold forbids any change until it is lifted: court 7."
    assert (decision.promises, decision.fields) == (("SJ-03",), tuple(FIELDS))
    assert len(decision.reasons) == 4


def test_hold_with_an_end_lasts_through_that_day() -> None:
    profile = promised(removing())
    holds = [Hold("tax office", TODAY)]
    decision = decide(profile, order(), holds=holds, today=TODAY)
    assert (decision.action, decision.until, decision.event, decision.review_on) == (Action.KEEP, TODAY, "", None)
    assert decision.afterwards == Action.DELETE
    assert decision.reasons[0] == "A legal hold forbids any change through 2026-11-23: tax office."
    assert decision.sentence == (
        "For a legal reason we have to leave this record as it is until 23 November 2026 has passed. "
        "Once that has ended: We delete this record."
    )
    later = TODAY + timedelta(days=1)
    assert decide(profile, order(), holds=holds, today=later).action == Action.DELETE


def test_of_several_holds_the_longest_counts() -> None:
    ends = [Hold("one", TODAY), Hold("two", date(2027, 1, 1)), Hold("past", date(2020, 1, 1))]
    assert decide(promised(removing()), order(), holds=ends, today=TODAY).until == date(2027, 1, 1)
    endless = [*ends, Hold("three")]
    assert decide(promised(removing()), order(), holds=endless, today=TODAY).basis == Basis(HOLD, "three")


SENTENCES = {
    "en": "Kept until {until}, {other} {}.",
    "de": "Aufbewahrt bis {until}.",
    "fr": "Gardé jusqu'au {until}.",
}
TOLD = [
    # asked language, the shop's locale, the rule's sentences -> what the customer reads
    ("en", "de-DE", SENTENCES, "Kept until 6 May 2031, {other} {}."),
    ("de-AT", "en-US", SENTENCES, "Aufbewahrt bis 6. Mai 2031."),
    ("fr", "en-US", SENTENCES, "Gardé jusqu'au 2031-05-06."),
    ("it", "de-DE", SENTENCES, "Aufbewahrt bis 6. Mai 2031."),
    ("it", "es-ES", SENTENCES, "Kept until 6 May 2031, {other} {}."),
    ("", "de-DE", SENTENCES, "Aufbewahrt bis 6. Mai 2031."),
    ("de", "en-US", {}, "Wir bewahren diesen Eintrag bis einschließlich 6. Mai 2031 auf."),
    ("it", "es-ES", {"it": ""}, "We keep this record through 6 May 2031."),
    ("it", "es-ES", {"it": "", "en": "Kept until {until}."}, "Kept until 6 May 2031."),
]


@pytest.mark.parametrize(("language", "locale", "sentences", "expected"), TOLD)
def test_sentence_is_told_in_the_asked_language_or_the_shops_or_english(
    language: str, locale: str, sentences: dict[str, str], expected: str
) -> None:
    profile = promised(keeping(sentence=sentences), locale=locale)
    assert decide(profile, order(), today=TODAY, language=language).sentence == expected


def test_sentence_of_a_record_without_its_date_says_that_too() -> None:
    profile = promised(keeping(sentence=SENTENCES))
    assert decide(profile, order(None), today=TODAY, language="de").sentence == (
        "Aufbewahrt bis zu einem Tag, den wir noch feststellen müssen. Den Tag, von dem an die Frist zählt, "
        "müssen wir noch feststellen; wir sehen spätestens am 23. Februar 2027 wieder nach."
    )


def test_rule_that_keeps_nothing_speaks_for_itself() -> None:
    profile = promised(removing(sentence={"en": "Your wish list goes."}))
    assert decide(profile, order(), today=TODAY).sentence == "Your wish list goes."


days = st.dates(date(1990, 1, 1), date(2060, 12, 31))
lengths = st.one_of(
    st.builds(Length, years=st.integers(0, 30)),
    st.builds(Length, months=st.integers(0, 60)),
    st.builds(Length, days=st.integers(0, 4000)),
)
rules = st.builds(
    RetentionRule,
    key=st.sampled_from(["one", "two", "three"]),
    record_classes=st.just(("order",)),
    then=st.sampled_from(Then),
    keep=st.none() | lengths,
    from_facts=st.lists(st.sampled_from(["ordered_on", "paid_on"]), max_size=2, unique=True).map(tuple),
    ending=st.sampled_from(Ending),
    meanwhile=st.sampled_from(Meanwhile),
    at_once=st.sampled_from([(), ("user.content",), ("user",)]),
    basis=st.just(TAX),
)
profiles = st.builds(lambda found: promised(*found, blockers=(open_return(),)), st.lists(rules, min_size=1, max_size=3))
records = st.builds(
    lambda dates, is_shared: order(dates=dates, is_shared=is_shared),
    st.fixed_dictionaries({"ordered_on": st.none() | days, "paid_on": st.none() | days}),
    st.booleans(),
)
holds = st.lists(st.builds(Hold, ground=st.just("court"), until=st.none() | days), max_size=3)
blockers = st.sampled_from([(), ("return",)])


@given(profiles, records, holds, blockers, days)
def test_property_nothing_under_a_hold_is_removed(
    profile: Profile, record: RecordFacts, holds: list[Hold], blockers: tuple[str, ...], today: date
) -> None:
    held = [*holds, Hold("court", today)]
    decision = decide(profile, record, holds=held, open_blockers=blockers, today=today)
    assert (decision.action, decision.at_once_fields, decision.rule) == (Action.KEEP, (), HOLD)


@given(profiles, records, holds, blockers, days, st.integers(0, 20_000))
def test_property_a_later_day_takes_back_no_removal(
    profile: Profile, record: RecordFacts, holds: list[Hold], blockers: tuple[str, ...], today: date, more: int
) -> None:
    now = decide(profile, record, holds=holds, open_blockers=blockers, today=today)
    later = decide(profile, record, holds=holds, open_blockers=blockers, today=today + timedelta(days=more))
    assert now.action not in REMOVED or later.action == now.action
    assert set(now.at_once_fields) <= set(later.at_once_fields) or later.action in REMOVED


@given(profiles, records, holds, blockers, days)
def test_property_whatever_stays_has_rule_basis_and_an_end(
    profile: Profile, record: RecordFacts, holds: list[Hold], blockers: tuple[str, ...], today: date
) -> None:
    decision = decide(profile, record, holds=holds, open_blockers=blockers, today=today)
    assert decision.rule
    assert decision.sentence
    assert decision.reasons
    if decision.action in REMOVED:
        assert (decision.at_once_fields, decision.until, decision.afterwards) == ((), None, None)
        return
    assert decision.basis is not None
    assert sorted((*decision.fields, *decision.at_once_fields)) == sorted(record.fields)
    assert decision.afterwards is not None
    ends_on_a_day = decision.until is not None and decision.until >= today and not decision.event
    ends_by_an_event = decision.until is None and bool(decision.event) and decision.review_on is not None
    assert ends_on_a_day or ends_by_an_event
    assert decision.until is None or in_words(decision.until, "en") in decision.sentence


@given(profiles, records, holds, blockers, days)
def test_property_row_of_somebody_else_is_never_touched(
    profile: Profile, record: RecordFacts, holds: list[Hold], blockers: tuple[str, ...], today: date
) -> None:
    shared = replace(record, is_shared=True)
    decision = decide(profile, shared, holds=holds, open_blockers=blockers, today=today)
    assert (decision.action, decision.fields, decision.at_once_fields) == (Action.KEEP, tuple(FIELDS), ())


def test_decision_is_the_same_for_equal_facts() -> None:
    profile = promised(keeping())
    assert decide(profile, order(), today=TODAY) == decide(replace(profile), order(), today=TODAY)
