"""Copies of what goes from a row: found however they are written, and nothing else with them."""

from __future__ import annotations

import json

import pytest

from dsr.records import Portable
from dsr.sources import copies, registry
from dsr.sources.masks import HASH_LENGTH, Room

DATASET = """
dataset:
  - fides_key: shop
    collections:
      - name: customers
        fields:
          - {name: id, fides_meta: {primary_key: true, data_type: integer}}
          - {name: name, data_categories: [user.name]}
          - {name: email, data_categories: [user.contact.email]}
          - {name: phone, data_categories: [user.contact.phone_number], fides_meta: {data_type: integer}}
          - {name: flat, data_categories: [user.contact.address.street]}
          - {name: note}
          - name: profile
            fides_meta: {data_type: object}
            fields:
              - {name: nick, data_categories: [user.name]}
"""
(CUSTOMERS,) = registry.load(DATASET).graph.collections.values()
TEXT = Room("text", is_nullable=True)


def cleaned(note: Portable, room: Room = TEXT, **goes: Portable) -> Portable:
    """What becomes of a note when these columns go from its row."""
    names = [f"{name}.nick" if name == "profile" else name for name in goes]
    sought = copies.removed(CUSTOMERS, goes, names)
    found = copies.without([copies.finder(sought.everywhere | sought.own)], {**goes, "note": note}, {"note": room}, ())
    return found.get("note", note)


@pytest.mark.parametrize(
    ("name", "note", "after"),
    [
        ("Ada Lovelace", "for Ada Lovelace, boston", "for [erased], boston"),
        ("Ada Lovelace", "lovelace, ada (VIP)", "[erased], [erased] (VIP)"),
        ("Mei", "Mei flat 3", "[erased] flat 3"),
        ("Mei", "meirelles", "meirelles"),
        ("José Peña", "jose pena boston", "[erased] boston"),
        ("Jose", "für José gemacht", "für [erased] gemacht"),
        ("Jose\u0301", "Ring für Jose\u0301!", "Ring für [erased]!"),
        ("Straße", "STRASSE 4", "[erased] 4"),
        ("王伟", "送给王伟先生的戒指", "送给[erased]先生的戒指"),
        ("さくら", "さくらさんへ", "[erased]さんへ"),
        ("김철수", "김철수는 반지를", "[erased]는 반지를"),
        ("Al Green", "al dente for Al", "al dente for [erased]"),
        ("Renée", json.dumps("for Renée"), '"for [erased]"'),
        ("X", "X marks the spot", "X marks the spot"),
    ],
)
def test_name_when_it_stands_in_another_text_then_goes_however_it_is_written(name: str, note: str, after: str) -> None:
    assert cleaned(note, name=name) == after


@pytest.mark.parametrize(
    ("column", "value", "note", "after"),
    [
        ("phone", 16175550101, "call 16175550101 first", "call [erased] first"),
        ("phone", 12345, "12345 Main Street", "12345 Main Street"),
        ("flat", "12", "ring 12 times", "ring 12 times"),
        ("email", "ada@example.com", "ADA@EXAMPLE.COM, not adam@example.com", "[erased], not adam@example.com"),
        ("profile", {"nick": "Countess", "theme": "dark"}, "the Countess likes it dark", "the [erased] likes it dark"),
    ],
)
def test_value_when_it_stands_in_another_text_then_goes_and_what_looks_alike_stays(
    column: str, value: Portable, note: str, after: str
) -> None:
    assert cleaned(note, **{column: value}) == after


def test_document_when_copies_stand_in_it_then_go_from_its_values_and_its_names() -> None:
    note: Portable = {"ada@example.com": [{"to": "Ada Lovelace"}, 7], "theme": "dark"}

    after = cleaned(note, Room("json", is_nullable=True), name="Ada Lovelace", email="ada@example.com")

    assert after == {"[erased]": [{"to": "[erased]"}, 7], "theme": "dark"}


def test_column_when_it_must_not_repeat_then_gets_a_word_of_its_own() -> None:
    room = Room("text", is_nullable=False, must_differ=True)

    made = {str(cleaned("ada-lovelace", room, name="Ada Lovelace")) for _ in range(3)}

    assert [len(each) for each in made] == [HASH_LENGTH] * 3


@pytest.mark.parametrize(
    "room",
    [
        Room("text", is_nullable=True, is_free=False),
        Room("text", is_nullable=True, is_computed=True),
        Room("integer", is_nullable=True),
    ],
)
def test_column_when_no_text_can_be_written_there_then_stays(room: Room) -> None:
    assert cleaned("Ada Lovelace", room, name="Ada Lovelace") == "Ada Lovelace"


def test_text_when_there_is_no_room_for_a_word_then_only_loses_the_copy() -> None:
    assert cleaned("Mei", Room("text", is_nullable=False, length=3), name="Mei") == ""


def test_short_values_and_parts_of_names_then_are_for_their_own_row_alone() -> None:
    sought = copies.removed(CUSTOMERS, {"name": "Ada May", "flat": "3b"}, ["name", "flat"])

    assert sought.everywhere == {"Ada May"}
    assert sought.own == {"Ada", "May", "3b"}
