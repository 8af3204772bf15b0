"""Fields that hold what is corrected elsewhere and do not follow by themselves: a login, say, that is the e-mail address.

What hangs on such a field nobody here can know: with another login a person may not get in any more. So it stays, and whoever
decides is told of it. A word alone says nothing (a town, a first name); asked after is only what hardly stands anywhere by
chance: an address, a telephone number, a whole name, and other words of the person's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from dsr.records import Portable, normalise_email
from dsr.sources.correcting import (
    EMAIL,
    FEWEST_DIGITS,
    PHONE,
    SHORTEST_PART,
    WHOLE,
    WHOLE_NAMES,
    WRITTEN,
    Corrected,
    Wanted,
)
from dsr.sources.dataset import Collection
from dsr.sources.description import Description
from dsr.sources.masks import Room

Old = tuple[str, str]
"""A value that is corrected: its data category, and what it said."""


def left_behind(
    description: Description,
    rooms: Mapping[str, Room],
    collection: Collection,
    digest: str,
    values: Mapping[str, Portable],
    wanted: Sequence[Wanted],
    found: Corrected,
) -> list[str]:
    """The columns of one row that hold exactly what one of ``wanted`` takes away, and that ``found`` leaves as they are."""
    old = list(dict.fromkeys(pair for each in wanted for pair in _old(each)))
    if not old:
        return []
    here = [each for each in wanted if (each.collection, each.digest) == (collection.name, digest)]
    told = {name for each in here for name in each.fields}
    follows = {name for name, room in rooms.items() if room.is_computed or room.is_given}
    others = {*description.overlay.of(collection.name).third_party, *description.secrets(collection)}
    settled = {*told, *follows, *others, *found.changes, *found.torn, *found.unclear}
    return [
        each.name
        for each in collection.fields
        if each.name not in settled and any(_is_alike(values.get(each.name), *pair) for pair in old)
    ]


def _old(each: Wanted) -> Iterator[Old]:
    for name, (before, _) in each.fields.items():
        text = before.strip() if isinstance(before, str) else ""
        for category in each.categories[name]:
            if len(text) >= SHORTEST_PART and _says_enough(category, text):
                yield category, text


def _says_enough(category: str, text: str) -> bool:
    if category.startswith((EMAIL, PHONE)):
        return True
    if category.startswith(WRITTEN) or not any(letter.isalpha() for letter in text):
        return False
    is_part = any(category == whole or category.startswith(f"{whole}.") for whole in WHOLE)
    return not is_part or (category in WHOLE_NAMES and " " in text)


def _is_alike(value: Portable, category: str, text: str) -> bool:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return False
    said = str(value).strip()
    if category.startswith(EMAIL):
        return normalise_email(said) == normalise_email(text)
    if category.startswith(PHONE):
        digits = re.sub(r"\D", "", said)
        is_number = len(digits) >= FEWEST_DIGITS and not any(letter.isalpha() for letter in said)
        return is_number and digits == re.sub(r"\D", "", text)
    return said == text
