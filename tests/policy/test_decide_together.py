"""Several reasons about one record at once, dates that are missing or wrong, and what the customer then reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from dsr.policy.decide import HOLD, SHARED, Decision, Hold, RecordFacts, decide, open_blockers
from dsr.policy.schema import Profile
from dsr.policy.terms import Ending, Length, Meanwhile, Then
from dsr.records import Action
from tests.policy.promised import FIELDS, keeping, open_return, order, promised, removing

TODAY = date(2026, 11, 23)
REVIEW = date(2027, 2, 23)
ENDS = date(2031, 5, 6)
RETURN = promised(keeping(), blockers=(open_return(),))
GONE = promised(removing())

TOGETHER = [
    # profile, record, open, the hold's end -> rule, until, event, review_on, afterwards
    (promised(keeping()), order(), (), date(2027, 1, 1), HOLD, ENDS, "", None, Action.ANONYMISE),
    (promised(keeping()), order(), (), ENDS, HOLD, ENDS, "", None, Action.ANONYMISE),
    (promised(keeping()), order(), (), date(2040, 1, 1), HOLD, date(2040, 1, 1), "", None, Action.ANONYMISE),
    (promised(keeping()), order(), (), None, HOLD, None, "hold_lifted", REVIEW, Action.KEEP),
    (promised(keeping()), order(), (), date(2026, 11, 22), "orders", ENDS, "", None, Action.ANONYMISE),
    (GONE, order(), (), date(2027, 1, 1), HOLD, date(2027, 1, 1), "", None, Action.DELETE),
    (promised(keeping()), order(None), (), date(2027, 1, 1), HOLD, None, "date_known", REVIEW, Action.ANONYMISE),
    (promised(keeping()), order(None), (), None, HOLD, None, "hold_lifted", REVIEW, Action.KEEP),
    (RETURN, order(), ("return",), date(2027, 1, 1), HOLD, None, "closed:return", REVIEW, Action.KEEP),
    (RETURN, order(), ("return",), None, HOLD, None, "hold_lifted", REVIEW, Action.KEEP),
    (GONE, order(is_shared=True), (), date(2027, 1, 1), HOLD, None, "last_owner_erased", REVIEW, Action.DELETE),
    (RETURN, order(is_shared=True), ("return",), date(2026, 1, 1), SHARED, None, "last_owner_erased", REVIEW, Action.KEEP),
    (promised(keeping()), order(date(2027, 1, 1)), (), date(2028, 1, 1), HOLD, date(2034, 1, 1), "", REVIEW,
     Action.ANONYMISE),
]  # fmt: skip


@pytest.mark.parametrize(
    ("profile", "record", "opened", "held_until", "rule", "until", "event", "review_on", "afterwards"), TOGETHER
)
def test_record_stays_until_the_last_of_its_reasons_has_ended(
    profile: Profile, record: RecordFacts, opened: tuple[str, ...], held_until: date | None,
    rule: str, until: date | None, event: str, review_on: date | None, afterwards: Action,
) -> None:  # fmt: skip
    decision = decide(profile, record, holds=[Hold("court 7", held_until)], open_blockers=opened, today=TODAY)
    assert (decision.action, decision.fields, decision.at_once_fields) == (Action.KEEP, tuple(FIELDS), ())
    assert (decision.rule, decision.until, decision.event) == (rule, until, event)
    assert (decision.review_on, decision.afterwards) == (review_on, afterwards)


def test_hold_blocker_and_retention_are_told_one_after_the_other() -> None:
    profile = replace(RETURN, retention=(keeping(at_once=("user.content",), meanwhile=Meanwhile.DEACTIVATED),))
    holds = [Hold("court 7", date(2027, 1, 1)), Hold("tax office", date(2026, 12, 1))]
    decision = decide(profile, order(), holds=holds, open_blockers=["return"], today=TODAY)
    assert decision.sentence == (
        "For a legal reason we have to leave this record as it is until 1 January 2027 has passed. Once that has ended: "
        "Something about this record is still open, so we cannot change it yet. Once that has ended: "
        "We keep this record locked away, out of everyday use, through 6 May 2031. "
        "We do not keep the parts of it that are not needed for that."
    )
    assert decision.reasons == (
        "A legal hold forbids any change through 2027-01-01: court 7.",
        "Blocker return is open: nothing changes until its closed_on is known.",
        "Rule orders keeps through 2031-05-06: 7 years from ordered_on 2024-05-06.",
    )
    assert (decision.basis and decision.basis.citation) == "court 7"
    assert "court" not in decision.sentence


OPEN = [
    ({"closed_on": None}, True),
    ({}, True),
    ({"closed_on": date(2026, 11, 22)}, False),
    ({"closed_on": TODAY}, False),
    ({"closed_on": date(2026, 11, 24)}, True),
]


@pytest.mark.parametrize(("dates", "is_open"), OPEN)
def test_blocker_is_open_until_the_day_of_its_fact(dates: Mapping[str, date | None], is_open: bool) -> None:
    others = [("order", {"closed_on": None}), ("return", {"closed_on": date(2020, 1, 1)})]
    found = open_blockers(RETURN, [*others, ("return", dates)], TODAY)
    assert found == (frozenset({"return"}) if is_open else frozenset())


FOLLOWS = [
    # the hold's end, then -> what follows it
    (date(2031, 5, 5), Then.DELETE, "We keep this record through 6 May 2031."),
    (date(2031, 5, 6), Then.DELETE, "We delete this record."),
    (date(2040, 1, 1), Then.ANONYMISE, "We remove from this record everything that tells who you are."),
    (None, Then.DELETE, "We keep this record through 6 May 2031."),
]


@pytest.mark.parametrize(("held_until", "then", "follows"), FOLLOWS)
def test_what_follows_a_hold_is_told_as_it_will_be(held_until: date | None, then: Then, follows: str) -> None:
    holds = [Hold("court 7", held_until)]
    sentence = decide(promised(keeping(then=then)), order(), holds=holds, today=TODAY).sentence
    assert sentence.partition("Once that has ended: ")[2] == follows


def test_what_is_blocked_when_its_time_has_passed_is_told_truly() -> None:
    profile = replace(RETURN, retention=(keeping(2, then=Then.DELETE),))
    decision = decide(profile, order(), open_blockers=["return"], today=TODAY)
    assert (decision.action, decision.until, decision.afterwards) == (Action.KEEP, None, Action.DELETE)
    assert decision.sentence == (
        "Something about this record is still open, so we cannot change it yet. Once that has ended: "
        "The time for which we keep such records ended on 6 May 2026. We delete this record."
    )


NO_DATES: list[Mapping[str, date | None]] = [
    {},
    {"ordered_on": None},
    {"closed_on": None, "ordered_on": None, "paid_on": None},
    {"shipped_on": date(2020, 1, 1)},
]


@pytest.mark.parametrize("dates", NO_DATES)
@pytest.mark.parametrize("ending", list(Ending))
def test_record_that_lacks_every_date_of_its_rule_is_never_removed(
    dates: Mapping[str, date | None], ending: Ending
) -> None:
    rule = keeping(1, from_facts=("closed_on", "ordered_on", "paid_on"), ending=ending)
    decision = decide(promised(rule), order(dates=dates), today=date(2099, 1, 1))
    assert (decision.action, decision.until, decision.event) == (Action.KEEP, None, "date_known")
    assert decision.reasons[0].startswith(
        "Rule orders counts from closed_on or ordered_on or paid_on, which the record"
    )


YEARS_END = [
    (date(2019, 1, 1), date(2027, 12, 31), Action.KEEP),
    (date(2018, 12, 31), date(2026, 12, 31), Action.KEEP),
    (date(2017, 12, 31), None, Action.ANONYMISE),
    (date(2016, 2, 29), None, Action.ANONYMISE),
]


@pytest.mark.parametrize(("ordered_on", "until", "action"), YEARS_END)
def test_calendar_year_is_kept_to_its_end(ordered_on: date, until: date | None, action: Action) -> None:
    rule = keeping(8, ending=Ending.CALENDAR_YEAR)
    decision = decide(promised(rule), order(ordered_on), today=TODAY)
    assert (decision.action, decision.until) == (action, until)


@pytest.mark.parametrize(("today", "action"), [(date(2025, 2, 28), Action.KEEP), (date(2025, 3, 1), Action.ANONYMISE)])
def test_year_from_a_29_february_ends_with_february(today: date, action: Action) -> None:
    assert decide(promised(keeping(1)), order(date(2024, 2, 29)), today=today).action == action


def test_hold_of_a_leap_day_lasts_through_it() -> None:
    holds = [Hold("court", date(2028, 2, 29))]
    assert decide(GONE, order(), holds=holds, today=date(2028, 2, 29)).action == Action.KEEP
    assert decide(GONE, order(), holds=holds, today=date(2028, 3, 1)).action == Action.DELETE


def test_of_two_rules_that_keep_nothing_the_first_decides() -> None:
    masking = removing(key="mask", then=Then.ANONYMISE)
    assert decide(promised(masking, removing()), order(), today=TODAY).action == Action.ANONYMISE
    assert decide(promised(removing(), masking), order(), today=TODAY).action == Action.DELETE


def test_two_rules_whose_times_have_passed_are_told_by_the_later() -> None:
    decision = decide(promised(keeping(1, key="one"), keeping(2, key="two")), order(), today=TODAY)
    assert (decision.rule, decision.action) == ("two", Action.ANONYMISE)
    assert "6 May 2026" in decision.sentence


SECRETS = {**FIELDS, "passport": ("system.documents.passport",), "hash": ("user.authorization.password",)}


def test_what_may_never_be_given_out_does_not_outlast_the_person() -> None:
    record = order(fields=SECRETS)
    profile = promised(keeping(2), never_export=("system.documents", "user.authorization"))
    assert decide(promised(keeping(2)), record, today=TODAY).fields == ("total", "email", "gift_message", "hash")
    assert decide(profile, record, today=TODAY).fields == ("total", "email", "gift_message", "passport", "hash")


def test_what_may_never_be_given_out_goes_at_once_only_where_the_rule_says_so() -> None:
    profile = promised(
        keeping(at_once=("user.authorization",)), never_export=("system.documents", "user.authorization")
    )
    decision = decide(profile, order(fields=SECRETS), today=TODAY)
    assert decision.at_once_fields == ("hash",)
    assert "passport" in decision.fields


def told(language: str, **changes: object) -> Decision:
    profile = promised(keeping(**changes), locale="de-DE")
    return decide(profile, order(), today=TODAY, language=language)


def test_sentence_that_names_no_day_is_followed_by_the_day() -> None:
    assert told("en", sentence={"en": "Tax law wants invoices kept."}).sentence == (
        "Tax law wants invoices kept. We keep this record through 6 May 2031."
    )
    dated = {"de": "Rechnungen bleiben.", "en": "Kept through {until}, then gone."}
    assert told("en", sentence=dated).sentence == "Kept through 6 May 2031, then gone."
    assert told("de", sentence=dated, meanwhile=Meanwhile.DEACTIVATED).sentence == (
        "Rechnungen bleiben. Wir bewahren diesen Eintrag gesperrt bis einschließlich 6. Mai 2031 auf."
    )


def test_sentence_for_records_that_stay_is_not_told_of_one_that_goes() -> None:
    profile = promised(removing(sentence={"en": "We keep it through {until}."}))
    assert decide(profile, order(), today=TODAY).sentence == "We delete this record."


LANGUAGES = [
    # asked, the rule's own sentences -> what staff are told of it
    ("", {}, ()),
    ("de", {}, ()),
    ("de_AT", {}, ()),
    ("DE-at", {"de": "Bleibt bis {until}."}, ()),
    ("en-GB", {}, ()),
    ("it", {}, ("There are no words in 'it' for this: the customer reads de.",)),
    ("it", {"it": "Fino al {until}."}, ()),
    ("it", {"it": "Rimane."}, ("There are no words in 'it' for this: the customer reads de.",)),
    ("fr", {"en": "Until {until}."}, ("There are no words in 'fr' for this: the customer reads en.",)),
]


@pytest.mark.parametrize(("language", "sentence", "expected"), LANGUAGES)
def test_another_language_than_the_one_asked_for_is_said_to_staff(
    language: str, sentence: dict[str, str], expected: tuple[str, ...]
) -> None:
    decision = told(language, sentence=sentence)
    assert decision.reasons[1:] == expected
    assert decision.sentence


def test_language_of_words_that_nobody_reads_is_not_said() -> None:
    rule = keeping(sentence={"it": "Rimane fino al {until}."})
    shared = order(is_shared=True)
    reasons = decide(promised(rule, locale="it-IT"), shared, today=TODAY, language="en").reasons
    assert not any("no words" in reason for reason in reasons)
    assert decide(promised(rule), shared, today=TODAY, language="it").reasons[-1].endswith("the customer reads en.")


def test_period_of_no_length_lasts_through_its_day() -> None:
    profile = promised(keeping(keep=Length()))
    assert decide(profile, order(TODAY), today=TODAY).until == TODAY
    assert decide(profile, order(TODAY), today=date(2026, 11, 24)).action == Action.ANONYMISE
