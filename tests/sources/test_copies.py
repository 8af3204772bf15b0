"""What is a copy of a removed value and what only looks like one: by row, and by the form that it has."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from dsr.records import Action, Portable
from dsr.sources import registry
from dsr.sources.copies import NAME, Sought, sought_of, without_copies
from dsr.sources.dataset import Field
from dsr.sources.erasing import plan_rows, settle
from dsr.sources.masks import HASH_LENGTH, Room
from tests.sources.test_erasing import ADA, DATASET, NUMBER, ORDER, PERSONAL, ROOMS, TEXT, wish

JSON = Room("json", is_nullable=True)
CITY, PHONE, COUNTRY = (f"user.contact.{each}" for each in ("address.city", "phone_number", "address.country"))


def sought(*values: tuple[str, Portable]) -> Sought:
    """What is looked for when values of these categories go."""
    return sought_of((Field("any", 1, data_categories=(category,)), value) for category, value in values)


def cleaned(value: Portable, *values: tuple[str, Portable], room: Room = TEXT) -> Portable:
    return without_copies(value, sought(*values), room)


def account(**changed: Any) -> dict[str, Portable]:
    """What Ada's account shall hold when it is made anonymous, with some of its columns otherwise than usual."""
    wishes = [wish("customers", {**ADA, **changed}, Action.ANONYMISE, *PERSONAL)]
    described = registry.load(DATASET, "")
    (row,) = plan_rows(described, ROOMS, wishes, settle(described, ROOMS, wishes))
    return dict(row.changes)


@pytest.mark.parametrize(
    ("category", "value", "text", "left"),
    [
        (CITY, "Ulm", "Mei, Ulm 3", "Mei, [erased] 3"),
        (NAME[0], "Mei", "Mei flat 3", "[erased] flat 3"),
        (NAME[0], "李雷", "客户李雷上海", "客户[erased]上海"),
        (NAME[0], "山田 太郎", "太郎様 / 山田", "[erased]様 / [erased]"),
        (NAME[0], "สมชาย", "คุณสมชายโทร", "คุณ[erased]โทร"),
        (NAME[0], "Mei", "客户Mei上海", "客户[erased]上海"),
        (NAME[0], "José", "jose flat 3", "[erased] flat 3"),
        (NAME[0], "Jose", "JOSE\u0301 flat 3", "[erased] flat 3"),
        (CITY, "Straßburg", "in STRASSBURG", "in [erased]"),
        (NAME[0], "Søren Ærø", "soren aero", "[erased]"),
        (NAME[0], "Ada Lovelace", "lovelace, ada (VIP)", "[erased], [erased] (VIP)"),
        (NAME[0], "José Peña", "jose pena boston", "[erased] boston"),
        (NAME[0], "王伟", "送给王伟先生的戒指", "送给[erased]先生的戒指"),
        (NAME[0], "さくら", "さくらさんへ", "[erased]さんへ"),
        (NAME[0], "김철수", "김철수는 반지를", "[erased]는 반지를"),
        (NAME[0], "Al Green", "al dente for green, Al", "al dente for [erased], [erased]"),
        (NAME[0], "Renée", json.dumps("for Renée"), '"for [erased]"'),
        (CITY, "3b", "flat 3b", "flat [erased]"),
        (
            "user.contact.email",
            "ada@example.com",
            "ADA@EXAMPLE.COM, not adam@example.com",
            "[erased], not adam@example.com",
        ),
        (NAME[0], "Sean O'Brien", "photo_obrien.jpg O'BRIEN", "photo_obrien.jpg [erased]"),
        (NAME[0], "Ada Lovelace", "photo_ada_lovelace.jpg", "photo_[erased]_[erased].jpg"),
        (NAME[0], "Bo Li", "li, Bo", "[erased], [erased]"),
        (PHONE, 4915112345678, "call +4915112345678", "call +[erased]"),
        (CITY, "Orléans", r'{"to": "Orl\u00e9ans \"x\"", "n": 1.50}', r'{"to": "[erased] \"x\"", "n": 1.50}'),
        (CITY, "Boston", '{"Boston": {"a": ["nach Boston"]}}', '{"[erased]": {"a": ["nach [erased]"]}}'),
        (CITY, "Orléans", json.dumps({"in": json.dumps({"to": "Orléans"})}), '{"in": "{\\"to\\": \\"[erased]\\"}"}'),
        (PHONE, 4915112345678, '{"call": 4915112345678}', '{"call": null}'),
        (CITY, "Orléans", r'{"to": "Orl\u00e9ans", "to": "x"}', '{"to": "[erased]", "to": "x"}'),
        (CITY, "Orléans", '{"to": "Orléans", broken', '{"to": "[erased]", broken'),
    ],
)
def test_copy_when_it_has_another_form_then_is_found_all_the_same(
    category: str, value: Portable, text: str, left: str
) -> None:
    assert cleaned(text, (category, value)) == left


