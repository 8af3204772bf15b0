"""What a column's sampled values look like. Samples live in memory only; what leaves this module are shares and masks."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from dsr.sources.draft.listed import listed

FEWEST = 3
"""Fewer values than this say nothing by themselves."""

LONGEST = 2_000
"""Longer texts are cut here by the database before they are read."""

EMAIL = re.compile(r"[^@\s<>\"',;]+@[^@\s<>\"',;]+\.[^@\s<>\"',;.]{2,}")
EMAIL_INSIDE = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]+")
PHONE = re.compile(r"(?=(?:\D*\d){7,15}\D*$)\+?[\d\s()./-]{7,24}(?:\s*(?:ext|x|#)\.?\s*\d{1,6})?", re.IGNORECASE)
URL = re.compile(r"(https?://|www\.)\S+", re.IGNORECASE)
USER_AGENT = re.compile(r"(Mozilla|Opera|curl|Dalvik|okhttp|Safari|Chrome|Firefox|PostmanRuntime|Lynx)/\d")
UUID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
PASSWORD = re.compile(
    r"(\$2[aby]?\$|\$argon2|\$P\$|\$H\$|\$wp\$|\$[156]\$|\$scrypt|\$pbkdf2|(pbkdf2|bcrypt|argon2|scrypt|md5|sha1)[a-z0-9_]*\$|"
    r"\{(SSHA|SHA|CRYPT|ARGON2)|!$)"
)
TOKEN = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9_\-+/=.]{20,}")
HEX = re.compile(r"[0-9a-f]{32,128}", re.IGNORECASE)
IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
CARD = re.compile(r"\d[\d -]{11,22}\d")
MASKED_CARD = re.compile(r"[Xx*•.\s-]{6,}\d{4}")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?|\d{1,2}[./]\d{1,2}[./]\d{4}")
NUMBER = re.compile(r"-?\d+([.,]\d+)?")
PERSON = re.compile(r"[^\W\d_][\w'’.-]*(\s+([a-z]{1,3}\s+)*[^\W\d_][\w'’.-]*){1,3}", re.UNICODE)
POSTCODE = re.compile(
    r"\d{4,5}(-\d{3,4})?|[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}|[A-Z]\d[A-Z]\s?\d[A-Z]\d|\d{4}\s?[A-Z]{2}|\d{3}\s\d{2}|[A-Z]{1,2}-\d{4,5}"
)
STREET = re.compile(
    r"\d+[a-z]?,?\s+[^\W\d].*\b(st|street|ave|avenue|rd|road|ln|lane|dr|drive|blvd|boulevard|way|court|ct|square|sq|place|pl|close)\b.*"
    r"|.*(straße|strasse|str\.|weg|platz|gasse|straat|laan|gatan|gade|vej|katu)\s*\d+.*"
    r"|(rue|avenue|boulevard|calle|via|viale|piazza|rua|place|chemin|avenida|all[ée]e|"
    r"\d+,? (bis |ter )?(rue|avenue|boulevard|place|chemin)) .*",
    re.IGNORECASE,
)

COUNTRY_CODES = listed(
    "AD AE AF AG AL AM AO AR AT AU AZ BA BB BD BE BF BG BH BI BJ BN BO BR BS BT BW BY BZ CA CD CF CG CH CI CL CM CN CO CR "
    "CU CV CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FM FR GA GB GD GE GH GM GN GQ GR GT GW GY HK HN HR HT HU ID IE "
    "IL IN IQ IR IS IT JM JO JP KE KG KH KI KM KN KP KR KW KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MG MH MK ML MM "
    "MN MO MR MT MU MV MW MX MY MZ NA NE NG NI NL NO NP NR NZ OM PA PE PG PH PK PL PT PW PY QA RO RS RU RW SA SB SC SD SE "
    "SG SI SK SL SM SN SO SR SS ST SV SY SZ TD TG TH TJ TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VN VU WS YE ZA "
    "ZM ZW"
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A column's sampled values: ``rows`` looked at, ``values`` those that held something, as text."""

    rows: int
    values: tuple[str, ...]

    @property
    def distinct(self) -> int:
        """How many different values there are."""
        return len(set(self.values))

    def share(self, kind: str) -> float:
        """The share of values that pass the test of that name (0 to 1)."""
        return _shares(self.values).get(kind, 0.0)

    def count(self, kind: str) -> int:
        """How many values pass."""
        return round(self.share(kind) * len(self.values))


