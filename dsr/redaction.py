"""What leaves a copy without being in it: declared fields on a stated ground, and numbers that must never be exported.

Two gates, one after the other. ``redact`` hides what somebody decided to hide, by path, also inside JSON and arrays.
``mask_values`` is the backstop behind it: payment card numbers, bank account numbers and social security numbers that
stand in any text (California, 11 CCR 7024(d)), whatever the field is called. It prefers a false alarm to a leak, and it
knows the look-alikes that shops are full of: order numbers, timestamps, UUIDs, article numbers, telephone numbers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from dsr.records import Portable


class Ground(StrEnum):
    """Why something is left out; ``sentence`` is what the person reads."""

    OTHER_PERSON = "other_person"
    STAFF_MEMBER = "staff_member"
    SECURITY = "security"
    NEVER_EXPORT = "never_export"
    LEGAL_ADVICE = "legal_advice"
    TRADE_SECRET = "trade_secret"  # noqa: S105 -- a ground's code, no password
    NOT_ABOUT_YOU = "not_about_you"

    @property
    def sentence(self) -> str:
        """One sentence for the person who reads the copy."""
        return SENTENCES[self]

    @property
    def remark(self) -> str:
        """Three or four words that stand where the value would."""
        return REMARKS[self]


SENTENCES = {
    Ground.OTHER_PERSON: "This is about another person, whose privacy we have to protect as we protect yours.",
    Ground.STAFF_MEMBER: "This names a member of our staff who acted for us.",
    Ground.SECURITY: "Showing this would weaken the measures that protect our customers and our shop.",
    Ground.NEVER_EXPORT: (
        "We hold this but never send it out, because it could harm you if the copy fell into the wrong hands."
    ),
    Ground.LEGAL_ADVICE: "This is confidential advice between us and our lawyers.",
    Ground.TRADE_SECRET: "This would give away how our business works, and says nothing more about you.",
    Ground.NOT_ABOUT_YOU: "This turned out not to be about you.",
}
REMARKS = {
    Ground.OTHER_PERSON: "about another person",
    Ground.STAFF_MEMBER: "names a member of staff",
    Ground.SECURITY: "kept back for security",
    Ground.NEVER_EXPORT: "held, never sent out",
    Ground.LEGAL_ADVICE: "confidential legal advice",
    Ground.TRADE_SECRET: "a business secret",
    Ground.NOT_ABOUT_YOU: "not about you",
}


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was there and is hidden now. ``path`` is dotted, with the numbers of list elements."""

    path: str
    ground: Ground
    what: str = ""
    """Only for the backstop: what kind of number it was, for example ``payment card number``."""


def redact(values: Mapping[str, Portable], hidden: Mapping[str, str]) -> tuple[dict[str, Portable], list[Hit]]:
    """The row with every hidden path set to None, and what was there.

    ``hidden`` maps a path to a ground's code. ``note`` is a field; ``items.name`` is the key ``name`` in the object,
    or in every object of the list, that the field ``items`` holds; ``items.0.name`` means the first element only. A
    path that leads into something that cannot be walked (JSON kept as text) hides that whole value: fail closed.
    Raises ValueError on an unknown ground.
    """
    row, hits = dict(values), list[Hit]()
    for path, code in hidden.items():
        field = path if path in row else path.partition(".")[0]
        if field in row:
            rest = [] if path == field else path[len(field) + 1 :].split(".")
            row[field] = _hide(row[field], rest, field, Ground(code), hits)
    return row, hits


def _hide(value: Portable, steps: list[str], path: str, ground: Ground, hits: list[Hit]) -> Portable:
    if value is None:
        return None
    if steps and isinstance(value, dict):
        return _hide_in_object(value, steps, path, ground, hits)
    if steps and isinstance(value, list):
        only = int(steps[0]) if steps[0].isdecimal() else None
        rest = steps if only is None else steps[1:]
        return [
            _hide(each, rest, f"{path}.{number}", ground, hits) if only in (None, number) else each
            for number, each in enumerate(value)
        ]
    hits.append(Hit(path, ground))
    return None


def _hide_in_object(
    value: dict[str, Portable], steps: list[str], path: str, ground: Ground, hits: list[Hit]
) -> dict[str, Portable]:
    for length in range(len(steps), 0, -1):  # A key may itself contain dots: the longest one that exists wins.
        key = ".".join(steps[:length])
        if key in value:
            return {**value, key: _hide(value[key], steps[length:], f"{path}.{key}", ground, hits)}
    return value


