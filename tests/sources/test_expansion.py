"""What a person's own rows reveal is used to look further; what somebody else claims becomes a question."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsr.records import Identity, IdentityKind, Person
from dsr.sources import expansion
from dsr.sources.base import Revealed, SourceError, WeakMatch
from tests.sources.shop_of_rows import ShopOfRows, by_email, by_phone, rows_of
from tests.sources.test_reach import Tables

SHOP = """
customer: id* email@email number@customer_number phone@phone_number
order: id* customer_id>customer.id email@email
card: id* number@customer_number former@email
review: id* email@email
parcel: id* phone@phone_number
"""
ROWS: Tables = {
    "customer": [
        {"id": 1, "email": "ada@x.com", "number": "C1", "phone": "(617) 555-0101"},
        {"id": 2, "email": "bela@x.com", "number": "C2", "phone": "617 555 0102"},
    ],
    "order": [
        {"id": 10, "customer_id": 1, "email": "ada@x.com"},
        {"id": 11, "customer_id": None, "email": "Old@x.com"},
    ],
    "card": [{"id": 20, "number": " C1", "former": "old@X.com"}, {"id": 21, "number": "C2", "former": "older@x.com"}],
    "review": [{"id": 30, "email": "old@x.com"}, {"id": 31, "email": "older@x.com"}],
    "parcel": [{"id": 40, "phone": "+1 617 555 0101"}, {"id": 41, "phone": "6175550102"}],
}
ACCOUNTS = "collections: {customer: {record_class: account}}"


def email(address: str) -> Identity:
    return Identity(IdentityKind.EMAIL, address)


def number(text: str) -> Identity:
    return Identity(IdentityKind.CUSTOMER_NUMBER, text)


def phone(text: str) -> Identity:
    return Identity(IdentityKind.PHONE, text)


def test_a_number_leads_to_a_card_and_its_former_address_to_what_was_done_under_it(tmp_path: Path) -> None:
    located, records = ShopOfRows(tmp_path, SHOP, ROWS, ACCOUNTS).search(by_email("ada@x.com"))

    assert located.revealed == (
        Revealed(number("C1"), "customer.number", 1),
        Revealed(phone("+16175550101"), "customer.phone", 1),
        Revealed(email("old@x.com"), "card.former", 2),
    )
    assert rows_of(records) == {"customer": {1}, "order": {10, 11}, "card": {20}, "review": {30}, "parcel": {40}}
    assert (located.weak, located.shared) == ((), {})


def test_nothing_is_revealed_when_rows_say_what_was_proved(tmp_path: Path) -> None:
    tables = "customer: id* email@email\norder: id* customer_id>customer.id email@email"
    rows: Tables = {
        "customer": [{"id": 1, "email": "ada@x.com"}],
        "order": [{"id": 10, "customer_id": 1, "email": "ADA@x.com"}],
    }
    assert ShopOfRows(tmp_path, tables, rows).search(by_email("ada@x.com"))[0].revealed == ()


def test_an_order_of_a_strangers_address_does_not_open_the_strangers_rows(tmp_path: Path) -> None:
    tables = "customer: id* email@email\norder: id* customer_id>customer.id email@email\nreview: id* email@email"
    rows: Tables = {
        "customer": [{"id": 1, "email": "ada@x.com"}, {"id": 2, "email": "bela@x.com"}],
        "order": [{"id": 10, "customer_id": 2, "email": "ada@x.com"}, {"id": 11, "customer_id": 1, "email": None}],
        "review": [{"id": 30, "email": "ada@x.com"}, {"id": 31, "email": "bela@x.com"}],
    }
    located, records = ShopOfRows(tmp_path, tables, rows).search(by_email("bela@x.com"))

    assert rows_of(records) == {"customer": {2}, "order": {10}, "review": {31}}
    assert located.revealed == ()
    assert located.weak == (WeakMatch("customer", (("email", "ada@x.com"),), (), (email("ada@x.com"),)),)


def test_a_number_in_a_guests_order_does_not_open_the_account_of_another_address(tmp_path: Path) -> None:
    tables = "customer: id* email@email number@customer_number\norder: id* email@email number@customer_number"
    rows: Tables = {
        "customer": [{"id": 2, "email": "bela@x.com", "number": "C2"}],
        "order": [{"id": 10, "email": "ada@x.com", "number": "C2"}, {"id": 11, "email": None, "number": "C2"}],
    }
    located, records = ShopOfRows(tmp_path, tables, rows).search(by_email("ada@x.com"))

    assert rows_of(records) == {"order": {10}}
    assert [(each.collection, each.agrees, each.differs) for each in located.weak] == [
        ("customer", (("number", "C2"),), (("email", "bela@x.com"),))
    ]
    assert located.weak[0].reveals == (email("bela@x.com"), number("C2"))


def test_accepting_a_weak_match_brings_its_rows(tmp_path: Path) -> None:
    rows: Tables = {**ROWS, "customer": [*ROWS["customer"], {"id": 3, "email": "ada2@x.com", "phone": "+16175550101"}]}
    shop = ShopOfRows(tmp_path, SHOP, rows, ACCOUNTS)
    located, records = shop.search(by_email("ada@x.com"))
    (question,) = located.weak
    accepted = by_email("ada@x.com", *(each.value for each in question.reveals if each.kind is IdentityKind.EMAIL))

    assert rows_of(records)["customer"] == {1}
    assert (question.agrees, question.differs) == ((("phone", "+16175550101"),), (("email", "ada2@x.com"),))
    assert rows_of(shop.search(accepted)[1])["customer"] == {1, 3}


def test_a_phone_that_another_account_has_too_opens_nothing(tmp_path: Path) -> None:
    rows: Tables = {**ROWS, "customer": [{**row, "phone": "+1 617 555 0101"} for row in ROWS["customer"]]}
    located, records = ShopOfRows(tmp_path, SHOP, rows, ACCOUNTS).search(by_email("ada@x.com"))

    assert "parcel" not in rows_of(records)
    assert [(each.collection, each.differs) for each in located.weak] == [
        ("customer", (("email", "bela@x.com"), ("number", "C2")))
    ]


def test_a_proved_phone_opens_what_names_nobody_and_asks_about_the_rest(tmp_path: Path) -> None:
    located, records = ShopOfRows(tmp_path, SHOP, ROWS).search(by_phone("+16175550102"))

    assert rows_of(records) == {"parcel": {41}}
    assert [(each.collection, each.reveals) for each in located.weak] == [
        ("customer", (email("bela@x.com"), number("C2")))
    ]


def test_an_order_sent_to_the_proved_phone_of_a_friend_stays_the_friends(tmp_path: Path) -> None:
    tables = """
    customer: id* email@email
    address: id* phone@phone_number
    order: id* customer_id>customer.id address_id>address.id
    """
    rows: Tables = {
        "customer": [{"id": 2, "email": "bela@x.com"}],
        "address": [{"id": 50, "phone": "+16175550101"}, {"id": 51, "phone": "+16175550101"}],
        "order": [{"id": 10, "customer_id": 2, "address_id": 50}, {"id": 11, "customer_id": None, "address_id": 51}],
    }
    assert rows_of(ShopOfRows(tmp_path, tables, rows).search(by_phone("+16175550101"))[1]) == {
        "address": {50, 51},
        "order": {11},
    }


def test_a_gift_recipient_learns_nothing_of_the_giver(tmp_path: Path) -> None:
    tables = "order: id* email@email gift_email@email phone@phone_number\nreview: id* email@email"
    rows: Tables = {
        "order": [
            {"id": 10, "email": "bela@x.com", "gift_email": "ada@x.com", "phone": "+16175550102"},
            {"id": 11, "email": "bela@x.com"},
        ],
        "review": [{"id": 30, "email": "bela@x.com"}],
    }  # fmt: skip
    overlay = "collections: {order: {third_party: {gift_email: gift recipient}}}"
    located, records = ShopOfRows(tmp_path, tables, rows, overlay).search(by_email("ada@x.com"))

    assert (rows_of(records), located.revealed, located.weak) == ({"order": {10}}, (), ())


def test_a_gift_recipients_address_is_not_taken_for_the_givers(tmp_path: Path) -> None:
    tables = "order: id* email@email gift_email@email\nreview: id* email@email"
    rows: Tables = {
        "order": [{"id": 10, "email": "bela@x.com", "gift_email": "ada@x.com"}],
        "review": [{"id": 30, "email": "ada@x.com"}],
    }
    overlay = "collections: {order: {third_party: {gift_email: gift recipient}}}"

    assert rows_of(ShopOfRows(tmp_path, tables, rows).search(by_email("bela@x.com"))[1]) == {
        "order": {10},
        "review": {30},
    }
    (tmp_path / "shop.db").unlink()
    assert rows_of(ShopOfRows(tmp_path, tables, rows, overlay).search(by_email("bela@x.com"))[1]) == {"order": {10}}


@pytest.mark.parametrize("word", ["", "n/a", "none", "0", "-", "123"])
def test_words_that_are_no_identity_reveal_nothing(tmp_path: Path, word: str) -> None:
    tables = "customer: id* email@email other@email phone@phone_number number@customer_number\nvisit: id* email@email"
    rows: Tables = {
        "customer": [{"id": 1, "email": "ada@x.com", "other": word, "phone": word, "number": "0"}],
        "visit": [{"id": 70, "email": word}],
    }
    located, records = ShopOfRows(tmp_path, tables, rows).search(by_email("ada@x.com"))

    assert (located.revealed, rows_of(records)) == ((), {"customer": {1}})


def test_a_placeholder_under_which_many_people_bought_is_nobodys(tmp_path: Path) -> None:
    tables = "customer: id* email@email\norder: id* customer_id>customer.id email@email"
    shop_counter = [{"id": 100 + n, "customer_id": 50 + n, "email": "counter@x.com"} for n in range(300)]
    rows: Tables = {
        "customer": [{"id": 1, "email": "ada@x.com"}],
        "order": [{"id": 10, "customer_id": 1, "email": "counter@x.com"}, *shop_counter],
    }
    located, records = ShopOfRows(tmp_path, tables, rows).search(by_email("ada@x.com"))

    assert (rows_of(records)["order"], located.revealed) == ({10}, ())


def test_identities_without_end_are_a_named_error(tmp_path: Path) -> None:
    tables = "customer: id* email@email\nalias: id* customer_id>customer.id email@email"
    count = expansion.MOST_IDENTITIES + 1
    rows: Tables = {
        "customer": [{"id": 1, "email": "ada@x.com"}, {"id": 2, "email": "bela@x.com"}],
        "alias": [{"id": n, "customer_id": 1, "email": f"ada{n}@x.com"} for n in range(count)],
    }
    shop = ShopOfRows(tmp_path, tables, rows)

    with pytest.raises(SourceError, match="further identities") as caught:
        shop.search(by_email("ada@x.com"))
    assert (caught.value.code, caught.value.permanent) == ("limit_reached", True)
    assert rows_of(shop.search(by_email("bela@x.com"))[1]) == {"customer": {2}}


NAMESAKES = """
dataset:
  - fides_key: shop
    collections:
      - name: customer
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email}}
          - {name: first, data_categories: [user.name.first]}
          - {name: last, data_categories: [user.name.last]}
          - {name: zip, data_categories: [user.contact.address.postal_code]}
      - name: guest
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email}}
          - {name: name, data_categories: [user.name]}
          - {name: postcode, data_categories: [user.contact.address.postal_code], fides_meta: {data_type: string}}
