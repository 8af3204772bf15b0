"""Values by themselves: what is recognised, what only looks like it, and what a mask lets through."""

from __future__ import annotations

import pytest

from dsr.sources.draft.values import iban, luhn, masked, sample_of


def test_card_number_is_told_by_its_check_digit() -> None:
    assert [luhn(text) for text in ("4111 1111 1111 1111", "5555555555554444", "4111 1111 1111 1112")] == [
        True,
        True,
        False,
    ]


def test_article_number_of_thirteen_digits_is_no_card() -> None:
    assert not luhn("9780306406157")


def test_iban_is_told_by_its_remainder() -> None:
    assert [
        iban(text) for text in ("DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "DE88370400440532013000")
    ] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("test", "like", "unlike"),
    [
        ("email", "ada@example.com", "ada at example.com"),
        ("phone", "+1 (213) 555-0143", "2024-02-03"),
        ("phone", "030 5550143", "4711"),
        ("ip", "2001:db8::7", "1.5"),
        ("ip", "192.0.2.7", "10.0.0"),
        ("user_agent", "Mozilla/5.0 (X11; Linux)", "Mozilla"),
        ("password", "pbkdf2_sha256$600000$salt$hash", "sha-256"),
        ("password", "$P$BIRXVj/ZG0YRiBH8gnRy0x0", "$19.99"),
        ("street", "Bahnhofstraße 7", "Bahnhof"),
        ("street", "12 High Street", "12 months"),
        ("street", "rue de la Paix 3", "ruelle"),
        ("person", "Ada van der Berg", "ring size"),
        ("postcode", "SW1A 1AA", "Berlin"),
        ("json", '{"a": 1}', "{a}"),
        ("country_code", "de", "XX"),
    ],
)
def test_value_is_told_from_its_likeness(test: str, like: str, unlike: str) -> None:
    assert (sample_of([like]).share(test), sample_of([unlike]).share(test)) == (1.0, 0.0)


def test_sample_counts_what_holds_something() -> None:
    sample = sample_of([None, "", "ada@example.com", "bela", b"\x00\x01"])
    assert (sample.rows, len(sample.values), sample.share("email"), sample.count("email")) == (5, 2, 0.5, 1)


def test_mask_keeps_the_shape_and_no_word_or_digit() -> None:
    assert masked("Ada Lovelace, 12 High St") == "A•• L•••••••, 99 H••• S•"
    assert len(masked("x" * 500)) == 41
