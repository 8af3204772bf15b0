"""Schemas in which the plain answer is wrong: two ways to a person, key/value tables, documents, coincidences."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from dsr.records import Identity, IdentityKind, Person
from dsr.sources import registry
from dsr.sources.draft import ColumnDraft, Draft, TableDraft, draft_source

Make = Callable[..., Draft]

PEOPLE = "CREATE TABLE angler (id integer PRIMARY KEY, email varchar(200), first_name varchar(80))"
ANGLERS = [(number, f"angler{number}@lake{number}.example", f"Fisher{number}") for number in range(1, 31)]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Drafts a SQLite database made of statements and of rows by table."""

    def made(*statements: str, **rows: Sequence[Sequence[Any]]) -> Draft:
        path = tmp_path / "shop.sqlite"
        with sqlite3.connect(path) as connection:
            for statement in statements:
                connection.execute(statement)
            for table, values in rows.items():
                connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values[0]))})", values)
        return draft_source("sql", "lake", f"sqlite:///{path}")

    return made


def table(draft: Draft, name: str) -> TableDraft:
    return next(each for each in draft.tables if each.name == name)


def column(draft: Draft, path: str) -> ColumnDraft:
    name, _, inner = path.partition(".")
    return next(each for each in table(draft, name).columns if each.name == inner)


def followed(draft: Draft, name: str) -> set[tuple[str, str]]:
    return {(each.columns[0], each.target) for each in table(draft, name).references if each.is_followed}


def test_vote_on_a_review_is_its_voters_not_the_reviewers(make: Make) -> None:
    draft = make(
        PEOPLE,
        "CREATE TABLE review (id integer PRIMARY KEY, angler_id integer REFERENCES angler, body text)",
        "CREATE TABLE review_vote (id integer PRIMARY KEY, review_id integer REFERENCES review,"
        " angler_id integer REFERENCES angler, delta integer)",
        angler=ANGLERS,
        review=[(number, number, "bites well in the morning") for number in range(1, 11)],
        review_vote=[(number, number, number + 7, 1) for number in range(1, 11)],
    )
    assert followed(draft, "review_vote") == {("angler_id", "angler")}


def test_note_on_an_order_is_about_the_customer_and_its_writer_is_staff(make: Make) -> None:
    draft = make(
        PEOPLE,
        "CREATE TABLE purchase (id integer PRIMARY KEY, angler_id integer REFERENCES angler, placed_at timestamp)",
        "CREATE TABLE purchase_note (id integer PRIMARY KEY, purchase_id integer REFERENCES purchase,"
        " angler_id integer REFERENCES angler, message text)",
        angler=ANGLERS,
        purchase=[(number, number, "2024-01-01") for number in range(1, 21)],
        purchase_note=[(number, number, 30, "called back") for number in range(1, 21)],
    )
    note = table(draft, "purchase_note")
    assert (note.record_class, note.ownership) == ("staff_note", "attached")
    assert followed(draft, "purchase_note") == {("purchase_id", "purchase")}
    assert column(draft, "purchase_note.angler_id").third_party == "member of staff"


def test_shipment_of_an_order_keeps_both_ways_to_the_same_person(make: Make) -> None:
    draft = make(
        PEOPLE,
        "CREATE TABLE purchase (id integer PRIMARY KEY, angler_id integer REFERENCES angler)",
        "CREATE TABLE shipment (id integer PRIMARY KEY, purchase_id integer REFERENCES purchase,"
        " angler_id integer REFERENCES angler)",
        angler=ANGLERS,
        purchase=[(number, number) for number in range(1, 21)],
        shipment=[(number, number, number) for number in range(1, 21)],
    )
    assert followed(draft, "shipment") == {("purchase_id", "purchase"), ("angler_id", "angler")}


def test_small_integers_alone_make_no_reference(make: Make) -> None:
    draft = make(
        PEOPLE,
        "CREATE TABLE lure (id integer PRIMARY KEY, hooks integer, weight_class integer, shelf integer)",
        angler=ANGLERS,
        lure=[(number, number % 3 + 1, number % 10 + 1, number) for number in range(1, 31)],
    )
    assert table(draft, "lure").references == ()
    assert table(draft, "lure").is_skipped


def test_reference_refuted_by_its_values_is_not_taken(make: Make) -> None:
    draft = make(
        PEOPLE,
        "CREATE TABLE sensor (id integer PRIMARY KEY, angler_id integer)",
        angler=ANGLERS,
        sensor=[(number, 9000 + number) for number in range(1, 31)],
    )
    assert table(draft, "sensor").references == ()


