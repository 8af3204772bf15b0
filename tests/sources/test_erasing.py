"""What a database lets happen of a decision: masks that fit, references let go, shells where a row is still needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from dsr.records import Action, Portable, RecordKey
from dsr.sources import registry
from dsr.sources.erasing import Settled, Wish, plan_rows, settle
from dsr.sources.masks import HASH_LENGTH, Mask, Room, masking, misfit

DATASET = """
dataset:
  - fides_key: shop
    collections:
      - name: customers
        fields:
          - {name: id, data_categories: [user.unique_id], fides_meta: {primary_key: true, data_type: integer}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
          - {name: name, data_categories: [user.name], fides_meta: {data_type: string}}
          - {name: search, data_categories: [system.operations], fides_meta: {data_type: string}}
          - name: profile
            data_categories: [system.operations]
            fides_meta: {data_type: object}
            fields:
              - {name: nick, data_categories: [user.name], fides_meta: {data_type: string}}
              - {name: theme, data_categories: [system.operations], fides_meta: {data_type: string}}
      - name: orders
        fields:
          - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true, data_type: integer}}
          - name: customer_id
            data_categories: [user.unique_id]
            fides_meta: {data_type: integer, references: [{dataset: shop, field: customers.id, direction: from}]}
          - {name: contact, data_categories: [user.contact.email], fides_meta: {data_type: string}}
          - {name: note, data_categories: [user.content], fides_meta: {data_type: string}}
      - name: letters
        fields:
          - {name: email, data_categories: [user.contact.email], fides_meta: {primary_key: true, identity: email}}