@pytest.mark.parametrize(
    ("category", "value", "text"),
    [
        (CITY, "Ulm", "Ulmer Strasse, ulm"),
        (CITY, "3", "flat 3"),
        (NAME[0], "Mei", "meirelles"),
        (NAME[0], "X", "X marks the spot"),
        (CITY, "12", "flat 12"),
        (COUNTRY, "DE", "mailed DE to de-DE"),
        ("user.content", "ok", "that is ok"),
        (NAME[0], "Ada Lovelace", "Adam Lovelaces adalovelace"),
        (NAME[0], "Anna de la Cruz", "de la mano"),
        (NAME[0], "Bo Li", "Boston, Lima, LI"),
        (PHONE, 12345, "order 12345"),
        (PHONE, 4915112345678, "tracked as 14915112345678 and 4915112345678x"),
        (CITY, "Orléans", r'{"to": "Orl\u00e9ansville"}'),
    ],
)
def test_text_when_it_only_looks_like_a_copy_then_stays(category: str, value: Portable, text: str) -> None:
    assert cleaned(text, (category, value)) == text


def test_document_when_the_names_of_its_members_are_copies_then_loses_those_and_no_member() -> None:
    document = {"Ada Lovelace": 1, "ada lovelace": {"Mei": [617555010199]}, "max": "Max", "name": "x"}
    values = ((NAME[0], "Ada Lovelace"), (CITY, "Mei"), (NAME[0], "Max Name"), (PHONE, 617555010199))

    after = without_copies(document, sought(*values), JSON, frozenset({"name"}))

    assert after == {"[erased]": 1, "[erased] 2": {"[erased]": [None]}, "max": "[erased]", "name": "x"}


def test_large_value_when_a_file_stands_for_it_then_is_no_document() -> None:
    stand_in = {"$file": "files/abcdef", "bytes": 1234567}

    assert cleaned(stand_in, (CITY, "files"), (CITY, "bytes"), (PHONE, 1234567), room=JSON) == stand_in
    assert cleaned({"to": "files"}, (CITY, "files"), room=JSON) == {"to": "[erased]"}


@pytest.mark.parametrize("room", [replace(TEXT, is_free=False), replace(TEXT, is_computed=True), NUMBER])
def test_column_when_it_takes_no_text_then_is_left_alone(room: Room) -> None:
    assert cleaned("Boston", (CITY, "Boston")) == "[erased]"
    assert cleaned("Boston", (CITY, "Boston"), room=room) == "Boston"


def test_column_when_it_must_not_repeat_then_gets_something_else_each_time_and_fits() -> None:
    unique, short = (Room("text", is_nullable=False, length=length, must_differ=True) for length in (80, 20))

    once, again = (cleaned("boston-ada", (CITY, "Boston"), room=unique) for _ in range(2))

    assert once != again
    assert len(str(once)) == HASH_LENGTH
    assert len(str(cleaned("boston-ada", (CITY, "Boston"), room=short))) == 20


def test_column_when_there_is_no_room_for_a_word_then_the_copy_is_cut_out() -> None:
    assert cleaned("to Ulm", (CITY, "Ulm"), room=replace(TEXT, length=8)) == "to "


