"""Looking a person up: every spelling of what they gave, and nobody who only looks like them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from dsr.records import Identity, IdentityKind, Person, normalise_email
from dsr.sources import registry
from dsr.sources.sql_match import phone_readings
from tests.mariadb import connected
from tests.sources.test_reach import dataset_of

EMAIL, PHONE, NUMBER = IdentityKind.EMAIL, IdentityKind.PHONE, IdentityKind.CUSTOMER_NUMBER


@pytest.fixture(params=["postgresql", "mariadb", "sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        address: str = request.getfixturevalue("postgres_url")
        return address
    if request.param == "mariadb":
        return str(request.getfixturevalue("mariadb_url"))
    return f"sqlite:///{tmp_path / 'shop.db'}"


def found(
    url: str, kind: IdentityKind, stored: list[str | None], *values: str, country: str = "US"
) -> list[str | None]:
    """Which of the stored spellings are found for a person known by ``values``."""
    rows = list(enumerate(stored))
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as database:
            database.execute("CREATE TABLE people (id integer PRIMARY KEY, known text)")
            database.executemany("INSERT INTO people VALUES (?, ?)", rows)
    elif url.startswith("mariadb"):
        with closing(connected(url)) as mariadb, mariadb.cursor() as cursor:
            cursor.execute("CREATE TABLE people (id integer PRIMARY KEY, known text)")
            cursor.executemany("INSERT INTO people VALUES (%s, %s)", rows)
    else:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE people (id integer PRIMARY KEY, known text)")
            connection.cursor().executemany("INSERT INTO people VALUES (%s, %s)", rows)
    person = Person(tuple(Identity(kind, value) for value in values), country)
    description = registry.load(dataset_of("shop", f"people: id* known@{kind.value}"))
    with registry.open_source("sql", "shop", url, description) as source:
        return [record.values["known"] for record in source.gather(source.locate(person, {}))]  # type: ignore[misc]


def test_an_email_is_found_in_every_spelling(url: str) -> None:
    hers = ["ada@example.com", "Ada@Example.COM", " ada@example.com ", "ADA@EXAMPLE.COM\t", "\nada@example.com\r\n"]
    others = [
        "bada@example.com", "ada@example.com.test", "ada+gift@example.com", "a.da@example.com", "ada@example.co",
        "ada_example.com", "%", "", None, "ada@example.com, bela@example.com",
    ]  # fmt: skip

    assert found(url, EMAIL, [*hers, *others], normalise_email(" Ada@EXAMPLE.com")) == hers


def test_an_email_with_accents_is_found_in_every_form(url: str) -> None:
    hers = ["zoë@bücher.example", "ZOË@bücher.example", "zoë@xn--bcher-kva.example", "zoe\u0308@bu\u0308cher.example"]

    assert (
        found(url, EMAIL, [*hers, "zoe@bücher.example", "zoé@bücher.example"], normalise_email("Zoë@Bücher.example"))
        == hers
    )


def test_a_quote_in_an_address_is_a_letter_like_others(url: str) -> None:
    assert found(url, EMAIL, ["o'ada@example.com", "x' OR '1'='1"], "o'ada@example.com", "x' or '1'='1") == [
        "o'ada@example.com",
        "x' OR '1'='1",
    ]


def test_several_addresses_are_looked_up_at_once(url: str) -> None:
    assert found(
        url, EMAIL, ["new@example.com", "Old@example.com", "x@example.com"], "new@example.com", "old@example.com"
    ) == [
        "new@example.com",
        "Old@example.com",
    ]


AMERICAN = [
    "+12025550100", "+1 (202) 555-0100", "(202) 555-0100", "202.555.0100", "1-202-555-0100", "2025550100",
    "001 202 555 0100", "011 1 202 555 0100", "202-555-0100 x12", "202-555-0100 ext. 7", " 2025550100 ",
]  # fmt: skip
NOT_AMERICAN = [
    "+20 25550100", "+202 555 0100", "5550100", "12025550100 2", "92025550100", "+49 202 5550100", "202555010",
    "2025550101", "", "no phone",
]  # fmt: skip
BRITISH = ["020 7946 0000", "+44 20 7946 0000", "+44 (0)20 7946 0000", "0044 20 7946 0000", "20 7946 0000"]
NOT_BRITISH = ["+1 207 946 0000", "7946 0000", "+33 20 7946 0000"]


def test_an_american_number_is_found_however_it_was_typed(url: str) -> None:
    stored = [*AMERICAN, *NOT_AMERICAN, None]

    assert found(url, PHONE, stored, "+12025550100", country="US") == AMERICAN


def test_a_british_number_is_found_with_its_leading_zero(url: str) -> None:
    assert found(url, PHONE, [*BRITISH, *NOT_BRITISH], "+442079460000", country="GB") == BRITISH


def test_a_number_is_read_of_every_spelling_by_which_it_is_found_and_of_no_other() -> None:
    assert [each for each in AMERICAN + NOT_AMERICAN if "+12025550100" in phone_readings(each, "US")] == AMERICAN
    assert [each for each in BRITISH + NOT_BRITISH if "+442079460000" in phone_readings(each, "GB")] == BRITISH


def test_a_number_from_abroad_is_found_by_all_its_digits_only(url: str) -> None:
    stored = ["+44 20 7946 0000", "0044 20 7946 0000", "020 7946 0000", "2079460000"]

    assert found(url, PHONE, stored, "+442079460000", country="US") == stored[:2]


def test_what_is_no_phone_number_finds_nobody(url: str) -> None:
    assert found(url, PHONE, ["", "no phone", "0", None], "not a number") == []


def test_a_customer_number_is_found_whole_and_in_its_own_case(url: str) -> None:
    assert found(url, NUMBER, ["C-1", " C-1 ", "C-11", "XC-1", "c-1", ""], " C-1") == ["C-1", " C-1 "]


def test_a_customer_number_may_be_a_number(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE people (id integer PRIMARY KEY)")
        connection.execute("INSERT INTO people VALUES (7), (77)")
    description = registry.load(dataset_of("shop", "people: id*@customer_number"))
    for given, expected in (("7", [7]), ("seven", [])):
        person = Person((Identity(NUMBER, given),))
        with registry.open_source("sql", "shop", postgres_url, description) as source:
            assert [record.values["id"] for record in source.gather(source.locate(person, {}))] == expected


def test_the_addresses_of_a_thousand_people_are_one_look_up(url: str) -> None:
    addresses = [f"p{number}@example.com" for number in range(1_000)]

    assert len(found(url, EMAIL, [*addresses, "other@example.com"], *addresses)) == 1_000
