"""A draft of a database that was invented for this: what it finds, what it leaves alone, and that it can be loaded."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from dsr.records import Identity, IdentityKind, Person
from dsr.sources import registry
from dsr.sources.draft import ColumnDraft, Draft, TableDraft, draft_source
from tests.mariadb import connected, run

SCHEMA = """
CREATE TABLE kennel_keeper (
    keeper_no integer PRIMARY KEY, vorname varchar(80), nachname varchar(80), mailadresse varchar(200) UNIQUE,
    telefon varchar(40), geburtsdatum date, pwd_hash varchar(200), registered_at timestamp);
CREATE TABLE dog_breed (id integer PRIMARY KEY, name varchar(80), origin_country varchar(2));
CREATE TABLE dog_stay (
    id integer PRIMARY KEY, keeper_no integer, breed_id integer, dog_name varchar(80), arrived_on date, fee numeric(9, 2),
    special_requests text);
CREATE TABLE stay_remark (id integer PRIMARY KEY, stay_id integer, body text, written_on date);
CREATE TABLE branch (id integer PRIMARY KEY, name varchar(80), email varchar(200), city varchar(80));
CREATE TABLE price_rule (id integer PRIMARY KEY, label varchar(80), amount numeric(9, 2), created_by integer);
"""
BREEDS = [(number, f"breed {number}", "DE") for number in range(1, 13)]
KEEPERS = [
    (
        100 + number, f"Vera{number}", f"Kessler{number}", f"vera{number}@example.org", f"+49 30 55501{number:02}",
        f"19{60 + number}-03-04", "$2b$12$abcdefghijklmnopqrstuv", "2024-01-05 10:00:00",
    )
    for number in range(20)
]  # fmt: skip
STAYS = [
    (number, 100 + number % 20, number % 12 + 1, "Rex", "2024-02-03", "49.50", "no chicken")
    for number in range(1, 41)
]  # fmt: skip
REMARKS = [(number, number, "slept well in the large kennel", "2024-02-04") for number in range(1, 31)]
BRANCHES = [(1, "North", "info@kennel.example", "Kiel"), (2, "South", "office@kennel.example", "Ulm")]
RULES = [(number, f"rule {number}", "5.00", 100) for number in range(1, 15)]
FILLED = {
    "kennel_keeper": KEEPERS, "dog_breed": BREEDS, "dog_stay": STAYS, "stay_remark": REMARKS, "branch": BRANCHES,
    "price_rule": RULES,
}  # fmt: skip
SECRETS = ["Vera3", "Kessler3", "vera3@example.org", "55501", "no chicken", "slept well", "$2b$12", "info@kennel"]


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    path = tmp_path / "kennel.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript(SCHEMA)
        for table, rows in FILLED.items():
            connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    return f"sqlite:///{path}"


@pytest.fixture
def filled_postgres_url(postgres_url: str) -> str:
    with psycopg.connect(postgres_url) as connection:
        connection.execute(SCHEMA)
        for table, rows in FILLED.items():
            marks = ", ".join(["%s"] * len(rows[0]))
            connection.cursor().executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
    return postgres_url


@pytest.fixture
def filled_mariadb_url(mariadb_url: str) -> str:
    run(mariadb_url, SCHEMA)
    with closing(connected(mariadb_url)) as connection, connection.cursor() as cursor:
        for table, rows in FILLED.items():
            cursor.executemany(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(rows[0]))})", rows)
    return mariadb_url


@pytest.fixture(params=["sqlite_url", "filled_postgres_url", "filled_mariadb_url"])
def draft(request: pytest.FixtureRequest) -> Draft:
    return draft_source("sql", "kennel", request.getfixturevalue(request.param))


def table(draft: Draft, name: str) -> TableDraft:
    return next(each for each in draft.tables if each.name == name)


def column(draft: Draft, path: str) -> ColumnDraft:
    name, _, inner = path.partition(".")
    return next(each for each in table(draft, name).columns if each.name == inner)


@pytest.mark.parametrize(
    ("path", "category"),
    [
        ("kennel_keeper.vorname", "user.name.first"),
        ("kennel_keeper.nachname", "user.name.last"),
        ("kennel_keeper.mailadresse", "user.contact.email"),
        ("kennel_keeper.telefon", "user.contact.phone_number"),
        ("kennel_keeper.geburtsdatum", "user.demographic.date_of_birth"),
        ("kennel_keeper.pwd_hash", "user.authorization.password"),
        ("dog_stay.keeper_no", "user.unique_id"),
        ("stay_remark.body", "user.content.private"),
        ("dog_breed.name", "system.operations"),
        ("branch.email", "system.operations"),
        ("branch.city", "system.operations"),
        ("price_rule.label", "system.operations"),
    ],
)
def test_column_of_a_foreign_schema_has_its_category(draft: Draft, path: str, category: str) -> None:
    assert column(draft, path).data_categories == (category,)


def test_tables_are_told_apart_by_whose_they_are(draft: Draft) -> None:
    assert {each.name: each.ownership for each in draft.tables} == {
        "branch": "",
        "dog_breed": "lookup",
        "dog_stay": "owned",
        "kennel_keeper": "owned",
        "price_rule": "",
        "stay_remark": "attached",
    }


def test_references_that_nobody_declared_are_found(draft: Draft) -> None:
    found = {(each.name, r.columns, r.target) for each in draft.tables for r in each.references if r.is_followed}
    assert found == {
        ("dog_stay", ("keeper_no",), "kennel_keeper"),
        ("dog_stay", ("breed_id",), "dog_breed"),
        ("stay_remark", ("stay_id",), "dog_stay"),
    }


def test_texts_of_a_draft_load_and_gather_one_person(sqlite_url: str) -> None:
    draft = draft_source("sql", "kennel", sqlite_url)
    description = registry.load(draft.dataset_text, draft.overlay_text)
    person = Person((Identity(IdentityKind.EMAIL, "vera3@example.org"),))
    with registry.open_source("sql", "kennel", sqlite_url, description) as source:
        located = source.locate(person, {})
        counted = source.count(located)
    assert description.warnings == ()
    assert counted == {"dog_breed": 2, "dog_stay": 2, "kennel_keeper": 1, "stay_remark": 2}


def test_texts_of_a_draft_hold_no_value_of_the_database(draft: Draft, sqlite_url: str) -> None:
    held = "".join(str(row) for rows in FILLED.values() for row in rows)
    assert [secret for secret in SECRETS if secret not in held] == []
    written = draft.dataset_text + draft.overlay_text
    assert [secret for secret in SECRETS if secret in written] == []
    examples = [example for each in draft.tables for c in each.columns for example in c.examples]
    assert [secret for secret in SECRETS if any(secret in example for example in examples)] == []


def test_drafts_of_the_same_database_are_the_same(sqlite_url: str) -> None:
    first, second = (draft_source("sql", "kennel", sqlite_url) for _ in range(2))
    assert first.dataset_text == second.dataset_text
    assert first.overlay_text == second.overlay_text


def test_table_that_may_not_be_read_is_judged_by_its_names_and_said_so(filled_postgres_url: str) -> None:
    with psycopg.connect(filled_postgres_url) as connection:
        connection.execute("REVOKE ALL ON dog_stay FROM CURRENT_USER")
    draft = draft_source("sql", "kennel", filled_postgres_url)
    assert draft.notes == ("The table 'dog_stay' could not be sampled (ProgrammingError): judged by its names alone.",)
    assert column(draft, "kennel_keeper.vorname").confidence > column(draft, "dog_stay.special_requests").confidence
    assert table(draft, "dog_stay").ownership == "owned"


def test_schemas_are_read_when_the_default_one_holds_nobody(filled_postgres_url: str) -> None:
    with psycopg.connect(filled_postgres_url) as connection:
        connection.execute("CREATE SCHEMA crm")
        connection.execute("ALTER TABLE kennel_keeper SET SCHEMA crm")
        connection.execute("ALTER TABLE dog_stay SET SCHEMA crm")
        connection.execute("ALTER TABLE stay_remark SET SCHEMA crm")
    draft = draft_source("sql", "kennel", filled_postgres_url)
    assert table(draft, "crm.stay_remark").ownership == "attached"
    assert registry.load(draft.dataset_text, draft.overlay_text).warnings == ()
