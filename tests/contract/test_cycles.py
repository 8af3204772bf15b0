"""Rows that refer to one another go together, whichever way the database watches over its foreign keys."""

from __future__ import annotations

import pytest

from dsr.records import Action, Identity, IdentityKind, Person, PlanRow
from dsr.sources import registry
from dsr.sources.base import SourceError
from dsr.sources.sql_foreign import deletion_order
from tests.contract.databases import Plain

ADA = Person((Identity(IdentityKind.EMAIL, "ada@example.com"),))
DATASET = """
dataset:
  - fides_key: shop
    collections:
      - name: customer
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: email, fides_meta: {identity: email}}
          - {name: main_address, fides_meta: {references: [{dataset: shop, field: address.id}]}}
      - name: address
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: customer_id, fides_meta: {references: [{dataset: shop, field: customer.id}]}}
          - {name: replaces, fides_meta: {references: [{dataset: shop, field: address.id}]}}
"""
KEYED = """
dataset:
  - fides_key: shop
    collections:
      - name: customer
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: email, fides_meta: {identity: email}}
      - name: parcel
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: customer_id, fides_meta: {references: [{dataset: shop, field: customer.id}]}}
"""
TABLES = """
CREATE TABLE customer (id integer PRIMARY KEY, email varchar(100), main_address integer);
CREATE TABLE address (id integer PRIMARY KEY, customer_id integer NOT NULL, replaces integer{null},
    FOREIGN KEY (customer_id) REFERENCES customer (id), FOREIGN KEY (replaces) REFERENCES address (id));
"""
LOOP = "ALTER TABLE customer ADD FOREIGN KEY (main_address) REFERENCES address (id);"
ROWS = """
INSERT INTO customer VALUES (1, 'ada@example.com', NULL);
INSERT INTO customer VALUES (2, 'bela@example.org', NULL);
INSERT INTO address VALUES (10, 1, {first});
INSERT INTO address VALUES (11, 1, 10);
INSERT INTO address VALUES (12, 1, 11);
INSERT INTO address VALUES (20, 2, {first_of_bela});
UPDATE customer SET main_address = 12 WHERE id = 1;
UPDATE customer SET main_address = 20 WHERE id = 2;
"""


def erase(url: str) -> list[int]:
    """Delete all of Ada's; how many rows each planned row met."""
    description = registry.load(DATASET)
    with registry.open_writable_source("sql", "shop", url, description) as source:
        plan = [PlanRow(record.key, Action.DELETE) for record in source.gather(source.locate(ADA, {}))]
        return [outcome.rows for outcome in source.apply(plan)]


@pytest.mark.parametrize("has_loop", [True, False])
def test_a_chain_and_a_loop_of_references_go_whole(plain: Plain, has_loop: bool) -> None:
    loop = LOOP if has_loop and plain.can_add_foreign_keys else ""
    plain.run(TABLES.format(null="") + loop + ROWS.format(first="NULL", first_of_bela="NULL"))

    assert erase(plain.url) == [1, 1, 1, 1]
    assert plain.rows("SELECT id, main_address FROM customer") == [(2, 20)]
    assert plain.rows("SELECT id, customer_id, replaces FROM address") == [(20, 2, None)]


def test_a_row_that_refers_to_itself_goes(plain: Plain) -> None:
    plain.run(TABLES.format(null=" NOT NULL") + ROWS.format(first="10", first_of_bela="20"))

    assert erase(plain.url) == [1, 1, 1, 1]
    assert plain.rows("SELECT id, replaces FROM address") == [(20, 20)]


def test_a_loop_is_left_whole_when_a_stranger_holds_on_to_it(plain: Plain) -> None:
    plain.run(TABLES.format(null="") + ROWS.format(first="NULL", first_of_bela="11"))

    with pytest.raises(SourceError) as caught:
        erase(plain.url)

    assert caught.value.code == "still_referenced"
    assert plain.rows("SELECT count(*) FROM address") == [(4,)]


def test_deletion_order_puts_children_first_and_cycles_together() -> None:
    refers = {
        ("line", "order"),
        ("order", "user"),
        ("note", "note"),
        ("a", "b"),
        ("b", "a"),
        ("a", "user"),
        ("x", "line"),
    }

    assert deletion_order(("user", "order", "line", "note", "a", "b"), refers) == [
        ("line",),
        ("order",),
        ("note",),
        ("a", "b"),
        ("user",),
    ]


FOLLOWERS = """
CREATE TABLE customer (id varchar(50) PRIMARY KEY, email varchar(100));
CREATE TABLE parcel (id integer PRIMARY KEY, customer_id varchar(50),
    FOREIGN KEY (customer_id) REFERENCES customer (id) ON UPDATE CASCADE);
INSERT INTO customer VALUES ('ada', 'ada@example.com');
INSERT INTO customer VALUES ('bela', 'bela@example.org');
INSERT INTO parcel VALUES (1, 'ada');
INSERT INTO parcel VALUES (2, 'bela');
"""


def test_what_refers_to_a_changed_key_follows_it(plain: Plain) -> None:
    plain.run(FOLLOWERS)
    with registry.open_writable_source("sql", "shop", plain.url, registry.load(KEYED)) as source:
        plan = [
            PlanRow(record.key, Action.ANONYMISE, {"id": "erased-1"})
            for record in source.gather(source.locate(ADA, {}))
            if record.key.collection == "customer"
        ]
        outcomes = [outcome.rows for outcome in source.apply(plan)]

    assert outcomes == [1]
    assert plain.rows("SELECT id FROM customer") == [("bela",), ("erased-1",)]
    assert plain.rows("SELECT id, customer_id FROM parcel") == [(1, "erased-1"), (2, "bela")]
