"""One column at a time: name, type and values together."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dsr.sources.draft.live import LiveColumn, LiveTable
from dsr.sources.draft.reading import Reading, read_column, read_columns
from dsr.sources.draft.values import Sample, sample_of
from dsr.sources.draft.words import tokens

ADDRESSES = [f"p{number}@mail{number}.example" for number in range(9)]
PHONES = [f"+49 30 55501{number:02}" for number in range(9)]
CARDS = ["4111111111111111", "5555555555554444", "4012888888881881"]


def read(name: str, values: Sequence[object] = (), kind: str = "text") -> Reading:
    return read_column(LiveColumn(name, kind, nullable=True), sample_of(values))


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("fname", "first_name"),
        ("custLastName", "last_name"),
        ("téléphone", "phone"),
        ("correo_electronico", "email"),
        ("Nachname", "last_name"),
        ("PLZ", "postcode"),
        ("codePostal", "postcode"),
        ("addr1", "street"),
        ("shipcity", "city"),
        ("dob", "birth_date"),
        ("date_naissance", "birth_date"),
        ("cc_num", "card"),
        ("pwd", "password"),
        ("ua", "user_agent"),
        ("umail", "email"),
        ("last_login_ip", "ip"),
        ("codice_fiscale", "national_id"),
        ("api_key", "credential"),
        ("einwilligung", "consent"),
    ],
)
def test_name_alone_says_what_a_column_holds(name: str, meaning: str) -> None:
    assert read(name).meaning == meaning


@pytest.mark.parametrize(
    "name", ["email_template", "phone_type", "email_sent_count", "address_format", "ip_count", "password_min_length"]
)
def test_name_about_something_personal_is_not_personal(name: str) -> None:
    assert read(name).weight < 2


@pytest.mark.parametrize(
    ("name", "kind"), [("email_verified", "boolean"), ("phone_id", "integer"), ("last_login", "datetime")]
)
def test_type_that_cannot_hold_it_refutes_the_name(name: str, kind: str) -> None:
    assert read(name, kind=kind).weight < 2


@pytest.mark.parametrize(
    ("values", "meaning"),
    [
        (ADDRESSES, "email"),
        (PHONES, "phone"),
        (CARDS, "card"),
        (["DE89370400440532013000", "GB82WEST12345698765432"], "bank"),
        (["192.0.2.7", "2001:db8::7"], "ip"),
        (["$2b$12$abcdefghijklmnopqrstuv"], "password"),
        (["Mozilla/5.0 (X11)", "curl/8.1"], "user_agent"),
    ],
)
def test_values_alone_say_what_a_column_holds(values: list[str], meaning: str) -> None:
    reading = read("x7", values)
    assert (reading.meaning, reading.is_proved) == (meaning, True)


def test_name_and_values_together_are_surer_than_either() -> None:
    together = read("telefon", PHONES)
    assert together.confidence > max(read("telefon").confidence, read("x7", PHONES).confidence)
    assert together.reason == "name says phone number; 9 of 9 sampled values are international phone numbers"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("email", ["daily", "weekly", "never", "daily", "weekly"]),
        ("phone", ["ios", "android", "ios", "android"]),
        ("city", ["1", "2", "3", "4"]),
        ("gender", [f"value {number}" for number in range(40)]),
    ],
)
def test_values_that_contradict_a_name_refute_it(name: str, values: list[str]) -> None:
    assert read(name, values).weight == 0


def test_numbers_of_articles_are_no_cards_in_a_key() -> None:
    assert read("product_id", CARDS).meaning != "card"


def test_key_of_random_letters_is_a_secret_and_a_short_code_is_none() -> None:
    random = [f"k9QwZ7rT2mX4vB8nL1pS{number}" for number in range(5)]
    assert read("confirm_code", random).meaning == "credential"
    assert read("colour_code", ["red", "blue", "green"]).weight == 0


def test_reason_holds_no_value() -> None:
    assert [value for value in ADDRESSES if value in read("x7", ADDRESSES).reason] == []


def read_table(**columns: Sequence[object]) -> dict[str, str]:
    """The meanings of a table's text columns, read beside one another."""
    live = LiveTable("t", None, "t", tuple(LiveColumn(name, "text", True) for name in columns), (), (), ())
    samples: dict[str, Sample] = {name: sample_of(values) for name, values in columns.items()}
    return {name: reading.meaning for name, reading in read_columns(live, samples).items()}


def test_state_is_a_place_only_beside_places() -> None:
    assert read_table(state=["open", "paid"], total=["1", "2"])["state"] == ""
    assert read_table(state=["CA", "NY"], city=["Ojai", "Troy"])["state"] == "state"


def test_title_is_a_form_of_address_only_beside_a_name() -> None:
    assert read_table(title=["Mrs", "Dr"], last_name=["Berg", "Tal"])["title"] == "honorific"
    assert read_table(title=["Ring", "Watch"], price=["1", "2"])["title"] == ""


def test_bare_name_beside_one_half_is_the_other_half() -> None:
    assert read_table(vorname=["Vera"], name=["Kessler"])["name"] == "last_name"
    assert read_table(nombre=["Vera"], apellidos=["Kessler"])["nombre"] == "first_name"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("custFirstName", ("cust", "first", "name")),
        ("IPAddress", ("ip", "address")),
        ("emailaddress", ("email", "address")),
        ("billing_zip2", ("billing", "zip", "2")),
        ("Straße", ("strasse",)),
    ],
)
def test_name_is_taken_apart_into_its_words(name: str, words: tuple[str, ...]) -> None:
    assert tokens(name) == words