def test_values_of_a_key_value_table_are_read_key_by_key(make: Make) -> None:
    draft = make(
        PEOPLE,
        "CREATE TABLE angler_meta (id integer PRIMARY KEY, angler_id integer, meta_key varchar(80), meta_value text)",
        "CREATE TABLE setting (setting_name varchar(80) PRIMARY KEY, setting_value text)",
        angler=ANGLERS,
        angler_meta=[
            row
            for number in range(1, 21)
            for row in (
                (2 * number, number, "billing_phone", f"+49 30 55501{number:02}"),
                (2 * number + 1, number, "colour_scheme", "dark"),
            )
        ],
        setting=[("owner_email", "shop@lake.example"), ("theme", "dark"), ("phone", "+49 30 5550100")],
    )
    assert column(draft, "angler_meta.meta_value").data_categories == ("user.contact.phone_number",)
    assert column(draft, "setting.setting_value").data_categories == ("system.operations",)
    assert table(draft, "setting").is_skipped


def test_documents_are_described_place_by_place(make: Make) -> None:
    draft = make(
        PEOPLE,
        "CREATE TABLE booking (id integer PRIMARY KEY, angler_id integer REFERENCES angler, details json)",
        angler=ANGLERS,
        booking=[
            (number, number, f'{{"guest": {{"phone": "+49 30 55501{number:02}"}}, "nights": {number}}}')
            for number in range(1, 21)
        ],
    )
    places = column(draft, "booking.details").fields
    assert [place.name for place in places] == ["guest", "nights"]
    assert [(inner.name, inner.data_categories) for inner in places[0].fields] == [
        ("phone", ("user.contact.phone_number",))
    ]
    assert registry.load(draft.dataset_text, draft.overlay_text).warnings == ()


def test_catalogue_that_a_user_maintains_stays_nobodys(make: Make) -> None:
    draft = make(
        PEOPLE,
        "CREATE TABLE product (id integer PRIMARY KEY, name varchar(80), created_by integer REFERENCES angler)",
        "CREATE TABLE supplier (id integer PRIMARY KEY, name varchar(80), email varchar(200), phone varchar(40))",
        angler=ANGLERS,
        product=[(number, f"Rod {number}", 1) for number in range(1, 31)],
        supplier=[(number, f"Works {number}", f"sales@works{number}.example", "+1 213 5550100") for number in range(9)],
    )
    assert {each.name for each in draft.tables if each.is_skipped} == {"product", "supplier"}
    assert [each.name for each in table(draft, "product").columns if each.is_personal] == ["created_by"]
    assert [each.name for each in table(draft, "supplier").columns if each.is_personal] == []


def test_address_that_an_order_points_at_comes_with_it_and_its_country_explains(make: Make) -> None:
    draft = make(
        PEOPLE,
        "CREATE TABLE country (code varchar(2) PRIMARY KEY, name varchar(80))",
        "CREATE TABLE postal_address (id integer PRIMARY KEY, street varchar(80), postcode varchar(9),"
        " country_code varchar(2) REFERENCES country)",
        "CREATE TABLE purchase (id integer PRIMARY KEY, angler_id integer REFERENCES angler,"
        " ship_to_id integer REFERENCES postal_address)",
    )
    assert {each.name: each.ownership for each in draft.tables} == {
        "angler": "owned",
        "country": "lookup",
        "postal_address": "attached",
        "purchase": "owned",
    }
    directions = {each.target: each.direction for each in table(draft, "purchase").references}
    assert directions == {"angler": "from", "postal_address": "to"}


def test_people_who_cannot_be_found_become_a_question(make: Make) -> None:
    draft = make("CREATE TABLE employee (id integer PRIMARY KEY, name varchar(80), salary integer)")
    assert table(draft, "employee").decisions == ("people are here; which column finds one of them?",)
    assert column(draft, "employee.salary").is_personal
    assert "# decide: people are here" in draft.dataset_text


