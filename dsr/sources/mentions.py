"""Other people in free text: e-mail addresses, telephone numbers and names that a note, an engraving, a message may hold.

What stands here is only a candidate. Whether it is somebody, the shop knows: ``Source.known`` looks candidates up among the
people of the source. A first name alone is nobody.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers

from dsr.records import normalise_email

FREE_TEXT = "user.content"
"""Fideslang's category of what people write; a column of it, or below it, is read for mentions."""

_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w])\+?\(?[0-9](?:[ ()./-]{0,2}[0-9]){6,14}(?![\w])")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_DIGITS = b"0123456789"
_FEWEST_DIGITS = 7
_MAYBE_NAMES = re.compile(rb"[A-Z\xc3-\xf4][^ \xc2]*(?: |\xc2\xa0)[A-Z\xc3-\xf4]")
"""Two words in a row that may be capitalised, in UTF-8: searched in bytes, and any letter beyond Latin-1 may be a capital."""
_JOINS = re.compile(r"\s+")
LONGEST_TEXT = 100_000
"""Letters of one text that are read for mentions."""


class MentionKind(StrEnum):
    """What names somebody."""

    EMAIL = "email"
    PHONE = "phone_number"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Mention:
    """A candidate: an address normalised, a number as E.164, or a first and a last name in lower case."""

    kind: MentionKind
    value: str


def mentions_in(text: str, country: str) -> Iterator[Mention]:
    """Everything in a text that may name somebody. ``country`` (ISO 3166 alpha-2) reads national telephone numbers."""
    text = text[:LONGEST_TEXT]
    if not may_name(text):
        return
    if "@" in text:
        for address in _EMAIL.findall(text):
            yield Mention(MentionKind.EMAIL, normalise_email(address.strip(".'")))
    for number in _PHONE.findall(text):
        read = _number(number, country)
        if read:
            yield Mention(MentionKind.PHONE, read)
    yield from _names(text)


def may_name(text: str) -> bool:
    """A quick look that spares most texts the careful one: an address, seven digits, two capitalised words."""
    raw = text.encode(errors="replace")
    if b"@" in raw or _MAYBE_NAMES.search(raw):
        return True
    return len(raw) - len(raw.translate(None, _DIGITS)) >= _FEWEST_DIGITS


def folded(name: str) -> str:
    """A name as it is compared: composed, in lower case, single spaces."""
    return _JOINS.sub(" ", unicodedata.normalize("NFC", name).strip().lower())


def is_free_text(categories: Collection[str]) -> bool:
    """Whether a column of these data categories holds what somebody wrote."""
    return any(f"{category}.".startswith(f"{FREE_TEXT}.") for category in categories)


def _number(text: str, country: str) -> str:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _names(text: str) -> Iterator[Mention]:
    """Two or three capitalised words in a row, as first and last name; in capitals or not."""
    run: list[str] = []
    end = 0
    for word in _WORD.finditer(text):
        if run and text[end : word.start()] not in (" ", "\u00a0", ". "):
            yield from _pairs(run)
            run = []
        if word[0][0].isupper():
            run.append(word[0])
        else:
            yield from _pairs(run)
            run = []
        end = word.end()
    yield from _pairs(run)


def _pairs(run: Sequence[str]) -> Iterator[Mention]:
    """Neighbouring words, and the first with the third: a middle name, or its letter, stands between."""
    for at in range(len(run) - 1):
        yield Mention(MentionKind.NAME, folded(f"{run[at]} {run[at + 1]}"))
        if at + 2 < len(run):
            yield Mention(MentionKind.NAME, folded(f"{run[at]} {run[at + 2]}"))
            yield Mention(MentionKind.NAME, folded(f"{run[at]} {run[at + 1]} {run[at + 2]}"))