def test_short_value_when_it_stands_in_another_row_then_stays_there_and_goes_from_its_own() -> None:
    mei = {**ADA, "name": "Mei", "search": "Mei flat 3"}
    order = {**ORDER, "note": "Mei would do, ada@example.com"}
    wishes = [wish("customers", mei, Action.ANONYMISE, *PERSONAL), wish("orders", order, Action.ANONYMISE, "contact")]
    described = registry.load(DATASET, "")

    one, other = plan_rows(described, ROOMS, wishes, settle(described, ROOMS, wishes))

    assert one.changes["search"] == "[erased] flat 3"
    assert other.changes["note"] == "Mei would do, [erased]"


def test_part_of_a_name_when_a_column_leads_to_somebody_or_is_about_another_then_stays_there() -> None:
    order = {**ORDER, "contact": "ada@work.example", "note": "Ada Lovelace"}
    named = DATASET.replace("{name: note, data_categories: [user.content]", "{name: note, data_categories: [user.name]")
    overlay = "collections: {customers: {third_party: {search: gift_recipient}}}"
    wishes = [
        wish("customers", {**ADA, "search": "Cleo Lovelace"}, Action.ANONYMISE, *PERSONAL),
        wish("orders", order, Action.KEEP, "note"),
    ]
    described = registry.load(named, overlay)

    account, kept = plan_rows(described, ROOMS, wishes, settle(described, ROOMS, wishes))

    assert "search" not in account.changes
    assert kept.changes == {"note": None}


def test_masked_place_when_its_value_stands_elsewhere_then_goes_from_there_too() -> None:
    assert account(search="the Countess of Boston")["search"] == "the [erased] of Boston"
    assert account(profile='{"nick": "Countess"}', search="the Countess")["search"] == "the [erased]"


def test_masked_place_when_its_document_holds_a_copy_too_then_is_one_change_with_it() -> None:
    document = {"nick": "Countess", "theme": "dark", "told": ["Countess", "ada@example.com"]}
    text = r'{"nick": "Countess", "theme": "dark",  "told": "Ada Lov\u0065lace", "price": 1.50}'

    assert account()["profile.nick"] is None
    whole, in_text = account(profile=document), account(profile=text)

    assert (whole.get("profile.nick", "none"), in_text.get("profile.nick", "none")) == ("none", "none")
    assert whole["profile"] == {"nick": None, "theme": "dark", "told": ["[erased]", "[erased]"]}
    assert in_text["profile"] == '{"nick": null, "theme": "dark",  "told": "[erased]", "price": 1.50}'


def test_document_when_part_of_it_may_not_be_read_then_is_not_written_anew() -> None:
    row = {**ADA, "profile": {"nick": "Countess", "told": "Countess", "pin": None}}
    made = wish("customers", row, Action.ANONYMISE, *PERSONAL)
    described = registry.load(DATASET, "")

    (some,), (every,) = (
        plan_rows(described, ROOMS, [each], settle(described, ROOMS, [each]))
        for each in (replace(made, held=("profile.pin",)), made)
    )

    assert every.changes["profile"] == {"nick": None, "told": "[erased]", "pin": None}
    assert "profile" not in some.changes
    assert some.changes["profile.nick"] is None


def test_value_that_says_nothing_of_a_person_when_its_row_goes_then_stays_where_others_say_it() -> None:
    status = "          - {name: status, data_categories: [system.operations], fides_meta: {data_type: string}}\n"
    code = status.replace("status", "codes").replace("string", '"string[]"')
    unsaid = "          - {name: unsaid, fides_meta: {data_type: string}}\n"
    note = "          - {name: note, data_categories: [user.content], fides_meta: {data_type: string}}\n"
    described = registry.load(DATASET.replace(note, note + status + code + unsaid), "")
    order = {**ORDER, "note": "for Ottilie", "status": "pending", "codes": ["gold"], "unsaid": "express"}
    gone = wish("orders", order, Action.DELETE, "contact", "note")
    search = "waits: pending, gold, express, For Ottilie"
    kept = wish("customers", {**ADA, "search": search}, Action.ANONYMISE, *PERSONAL)
    wishes = [gone, kept]

    rows = plan_rows(described, ROOMS, wishes, settle(described, ROOMS, wishes))

    assert rows[1].changes["search"] == "waits: pending, gold, express, [erased]"
