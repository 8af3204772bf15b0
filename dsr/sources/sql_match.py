"""How a person's identifiers are compared with what stands in a column, whatever its spelling."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Iterable
from typing import Any

import phonenumbers
from sqlalchemy import ColumnElement, and_, func, not_, or_

from dsr.records import Identity, IdentityKind, Person, normalise_email
from dsr.sources.sql_dialects import dialect_of

INTERNATIONAL_PREFIXES = ("", "00", "011")
EXTENSION = re.compile(r"\s*(ext|x|#).*$", re.IGNORECASE | re.DOTALL)
NOT_DIGITS = re.compile(r"[^0-9]")
LONGEST_DIALLED = 18
"""Digits of the longest number (15) behind the longest prefix."""


def identity_condition(column: ColumnElement[str], kind: IdentityKind, dialect: str) -> ColumnElement[bool]:
    """The condition under which ``column`` holds one of the identifiers that :func:`identity_values` makes.

    Phone numbers are equal when all their digits are, never when one ends like the other. A column that begins with
    ``+`` is compared with the international digits alone: ``+20 2555 0100`` is no American ``202 555 0100``.
    """
    words = dialect_of(dialect)
    compared = match_key(column, kind, dialect)
    if kind is IdentityKind.PHONE:
        at_home = and_(not_(words.trimmed(column).startswith("+")), words.is_any_text(compared, "national"))
        return or_(words.is_any_text(compared, "international"), at_home)
    return words.is_any_text(compared, "spellings")


def match_key(column: ColumnElement[Any], kind: IdentityKind, dialect: str) -> ColumnElement[str]:
    """What is compared of a column, whatever its spelling. An index over exactly this expression spares a scan."""
    words = dialect_of(dialect)
    if kind is IdentityKind.EMAIL:
        return func.lower(words.trimmed(column))
    return words.digits(words.trimmed(column)) if kind is IdentityKind.PHONE else words.trimmed(column)


def can_be_indexed(kind: IdentityKind, dialect: str) -> bool:
    """Whether the database can keep an index over :func:`match_key`."""
    words = dialect_of(dialect)
    return words.indexes_digits if kind is IdentityKind.PHONE else words.indexes_expressions


def identity_values(kind: IdentityKind, person: Person) -> dict[str, list[str]] | None:
    """The parameters of :func:`identity_condition`; None when the person is not known by this kind."""
    values = person.values(kind)
    if not values:
        return None
    if kind is IdentityKind.EMAIL:
        return {"spellings": sorted(email_spellings(values))}
    if kind is IdentityKind.PHONE:
        international: set[str] = set()
        national: set[str] = set()
        for number in values:
            whole, home = phone_digits(number, person.country)
            international |= whole
            national |= home
        return {"international": sorted(international), "national": sorted(national)}
    return {"spellings": sorted({value.strip() for value in values})}


def identity_in(kind: IdentityKind, value: Hashable, country: str) -> Identity | None:
    """The identity that a column's value states, normalised; None when it states none: empty, or no such thing."""
    text = "" if value is None else str(value).strip()
    if kind is IdentityKind.EMAIL:
        text = normalise_email(text)
        local, at, domain = text.rpartition("@")
        return Identity(kind, text) if local and at and domain else None
    if kind is IdentityKind.PHONE:
        try:
            number = phonenumbers.parse(text, country)
        except phonenumbers.NumberParseException:
            return None
        is_possible = phonenumbers.is_possible_number(number)
        number.extension = None
        written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        return Identity(kind, written) if is_possible else None
    return Identity(kind, text) if text.strip("0") else None


def phone_readings(text: str, country: str) -> set[str]:
    """The E.164 numbers that a column's text may mean: read in ``country``, and as :func:`identity_condition` finds it."""
    read = identity_in(IdentityKind.PHONE, text, country)
    readings = {read.value} if read else set()
    digits = NOT_DIGITS.sub("", EXTENSION.sub("", text))
    if not text.strip().startswith("+") and len(digits) <= LONGEST_DIALLED:
        readings |= {
            f"+{digits.removeprefix(prefix)}" for prefix in INTERNATIONAL_PREFIXES if digits.startswith(prefix)
        }
    return readings


def email_spellings(addresses: Iterable[str]) -> set[str]:
    """How normalised addresses may be spelled in a column after the database has lowered it.

    A database with the C locale lowers ASCII letters only, a domain may have been stored in Unicode, and letters with
    accents may have been stored decomposed.
    """
    spellings = set()
    for address in addresses:
        local, at, domain = address.rpartition("@")
        for name in _spellings(local):
            for host in {domain} | _spellings(_unicode_domain(domain)):
                spellings.add(name + at + host)
    return spellings


def _spellings(text: str) -> set[str]:
    """Composed and decomposed, and as it looks when only its ASCII letters were lowered."""
    forms = {unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)}
    return forms | {"".join(letter if letter.isascii() else letter.upper() for letter in form) for form in forms}


def _unicode_domain(domain: str) -> str:
    try:
        return domain.encode("ascii").decode("idna")
    except UnicodeError:
        return domain


def phone_digits(number: str, country: str) -> tuple[set[str], set[str]]:
    """The digits of an E.164 number as they may be stored: with its country's code, and as dialled in ``country``."""
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return set(), set()
    code = str(parsed.country_code)
    significant = phonenumbers.national_significant_number(parsed)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(country, None)
    trunk = (metadata.national_prefix or "") if metadata else ""
    international = {code + significant, code + trunk + significant}
    national = {prefix + code + significant for prefix in INTERNATIONAL_PREFIXES}
    if phonenumbers.country_code_for_region(country) == parsed.country_code:
        national |= {significant, trunk + significant}
    return international, national