"""


def test_the_same_name_at_the_same_postcode_is_a_question(tmp_path: Path) -> None:
    rows: Tables = {
        "customer": [
            {"id": 1, "email": "zoe@x.com", "first": "Zoë", "last": "Nagy", "zip": "1011 AB"},
            {"id": 2, "email": "zoe2@x.com", "first": "ZOE", "last": "nagy", "zip": "1011AB"},
            {"id": 3, "email": "zoe3@x.com", "first": "Zoe", "last": "Nagy", "zip": "2000 AB"},
            {"id": 4, "email": "bela@x.com", "first": "Bela", "last": "Nagy", "zip": "1011 AB"},
        ],
        "guest": [
            {"id": 5, "email": "z.nagy@x.com", "name": "Nagy Zoë", "postcode": "1011 ab"},
            {"id": 6, "email": None, "name": "Zoë Nagy", "postcode": "1011 ab"},
        ],
    }
    shop = ShopOfRows(tmp_path, NAMESAKES, rows)
    located, records = shop.search(by_email("zoe@x.com"))

    assert rows_of(records) == {"customer": {1}}
    assert located.weak == (
        WeakMatch(
            "customer",
            (("first", "ZOE"), ("last", "nagy"), ("zip", "1011AB")),
            (("email", "zoe2@x.com"),),
            (email("zoe2@x.com"),),
        ),
        WeakMatch(
            "guest",
            (("name", "Nagy Zoë"), ("postcode", "1011 ab")),
            (("email", "z.nagy@x.com"),),
            (email("z.nagy@x.com"),),
        ),
    )


def test_two_rows_that_hang_on_a_row_reached_from_one_of_them_are_one_persons(tmp_path: Path) -> None:
    """Found by the long run of random shops: the owner was held weakly, and not read as far as its key."""
    tables = "club: id* founder_id>member.id\nmember: id* email@email number@customer_number club_id>club.id"
    rows: Tables = {
        "club": [{"id": 7, "founder_id": None}],
        "member": [
            {"id": 1, "email": "ada@x.com", "number": "C1", "club_id": 7},
            {"id": 2, "email": "ADA@x.com", "number": None, "club_id": 7},
        ],
    }
    person = Person((number("C1"),))

    located, records = ShopOfRows(tmp_path, tables, rows).search(person)

    assert [each.identity for each in located.revealed] == [email("ada@x.com")]
    assert rows_of(records)["member"] == {1, 2}
