"""Each way in which a database goes away from its description: the alarm, its line, and that its cure settles it."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from dsr.sources import registry
from dsr.sources.alarms import Alarm, Checked
from dsr.sources.masks import Mask, Room, fitting, misfit

DATASET = """\
dataset:
  - fides_key: shop
    collections:
      - name: customers
        fields:
          - {name: id, fides_meta: {primary_key: true, data_type: integer}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
          - {name: name, data_categories: [user.name]}
      - name: orders
        fields:
          - {name: id, fides_meta: {primary_key: true, data_type: integer}}
          - {name: customer_id, fides_meta: {references: [{dataset: shop, field: customers.id}]}}
          - {name: total}
"""
SCHEMA = (
    "CREATE TABLE customers (id integer PRIMARY KEY, email varchar(100) NOT NULL UNIQUE, name varchar(20))",
    "CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer, total integer)",
    "INSERT INTO customers VALUES (1, 'ada@example.com', 'Ada'), (2, 'bela@example.org', 'Bela')",
    "INSERT INTO orders VALUES (10, 1, 5), (11, 2, 6), (12, NULL, 7), (13, 0, 8)",
)


@pytest.fixture(params=["postgresql", "sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    kind = request.param
    address: str = request.getfixturevalue("postgres_url") if kind == "postgresql" else f"sqlite:///{tmp_path}/shop.db"
    run(address, *SCHEMA)
    return address


def run(url: str, *statements: str) -> None:
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as database:
            for statement in statements:
                database.execute(statement)
        return
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def examined(url: str, dataset: str = DATASET, overlay: str = "", recorded: Any = None) -> Checked:
    described = registry.load(dataset, overlay, dataset_file="shop.yaml", overlay_file="shop.dsr.yaml")
    return registry.examine("sql", "shop", url, described, recorded=recorded or {})


def only(checked: Checked) -> Alarm:
    (alarm,) = checked.alarms
    return alarm


def place(alarm: Alarm) -> tuple[str, str, str, int | None]:
    return alarm.code.value, alarm.place, alarm.file, alarm.line


def cured(alarm: Alarm) -> Any:
    """What the cure says, as YAML reads it; words in brackets behind it are for people."""
    return yaml.safe_load(re.sub(r"  \(.*\)$", "", alarm.cure))


def with_item(dataset: str, alarm: Alarm) -> str:
    """The dataset with the cure added to the list that it belongs to."""
    content = yaml.safe_load(dataset)
    collections = content["dataset"][0]["collections"]
    if alarm.code == "undeclared_table":
        collections += cured(alarm)
    else:
        collections[[each["name"] for each in collections].index(alarm.place.split(".")[1])]["fields"] += cured(alarm)
    return yaml.safe_dump(content)


def in_overlay(alarm: Alarm, collection: str) -> str:
    return yaml.safe_dump({"collections": {collection: cured(alarm)}})


def test_a_database_as_described_has_no_alarm_and_no_advice(url: str) -> None:
    checked = examined(url)

    assert (checked.alarms, checked.advice) == ((), ())
    assert set(checked.types["customers"]) == {"id", "email", "name"}


def test_a_column_that_nobody_declared_is_an_alarm_until_it_is_declared(url: str) -> None:
    run(url, 'ALTER TABLE customers ADD COLUMN "no" varchar(5)')

    alarm = only(examined(url))

    assert place(alarm) == ("undeclared_column", "shop.customers.no", "shop.yaml", 8)
    assert examined(url, with_item(DATASET, alarm)).alarms == ()


def test_a_table_that_nobody_declared_is_an_alarm_until_it_is_said_to_hold_nobody(url: str) -> None:
    run(url, "CREATE TABLE plugin_log (id integer PRIMARY KEY, line varchar(80))")

    alarm = only(examined(url))

    assert place(alarm) == ("undeclared_table", "plugin_log", "shop.yaml", 9)
    assert cured(alarm) == [{"name": "plugin_log", "fides_meta": {"skip_processing": True}, "fields": [{"name": "id"}]}]
    assert examined(url, with_item(DATASET, alarm)).alarms == ()


def test_a_view_repeats_what_tables_hold_and_is_no_alarm(url: str) -> None:
    run(url, "CREATE VIEW everybody AS SELECT * FROM customers")

    assert examined(url).alarms == ()


def test_a_table_in_a_schema_that_nobody_mentions_is_an_alarm(postgres_url: str) -> None:
    run(postgres_url, *SCHEMA, "CREATE SCHEMA crm", "CREATE TABLE crm.contacts (id integer PRIMARY KEY, email text)")

    alarm = only(examined(postgres_url))

    assert alarm.place == "crm.contacts"
    assert examined(postgres_url, with_item(DATASET, alarm)).alarms == ()


def test_partitions_stand_for_no_table_of_their_own(postgres_url: str) -> None:
    parts = "CREATE TABLE visits (id integer, at date) PARTITION BY RANGE (at)"
    run(postgres_url, *SCHEMA, parts, "CREATE TABLE visits_2026 PARTITION OF visits DEFAULT")

    assert [alarm.place for alarm in examined(postgres_url).alarms] == ["visits"]


def test_a_table_that_another_source_describes_is_no_alarm(url: str) -> None:
    run(url, "CREATE TABLE subscribers (id integer PRIMARY KEY)")
    described = registry.load(DATASET)

    alone = registry.examine("sql", "shop", url, described, recorded={})
    together = registry.examine("sql", "shop", url, described, recorded={}, elsewhere=frozenset({("", "subscribers")}))

    assert ([alarm.place for alarm in alone.alarms], together.alarms) == (["subscribers"], ())


def test_a_column_that_vanished_is_an_alarm_and_a_table_too(url: str) -> None:
    run(url, "ALTER TABLE customers RENAME COLUMN name TO full_name", "DROP TABLE orders")

    alarms = examined(url).alarms

    assert [place(alarm) for alarm in alarms] == [
        ("vanished_column", "shop.customers.name", "shop.yaml", 8),
        ("undeclared_column", "shop.customers.full_name", "shop.yaml", 8),
        ("vanished_table", "shop.orders", "shop.yaml", 9),
    ]


def test_a_changed_type_is_an_alarm_until_it_is_recorded_anew(url: str) -> None:
    recorded = {**examined(url).types, "customers": {"name": "VARCHAR(10)", "email": "VARCHAR(100)"}}

    alarm = only(examined(url, recorded=recorded))

    assert place(alarm) == ("changed_type", "shop.customers.name", "shop.yaml", 8)
    assert alarm.message == "was VARCHAR(10) when it was described and is VARCHAR(20) now"
    assert cured(alarm) == {"fides_meta": {"data_type": "string"}}
    assert examined(url, recorded=examined(url).types).alarms == ()


def test_a_key_that_the_dataset_does_not_name_is_an_alarm(url: str) -> None:
    without = DATASET.replace("{name: id, fides_meta: {primary_key: true, data_type: integer}}", "{name: id}", 1)

    alarm = only(examined(url, without))

    assert place(alarm) == ("missing_key", "shop.customers", "shop.yaml", 6)
    assert cured(alarm) == {"fides_meta": {"primary_key": True}}


def test_a_table_without_a_key_is_an_alarm_until_that_is_known(url: str) -> None:
    run(url, "CREATE TABLE visits (customer_id integer, page varchar(50))")
    declared = DATASET + "      - {name: visits, fields: [{name: customer_id}, {name: page}]}\n"

    alarm = only(examined(url, declared))

    assert place(alarm) == ("missing_key", "shop.visits", "shop.dsr.yaml", None)
    assert examined(url, declared, in_overlay(alarm, "visits")).alarms == ()


def test_a_declared_key_that_the_database_no_longer_keeps_is_an_alarm(postgres_url: str) -> None:
    run(postgres_url, *SCHEMA, "ALTER TABLE orders DROP CONSTRAINT orders_pkey")

    alarm = only(examined(postgres_url))

    assert place(alarm)[:2] == ("missing_key", "shop.orders")
    assert "keeps id from repeating" in alarm.message
    assert examined(postgres_url, overlay=in_overlay(alarm, "orders")).alarms == ()


def test_a_reference_that_leads_nowhere_is_an_alarm_until_it_is_mended_or_known(url: str) -> None:
    run(url, "INSERT INTO orders VALUES (20, 77, 1), (21, 78, 1)")

    alarm = only(examined(url))
    known = examined(url, overlay=in_overlay(alarm, "orders")).alarms
    run(url, "INSERT INTO customers VALUES (77, 'c@example.net', 'Cleo'), (78, 'd@example.net', 'Dora')")

    assert place(alarm) == ("broken_reference", "shop.orders.customer_id", "shop.yaml", 12)
    assert alarm.message.startswith("2 of 4 values looked at stand nowhere in customers.id")
    assert (known, examined(url).alarms) == ((), ())


def test_references_are_sampled_and_the_newest_rows_are_among_them(url: str) -> None:
    values = ", ".join(f"({number}, 1, 0)" for number in range(100, 5_000))
    run(url, f"INSERT INTO orders VALUES {values}", "INSERT INTO orders VALUES (9000, 99, 0)")

    assert only(examined(url)).message.startswith("1 of 3 values")


def test_a_reference_that_the_database_keeps_is_not_read(postgres_url: str) -> None:
    keep = "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers NOT VALID"
    run(postgres_url, *SCHEMA, "INSERT INTO orders VALUES (20, 77, 1)")
    before = [alarm.code for alarm in examined(postgres_url).alarms]

    run(postgres_url, keep)

    assert (before, examined(postgres_url).alarms) == (["broken_reference"], ())


def test_a_text_that_is_no_key_is_a_broken_reference(postgres_url: str) -> None:
    run(postgres_url, *SCHEMA, "ALTER TABLE orders ALTER customer_id TYPE text USING 'C-' || customer_id")

    alarm = only(examined(postgres_url))

    assert alarm.code == "broken_reference"
    assert alarm.message.startswith("3 of 3 values looked at stand nowhere in customers.id")


def test_two_ends_that_cannot_be_compared_are_a_broken_reference(postgres_url: str) -> None:
    no_key = "ALTER TABLE customers DROP CONSTRAINT customers_pkey CASCADE"
    run(postgres_url, *SCHEMA, no_key, "ALTER TABLE customers ALTER id TYPE json USING to_json(id)")
    told = [(alarm.code, alarm.message) for alarm in examined(postgres_url).alarms]

    assert ("broken_reference", "cannot be compared with customers.id: the two differ in type") in told


@pytest.mark.parametrize(
    ("mask", "column", "why"),
    [
        ("null", "email", "is NOT NULL"),
        ("text", "email", "must not repeat"),
        ("zero", "name", "holds text, no numbers"),
    ],
)
def test_a_mask_that_the_column_cannot_take_is_an_alarm_until_another_is_chosen(
    url: str, mask: str, column: str, why: str
) -> None:
    alarm = only(examined(url, overlay=f"collections:\n  customers: {{masks: {{{column}: {mask}}}}}\n"))

    assert place(alarm) == ("unfit_mask", f"shop.customers.{column}", "shop.dsr.yaml", 2)
    assert why in alarm.message
    assert examined(url, overlay=in_overlay(alarm, "customers")).alarms == ()


def test_masks_that_fit_are_no_alarm(url: str) -> None:
    assert examined(url, overlay="collections: {customers: {masks: {email: hash, name: null}}}").alarms == ()


def test_a_column_of_a_type_of_its_own_takes_no_text() -> None:
    address = Room("text", is_nullable=False, is_free=False)

    assert misfit(Mask.TEXT, address) == "accepts only values of a type of its own"
    assert fitting(address) is None
    assert fitting(Room("integer", is_nullable=False)) is Mask.ZERO
