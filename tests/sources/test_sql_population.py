"""Everybody's rows, person by person, from each kind of database: whose they are, how many, and their days."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import psycopg
import pytest

from dsr.sources import registry
from dsr.sources.base import SourceError
from dsr.sources.record_dates import fact_places
from dsr.sources.sql_population import Counted, counted_collections, read_population
from tests.mariadb import run as run_in_mariadb

DATASET = """
dataset:
  - fides_key: shop
    collections:
      - name: customers
        fields:
          - {name: id, fides_meta: {primary_key: true, data_type: integer}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
          - {name: joined_at, data_categories: [user.account]}
      - name: orders
        fields:
          - {name: id, fides_meta: {primary_key: true, data_type: integer}}
          - {name: customer_id, fides_meta: {references: [{dataset: shop, field: customers.id}]}}
          - {name: guest_email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
          - {name: ship_to, fides_meta: {references: [{dataset: shop, field: addresses.id}]}}
          - {name: bill_to, fides_meta: {references: [{dataset: shop, field: addresses.id}]}}
          - {name: product_id, fides_meta: {references: [{dataset: shop, field: products.id}]}}
          - {name: placed_at, data_categories: [user.behavior]}
      - name: order_lines
        fields:
          - {name: order_id, fides_meta: {primary_key: true, references: [{dataset: shop, field: orders.id}]}}
          - {name: position, fides_meta: {primary_key: true}}
          - {name: engraving, data_categories: [user.content]}
      - name: claims
        fields:
          - {name: id, fides_meta: {primary_key: true, data_type: integer}}
          - {name: claimant, fides_meta: {references: [{dataset: shop, field: customers.email}]}}
          - {name: closed_on}
      - name: addresses
        fields:
          - {name: id, fides_meta: {primary_key: true, data_type: integer}}
          - {name: street, data_categories: [user.contact.address.street]}
      - name: products
        fields:
          - {name: id, fides_meta: {primary_key: true, data_type: integer}}
          - {name: title}
"""
OVERLAY = """
time_zone: UTC
collections:
  customers: {record_class: account, subject_class: customer, facts: {collected_on: joined_at}}
  orders: {record_class: order, facts: {ordered_on: placed_at}, time_zone: America/New_York}
  order_lines: {record_class: order_line}
  claims: {record_class: claim, facts: {closed_on: closed_on}}
  addresses: {record_class: address}
  products: {record_class: product, ownership: lookup}
"""
SCHEMA = """
CREATE TABLE customers (id integer PRIMARY KEY, email varchar(90), joined_at {moment});
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer, guest_email varchar(90), ship_to integer, bill_to integer,
                     product_id integer, placed_at {moment});
CREATE TABLE addresses (id integer PRIMARY KEY, street varchar(40));
CREATE TABLE order_lines (order_id integer, position integer, engraving varchar(40), PRIMARY KEY (order_id, position));
CREATE TABLE claims (id integer PRIMARY KEY, claimant varchar(90), closed_on date);
CREATE TABLE products (id integer PRIMARY KEY, title varchar(20));
INSERT INTO products VALUES (1, 'ring');
INSERT INTO customers VALUES (1, ' Ada@Example.com', '2024-01-01 23:30:00'), (2, NULL, NULL),
    (3, 'ada@example.com', '2024-01-01 02:00:00'), (4, 'Zoë@example.com', '2024-06-01 12:00:00'), (5, '', NULL),
    (6, 'ada@example.com', '2025-07-01 12:00:00');
INSERT INTO orders VALUES (10, 1, NULL, 40, 41, 1, '2024-02-29 22:00:00'),
    (11, 1, 'gift@example.com', 40, NULL, 1, '2024-02-29 21:00:00'),
    (12, 2, NULL, NULL, NULL, 1, NULL), (13, NULL, 'GUEST@example.com ', 41, 99, 1, '2024-03-01 00:00:00'),
    (14, NULL, NULL, 43, NULL, 1, '2024-03-01 00:00:00'), (15, 99, 'bela@example.org', NULL, NULL, 1, '2024-03-01 00:00:00');
INSERT INTO order_lines VALUES (10, 1, 'for A'), (10, 2, 'for A'), (11, 1, NULL), (13, 1, 'for G');
INSERT INTO addresses VALUES (40, 'A'), (41, 'shared'), (42, 'nobody''s'), (43, 'of an order without a person');
INSERT INTO claims VALUES (20, 'ada@example.com', NULL), (21, 'ada@example.com', '2025-01-01')
"""
CUSTOMERS, ORDERS, LINES, CLAIMS, ADDRESSES = range(5)
LEAP = date(2024, 2, 29)
MARCH = date(2024, 3, 1)
EVERYBODY = [
    ("ada@example.com", CUSTOMERS, (date(2023, 12, 31),), 1),
    ("ada@example.com", CUSTOMERS, (date(2024, 1, 1),), 1),
    ("ada@example.com", CUSTOMERS, (date(2025, 7, 1),), 1),
    ("ada@example.com", ORDERS, (LEAP, date(2024, 1, 1)), 2),
    ("ada@example.com", LINES, (LEAP, date(2024, 1, 1)), 3),
    ("ada@example.com", CLAIMS, (None, date(2025, 7, 1)), 1),
    ("ada@example.com", CLAIMS, (date(2025, 1, 1), date(2025, 7, 1)), 1),
    ("ada@example.com", ADDRESSES, (LEAP, date(2024, 1, 1)), 2),
    ("bela@example.org", ORDERS, (MARCH, None), 1),
    ("customers#2/", CUSTOMERS, (None,), 1),
    ("customers#2/", ORDERS, (None, None), 1),
    ("customers#5/", CUSTOMERS, (None,), 1),
    ("guest@example.com", ORDERS, (MARCH, None), 1),
    ("guest@example.com", ADDRESSES, (MARCH, None), 1),
    ("guest@example.com", LINES, (MARCH, None), 1),
    ("zoë@example.com", CUSTOMERS, (date(2024, 6, 1),), 1),
]
DESCRIBED = registry.load(DATASET, OVERLAY)


@pytest.fixture(params=["postgresql", "mariadb", "sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        with sqlite3.connect(tmp_path / "shop.db") as database:
            database.executescript(SCHEMA.format(moment="text"))
        return f"sqlite:///{tmp_path}/shop.db"
    address: str = request.getfixturevalue("postgres_url" if request.param == "postgresql" else "mariadb_url")
    if request.param == "mariadb":
        run_in_mariadb(address, SCHEMA.format(moment="datetime"))
        return address
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(SCHEMA.format(moment="timestamp").encode())
    return address


def every_fact(_record_class: str, available: tuple[str, ...]) -> tuple[str, ...]:
    return available


def no_fact(_record_class: str, _available: tuple[str, ...]) -> tuple[str, ...]:
    return ()


def read(url: str, counted: Iterable[Counted], first: int = 0) -> list[tuple[object, ...]]:
    return list(read_population("shop", url, DESCRIBED, tuple(counted), "America/New_York", first=first))


def together(lots: Iterable[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Lots of one day put together: the database counts those of one moment."""
    found: Counter[tuple[object, ...]] = Counter()
    for *which, rows in lots:
        found[tuple(which)] += int(str(rows))
    return sorted(((*which, rows) for which, rows in found.items()), key=str)


def test_every_row_is_its_persons_with_its_days(url: str) -> None:
    assert together(read(url, counted_collections(DESCRIBED, every_fact))) == sorted(EVERYBODY, key=str)


def test_people_come_in_the_order_of_their_code_points(url: str) -> None:
    people = [str(lot[0]) for lot in read(url, counted_collections(DESCRIBED, every_fact))]
    assert people == sorted(people)
    assert len(set(people)) == 6


def test_days_that_nobody_asked_for_are_not_read(url: str) -> None:
    lots = read(url, counted_collections(DESCRIBED, no_fact), first=7)
    assert {lot[2] for lot in lots} == {()}
    assert ("ada@example.com", 7 + ORDERS, (), 2) in lots
    assert together(lots) == sorted(lots, key=str)


def test_columns_that_the_database_cannot_compare_are_compared_letter_by_letter(mariadb_url: str) -> None:
    run_in_mariadb(mariadb_url, SCHEMA.format(moment="datetime"))
    run_in_mariadb(mariadb_url, "ALTER TABLE claims MODIFY claimant varchar(90) COLLATE utf8mb4_unicode_520_ci")
    assert together(read(mariadb_url, counted_collections(DESCRIBED, every_fact))) == sorted(EVERYBODY, key=str)


def test_collections_without_people_of_their_own_are_not_counted() -> None:
    counted = counted_collections(DESCRIBED, every_fact)
    assert [(each.collection, each.record_class) for each in counted] == [
        ("customers", "account"),
        ("orders", "order"),
        ("order_lines", "order_line"),
        ("claims", "claim"),
        ("addresses", "address"),
    ]
    assert counted[ORDERS].facts == ("ordered_on", "collected_on")
    assert counted[CUSTOMERS].fields["email"] == ("user.contact.email",)
    assert fact_places(DESCRIBED, "order_lines")["ordered_on"] == ("orders", "placed_at")


FAIR = """
dataset:
  - fides_key: fair
    collections:
      - name: visitors
        fields:
          - {name: customer, fides_meta: {references: [{dataset: shop, field: customers.id, direction: from}]}}
          - {name: wish}
      - name: seats
        fields:
          - {name: hall, fides_meta: {primary_key: true}}
          - {name: chair, fides_meta: {primary_key: true}}
          - {name: customer, fides_meta: {references: [{dataset: shop, field: customers.id, direction: from}]}}
"""


def test_rows_of_another_sources_people_are_counted_too(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "fair.db") as database:
        database.executescript(
            "CREATE TABLE visitors (customer text, wish text); CREATE TABLE seats (hall text, chair text, customer text);"
            "INSERT INTO visitors VALUES ('1', 'a ring'), ('1', 'a ring'), ('2', NULL);"
            "INSERT INTO seats VALUES ('A', '1', '1'), ('A', '2', '1')"
        )
    described = registry.load(FAIR, "collections: {visitors: {record_class: wish_list}}", others=(DATASET,))
    counted = counted_collections(described, every_fact)
    lots = list(read_population("fair", f"sqlite:///{tmp_path}/fair.db", described, counted, "UTC"))
    assert lots == [("seats#A/1/", 1, (), 1), ("seats#A/2/", 1, (), 1), ("visitors#", 0, (), 3)]


def test_nothing_to_count_asks_nobody() -> None:
    assert read("postgresql://nobody@127.0.0.1:1/nowhere", ()) == []


def test_database_that_does_not_answer_is_an_error_that_names_the_source() -> None:
    with pytest.raises(SourceError, match="shop"):
        read("postgresql://nobody@127.0.0.1:1/nowhere", counted_collections(DESCRIBED, every_fact))


def test_database_without_a_described_table_is_an_error(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "empty.db").execute("CREATE TABLE customers (id)").connection.close()
    with pytest.raises(SourceError, match="shop"):
        read(f"sqlite:///{tmp_path}/empty.db", counted_collections(DESCRIBED, every_fact))
