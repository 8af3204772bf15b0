"""How the copy says dates, counts and values: words for people, never the stored form."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from dsr.exports.release import file_named_in
from dsr.exports.snapshot import FieldCard
from dsr.records import Portable

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
LONGEST_TEXT, MOST_LINES = 4_000, 80
"""Of one value, on paper; the rest stands in the files."""


def day_in_words(day: date, *, weekday: bool = True) -> str:
    """``Tuesday 6 January 2026``."""
    words = f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    return f"{WEEKDAYS[day.weekday()]} {words}" if weekday else words


def moment_in_words(moment: datetime, time_zone: str, *, weekday: bool = True) -> str:
    """``Tuesday 6 January 2026, 14:05`` in the given zone; a naive moment is taken as it stands."""
    local = moment.astimezone(ZoneInfo(time_zone)) if moment.tzinfo else moment
    return f"{day_in_words(local, weekday=weekday)}, {_clock(local.time())}"


def _clock(value: time) -> str:
    return value.isoformat("seconds" if value.second else "minutes")


def counted(number: int, singular: str, plural: str = "") -> str:
    """``1 record``, ``1,204 records``."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def listed(words: list[str]) -> str:
    """``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), *words[-1:]] if len(words) > 1 else words)


def value_in_words(value: Portable, field: FieldCard, time_zone: str) -> str:
    """A value as paper shows it; empty for nothing. Moments with an offset are told in ``time_zone``."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field.type == "bytes" and isinstance(value, str):
        return f"binary, {counted(len(value) * 3 // 4 - value[-2:].count('='), 'byte')}: see data.json"
    if isinstance(value, dict) and file_named_in(value):
        what = "a file" if "." in value["$file"] else "a long value"
        return f"{what}, {counted(value['bytes'], 'byte')}: see {value['$file']}"
    if isinstance(value, dict | list):
        return _shortened("\n".join(_unfolded(value)))
    text = str(value)
    return _time_in_words(text, field.type, time_zone) or _shortened(_printable(text))


def _time_in_words(text: str, kind: str, time_zone: str) -> str:
    """Dates and moments in words; whatever does not read as one (``infinity``, year 0) stays as it is stored."""
    try:
        if kind == "date":
            return day_in_words(date.fromisoformat(text), weekday=False)
        if kind == "datetime":
            return moment_in_words(datetime.fromisoformat(text), time_zone, weekday=False)
    except (ValueError, OverflowError):
        pass
    return ""


def _unfolded(value: Portable, path: str = "") -> list[str]:
    """One line per leaf of a JSON value: ``address, city: Paris``."""
    if isinstance(value, dict) and value:
        inner = [(f"{path}, {key}" if path else key, each) for key, each in value.items()]
    elif isinstance(value, list) and value:
        inner = [(f"{path} {number}".strip(), each) for number, each in enumerate(value, start=1)]
    else:
        words = {None: "–", True: "yes", False: "no"}
        text = words.get(value) if value is None or isinstance(value, bool) else str(value or "–")
        return [_printable(f"{path}: {text}" if path else str(text))]
    return [line for name, each in inner for line in _unfolded(each, name)]


UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""Control characters, and the ones that turn the direction of everything after them."""


def _printable(text: str) -> str:
    """A sign stands for each character that has no picture, breaks HTML, or would disturb its neighbours."""
    return UNPRINTABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def _shortened(text: str) -> str:
    lines = text.split("\n")
    kept = "\n".join(lines[:MOST_LINES])[:LONGEST_TEXT]
    rest = len(text) - len(kept)
    return f"{kept}\n[{counted(rest, 'more character')}: see data.json]" if rest else text


def printed_letters(value: Portable) -> int:
    """About how many letters a value takes on paper."""
    if isinstance(value, dict | list):
        return min(len(str(value)), LONGEST_TEXT)
    return min(len(value), LONGEST_TEXT) if isinstance(value, str) else 5


def width(text: str) -> int:
    """How wide the longest line prints, in Latin letters: East Asian signs take two."""
    longest = max(text.split("\n"), key=len, default="")
    return len(longest) + sum(unicodedata.east_asian_width(each) in "WF" for each in longest)
