"""The list of promises: whole, placed in the profiles, and proved by tests that are there."""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dsr.policy.promise_page import page
from dsr.policy.promises import (
    NOT_OFFERED,
    NOT_YET,
    NOWHERE,
    WORKS,
    BadList,
    Promise,
    known_promises,
    published_profiles,
    read_promises,
    standings,
    unknown,
)
from dsr.policy.schema import Profile
from dsr.policy.terms import NotOffered, Placed
from tests.policy.promised import PLAIN
from tests.policy.taken_away import taken_away

ROOT = Path(__file__).resolve().parents[2]
NUMBERS = {
    "timelux-boutique": ("TL", 20),
    "miniluxe": ("ML", 21),
    "security-jewelers": ("SJ", 15),
    "cali-jewelz": ("CJ", 26),
    "world-jewels": ("WJ", 16),
}
every_shop = pytest.mark.parametrize("profile", published_profiles(), ids=lambda profile: profile.shop)


@cache
def names_in(file: str) -> frozenset[str]:
    """The names of the tests in a file, without running it."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(
        node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def is_there(test: str) -> bool:
    file, _, name = test.partition("::")
    return (ROOT / file).is_file() and name in names_in(file)


def test_list_when_counted_then_every_promise_of_every_shop_stands_in_it_once() -> None:
    expected = [f"{prefix}-{number:02}" for prefix, last in NUMBERS.values() for number in range(1, last + 1)]

    assert [each.id for each in known_promises()] == expected
    assert len(expected) == 98
    assert {each.shop: each.id[:2] for each in known_promises()} == {shop: name for shop, (name, _) in NUMBERS.items()}


def test_list_when_it_names_a_test_then_that_test_is_there() -> None:
    named = {test for each in known_promises() for test in each.tests}

    assert [test for test in sorted(named) if not is_there(test)] == []
    assert len(named) > 30


@pytest.mark.parametrize(
    "test",
    [
        "tests/policy/test_promises.py::test_that_nobody_wrote",
        "tests/policy/test_no_such_file.py::test_list_when_it_names_a_test_then_that_test_is_there",
        "tests/policy/test_promises.py::is_there",
        "tests/policy/test_promises.py",
    ],
)
def test_proof_when_it_is_not_there_then_that_is_seen(test: str) -> None:
    assert is_there("tests/policy/test_promises.py::test_proof_when_it_is_not_there_then_that_is_seen")
    assert not is_there(test)


@every_shop
def test_profile_when_read_then_each_of_its_promises_has_a_place_or_a_reason(profile: Profile) -> None:
    assert [each.promise.id for each in standings(profile) if each.state == NOWHERE] == []


@every_shop
def test_profile_when_read_then_it_names_no_promise_that_nobody_made(profile: Profile) -> None:
    assert unknown(profile) == ()


MADE = Promise("CO-01", "shop", "Something.", "a feature", ("tests/x.py::test_y",))


@pytest.mark.parametrize(
    ("promise", "changes", "state"),
    [
        (MADE, {"placed": (Placed("CO-01", "rights.access", 3),)}, WORKS),
        (replace(MADE, lacks="The rest."), {"placed": (Placed("CO-01", "rights.access", 3),)}, NOT_YET),
        (replace(MADE, tests=(), lacks="All."), {"placed": (Placed("CO-01", "rights.access", 3),)}, NOT_YET),
        (MADE, {"not_offered": (NotOffered("CO-01", "We never did."),)}, NOT_OFFERED),
        (MADE, {}, NOWHERE),
        (MADE, {"placed": (Placed("CO-02", "rights.access", 3),)}, NOWHERE),
    ],
)
def test_promise_when_placed_and_proved_so_then_its_state_is_this(
    promise: Promise, changes: dict[str, Any], state: str
) -> None:
    [standing] = standings(replace(PLAIN, **changes), [promise])

    assert standing.state == state


def test_promise_when_a_profile_names_one_that_nobody_made_then_it_is_told() -> None:
    theirs = replace(published_profiles()[0], placed=(Placed("TL-01", "a", 1), Placed("TL-99", "b", 2)))

    assert unknown(theirs) == ("TL-99",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("shop: [{id: CO-01, summary: A., feature: b}]", "shop: CO-01 names no test, so it must say what it lacks."),
        ("shop: [{id: CO-01, summary: A., lacks: b}]", "shop: CO-01 needs id, summary and feature"),
        (
            "shop: [{id: CO-01, summary: A., feature: b, lacks: c, text: d}]",
            "shop: CO-01 needs id, summary and feature",
        ),
        ("shop: [{summary: A., feature: b, lacks: c}]", "shop: a promise without an id needs"),
        (
            "a: [{id: C, summary: A., feature: b, lacks: c}]\nb: [{id: C, summary: A., feature: b, lacks: c}]",
            "C stands twice",
        ),
    ],
)
def test_list_when_it_is_not_well_written_then_it_says_where(text: str, message: str) -> None:
    with pytest.raises(BadList) as caught:
        read_promises(text)

    assert message in str(caught.value)


def test_promise_when_it_works_then_taking_its_feature_away_is_described_as_the_code_stands() -> None:
    """That a test then fails is tried by tests/torture/test_taken_away.py."""
    works = {each.id for each in known_promises() if each.tests and not each.lacks}

    assert {each.promise for each in taken_away()} == works
    assert [each for each in taken_away() if each.text not in (ROOT / each.file).read_text(encoding="utf-8")] == []
    assert [each for each in taken_away() if each.text == each.instead] == []


def test_page_when_compared_with_list_and_profiles_then_it_is_not_stale() -> None:
    assert (ROOT / "docs" / "promises.md").read_text(encoding="utf-8") == page(), "Run: manage.py promises --write"


def test_page_when_read_then_the_totals_are_those_of_its_rows() -> None:
    text = page()
    rows = [line for line in text.splitlines() if line[2:4] in {"TL", "ML", "SJ", "CJ", "WJ"} and line[4] == "-"]
    works = sum("| **works** |" in line for line in rows)

    assert len(rows) == 98
    assert f"| All | 98 | {works} | {98 - works} | 0 |" in text