def mask_values(
    values: Mapping[str, Portable], *, except_fields: Collection[str] = ()
) -> tuple[dict[str, Portable], list[Hit]]:
    """The row with every never-export number in it masked. ``except_fields`` are those that hold base64, not text."""
    hits: list[Hit] = []
    row = {name: value if name in except_fields else _mask(value, name, hits) for name, value in values.items()}
    return row, hits


def _mask(value: Portable, path: str, hits: list[Hit]) -> Portable:
    if isinstance(value, str):
        return _mask_text(value, path, hits)
    if isinstance(value, bool | float) or value is None:
        return value
    if isinstance(value, int):
        text = _mask_text(str(value), path, hits) if abs(value) >= SMALLEST_CARD else ""
        return text if text and text != str(value) else value
    if isinstance(value, dict):
        return _mask_object(value, path, hits)
    return [_mask(inner, f"{path}.{number}", hits) for number, inner in enumerate(value)]


def _mask_object(value: dict[str, Portable], path: str, hits: list[Hit]) -> dict[str, Portable]:
    """Also the keys: some shops keep what was paid by card number. Two keys never become one."""
    masked: dict[str, Portable] = {}
    for number, (key, inner) in enumerate(value.items(), start=1):
        name = _mask_text(key, f"{path}.{number}", hits)
        name = name if name == key else f"{name} {number}"
        masked[name] = _mask(inner, f"{path}.{name}", hits)
    return masked


def _mask_text(text: str, path: str, hits: list[Hit]) -> str:
    masked, kinds = mask_never_export(text)
    hits.extend(Hit(path, Ground.NEVER_EXPORT, kind) for kind in kinds)
    return masked


CARD, ACCOUNT, SOCIAL = "payment card number", "bank account number", "social security number"
SMALLEST_CARD = 10**12


