"""A description beside the live database."""

from __future__ import annotations

import psycopg
import pytest

from dsr.sources import registry
from dsr.sources.registry import Survey
from tests.sources.test_reach import dataset_of

TABLES = "customers: id* email@email name\norders: id* customer_id>customers.id"


@pytest.fixture
def shop_url(postgres_url: str) -> str:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE customers (id int PRIMARY KEY, email text, name text)")
        connection.execute("CREATE TABLE orders (id int PRIMARY KEY, customer_id int)")
    return postgres_url


def surveyed(url: str, tables: str) -> Survey:
    return registry.survey("sql", "shop", url, registry.load(dataset_of("shop", tables), dataset_file="shop.yaml"))


def test_a_description_that_fits_has_no_problems(shop_url: str) -> None:
    assert surveyed(shop_url, TABLES).problems == ()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "customers: ",
            "customer: ",
            (
                "shop.yaml:4: shop.customer: the database has no table 'customer'; did you mean 'customers'? "
                "(expected a table that exists and may be read)"
            ),
        ),
        (
            " name",
            " nmae",
            (
                "shop.yaml:8: shop.customers.nmae: the table has no column 'nmae'; did you mean 'name'? "
                "(expected a column that exists)"
            ),
        ),
        (
            "orders: ",
            "archive.orders: ",
            (
                "shop.yaml:9: shop.archive.orders: the database has no table 'archive.orders'; did you mean 'orders'? "
                "(expected a table that exists and may be read)"
            ),
        ),
    ],
)
def test_what_the_database_does_not_have_is_an_error(shop_url: str, old: str, new: str, message: str) -> None:
    tables = TABLES.replace(old, new).replace(">customers.id", "")

    assert message in [str(problem) for problem in surveyed(shop_url, tables).errors]


def test_a_column_that_nobody_declared_is_a_warning(shop_url: str) -> None:
    with psycopg.connect(shop_url) as connection:
        connection.execute("ALTER TABLE customers ADD loyalty_card text")
    survey = surveyed(shop_url, TABLES)

    assert survey.errors == ()
    assert [str(problem) for problem in survey.problems] == [
        (
            "shop.yaml:4: shop.customers: nobody declared the column 'loyalty_card': it will be in nobody's copy "
            "(expected - name: loyalty_card)"
        )
    ]


def test_every_type_of_column_has_a_word(shop_url: str) -> None:
    kinds = {
        "text": "text", "varchar(9)": "text", "uuid": "text", "inet": "text", "interval": "text", "mood": "text",
        "smallint": "integer", "bigint": "integer", "numeric(9,2)": "number", "real": "number",
        "double precision": "number", "boolean": "boolean", "date": "date", "timestamp": "datetime",
        "timestamptz": "datetime", "time": "time", "jsonb": "json", "json": "json", "text[]": "json", "bytea": "bytes",
    }  # fmt: skip
    columns = ", ".join(f"c{number} {kind}" for number, kind in enumerate(kinds))
    with psycopg.connect(shop_url) as connection:
        connection.execute("CREATE TYPE mood AS ENUM ('glad')")
        connection.execute(f"CREATE TABLE things (id int PRIMARY KEY, email text, {columns})")
    survey = surveyed(shop_url, "things: id* email@email " + " ".join(f"c{number}" for number in range(len(kinds))))

    assert [field.type for field in survey.collections[0].fields][2:] == list(kinds.values())


def test_views_may_be_declared(shop_url: str) -> None:
    with psycopg.connect(shop_url) as connection:
        connection.execute("CREATE VIEW buyers AS SELECT id, email FROM customers")

    assert surveyed(shop_url, "buyers: id* email@email").problems == ()
