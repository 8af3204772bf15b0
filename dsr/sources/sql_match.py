"""How a person's identifiers are compared with what stands in a column, whatever its spelling."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

import phonenumbers
from sqlalchemy import ColumnElement, Text, and_, cast, false, func, not_, or_

from dsr.records import IdentityKind, Person

WHITESPACE = " \t\r\n"
INTERNATIONAL_PREFIXES = ("", "00", "011")


def identity_matches(
    column: ColumnElement[str], kind: IdentityKind, person: Person, dialect: str
) -> ColumnElement[bool] | None:
    """The condition under which ``column`` holds one of the person's identifiers; None when the person has none."""
    values = person.values(kind)
    if not values:
        return None
    text = func.trim(cast(column, Text), WHITESPACE)
    if kind is IdentityKind.EMAIL:
        return func.lower(text).in_(sorted(email_spellings(values)))
    if kind is IdentityKind.PHONE:
        return phone_matches(text, values, person.country, dialect)
    return text.in_(sorted({value.strip() for value in values}))


def email_spellings(addresses: Iterable[str]) -> set[str]:
    """How normalised addresses may be spelled in a column after the database has lowered it.

    A database with the C locale lowers ASCII letters only, a domain may have been stored in Unicode, and letters with
    accents may have been stored decomposed.
    """
    spellings = set()
    for address in addresses:
        for whole in {address, _unicode_domain(address)}:
            for form in ("NFC", "NFD"):
                text = unicodedata.normalize(form, whole)
                spellings.add(text)
                spellings.add("".join(letter if letter.isascii() else letter.upper() for letter in text))
    return spellings


def _unicode_domain(address: str) -> str:
    local, at, domain = address.rpartition("@")
    try:
        return local + at + domain.encode("ascii").decode("idna")
    except UnicodeError:
        return address


def phone_matches(text: ColumnElement[str], numbers: Sequence[str], country: str, dialect: str) -> ColumnElement[bool]:
    """Numbers are equal when all their digits are, never when one ends like the other.

    A column that begins with ``+`` is compared with the international digits alone: ``+20 2555 0100`` is no American
    ``202 555 0100``.
    """
    international: set[str] = set()
    national: set[str] = set()
    for number in numbers:
        whole, home = phone_digits(number, country)
        international |= whole
        national |= home
    if not international:
        return false()
    digits = _digits(text, dialect)
    abroad = digits.in_(sorted(international))
    at_home = and_(not_(text.startswith("+")), digits.in_(sorted(national | international)))
    return or_(abroad, at_home)


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


def _digits(text: ColumnElement[str], dialect: str) -> ColumnElement[str]:
    """The digits of a text, without an extension behind the number."""
    if dialect == "postgresql":
        number = func.regexp_replace(text, r"\s*(ext|x|#).*$", "", "i")
        return func.regexp_replace(number, r"\D", "", "g")
    return func.dsr_digits(text)
