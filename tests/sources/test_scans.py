"""Look-ups that would read a whole table: told with the index that spares it, and silent once the index is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsr.records import Identity, IdentityKind, Person
from dsr.sources import registry
from tests.sources.test_alarms import run

DATASET = """
dataset:
  - fides_key: shop
    collections:
      - name: customers
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: email, fides_meta: {identity: email}}
          - {name: phone, fides_meta: {identity: phone_number}}
          - {name: number, fides_meta: {identity: customer_number}}
      - name: Order
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: customer_id, fides_meta: {references: [{dataset: shop, field: customers.id}]}}
          - {name: address_id, fides_meta: {references: [{dataset: shop, field: addresses.id}]}}
      - name: addresses
        fields:
          - {name: id, fides_meta: {primary_key: true}}
"""
SCHEMA = (
    "CREATE TABLE customers (id integer PRIMARY KEY, email varchar(100), phone varchar(40), number varchar(20))",
    'CREATE TABLE "Order" (id integer PRIMARY KEY, customer_id integer, address_id integer)',
    "CREATE TABLE addresses (id integer PRIMARY KEY)",
)
SERIES = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {rows}) "
ROWS = (
    "INSERT INTO customers " + SERIES + "SELECT n, 'person-' || n || '@example.com', '555' || n, 'C-' || n FROM n",
    'INSERT INTO "Order" ' + SERIES + "SELECT n, n, 1 FROM n",
    "INSERT INTO addresses VALUES (1)",
    "ANALYZE",
)


@pytest.fixture(params=["postgresql", "sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    kind = request.param
    address: str = request.getfixturevalue("postgres_url") if kind == "postgresql" else f"sqlite:///{tmp_path}/shop.db"
    run(address, *SCHEMA)
    return address


def advice(url: str) -> dict[str, str]:
    checked = registry.examine("sql", "shop", url, registry.load(DATASET), recorded={})
    return {alarm.place: alarm.cure for alarm in checked.advice}


def test_every_lookup_without_an_index_is_told_and_its_index_cures_it(url: str) -> None:
    run(url, *(row.format(rows=6_000) for row in ROWS))

    before = advice(url)
    run(url, *filter(None, before.values()))

    assert list(before) == [
        "shop.customers.email", "shop.customers.phone", "shop.customers.number", "shop.Order.customer_id",
        "shop.Order.address_id",
    ]  # fmt: skip
    left = {} if url.startswith("postgresql") else {"shop.customers.phone": ""}  # SQLite has no function for digits
    assert advice(url) == left


def test_small_tables_need_no_index(url: str) -> None:
    run(url, *(row.format(rows=500) for row in ROWS))

    assert advice(url) == {}


def test_an_index_of_part_of_the_rows_or_of_another_spelling_does_not_serve(postgres_url: str) -> None:
    run(postgres_url, *SCHEMA, *(row.format(rows=6_000) for row in ROWS))
    run(postgres_url, 'CREATE INDEX ON "Order" (customer_id) WHERE id > 5', "CREATE INDEX ON customers (email)")

    assert {"shop.Order.customer_id", "shop.customers.email"} <= set(advice(postgres_url))


def test_connecting_tells_of_slow_lookups_as_warnings(url: str) -> None:
    run(url, *(row.format(rows=6_000) for row in ROWS))

    warnings = registry.survey("sql", "shop", url, registry.load(DATASET)).problems

    assert {problem.is_warning for problem in warnings} == {True}
    assert "about 6,000 rows" in warnings[0].message
    assert {problem.place: problem.expected for problem in warnings} == advice(url)


def test_the_person_is_the_same_with_and_without_the_indexes(url: str) -> None:
    run(url, *(row.format(rows=6_000) for row in ROWS))
    run(url, "UPDATE customers SET email = ' PERSON-7@Example.com\t' WHERE id = 7")
    person = Person((Identity(IdentityKind.EMAIL, "person-7@example.com"),))

    def found() -> list[object]:
        with registry.open_source("sql", "shop", url, registry.load(DATASET)) as source:
            return [(each.key.collection, each.values["id"]) for each in source.gather(source.locate(person, {}))]

    before = found()
    run(url, *filter(None, advice(url).values()))

    assert before == found() == [("customers", 7), ("Order", 7), ("addresses", 1)]
