"""Schemas that a first draft got wrong: a list of addresses, people without an address, keys that name their table first."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from dsr.sources.draft import Draft, draft_source

PEOPLE = [(f"Ana{n} Ruiz", f"6{n + 10} 12 3{n % 7} {n + 40}", f"ana{n}@correo{n % 4}.example") for n in range(1, 21)]


def drafted(folder: Path, script: str, rows: dict[str, list[tuple[object, ...]]]) -> Draft:
    path = folder / "shop.db"
    with sqlite3.connect(path) as database:
        database.executescript(script)
        for table, values in rows.items():
            marks = ", ".join("?" * len(values[0]))
            database.executemany(f"INSERT INTO {table} VALUES ({marks})", values)
    database.close()
    return draft_source("sql", "shop", f"sqlite:///{path}")


def test_a_newsletter_whose_key_is_the_address_is_peoples(tmp_path: Path) -> None:
    script = "CREATE TABLE newsletter (email TEXT PRIMARY KEY, subscribed BOOLEAN, ip TEXT)"

    draft = drafted(tmp_path, script, {"newsletter": [(PEOPLE[0][2], 1, "203.0.113.7"), (PEOPLE[1][2], 0, None)]})

    (table,) = draft.tables
    assert (table.is_skipped, table.ownership) == (False, "owned")
    assert {column.name: column.identity for column in table.columns}["email"] == "email"


def test_the_newsletters_themselves_are_nobodys(tmp_path: Path) -> None:
    script = "CREATE TABLE newsletter (id INTEGER PRIMARY KEY, title TEXT, slug TEXT, email TEXT, sender TEXT)"

    draft = drafted(tmp_path, script, {"newsletter": [(1, "News", "news", "news@shop.example", "The shop")]})

    assert [table.is_skipped for table in draft.tables] == [True]


def test_addresses_that_nothing_leads_to_are_a_question(tmp_path: Path) -> None:
    script = "CREATE TABLE product_alert_queue (id INTEGER PRIMARY KEY, product TEXT, address TEXT, url TEXT)"
    rows: list[tuple[object, ...]] = [(n, "Ring", mail, "/ring") for n, (_, _, mail) in enumerate(PEOPLE[:3])]

    draft = drafted(tmp_path, script, {"product_alert_queue": rows})

    (table,) = draft.tables
    assert not table.is_skipped or table.decide


def test_people_with_a_telephone_and_no_address_are_found_by_it(tmp_path: Path) -> None:
    script = "CREATE TABLE citas (id INTEGER PRIMARY KEY, nombre_completo TEXT, telefono TEXT, motivo TEXT, dia DATE)"
    rows: list[tuple[object, ...]] = [
        (n, name, phone, "Ajustar un anillo", "2026-01-05") for n, (name, phone, _) in enumerate(PEOPLE)
    ]

    draft = drafted(tmp_path, script, {"citas": rows})

    (table,) = draft.tables
    assert not table.is_skipped
    assert {column.name: column.identity for column in table.columns}["telefono"] == "phone_number"


@pytest.mark.parametrize("column", ["id_address_delivery", "id_address_invoice", "shipping_address_id"])
def test_a_key_that_says_what_it_is_for_leads_to_its_table(tmp_path: Path, column: str) -> None:
    script = f"""
        CREATE TABLE customer (id INTEGER PRIMARY KEY, email TEXT UNIQUE, last_name TEXT);
        CREATE TABLE address (id_address INTEGER PRIMARY KEY, id_customer INTEGER, street TEXT, postcode TEXT);
        CREATE TABLE orders (id INTEGER PRIMARY KEY, id_customer INTEGER, {column} INTEGER, total NUMERIC)
    """
    people: list[tuple[object, ...]] = [(n, mail, name.split()[1]) for n, (name, _, mail) in enumerate(PEOPLE, 100)]
    places: list[tuple[object, ...]] = [(900 + n, n, f"Calle Mayor {n}", "28013") for n in range(100, 120)]
    orders: list[tuple[object, ...]] = [(n, n, 900 + n, 10) for n in range(100, 120)]

    draft = drafted(tmp_path, script, {"customer": people, "address": places, "orders": orders})

    (table,) = [each for each in draft.tables if each.name == "orders"]
    assert (column, "address") in {(each.columns[0], each.target) for each in table.references}