def test_account_behind_a_table_of_addresses_is_the_same_person(make: Make, tmp_path: Path) -> None:
    draft = make(
        "CREATE TABLE user (id integer PRIMARY KEY, display_name varchar(80), password varchar(80))",
        "CREATE TABLE address (id integer PRIMARY KEY, email varchar(200), user_id integer REFERENCES user)",
        "CREATE TABLE membership (id integer PRIMARY KEY, user_id integer REFERENCES user, since date)",
        user=[(1, "Ada Berg", "$2b$12$abc"), (2, "Bela Tal", "$2b$12$def")],
        address=[(1, "ada@lake.example", 1), (2, "bela@pond.example", 2), (3, "ada@pond.example", 1)],
        membership=[(1, 1, "2024-01-01"), (2, 2, "2024-01-01"), (3, 1, "2024-01-01")],
    )
    assert table(draft, "address").same_person == ("user_id",)
    description = registry.load(draft.dataset_text, draft.overlay_text)
    person = Person((Identity(IdentityKind.EMAIL, "ada@lake.example"),))
    with registry.open_source("sql", "lake", f"sqlite:///{tmp_path / 'shop.sqlite'}", description) as source:
        assert source.count(source.locate(person, {})) == {"address": 2, "membership": 2, "user": 1}


def test_addresses_among_the_values_of_a_key_value_table_find_a_person(make: Make) -> None:
    draft = make(
        "CREATE TABLE pending (id integer PRIMARY KEY, token varchar(40))",
        "CREATE TABLE pending_value (id integer PRIMARY KEY, pending_id integer REFERENCES pending, key varchar(40),"
        " value text)",
        pending=[(number, f"{number:040}") for number in range(1, 11)],
        pending_value=[
            row
            for number in range(1, 11)
            for row in (
                (2 * number, number, "email", f"ada{number}@lake{number}.example"),
                (2 * number + 1, number, "kind", "subscribe"),
            )
        ],
    )
    assert column(draft, "pending_value.value").identity == "email"
    assert column(draft, "pending_value.value").data_categories == ("user.contact.email",)


def test_table_that_cannot_be_read_costs_its_samples_alone(make: Make) -> None:
    draft = make(
        PEOPLE,
        "CREATE TABLE catch (id integer PRIMARY KEY, angler_id integer REFERENCES angler, note text)",
        angler=ANGLERS,
        catch=[(1, 1, b"\xff\xfe not UTF-8".decode("latin-1")), (2, 2**62, "far")],
    )
    assert draft.notes == ()
    assert followed(draft, "catch") == {("angler_id", "angler")}


def test_secrets_are_never_exported(make: Make) -> None:
    draft = make(
        "CREATE TABLE member (id integer PRIMARY KEY, email varchar(200), password varchar(80), reset_token varchar(80),"
        " card_number varchar(20))"
    )
    description = registry.load(draft.dataset_text, draft.overlay_text)
    collection = description.datasets[0].collections[0]
    assert description.secrets(collection) == {"password", "reset_token", "card_number"}


def test_columns_of_a_second_person_are_declared_so(make: Make) -> None:
    draft = make(
        PEOPLE,
        "CREATE TABLE referral (id integer PRIMARY KEY, angler_id integer REFERENCES angler, friend_name varchar(80),"
        " friend_email varchar(200))",
        "CREATE TABLE gift_order (id integer PRIMARY KEY, angler_id integer REFERENCES angler, gift_recipient_name"
        " varchar(80), total numeric(9, 2))",
        angler=ANGLERS,
    )
    third = {
        f"{each.name}.{inner.name}": inner.third_party
        for each in draft.tables
        for inner in each.columns
        if inner.third_party
    }
    assert third == {
        "referral.friend_name": "referred friend",
        "referral.friend_email": "referred friend",
        "gift_order.gift_recipient_name": "gift recipient",
    }


def test_views_and_odd_names_are_left_out_with_a_note(make: Make) -> None:
    draft = make(PEOPLE, "CREATE VIEW everybody AS SELECT * FROM angler", 'CREATE TABLE "a.b" (id integer PRIMARY KEY)')
    assert [each.name for each in draft.tables] == ["angler"]
    assert draft.notes == (
        "The table 'a.b' is left out: a dataset cannot hold such a name.",
        "The view 'everybody' is left out: its rows are those of tables.",
    )


def test_reserved_and_quoted_names_are_drafted_and_loaded(make: Make, tmp_path: Path) -> None:
    draft = make(
        'CREATE TABLE "order" ("select" integer PRIMARY KEY, "on" date, "first name" varchar(80), "e-mail" varchar(200))'
    )
    description = registry.load(draft.dataset_text, draft.overlay_text)
    person = Person((Identity(IdentityKind.EMAIL, "angler1@lake1.example"),))
    with registry.open_source("sql", "lake", f"sqlite:///{tmp_path / 'shop.sqlite'}", description) as source:
        assert source.count(source.locate(person, {})) == {"order": 0}
