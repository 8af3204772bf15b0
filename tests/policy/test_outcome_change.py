"""What differs between two decisions: the direction, and which promises it breaks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dsr.policy.decide import decide
from dsr.policy.outcome_change import (
    NO_RULE,
    Change,
    How,
    Outcome,
    compared,
    named_in,
    outcome_of,
    sentences_of,
    weakened,
)
from dsr.policy.terms import Length, Placed
from dsr.records import Action
from tests.policy.promised import keeping, open_return, order, promised, removing

TODAY = date(2026, 11, 23)
KEPT = Outcome(
    Action.KEEP, "orders", "7 years", date(2031, 5, 6), Action.ANONYMISE, frozenset({"gift_message"}), ("CJ-04",)
)
GONE = Outcome(Action.DELETE, "gone", "", date.min, Action.DELETE, frozenset(), ("SJ-03",))

MOVES = [
    # before, after -> how
    (KEPT, KEPT, None),
    (KEPT, replace(KEPT, rule="other", period="84 months"), None),
    (KEPT, replace(KEPT, ends=date(2031, 5, 7)), How.LONGER),
    (KEPT, replace(KEPT, ends=date.max), How.LONGER),
    (KEPT, replace(KEPT, ends=date(2031, 5, 5)), How.SHORTER),
    (KEPT, GONE, How.SHORTER),
    (GONE, KEPT, How.LONGER),
    (KEPT, replace(KEPT, action=Action.DEACTIVATE), How.MORE),
    (replace(KEPT, action=Action.DEACTIVATE), KEPT, How.LESS),
    (KEPT, replace(KEPT, afterwards=Action.DELETE), How.MORE),
    (replace(KEPT, afterwards=Action.DELETE), KEPT, How.LESS),
    (replace(KEPT, afterwards=Action.DEACTIVATE), KEPT, How.MORE),
    (KEPT, replace(KEPT, afterwards=Action.DEACTIVATE), How.LESS),
    (replace(KEPT, afterwards=Action.KEEP), replace(KEPT, afterwards=Action.DEACTIVATE), How.MORE),
    (GONE, replace(GONE, action=Action.ANONYMISE, afterwards=Action.ANONYMISE), How.LESS),
    (KEPT, replace(KEPT, at_once=frozenset({"gift_message", "email"})), How.MORE),
    (KEPT, replace(KEPT, at_once=frozenset()), How.LESS),
    (KEPT, replace(KEPT, at_once=frozenset({"email"})), How.LESS),
    (KEPT, NO_RULE, How.RULE_LOST),
    (NO_RULE, KEPT, How.RULE_FOUND),
    (NO_RULE, NO_RULE, None),
]


@pytest.mark.parametrize(("before", "after", "how"), MOVES)
def test_direction_of_a_change_is_seen_by_the_person(before: Outcome, after: Outcome, how: How | None) -> None:
    change = compared("order", before, after, frozenset())
    assert (change.how if change else None) == how


def test_change_names_both_outcomes_rules_and_periods() -> None:
    longer = replace(KEPT, rule="tax", period="10 years", ends=date(2034, 5, 6), promises=())
    assert compared("order", KEPT, longer, frozenset({"CJ-04"})) == Change(
        "order", "keep", "keep", How.LONGER, "orders", "tax", "7 years", "10 years", ("CJ-04",)
    )


BREAKS = [
    # after, promises that the draft names anywhere -> promises broken
    (replace(KEPT, ends=date.max), {"CJ-04"}, ("CJ-04",)),
    (replace(KEPT, ends=date.max), set(), ("CJ-04",)),
    (replace(KEPT, at_once=frozenset()), {"CJ-04"}, ("CJ-04",)),
    (NO_RULE, {"CJ-04"}, ("CJ-04",)),
    (GONE, {"CJ-04"}, ()),
    (GONE, {"SJ-03"}, ("CJ-04",)),
]


@pytest.mark.parametrize(("after", "named", "broken"), BREAKS)
def test_promise_breaks_when_the_person_fares_worse_or_the_draft_is_silent(
    after: Outcome, named: set[str], broken: tuple[str, ...]
) -> None:
    change = compared("order", KEPT, after, frozenset(named))
    assert change is not None
    assert change.promises == broken


def test_outcome_of_a_record_that_stays_has_its_end_and_what_follows() -> None:
    profile = promised(keeping(at_once=("user.content",), promises=("CJ-04",)))
    assert outcome_of(decide(profile, order(), today=TODAY), profile) == KEPT


def test_outcome_of_a_removal_ends_before_every_day() -> None:
    profile = promised(removing(promises=("SJ-03",)))
    assert outcome_of(decide(profile, order(), today=TODAY), profile) == GONE


def test_outcome_that_an_event_ends_ends_after_every_day() -> None:
    profile = promised(keeping(), blockers=(open_return(),))
    blocked = outcome_of(decide(profile, order(), open_blockers=["return"], today=TODAY), profile)
    undated = outcome_of(decide(profile, order(None), today=TODAY), profile)
    assert (blocked.ends, blocked.rule, blocked.period) == (date.max, "return", "")
    assert (undated.ends, undated.rule, undated.period) == (date.max, "orders", "7 years")


def test_promises_are_named_by_rules_blockers_and_any_place_of_the_file() -> None:
    assert named_in(promised(keeping(), blockers=(open_return(),))) == frozenset()
    placed = (Placed("CJ-09", "age", 4),)
    rules = keeping(promises=("CJ-04",)), removing(promises=("CJ-05", "CJ-04"))
    profile = promised(*rules, blockers=(open_return(promises=("CJ-06",)),), placed=placed)
    assert named_in(profile) == {"CJ-04", "CJ-05", "CJ-06", "CJ-09"}


def test_promise_whose_rule_or_blocker_is_gone_is_found_in_the_texts_alone() -> None:
    before = promised(keeping(promises=("CJ-04",)), blockers=(open_return(promises=("CJ-06",)),))
    assert dict(weakened(before, before)) == {}
    assert dict(weakened(before, promised(removing(record_classes=("note",))))) == {
        "CJ-04": ["the rule orders named it, and nothing in the draft does", "the draft has no rule for order"],
        "CJ-06": ["the blocker return named it, and nothing in the draft does"],
    }
    elsewhere = (Placed("CJ-04", "statements", 9), Placed("CJ-06", "statements", 9))
    assert dict(weakened(before, promised(removing(), placed=elsewhere))) == {}


def test_sentences_are_those_of_the_shops_language_with_the_day_left_open() -> None:
    told = {"en": "We keep invoices through {until}.", "de": "Rechnungen bleiben bis {until}."}
    rules = (
        keeping(promises=("CJ-04", "CJ-05"), sentence=told),
        keeping(key="twice", promises=("CJ-04",), sentence=told),
        removing(promises=("CJ-05",)),
    )
    blocker = open_return(promises=("CJ-05",), sentence={"de": "Ihre Rückgabe läuft."})
    profile = promised(*rules, blockers=(blocker,), locale="de-DE")
    assert sentences_of(profile) == {
        "CJ-04": ("Rechnungen bleiben bis ….",),
        "CJ-05": ("Rechnungen bleiben bis ….", "Ihre Rückgabe läuft."),
    }


def test_period_is_told_in_words() -> None:
    profile = promised(keeping(keep=Length(years=1, months=6)))
    assert outcome_of(decide(profile, order(TODAY), today=TODAY), profile).period == "1 year and 6 months"
