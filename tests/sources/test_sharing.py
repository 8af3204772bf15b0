"""A row that a second person also reaches is marked, and says why without a value."""

from __future__ import annotations

from pathlib import Path

from dsr.sources.base import FieldPath
from tests.sources.shop_of_rows import ShopOfRows, by_email, rows_of, shared_of
from tests.sources.test_reach import Tables, dataset_of

SHOP = """
customer: id* email@email
order: id* customer_id>customer.id email@email address_id>address.id
line: id* order_id>order.id product_id>product.id
address: id* country>country.code
product: id*
country: code*
"""
LOOKUPS = "collections: {product: {ownership: lookup}, country: {ownership: lookup}}"
ROWS: Tables = {
    "customer": [{"id": 1, "email": "ada@x.com"}, {"id": 2, "email": "bela@x.com"}],
    "order": [
        {"id": 10, "customer_id": 1, "address_id": 100},
        {"id": 11, "customer_id": 2, "address_id": 100},
        {"id": 12, "customer_id": 1, "address_id": 101},
        {"id": 13, "customer_id": 1, "address_id": 101},
        {"id": 14, "customer_id": 2, "email": "ada@x.com", "address_id": 102},
    ],
    "line": [{"id": 20, "order_id": 10, "product_id": 7}, {"id": 24, "order_id": 14, "product_id": 7}],
    "address": [{"id": 100, "country": "CH"}, {"id": 101, "country": "CH"}, {"id": 102, "country": "CH"}],
    "product": [{"id": 7}],
    "country": [{"code": "CH"}],
}


def test_a_row_that_two_people_reach_is_shared_and_the_rest_is_not(tmp_path: Path) -> None:
    _, records = ShopOfRows(tmp_path, SHOP, ROWS, LOOKUPS).search(by_email("ada@x.com"))

    assert rows_of(records)["order"] == {10, 12, 13, 14}
    assert shared_of(records) == {
        ("order", "14"): ("customer.id = order.customer_id belongs to somebody else too",),
        ("line", "24"): ("order.id = line.order_id leads here from a shared row of 'order'",),
        ("address", "100"): ("order.address_id = address.id leads here from somebody else's row too",),
        ("address", "102"): ("order.address_id = address.id leads here from a shared row of 'order'",),
    }


def test_the_other_person_sees_the_same_rows_as_shared(tmp_path: Path) -> None:
    _, records = ShopOfRows(tmp_path, SHOP, ROWS, LOOKUPS).search(by_email("bela@x.com"))

    assert rows_of(records)["order"] == {11, 14}
    assert set(shared_of(records)) == {("order", "14"), ("line", "24"), ("address", "100"), ("address", "102")}
    assert shared_of(records)["order", "14"] == ("order.email names somebody else",)


def test_a_row_of_one_person_is_shared_with_nobody(tmp_path: Path) -> None:
    rows: Tables = {**ROWS, "order": [row for row in ROWS["order"] if row["id"] in (10, 12, 13)]}
    located, records = ShopOfRows(tmp_path, SHOP, rows, LOOKUPS).search(by_email("ada@x.com"))

    assert (shared_of(records), located.shared) == ({}, {})
    assert len(records) == 9


def test_an_owner_that_does_not_exist_shares_nothing(tmp_path: Path) -> None:
    rows: Tables = {**ROWS, "order": [{"id": 14, "customer_id": 9, "email": "ada@x.com", "address_id": None}]}
    _, records = ShopOfRows(tmp_path, SHOP, rows, LOOKUPS).search(by_email("ada@x.com"))

    assert shared_of(records) == {}
    assert rows_of(records)["order"] == {14}


def test_a_gift_is_the_givers_and_the_recipients(tmp_path: Path) -> None:
    tables = "order: id* email@email\ngift: id* order_id>order.id recipient@email"
    rows: Tables = {
        "order": [{"id": 10, "email": "ada@x.com"}],
        "gift": [{"id": 20, "order_id": 10, "recipient": "cleo@x.com"}, {"id": 21, "order_id": 10, "recipient": None}],
    }
    overlay = "collections: {gift: {third_party: {recipient: gift recipient}}}"
    shop = ShopOfRows(tmp_path, tables, rows, overlay)

    assert shared_of(shop.search(by_email("ada@x.com"))[1]) == {("gift", "20"): ("gift.recipient names somebody else",)}
    _, records = shop.search(by_email("cleo@x.com"))
    assert rows_of(records) == {"gift": {20}}
    assert shared_of(records) == {("gift", "20"): ("order.id = gift.order_id belongs to somebody else too",)}


