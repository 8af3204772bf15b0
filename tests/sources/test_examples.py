from __future__ import annotations

from datetime import date
from decimal import Decimal

import psycopg
import pytest
from sqlalchemy import text

from dsr.sources.base import SourceError
from dsr.sources.examples import examples, masked
from dsr.sources.sql_engine import engine_for


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("ada@example.com", "a•••@e•••.com"),
        ("+1 (617) 555-0101", "+• (•••) •••-••01"),
        ("078-05-1120", "•••-••-••20"),
        ("Ada Lovelace", "A•• L•••"),
        ("02139", "•••••"),
        (date(1984, 5, 17), "••••-••-17"),
        (Decimal("1299.00"), "••••.00"),
        (True, "yes"),
        (7, "•"),
        ("Please ring at the back door, I am at home after six", "P••• r••• a• t•• b••• d…"),
        ("4111 1111 1111 1111", "•••• •••• •••• ••11"),
        ("Zoë@", "Z•••@•••"),
    ],
)
def test_masked_when_it_is_shown_then_nobody_can_be_told_from_it(value: object, shown: str) -> None:
    assert masked(value) == shown


def test_examples_when_a_table_is_read_then_each_column_has_a_few_masked_ones(shop_url: str) -> None:
    found = examples("shop", shop_url, "customers", ("email", "name", "no_such"))

    assert found["email"][0] == "A•••@E•••.com"
    assert found["name"][0] == "A•• L•••"
    assert found["no_such"] == ()


def test_examples_when_a_column_is_not_asked_for_then_it_is_not_read(shop_url: str) -> None:
    assert examples("shop", shop_url, "customers", ("email",)).keys() == {"email"}


def test_examples_when_there_is_no_such_table_then_the_failure_has_a_name(shop_url: str) -> None:
    with pytest.raises(SourceError):
        examples("shop", shop_url, "no_such", ("email",))


def test_examples_when_columns_are_of_odd_types_then_each_is_read_and_long_ones_are_cut(shop_url: str) -> None:
    with psycopg.connect(shop_url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS odd; DROP TYPE IF EXISTS mood")
        connection.execute("CREATE TYPE mood AS ENUM ('glad', 'sad')")
        connection.execute(
            'CREATE TABLE odd ("select" mood, tags text[], doc jsonb, raw bytea, at timestamptz, id uuid, long text)'
        )
        connection.execute(
            "INSERT INTO odd VALUES ('glad', '{ring,Ada}', '{\"email\": \"ada@example.com\"}', '\\x00', '2024-05-17 10:00Z',"
            " gen_random_uuid(), repeat('Ada ', 1000000))"
        )
    found = examples("shop", shop_url, "odd", ("select", "tags", "doc", "raw", "at", "id", "long"))
    with psycopg.connect(shop_url, autocommit=True) as connection:
        connection.execute("DROP TABLE odd; DROP TYPE mood")

    assert {name: len(values) for name, values in found.items()} == {
        "select": 1, "tags": 1, "doc": 1, "raw": 0, "at": 1, "id": 1, "long": 1
    }  # fmt: skip
    assert found["select"] == ("g•••",)
    assert "ada" not in str(found).casefold()


def test_examples_when_the_database_is_a_mariadb_then_they_are_read_and_cut_as_well(mariadb_url: str) -> None:
    with engine_for(mariadb_url).begin() as connection:
        connection.execute(
            text("CREATE TABLE odd (`select` ENUM('glad'), doc JSON, raw BLOB, at DATETIME, body LONGTEXT)")
        )
        connection.execute(
            text("INSERT INTO odd VALUES ('glad', '{\"a\": \"Ada\"}', 'x', '2024-05-17 10:00', REPEAT('Ada ', 100000))")
        )

    found = examples("shop", mariadb_url, "odd", ("select", "doc", "raw", "at", "body"))

    assert {name: len(values) for name, values in found.items()} == {
        "select": 1,
        "doc": 1,
        "raw": 0,
        "at": 1,
        "body": 1,
    }
    assert found["select"] == ("g•••",)
