"""What was taken out is found wherever it counts as a copy, and only there, however many values there are."""

from __future__ import annotations

import random

import pytest

from dsr.records import Portable
from dsr.sources.copies import Sought, fold, without_copies
from dsr.sources.masks import Room
from dsr.sources.old_values import OldValues

TEXT, JSON = Room("text", is_nullable=True), Room("json", is_nullable=True)
OLD = OldValues({"ada@example.com", "ada lovelace", "+1 617 555 0101", "東京都", "16175550101", "--++"})


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("was ADA@example.com", {"ada@example.com"}),
        ("for adam@example.com", set()),
        ("Ada  Lovelace", set()),
        ("To Áda Lovelace, +1 617 555 0101!", {"ada lovelace", "+1 617 555 0101"}),
        ("東京都庁", {"東京都"}),
        ('{"who": "Ada Lovelace", "tel": 16175550101}', {"ada lovelace", "16175550101"}),
        ('{"who": "\\u0041da Lovelace"}', {"ada lovelace"}),
        ("--++", {"--++"}),
        (None, set()),
        (True, set()),
    ],
)
def test_value_when_it_holds_what_was_taken_out_then_that_is_told(value: Portable, found: set[str]) -> None:
    assert set(OLD.within(value, TEXT)) == found


def test_document_when_it_holds_what_was_taken_out_then_that_is_told() -> None:
    assert set(OLD.within({"a": ["x", "Ada Lovelace"], "b": 16175550101}, JSON)) == {"ada lovelace", "16175550101"}


def test_values_when_drawn_by_lot_then_those_are_told_that_would_be_taken_out() -> None:
    chance = random.Random(str(seed := random.randrange(10**6)))
    print(f"seed {seed}")
    pieces = ["ada", "Ada", "é", "東", "_", "-", "@", "+1", "12345", " ", '"', "\\", "{", ", "]
    texts = ["".join(chance.choices(pieces, k=chance.randint(2, 9))) for _ in range(400)]
    values = {folded for each in texts[:40] if len(folded := fold(each.strip())) >= 4}
    every = OldValues(values)
    met = 0
    for text in texts:
        wanted = {each for each in values if without_copies(text, Sought(frozenset((each,))), TEXT) != text}
        assert set(every.within(text, TEXT)) == wanted, text
        met += bool(wanted)
    assert met > 20