def mask_never_export(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with each card, IBAN and US social security number replaced by words, and what kinds were found."""
    if not _MAYBE.search(text):
        return text, ()
    found = sorted(_numbers(text))
    pieces, kinds, position = list[str](), list[str](), 0
    for start, end, kind in found:
        if start >= position:
            pieces += [text[position:start], f"[{kind} not shown]"]
            kinds.append(kind)
            position = end
    return "".join([*pieces, text[position:]]), tuple(kinds)


_GAP = r"[ \-\u00a0\u2009\u202f]"
_MAYBE = re.compile(rf"[0-9](?:{_GAP}?[0-9]){{8}}|[A-Za-z]{{2}}[0-9]{{2}}{_GAP}?[0-9A-Za-z]{{4}}")
"""Cheap and certain: a text without this holds none of the three. Nearly every text of a row ends here."""

_DIGITS = re.compile(rf"(?<![\w+])(?<!\w\.)[0-9]+(?:{_GAP}[0-9]+)*(?!\w)(?!\.\w)")
_GROUP = re.compile(r"[0-9]+")
_SOCIAL = re.compile(r"(?<![\w-])(?!000|666|9)[0-9]{3}([ -])(?!00)[0-9]{2}\1(?!0000)[0-9]{4}(?![\w-])", re.ASCII)
_IBAN = re.compile(rf"(?<!\w)(?=[A-Za-z]{{2}}[0-9]{{2}}(?:{_GAP}?[0-9A-Za-z]){{11}})")

_UUID = re.compile(r"(?<![\w-])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![\w-])")


def _numbers(text: str) -> Iterator[tuple[int, int, str]]:
    for run in _DIGITS.finditer(text):
        yield from _cards(text, run.start(), run.end())
    names = [each.span() for each in _UUID.finditer(text)]
    for candidate in _IBAN.finditer(text):
        end = _iban_end(text, candidate.start())
        # One UUID in ten thousand holds an IBAN by chance; nobody writes an IBAN in a UUID's groups.
        if end and not any(first <= candidate.start() < last for first, last in names):
            yield candidate.start(), end, ACCOUNT
    for number in _SOCIAL.finditer(text):
        yield number.start(), number.end(), SOCIAL


def _cards(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """Card numbers in a run of digit groups: the whole run in any grouping, or a part of it grouped as on a card.

    A run that hangs on a letter by a hyphen may be the end of a UUID; there only the card's own grouping counts.
    """
    groups = [(each.start(), each.end()) for each in _GROUP.finditer(text, start, end)]
    if not _is_hyphenated(text, start, end) and _is_card("".join(text[first:last] for first, last in groups)):
        yield start, end, CARD
        return
    number = 0
    while number < len(groups):
        length = next((n for n in range(5, 0, -1) if _is_printed_card(text, groups[number : number + n], n)), 0)
        if length:
            yield groups[number][0], groups[number + length - 1][1], CARD
        number += length or 1


def _is_hyphenated(text: str, start: int, end: int) -> bool:
    before, after = text[max(start - 2, 0) : start], text[end : end + 2]
    return (before[-1:] == "-" and before[:1].isalnum()) or (after[:1] == "-" and after[1:].isalnum())


def _is_printed_card(text: str, groups: list[tuple[int, int]], length: int) -> bool:
    sizes = tuple(last - first for first, last in groups)
    usual = length == 1 or sizes[:-1] in {(4, 4, 4), (4, 4, 4, 4), (4, 6)}
    return len(sizes) == length and usual and _is_card("".join(text[first:last] for first, last in groups))


ISSUERS: tuple[tuple[int, int, frozenset[int]], ...] = (
    (4, 4, frozenset({13, 16, 19})),  # Visa
    (51, 55, frozenset({16})),  # Mastercard
    (2221, 2720, frozenset({16})),
    (34, 34, frozenset({15})),  # American Express
    (37, 37, frozenset({15})),
    (300, 305, frozenset({14, 16})),  # Diners Club
    (309, 309, frozenset({14, 16})),
    (36, 36, frozenset({14, 15, 16, 17, 18, 19})),
    (38, 39, frozenset({14, 15, 16, 17, 18, 19})),
    (3528, 3589, frozenset({16, 17, 18, 19})),  # JCB
    (6011, 6011, frozenset({16, 17, 18, 19})),  # Discover
    (644, 649, frozenset({16, 17, 18, 19})),
    (65, 65, frozenset({16, 17, 18, 19})),  # Discover, RuPay
    (60, 60, frozenset({16})),  # RuPay
    (81, 82, frozenset({16})),
    (508, 508, frozenset({16})),
    (62, 62, frozenset({16, 17, 18, 19})),  # UnionPay
    (2200, 2204, frozenset({16, 17, 18, 19})),  # Mir
    (9792, 9792, frozenset({16})),  # Troy
    (5018, 5018, frozenset(range(13, 20))),  # Maestro
    (5020, 5020, frozenset(range(13, 20))),
    (5038, 5038, frozenset(range(13, 20))),
    (5893, 5893, frozenset(range(13, 20))),
    (6304, 6304, frozenset(range(13, 20))),
    (6759, 6759, frozenset(range(13, 20))),
    (6761, 6763, frozenset(range(13, 20))),
)
"""First and last prefix of an issuer (ISO/IEC 7812 ranges as the schemes publish them), and the lengths it uses."""


def _is_card(digits: str) -> bool:
    if not 13 <= len(digits) <= 19 or not digits.isascii():
        return False
    known = any(
        len(digits) in lengths and first <= int(digits[: len(str(first))]) <= last for first, last, lengths in ISSUERS
    )
    return known and _luhn(digits) and not _is_article_number(digits)


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812-1 annex B."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + position % 2)
        total += doubled - 9 * (doubled > 9)
    return total % 10 == 0


def _is_article_number(digits: str) -> bool:
    """13 digits with an EAN check digit (GS1) are an article: German ones begin with 4, as Visa's once did."""
    return len(digits) == 13 and sum(int(digit) * (1 + 2 * (n % 2)) for n, digit in enumerate(digits)) % 10 == 0


IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29,
    "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
    "HN": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20,
    "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19,
    "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29,
    "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24,
    "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
    "YE": 30,
}  # fmt: skip
"""Country to length (SWIFT's IBAN registry)."""


def _iban_end(text: str, start: int) -> int:
    """Where the IBAN that starts here ends, or 0: its country's length, and mod 97 leaves 1 (ISO 13616)."""
    needed, number, position = IBAN_LENGTHS.get(text[start : start + 2].upper(), 0), "", start
    while len(number) < needed and position < len(text):
        if text[position].isascii() and text[position].isalnum():
            number += text[position].upper()
        elif not re.match(_GAP, text[position]):
            return 0
        position += 1
    whole = needed and len(number) == needed and not re.match(r"\w", text[position : position + 1])
    if not whole or not number[2:4].isdigit():
        return 0
    return position if int("".join(str(int(each, 36)) for each in number[4:] + number[:4])) % 97 == 1 else 0