def test_a_group_of_many_customers_is_shared_and_their_memberships_are_not(tmp_path: Path) -> None:
    tables = """
    customer: id* email@email
    membership: customer_id*>customer.id group_id*>group.id
    group: id*
    """
    rows: Tables = {
        "customer": [{"id": 1, "email": "ada@x.com"}, {"id": 2, "email": "bela@x.com"}],
        "membership": [{"customer_id": 1, "group_id": 5}, {"customer_id": 1, "group_id": 6}, {"customer_id": 2, "group_id": 6}],
        "group": [{"id": 5}, {"id": 6}, {"id": 7}],
    }  # fmt: skip
    _, records = ShopOfRows(tmp_path, tables, rows).search(by_email("ada@x.com"))

    assert rows_of(records) == {"customer": {1}, "membership": {1}, "group": {5, 6}}
    assert shared_of(records) == {
        ("group", "6"): ("membership.group_id = group.id leads here from somebody else's row too",)
    }


def test_a_composite_reference_shares_only_as_a_whole(tmp_path: Path) -> None:
    tables = """
    customer: id* email@email
    order: id* customer_id>customer.id shop>place.shop street>place.street
    place: shop* street*
    """
    rows: Tables = {
        "customer": [{"id": 1, "email": "ada@x.com"}, {"id": 2, "email": "bela@x.com"}],
        "order": [
            {"id": 10, "customer_id": 1, "shop": 1, "street": 5},
            {"id": 11, "customer_id": 1, "shop": 2, "street": 6},
            {"id": 12, "customer_id": 2, "shop": 1, "street": 6},
            {"id": 13, "customer_id": 2, "shop": 2, "street": 6},
        ],
        "place": [{"shop": 1, "street": 5}, {"shop": 2, "street": 6}, {"shop": 1, "street": 6}],
    }
    _, records = ShopOfRows(tmp_path, tables, rows).search(by_email("ada@x.com"))

    assert [(each.values["shop"], bool(each.shared)) for each in records if each.key.collection == "place"] == [
        (1, False),
        (2, True),
    ]


def test_a_subscription_that_another_dataset_gives_to_somebody_else_is_shared(tmp_path: Path) -> None:
    shop = dataset_of("shop", "customer: id* email@email")
    letters = ShopOfRows(
        tmp_path,
        "letter: id* email@email customer_id>shop/customer.id\nopening: id* letter_id>letter.id",
        {
            "letter": [
                {"id": 50, "email": "ada@x.com", "customer_id": 1},
                {"id": 51, "email": "ada@x.com", "customer_id": 2},
                {"id": 52, "email": "old@x.com", "customer_id": 1},
                {"id": 53, "email": "bela@x.com", "customer_id": 2},
            ],
            "opening": [{"id": 60 + n, "letter_id": 50 + n} for n in range(4)],
        },
        key="letters",
        others=(shop,),
    )
    path = FieldPath("shop", "customer", "id")
    located, records = letters.search(by_email("ada@x.com"), {path: (1,)})

    assert rows_of(records) == {"letter": {50, 51, 52}, "opening": {60, 61, 62}}
    assert shared_of(records) == {
        ("letter", "51"): ("shop:customer.id = letter.customer_id belongs to somebody else too",),
        ("opening", "61"): ("letter.id = opening.letter_id leads here from a shared row of 'letter'",),
    }
    assert [each.via for each in located.revealed] == ["letter.email"]


def test_a_tree_that_nobody_owns_does_not_lead_downward(tmp_path: Path) -> None:
    """Found by the long run of random shops: the parent of a place is no person's row, so its child is not shared."""
    tables = "customer: id* email@email place_id>place.id:to\nplace: id* parent_id>place.id:from"
    rows: Tables = {
        "customer": [{"id": 1, "email": "ada@x.com", "place_id": 5}],
        "place": [{"id": 5, "parent_id": 6}, {"id": 6, "parent_id": None}],
    }

    _, records = ShopOfRows(tmp_path, tables, rows).search(by_email("ada@x.com"))

    assert rows_of(records) == {"customer": {1}, "place": {5}}
    assert shared_of(records) == {}


def test_a_column_that_names_two_owners_is_asked_for_both(tmp_path: Path) -> None:
    """Found by the long run of random shops: an object's number that is a customer's and a supplier's at once."""
    tables = "customer: id* email@email\nsupplier: id* number@customer_number\nnote: id* object_id>customer.id"
    one = "references: [{dataset: shop, field: customer.id}]"
    dataset = dataset_of("shop", tables).replace(one, one[:-1] + ", {dataset: shop, field: supplier.id}]")
    rows: Tables = {
        "customer": [{"id": 1, "email": "ada@x.com"}, {"id": 2, "email": "bela@x.com"}],
        "supplier": [{"id": 1, "number": "S-1"}],
        "note": [{"id": 10, "object_id": 1}, {"id": 20, "object_id": 2}],
    }
    shop = ShopOfRows(tmp_path, dataset, rows)

    hers, his = (shop.search(by_email(f"{name}@x.com"))[1] for name in ("ada", "bela"))

    assert set(shared_of(hers)) == {("note", "10")}
    assert (rows_of(his)["note"], shared_of(his)) == ({20}, {})
