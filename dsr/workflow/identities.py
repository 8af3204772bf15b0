"""What a person typed about themselves, brought into the one form under which it is hashed, searched and stored."""

from __future__ import annotations

import unicodedata

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from dsr.records import Identity, IdentityKind, normalise_email

LONGEST = 254


class BadIdentity(Exception):
    """The text cannot be such an identifier; the message says what was expected."""


def read(kind: IdentityKind, text: str, country: str) -> Identity:
    """The identifier that ``text`` means. ``country`` (ISO 3166 alpha-2) reads a phone number without a prefix."""
    text = unicodedata.normalize("NFKC", text).strip()
    if not text or len(text) > LONGEST or any(unicodedata.category(character) == "Cc" for character in text):
        raise BadIdentity("Write it in one line of at most 254 characters.")
    if kind == IdentityKind.EMAIL:
        return Identity(kind, _email(text))
    if kind == IdentityKind.PHONE:
        return Identity(kind, _phone(text, country))
    return Identity(kind, text)


def _email(text: str) -> str:
    address = normalise_email(text)
    try:
        validate_email(address)
    except ValidationError:
        raise BadIdentity("Enter an e-mail address in the form name@example.com.") from None
    return address


def _phone(text: str, country: str) -> str:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        raise BadIdentity("Enter a telephone number with its area code, for example +1 646 555 0123.") from None
    if not phonenumbers.is_possible_number(number):
        raise BadIdentity("Enter a telephone number with its area code, for example +1 646 555 0123.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