"""
TEXT, NUMBER = Room("text", is_nullable=False), Room("integer", is_nullable=False)
NULLABLE = Room("text", is_nullable=True)
ROOMS = {
    "customers": {
        "id": NUMBER,
        "email": Room("text", is_nullable=False, length=60, must_differ=True),
        "name": TEXT,
        "search": TEXT,
        "profile": Room("json", is_nullable=True),
    },
    "orders": {"id": NUMBER, "customer_id": Room("integer", is_nullable=True), "contact": NULLABLE, "note": NULLABLE},
    "letters": {"email": Room("text", is_nullable=False, must_differ=True)},
}
ADA = {
    "id": 1,
    "email": "ada@example.com",
    "name": "Ada Lovelace",
    "search": "ada@example.com ada lovelace boston",
    "profile": {"nick": "Countess", "theme": "dark"},
}
ORDER = {
    "id": 10,
    "customer_id": 1,
    "contact": "ada@example.com",
    "note": "Ring to ada@example.com, not adam@example.com",
}
PERSONAL = ("email", "name", "profile.nick")


def wish(collection: str, values: Mapping[str, Portable], action: Action, *fields: str, key: str = "id") -> Wish:
    telling = PERSONAL if collection == "customers" else ("contact", "note")
    record = RecordKey("shop", collection, ((key, values[key]),))
    return Wish(record, values, (), action, fields, telling)


def settled(*wishes: Wish, overlay: str = "", **rooms: Any) -> list[Settled]:
    found = {name: {**columns, **rooms.get(name, {})} for name, columns in ROOMS.items()}
    return settle(registry.load(DATASET, overlay), found, wishes)


def test_reference_when_its_row_goes_then_is_emptied_and_the_row_that_stays_lets_go() -> None:
    account, order = settled(wish("customers", ADA, Action.DELETE), wish("orders", ORDER, Action.KEEP, "contact"))

    assert account == Settled(Action.DELETE)
    assert dict(order.masks) == {"customer_id": Mask.NULL, "contact": Mask.NULL}


def test_row_when_a_row_that_stays_cannot_let_go_then_becomes_an_empty_shell() -> None:
    account, order = settled(
        wish("customers", ADA, Action.DELETE),
        wish("orders", ORDER, Action.KEEP),
        orders={"customer_id": NUMBER},
    )

    assert (account.action, account.needed_by) == (Action.ANONYMISE, "orders")
    assert dict(account.masks) == {"email": Mask.HASH, "name": Mask.TEXT, "profile.nick": Mask.NULL}
    assert dict(order.masks) == {}


def test_row_when_everything_that_refers_to_it_goes_too_then_goes() -> None:
    account, order = settled(
        wish("customers", ADA, Action.DELETE),
        wish("orders", ORDER, Action.DELETE),
        orders={"customer_id": NUMBER},
    )

    assert (account.action, order.action) == (Action.DELETE, Action.DELETE)


def test_key_when_it_is_a_number_then_stays_and_when_it_is_an_address_is_changed() -> None:
    account, letter = settled(
        wish("customers", ADA, Action.ANONYMISE, "id", "email"),
        wish("letters", {"email": "ada@example.com"}, Action.ANONYMISE, "email", key="email"),
    )

    assert dict(account.stays) == {"id": "it is the row's number"}
    assert dict(letter.masks) == {"email": Mask.HASH}


def test_column_when_no_mask_fits_then_is_named_as_unfit() -> None:
    rooms = {"name": Room("text", is_nullable=False, is_free=False)}

    (account,) = settled(wish("customers", ADA, Action.ANONYMISE, *PERSONAL), customers=rooms)

    assert account.unfit == ("name",)


@pytest.mark.parametrize(
    ("room", "mask"),
    [
        (Room("date", is_nullable=False), Mask.EPOCH),
        (Room("datetime", is_nullable=False), Mask.EPOCH),
        (Room("boolean", is_nullable=False), Mask.NOBODY),
        (Room("integer", is_nullable=False), Mask.ZERO),
        (Room("text", is_nullable=False, length=5), Mask.EMPTY),
        (Room("text", is_nullable=True), Mask.NULL),
    ],
)
def test_column_when_it_has_a_type_then_gets_the_mask_that_fits_it(room: Room, mask: Mask) -> None:
    (account,) = settled(wish("customers", ADA, Action.ANONYMISE, "name"), customers={"name": room})

    assert dict(account.masks) == {"name": mask}


def test_hash_when_there_is_little_room_then_is_shorter_and_below_six_letters_does_not_fit() -> None:
    short, tiny = (Room("text", is_nullable=False, length=length, must_differ=True) for length in (6, 5))

    assert misfit(Mask.HASH, short) == ""
    assert misfit(Mask.HASH, tiny) == "holds 5 characters, and hash needs 6"
    assert len(str(masking(Mask.HASH, short))) == 6


def test_row_when_it_is_deactivated_then_is_marked_as_the_overlay_says() -> None:
    overlay = "collections:\n  customers:\n    deactivate: {search: locked}\n"

    (account,) = settled(wish("customers", ADA, Action.DEACTIVATE), overlay=overlay)

    assert dict(account.out_of_use) == {"search": "locked"}


def test_copies_when_a_row_is_made_anonymous_then_go_from_its_other_columns_and_documents() -> None:
    wishes = [
        wish("customers", ADA, Action.ANONYMISE, *PERSONAL),
        wish("orders", ORDER, Action.KEEP, "contact"),
    ]
    done = settled(*wishes)

    account, order = plan_rows(registry.load(DATASET, ""), ROOMS, wishes, done)

    assert account.changes["search"] == "[erased] [erased] boston"
    assert account.changes["name"] == "[erased]"
    assert len(str(account.changes["email"])) == HASH_LENGTH
    # An address that only looks like it is somebody else's.
    assert order.changes == {"contact": None, "note": "Ring to [erased], not adam@example.com"}


def test_masks_when_made_twice_then_a_hash_is_never_the_same_and_tells_nothing() -> None:
    wishes = [wish("customers", ADA, Action.ANONYMISE, "email")]
    made = {
        str(plan_rows(registry.load(DATASET, ""), ROOMS, wishes, settled(*wishes))[0].changes["email"])
        for _ in range(5)
    }

    assert len(made) == 5
    assert not [each for each in made if "ada" in each]


CODES = """
dataset:
  - fides_key: shop
    collections:
      - name: buyers
        fields:
          - {name: code, data_categories: [user.unique_id], fides_meta: {primary_key: true, identity: customer_number}}
          - {name: name, data_categories: [user.name]}
      - name: sales
        fields:
          - {name: number, data_categories: [user.behavior.purchase_history], fides_meta: {primary_key: true}}
          - {name: buyer, data_categories: [user.unique_id], fides_meta: {references: [{dataset: shop, field: buyers.code}]}}