EMPTY = Sample(0, ())


def sample_of(raw: Sequence[Any]) -> Sample:
    """The sample of one column from the values that the driver returned."""
    kept = [_text(value) for value in raw if value is not None and value != ""]
    return Sample(len(raw), tuple(value for value in kept if value))


def _text(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return ""  # bytes are never read: no rule looks at them
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value).strip()


def document(value: str) -> object:
    """The JSON document in a text; None when there is none. A bare number or string is no document."""
    if value[:1] not in "{[":
        return None
    try:
        return json.loads(value)
    except ValueError:
        return None


def masked(value: str) -> str:
    """A value's shape for a person's eye: the first letter of each word, no digit."""
    short = value[:40] + ("…" if len(value) > 40 else "")
    hidden = re.sub(r"(?<=\w)[^\W\d_]", "•", short)
    return re.sub(r"\d", "9", hidden)


def luhn(value: str) -> bool:
    """Whether a number passes the check of payment cards and begins as they do."""
    digits = re.sub(r"\D", "", value)
    if not CARD.fullmatch(value) or not 13 <= len(digits) <= 19 or digits[0] not in "3456" or len(set(digits)) < 2:
        return False
    doubled = [int(d) if i % 2 == 0 else sum(divmod(2 * int(d), 10)) for i, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def iban(value: str) -> bool:
    """Whether a text is an IBAN (ISO 13616: the number read with its head at the end is 1 modulo 97)."""
    text = value.replace(" ", "").upper()
    if not IBAN.fullmatch(text):
        return False
    return int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1


def _ip(value: str) -> bool:
    if "." not in value and value.count(":") < 2:
        return False
    try:
        ipaddress.ip_interface(value)
    except ValueError:
        return False
    return value.count(".") == 3 or ":" in value


def _phone(value: str) -> bool:
    if not PHONE.fullmatch(value) or DATE.fullmatch(value):
        return False
    return value.startswith(("+", "0", "(")) or bool(re.search(r"\d[\s()./-]+\d", value)) or len(value) in (10, 11)


def _person(value: str) -> bool:
    """Two to four words, each with a capital: how names of persons are written, and titles of things as well."""
    words = value.replace(",", " ").split()
    return bool(PERSON.fullmatch(value)) and value[0].isupper() and words[-1][0].isupper() and len(value) <= 60


TESTS: dict[str, Callable[[str], bool]] = {
    "email": lambda value: bool(EMAIL.fullmatch(value)),
    "email_inside": lambda value: bool(EMAIL_INSIDE.search(value)),
    "phone": _phone,
    "phone_plus": lambda value: value.startswith("+") and _phone(value),
    "url": lambda value: bool(URL.match(value)),
    "user_agent": lambda value: bool(USER_AGENT.search(value)),
    "uuid": lambda value: bool(UUID.fullmatch(value)),
    "password": lambda value: bool(PASSWORD.match(value)),
    "token": lambda value: bool(TOKEN.fullmatch(value) or HEX.fullmatch(value)),
    "hex": lambda value: bool(HEX.fullmatch(value)),
    "iban": iban,
    "card": luhn,
    "masked_card": lambda value: bool(MASKED_CARD.fullmatch(value)),
    "ip": _ip,
    "date": lambda value: bool(DATE.fullmatch(value)),
    "number": lambda value: bool(NUMBER.fullmatch(value)),
    "person": _person,
    "postcode": lambda value: bool(POSTCODE.fullmatch(value.upper())),
    "street": lambda value: bool(STREET.fullmatch(value)),
    "country_code": lambda value: value.upper() in COUNTRY_CODES,
    "prose": lambda value: len(value.split()) >= 5,
    "json": lambda value: document(value) is not None,
    "flag": lambda value: value.lower() in {"0", "1", "true", "false", "yes", "no", "y", "n", "t", "f"},
    "gender": lambda value: value.lower() in {"m", "f", "w", "d", "male", "female", "mr", "mrs", "ms", "mann", "frau"},
}


@lru_cache(maxsize=4096)
def _shares(values: tuple[str, ...]) -> dict[str, float]:
    if not values:
        return {}
    return {name: sum(map(test, values)) / len(values) for name, test in TESTS.items()}
