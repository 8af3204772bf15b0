"""What somebody typed, as a column holds it, or why it cannot stand there: said when it is decided, not when it is written."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal

from dsr.records import Portable
from dsr.sources.masks import Range, Room

YES_OR_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
KINDS = {
    "integer": "a whole number",
    "number": "a number",
    "date": "a day such as 1985-02-28",
    "datetime": "a moment such as 1985-02-28T10:00:00",
    "boolean": "yes or no",
}


class DoesNotFit(Exception):
    """The wanted value cannot stand in that column; the message is for people and names no value."""


def as_value(room: Room, text: str) -> Portable:
    """What somebody typed, as the column holds it; empty means nothing. Raises DoesNotFit."""
    text = text.strip()
    if room.is_computed:
        raise DoesNotFit("is computed by the database from other columns")
    if room.is_given:
        raise DoesNotFit("is a number that the database gives itself and takes no other for")
    if not text:
        if not room.is_nullable and (room.word != "text" or room.must_differ):
            raise DoesNotFit("must not be empty")
        return None if room.is_nullable else ""
    if room.word == "text":
        return _fitting_text(room, text)
    try:
        value = _typed(room.word, text)
    except (ValueError, KeyError):
        raise DoesNotFit(f"holds {KINDS.get(room.word, room.word)}, and this is none") from None
    if room.numbers is not None:
        _refuse_number(room.numbers, Decimal(text))
    return value


def _fitting_text(room: Room, text: str) -> str:
    if room.length is not None and len(text) > room.length:
        raise DoesNotFit(f"holds at most {room.length} characters, and this has {len(text)}")
    if "\0" in text:
        raise DoesNotFit("holds signs, and one of these is none")
    if room.choices and text not in room.choices:
        raise DoesNotFit(f"holds one of {', '.join(room.choices)}, and this is none of them")
    return text


def _refuse_number(numbers: Range, value: Decimal) -> None:
    if not numbers.least <= value <= numbers.most:
        raise DoesNotFit(f"holds numbers from {numbers.least:f} to {numbers.most:f}, and this is none of them")
    places = len(f"{value:f}".partition(".")[2].rstrip("0"))
    if numbers.places is not None and places > numbers.places:
        raise DoesNotFit(f"holds at most {numbers.places} digits after the point, and this has more")


def _typed(word: str, text: str) -> Portable:
    if "_" in text:  # Python's own way of writing numbers, and no database's.
        raise ValueError(text)
    if word == "integer":
        return int(text)
    if word == "number":
        if not math.isfinite(float(text)):
            raise ValueError(text)
        return text
    if word == "date":
        return date.fromisoformat(text).isoformat()
    if word == "datetime":
        return datetime.fromisoformat(text).isoformat()
    return YES_OR_NO[text.lower()]


def as_typed(value: Portable) -> str:
    """A value as somebody would type it, so that a copy in a column of another kind takes it or says why not."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