"""
WORD = Room("text", is_nullable=False, must_differ=True)


def of_codes(dataset: str, sale: Action, bound: Mapping[str, str] | None = None) -> Settled:
    """What becomes of a buyer whose key is a word, made anonymous while a sale of theirs is there."""
    buyer = Wish(RecordKey("shop", "buyers", (("code", "C-7"),)), {"code": "C-7", "name": "Ada"}, (), Action.ANONYMISE,
                 ("code", "name"), ("name",))  # fmt: skip
    sold = {"number": "S-1", "buyer": "C-7"}
    wishes = [buyer, Wish(RecordKey("shop", "sales", (("number", "S-1"),)), sold, (), sale)]
    rooms = {"buyers": {"code": WORD, "name": NULLABLE}, "sales": {"number": WORD, "buyer": TEXT}}
    return settle(registry.load(dataset, ""), rooms, wishes, bound)[0]


def test_key_when_it_is_a_word_to_which_rows_refer_then_stays() -> None:
    for sale in (Action.KEEP, Action.DELETE):
        found = of_codes(CODES, sale)
        assert (dict(found.stays), dict(found.masks)) == ({"code": "other rows refer to it"}, {"name": Mask.NULL})


def test_key_when_it_tells_who_it_is_and_a_row_that_stays_refers_to_it_then_nothing_fits() -> None:
    mails = CODES.replace(
        "[user.unique_id], fides_meta: {primary_key", "[user.contact.email], fides_meta: {primary_key"
    )

    assert of_codes(mails, Action.KEEP).unfit == ("code",)
    assert of_codes(mails, Action.DELETE).masks["code"] is Mask.HASH


def test_column_when_the_database_computes_it_then_is_never_written_and_hinders_nothing() -> None:
    computed = {name: replace(TEXT, is_computed=True) for name in ("name", "search")}
    rooms = {**ROOMS, "customers": {**ROOMS["customers"], **computed}}
    wishes = [wish("customers", ADA, Action.ANONYMISE, *PERSONAL)]
    assert "ada@example.com" in ADA["search"]

    (done,) = settle(registry.load(DATASET, ""), rooms, wishes)
    (account,) = plan_rows(registry.load(DATASET, ""), rooms, wishes, [done])

    assert (done.unfit, dict(done.stays)) == ((), {})
    assert set(account.changes) == {"email", "profile.nick"}


def test_reference_when_the_database_computes_it_then_cannot_be_emptied() -> None:
    computed = {"customer_id": Room("integer", is_nullable=True, is_computed=True)}

    account, order = settled(wish("customers", ADA, Action.DELETE), wish("orders", ORDER, Action.KEEP), orders=computed)

    assert (account.action, dict(order.masks)) == (Action.ANONYMISE, {})


def test_column_when_it_is_empty_as_the_plan_is_made_then_is_written_empty_and_a_place_in_a_document_is_not() -> None:
    row = {**ADA, "name": None, "profile": {"nick": None}}
    wishes = [wish("customers", row, Action.ANONYMISE, "name", "profile.nick")]
    rooms = {"name": NULLABLE}

    (account,) = plan_rows(registry.load(DATASET, ""), ROOMS, wishes, settled(*wishes, customers=rooms))

    assert account.changes == {"name": None, "profile.nick": None}


def test_column_when_it_is_empty_and_its_row_has_no_key_then_is_not_written_and_the_row_stays_the_same() -> None:
    row = {**ORDER, "contact": None}
    made = replace(
        wish("orders", row, Action.KEEP, "contact"), key=RecordKey("shop", "orders", tuple(sorted(row.items())))
    )

    (order,) = plan_rows(registry.load(DATASET, ""), ROOMS, [made], settled(made))

    assert (order.changes, order.moved_to) == ({}, None)
