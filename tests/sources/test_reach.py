"""Whose rows are found: the rule of ``graph.py``, each sentence of it on a few rows in memory.

A table is written ``name: column*`` (key) ``column@email`` (identity) ``column>table.column`` (reference), with ``:to`` or
``:from`` behind a reference for its direction.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import pytest

from dsr.sources import registry
from dsr.sources.base import Condition, FieldPath
from dsr.sources.description import describe_collections
from dsr.sources.reach import Arrival, Hold, Search

Tables = dict[str, list[dict[str, Hashable]]]


def dataset_of(key: str, tables: str) -> str:
    """The YAML of a few tables."""
    lines = ["dataset:", f"  - fides_key: {key}", "    collections:"]
    for table in tables.strip().splitlines():
        name, _, columns = table.strip().partition(": ")
        lines += [f"      - name: {name}", "        fields:"]
        lines += [f"          - {_field(key, column)}" for column in columns.split()]
    return "\n".join(lines)


def _field(key: str, written: str) -> str:
    column, _, reference = written.partition(">")
    column, _, identity = column.partition("@")
    meta = ["primary_key: true"] if column.endswith("*") else []
    meta += [f"identity: {identity}"] if identity else []
    if reference:
        target, _, direction = reference.partition(":")
        dataset = key if "/" not in target else target.split("/")[0]
        way = f", direction: {direction}" if direction else ""
        meta.append(f"references: [{{dataset: {dataset}, field: {target.split('/')[-1]}{way}}}]")
    return f"{{name: {column.rstrip('*')}, fides_meta: {{{', '.join(meta)}}}}}"


def reached(tables: str, rows: Tables, email: str = "ada", overlay: str = "") -> dict[str, set[Hashable]]:
    """The first columns of the rows found for whoever has this e-mail address, without looking any further."""
    graph = registry.load(dataset_of("shop", tables), overlay).graph

    def read(name: str, columns: Sequence[str], condition: Condition) -> list[tuple[Hashable, ...]]:
        return [tuple(row.get(column) for column in columns) for row in rows[name] if _meets(row, condition)]

    search = Search(graph, read, ())
    for identity in graph.identities:
        values = frozenset(
            (row[identity.column],) for row in rows[identity.collection] if row[identity.column] == email
        )
        hold = search.firmest(identity.collection)
        search.arrive(Arrival(identity.collection, (identity.column,), values, hold, "identity"))
    search.follow()
    found = search.conditions
    return {
        name: {next(iter(row.values())) for row in rows[name] if any(_meets(row, each) for each in conditions)}
        for name, conditions in found.items()
    }


def _meets(row: dict[str, Hashable], condition: Condition) -> bool:
    values = tuple(row.get(column) for column in condition.columns)
    return values in condition.values and all(row.get(column) in (None, "") for column in condition.unowned)


SHOP = """
customer: id* email@email
order: id* customer_id>customer.id address_id>address.id
line: id* order_id>order.id product_id>product.id
address: id* street
product: id* title
"""
SHOP_ROWS: Tables = {
    "customer": [{"id": 1, "email": "ada"}, {"id": 2, "email": "bela"}],
    "order": [
        {"id": 10, "customer_id": 1, "address_id": 100},
        {"id": 11, "customer_id": 2, "address_id": 100},
        {"id": 12, "customer_id": 2, "address_id": 101},
    ],
    "line": [
        {"id": 20, "order_id": 10, "product_id": 7},
        {"id": 21, "order_id": 11, "product_id": 7},
        {"id": 22, "order_id": 12, "product_id": 8},
    ],
    "address": [{"id": 100}, {"id": 101}],
    "product": [{"id": 7}, {"id": 8}],
}


def test_what_hangs_on_a_persons_row_is_theirs_and_what_it_names_is_copied() -> None:
    assert reached(SHOP, SHOP_ROWS) == {"customer": {1}, "order": {10}, "line": {20}, "address": {100}, "product": {7}}


def test_an_address_of_two_orders_leads_to_no_other_order() -> None:
    assert reached(SHOP, SHOP_ROWS, "bela")["order"] == {11, 12}
    assert reached(SHOP, SHOP_ROWS)["order"] == {10}


def test_a_product_leads_to_no_other_line() -> None:
    assert len([line for line in SHOP_ROWS["line"] if line["product_id"] == 7]) == 2
    assert reached(SHOP, SHOP_ROWS)["line"] == {20}


def test_a_guests_order_does_not_bring_the_account_it_was_tied_to() -> None:
    tables = "customer: id* email@email\norder: id* customer_id>customer.id email@email\nline: id* order_id>order.id"
    rows: Tables = {
        "customer": [{"id": 2, "email": "bela"}],
        "order": [{"id": 10, "customer_id": 2, "email": "ada"}, {"id": 11, "customer_id": 2, "email": None}],
        "line": [{"id": 20, "order_id": 10}, {"id": 21, "order_id": 11}],
    }
    assert reached(tables, rows) == {"order": {10}, "customer": set(), "line": {20}}


def test_a_note_does_not_bring_the_colleague_who_wrote_it() -> None:
    tables = SHOP + "note: id* order_id>order.id author_id>customer.id"
    rows: Tables = {**SHOP_ROWS, "note": [{"id": 30, "order_id": 10, "author_id": 2}]}

    assert reached(tables, rows)["customer"] == {1}
    assert reached(tables, rows)["note"] == {30}


def test_the_writer_of_a_note_does_not_get_the_order_it_is_about() -> None:
    tables = SHOP + "note: id* order_id>order.id author_id>customer.id"
    rows: Tables = {**SHOP_ROWS, "note": [{"id": 30, "order_id": 10, "author_id": 2}]}

    assert reached(tables, rows, "bela")["note"] == {30}
    assert reached(tables, rows, "bela")["order"] == {11, 12}


def test_an_entry_of_somebody_elses_address_book_is_not_brought_by_an_order_sent_there() -> None:
    tables = """
    customer: id* email@email
    address: id* owner_id>customer.id
    order: id* customer_id>customer.id address_id>address.id
    """
    rows: Tables = {
        "customer": [{"id": 1, "email": "ada"}, {"id": 2, "email": "bela"}],
        "address": [{"id": 100, "owner_id": 1}, {"id": 101, "owner_id": 2}, {"id": 102, "owner_id": None}],
        "order": [{"id": 10, "customer_id": 1, "address_id": 101}, {"id": 11, "customer_id": 1, "address_id": 102}],
    }
    found = reached(tables, rows)

    assert (found["order"], found["address"]) == ({10, 11}, {100, 102})


def test_whom_a_customer_referred_is_another_person_in_both_directions() -> None:
    tables = "customer: id* email@email referred_by>customer.id"
    rows: Tables = {
        "customer": [
            {"id": 1, "email": "ada", "referred_by": 3},
            {"id": 2, "email": "bela", "referred_by": 1},
            {"id": 3, "email": "cleo", "referred_by": None},
        ]
    }
    assert reached(tables, rows) == {"customer": {1}}
    assert reached(tables, rows, "bela") == {"customer": {2}}


def test_replies_belong_to_those_who_wrote_them() -> None:
    tables = "customer: id* email@email\ncomment: id* author_id>customer.id parent_id>comment.id"
    rows: Tables = {
        "customer": [{"id": 1, "email": "ada"}, {"id": 2, "email": "bela"}],
        "comment": [
            {"id": 10, "author_id": 1, "parent_id": None},
            {"id": 11, "author_id": 2, "parent_id": 10},
            {"id": 12, "author_id": None, "parent_id": 10},
            {"id": 13, "author_id": None, "parent_id": 12},
        ],
    }
    assert reached(tables, rows)["comment"] == {10, 12, 13}


def test_cycles_and_trees_come_to_an_end() -> None:
    tables = """
    customer: id* email@email
    order: id* customer_id>customer.id last_return_id>return.id
    return: id* order_id>order.id
    line: id* order_id>order.id category_id>category.id
    category: id* parent_id>category.id
    """
    rows: Tables = {
        "customer": [{"id": 1, "email": "ada"}],
        "order": [
            {"id": 10, "customer_id": 1, "last_return_id": 20},
            {"id": 11, "customer_id": 9, "last_return_id": 21},
        ],
        "return": [{"id": 20, "order_id": 10}, {"id": 21, "order_id": 11}],
        "line": [{"id": 30, "order_id": 10, "category_id": 40}],
        "category": [{"id": 40, "parent_id": 41}, {"id": 41, "parent_id": 42}, {"id": 42, "parent_id": 40}, {"id": 43}],
    }
    found = reached(tables, rows)

    assert (found["return"], found["order"]) == ({20}, {10})
    assert found["category"] == {40, 41, 42}


def test_one_to_one_rows_are_one_person() -> None:
    tables = "customer: id*\nprofile: customer_id*>customer.id email@email\norder: id* customer_id>customer.id"
    rows: Tables = {
        "customer": [{"id": 1}, {"id": 2}],
        "profile": [{"customer_id": 1, "email": "ada"}, {"customer_id": 2, "email": "bela"}],
        "order": [{"id": 10, "customer_id": 1}, {"id": 11, "customer_id": 2}],
    }
    assert reached(tables, rows) == {"profile": {1}, "customer": {1}, "order": {10}}


def test_an_account_whose_address_stands_in_its_profile_is_not_brought_by_a_message() -> None:
    tables = """
    customer: id* born
    profile: customer_id*>customer.id email@email
    message: id* reader_id>profile.customer_id sender_id>customer.id
    """
    rows: Tables = {
        "customer": [{"id": 1, "born": 1815}, {"id": 2, "born": 1881}],
        "profile": [{"customer_id": 1, "email": "ada"}, {"customer_id": 2, "email": "bela"}],
        "message": [{"id": 10, "reader_id": 1, "sender_id": 2}],
    }
    assert reached(tables, rows) == {"customer": {1}, "profile": {1}, "message": {10}}
    assert reached(tables, rows, "bela") == {"customer": {2}, "profile": {2}, "message": {10}}


def test_a_strangers_profile_is_not_brought_by_a_message() -> None:
    tables = """
    customer: id* email@email
    profile: customer_id*>customer.id
    message: id* reader_id>customer.id sender_id>profile.customer_id
    """
    rows: Tables = {
        "customer": [{"id": 1, "email": "ada"}, {"id": 2, "email": "bela"}],
        "profile": [{"customer_id": 1}, {"customer_id": 2}],
        "message": [{"id": 10, "reader_id": 1, "sender_id": 2}],
    }
    assert reached(tables, rows) == {"customer": {1}, "profile": {1}, "message": {10}}


def test_a_direction_is_the_only_way_that_is_taken() -> None:
    to = SHOP.replace("customer_id>customer.id", "customer_id>customer.id:to")
    away = SHOP.replace("address_id>address.id", "address_id>address.id:from")

    assert reached(to, SHOP_ROWS) == {"customer": {1}}
    assert "address" not in reached(away, SHOP_ROWS)
    assert reached(away, SHOP_ROWS)["order"] == {10}


def test_a_reference_written_at_the_key_is_read_the_right_way_round() -> None:
    tables = SHOP.replace("id* email@email", "id*>order.customer_id email@email").replace(
        "customer_id>customer.id", "customer_id"
    )

    assert reached(tables, SHOP_ROWS) == reached(SHOP, SHOP_ROWS)


def test_what_the_overlay_calls_a_lookup_belongs_to_nobody() -> None:
    tables = SHOP.replace("product: id* title", "product: id* made_by>customer.id")
    rows: Tables = {**SHOP_ROWS, "product": [{"id": 7, "made_by": 2}, {"id": 8, "made_by": 1}]}
    overlay = "collections: {product: {ownership: lookup}}"

    assert reached(tables, rows)["product"] == {8}
    assert reached(tables, rows, overlay=overlay)["product"] == {7}


def test_the_overlay_may_say_that_a_reference_leads_to_the_same_person() -> None:
    tables = "customer: id*\nmailbox: id* email@email customer_id>customer.id\norder: id* customer_id>customer.id"
    rows: Tables = {
        "customer": [{"id": 1}, {"id": 2}],
        "mailbox": [{"id": 5, "email": "ada", "customer_id": 1}, {"id": 6, "email": "old", "customer_id": 1}],
        "order": [{"id": 10, "customer_id": 1}, {"id": 11, "customer_id": 2}],
    }
    overlay = "collections: {mailbox: {same_person: [customer_id]}}"

    assert reached(tables, rows) == {"mailbox": {5}, "customer": {1}}
    assert reached(tables, rows, overlay=overlay) == {"mailbox": {5, 6}, "customer": {1}, "order": {10}}


def test_a_composite_reference_holds_only_as_a_whole() -> None:
    tables = """
    customer: id* email@email
    line: shop* order* customer_id>customer.id
    engraving: id* shop>line.shop order>line.order
    """
    rows: Tables = {
        "customer": [{"id": 1, "email": "ada"}],
        "line": [{"shop": 1, "order": 5, "customer_id": 1}, {"shop": 1, "order": 6, "customer_id": 2}],
        "engraving": [
            {"id": 70, "shop": 1, "order": 5},
            {"id": 71, "shop": 1, "order": 6},
            {"id": 72, "shop": 2, "order": 5},
        ],
    }
    assert reached(tables, rows)["engraving"] == {70}


def test_empty_references_lead_nowhere() -> None:
    rows: Tables = {
        **SHOP_ROWS,
        "customer": [{"id": 1, "email": "ada"}, {"id": None, "email": "bela"}],
        "order": [{"id": 10, "customer_id": 1, "address_id": None}, {"id": 13, "customer_id": None, "address_id": 101}],
    }
    assert reached(SHOP, rows)["order"] == {10}
    assert "address" not in reached(SHOP, rows)
    assert "order" not in reached(SHOP, rows, "bela")


LETTERS = "letter: id* customer_id>shop/customer.id\nopening: id* letter_id>letter.id"


def test_another_dataset_of_the_shop_lends_its_values() -> None:
    shop, letters = dataset_of("shop", SHOP), dataset_of("letters", LETTERS)
    path = FieldPath("shop", "customer", "id")
    description = registry.load(letters, others=(shop,))
    asked: list[Condition] = []

    def read(_name: str, columns: Sequence[str], condition: Condition) -> list[tuple[Hashable, ...]]:
        asked.append(condition)
        return [(50,) for _ in columns]

    search = Search(description.graph, read, ())
    search.arrive_from_links({path: [1, None]})
    search.follow()

    assert description.needed_links == {path}
    assert [condition.values for condition in asked] == [[(1,)]]
    assert search.conditions["letter"][0].via == "shop:customer.id → letter.customer_id"
    assert search.conditions["opening"][0].values == [(50,)]


def test_values_are_lent_of_a_persons_own_rows_only() -> None:
    graph = registry.load(dataset_of("shop", SHOP)).graph
    paths = [FieldPath("shop", "customer", "id"), FieldPath("shop", "product", "id")]

    def read(name: str, columns: Sequence[str], condition: Condition) -> list[tuple[Hashable, ...]]:
        return [tuple(row.get(column) for column in columns) for row in SHOP_ROWS[name] if _meets(row, condition)]

    search = Search(graph, read, paths)
    search.arrive(Arrival("customer", ("email",), frozenset({("ada",)}), Hold.REVEALING, "identity"))
    search.follow()

    assert search.links == {paths[0]: (1,), paths[1]: ()}


def test_a_reference_from_the_other_dataset_may_point_here() -> None:
    letters = dataset_of("letters", "letter: id* email@email number>shop/customer.id:to")
    description = registry.load(dataset_of("shop", SHOP), others=(letters,))

    assert description.needed_links == {FieldPath("letters", "letter", "number")}
    assert registry.load(letters, others=(dataset_of("shop", SHOP),)).needed_links == frozenset()


@pytest.mark.parametrize(
    ("collection", "ownership"),
    [("customer", "owned"), ("order", "owned"), ("line", "attached"), ("product", "lookup"), ("address", "lookup")],
)
def test_ownership_is_derived_where_the_overlay_does_not_say_it(collection: str, ownership: str) -> None:

    described = {
        each.name: each.ownership for each in describe_collections(registry.load(dataset_of("shop", SHOP)), {})
    }

    assert described[collection] == ownership
