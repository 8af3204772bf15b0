"""What a correction changes: the row where it was asked for, and every copy of the same value in the person's other rows.

A value stands in more than one place: the account, the address book, the newsletter. A copy is a field of the same data
category with the same value. Of a name and of an address that is not enough, since another address may lie in the same town:
there the whole name or address must agree. A name in one field is followed where the other row holds it in two, as far as
nothing has to be guessed. In a row that is changed, texts made from its other columns (a line to search by) follow too.

Never followed: columns about somebody else in the person's row, what people wrote (a note says what was so when it was
written), and secrets.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as Several
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache, partial

from dsr.records import Portable, normalise_email
from dsr.sources.dataset import Collection, Field
from dsr.sources.description import Description
from dsr.sources.erasing import links_of
from dsr.sources.masks import Room

NAME = "user.name"
PERSONAL = "user"
GENERAL = ("user", "user.contact", "user.contact.address")
"""Categories of texts that several things are put together in."""
WHOLE_NAMES = (NAME, f"{NAME}.full")
ADDRESS = "user.contact.address"
EMAIL = "user.contact.email"
PHONE = "user.contact.phone_number"
WHOLE = (NAME, ADDRESS)
"""Categories whose parts mean something only together."""
WRITTEN = ("user.content", "user.authorization", "user.payment")
SHORTEST_PART = 3
"""Characters of a value that is followed inside a longer text of the same row: shorter ones stand anywhere by chance."""
FEWEST_DIGITS = 7
"""Of two telephone numbers that are the same but for how they are written."""
YES_OR_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


class DoesNotFit(Exception):
    """The wanted value cannot stand in that column; the message is for people and names no value."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One decided change: where it was asked for, and of each field what stands there and what shall.

    ``around`` is the rest of the name or address of that row, by data category. ``key`` names the decision.
    """

    key: str
    source: str
    collection: str
    digest: str
    fields: Mapping[str, tuple[Portable, Portable]]
    categories: Mapping[str, str]
    around: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Corrected:
    """What one row shall hold. ``shown``: of the fields that people know, what stood there; ``keys``: by which decisions.

    ``changed_meanwhile`` are fields that hold neither what they held when it was decided nor what they shall;
    ``unfit`` says which column cannot take its new value, and why.
    """

    changes: dict[str, Portable] = field(default_factory=dict)
    shown: dict[str, Portable] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    is_asked: bool = False
    changed_meanwhile: list[str] = field(default_factory=list)
    unfit: list[str] = field(default_factory=list)


@lru_cache(maxsize=1024)
def correctable(description: Description, collection: Collection) -> tuple[Field, ...]:
    """The fields of a collection that are about the person and may be corrected: no documents, references, secrets, and
    nothing about somebody else."""
    secrets = description.secrets(collection)
    others = description.overlay.of(collection.name).third_party
    closed = {*secrets, *others, *_bound(description, collection)}
    return tuple(
        each
        for each in collection.fields
        if any(category.startswith("user.") for category in each.data_categories)
        and not each.fields
        and not each.is_read_only
        and each.name not in closed
    )


def around(description: Description, collection: Collection, values: Mapping[str, Portable]) -> dict[str, str]:
    """The name and the address in a row, by data category."""
    found: dict[str, str] = {}
    for each in correctable(description, collection):
        for category in each.data_categories:
            value = values.get(each.name)
            if _whole(category) and isinstance(value, str) and value.strip():
                found.setdefault(category, value.strip())
    return found


def corrected(
    description: Description,
    rooms: Mapping[str, Room],
    collection: Collection,
    digest: str,
    values: Mapping[str, Portable],
    wanted: Iterable[Wanted],
) -> Corrected:
    """What these decisions make of one row; ``changes`` is empty where nothing of it is concerned."""
    found = Corrected()
    computed = {name for name, room in rooms.items() if room.is_computed or room.is_given}
    for each in wanted:
        if (each.collection, each.digest) == (collection.name, digest):
            direct = _asked(each, values, found)
        else:
            copies = _copies(description, collection, values, each)
            direct = {name: pair for name, pair in copies if name not in computed}
        direct = {name: pair for name, pair in direct.items() if not is_same(values.get(name), pair[1], exactly=True)}
        if direct:
            found.keys.append(each.key)
        for name, (before, to) in direct.items():
            _put(found, rooms, name, before, to)
    if found.changes:
        _follow(description, rooms, collection, values, found)
    return found


def is_same(one: Portable, other: Portable, category: str = "", *, exactly: bool = False) -> bool:
    """Whether two values say the same: but for case and spaces, and of a telephone number for how it is written."""
    if one is None or other is None or exactly:
        return one == other
    left, right = _plain(one), _plain(other)
    if category.startswith(PHONE):
        a, b = re.sub(r"\D", "", left), re.sub(r"\D", "", right)
        longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
        return (len(shorter) >= FEWEST_DIGITS and longer.endswith(shorter.lstrip("0"))) or a == b != ""
    if category.startswith(EMAIL):
        return normalise_email(left) == normalise_email(right)
    return left == right


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
        if room.length is not None and len(text) > room.length:
            raise DoesNotFit(f"holds at most {room.length} characters, and this has {len(text)}")
        return text
    try:
        return _typed(room.word, text)
    except (ValueError, KeyError):
        raise DoesNotFit(f"holds {KINDS.get(room.word, room.word)}, and this is none") from None


KINDS = {
    "integer": "a whole number",
    "number": "a number",
    "date": "a day such as 1985-02-28",
    "datetime": "a moment such as 1985-02-28T10:00:00",
    "boolean": "yes or no",
}


def _typed(word: str, text: str) -> Portable:
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


def _asked(each: Wanted, values: Mapping[str, Portable], found: Corrected) -> dict[str, tuple[Portable, Portable]]:
    """The row where it was asked for. What changed there since it was decided is not written over."""
    found.is_asked = True
    fields = {}
    for name, (before, to) in each.fields.items():
        now = values.get(name)
        if is_same(now, to, exactly=True):
            continue
        if is_same(now, before, exactly=True):
            fields[name] = (before, to)
        else:
            found.changed_meanwhile.append(name)
    return fields


def _copies(
    description: Description, collection: Collection, values: Mapping[str, Portable], each: Wanted
) -> Iterator[tuple[str, tuple[Portable, Portable]]]:
    here = {
        category: one
        for one in correctable(description, collection)
        for category in one.data_categories
        if isinstance(values.get(one.name), str | int) and not isinstance(values.get(one.name), bool)
    }
    for name, (before, to) in each.fields.items():
        category = each.categories[name]
        whole = _whole(category)
        if before in (None, "") or category.startswith(WRITTEN):
            continue
        if whole and not _agrees(here, values, each, whole):
            continue
        copy = here.get(category)
        if copy is not None and is_same(values[copy.name], before, category):
            yield copy.name, (values[copy.name], to)
        elif whole == NAME:
            yield from _as_one_name(here, values, each)


def _agrees(here: Mapping[str, Field], values: Mapping[str, Portable], each: Wanted, whole: str) -> bool:
    """Whether the row holds the same name or address as the one that was decided about, as far as both tell of it."""
    both = [
        (said, values[here[category].name])
        for category, said in each.around.items()
        if category.startswith(whole) and category in here and _plain(values[here[category].name])
    ]
    return all(is_same(said, now) for said, now in both)


def _as_one_name(
    here: Mapping[str, Field], values: Mapping[str, Portable], each: Wanted
) -> Iterator[tuple[str, tuple[Portable, Portable]]]:
    """First and last name changed where they stand apart: the row that holds them in one field follows."""
    after = dict(each.around)
    after |= {each.categories[name]: str(to or "") for name, (_, to) in each.fields.items()}
    old, new = _in_one(each.around), _in_one(after)
    for category in (f"{NAME}.full", NAME):
        one = here.get(category)
        if one is not None and old and new and is_same(values[one.name], old):
            yield one.name, (values[one.name], new)


def _in_one(name: Mapping[str, str]) -> str:
    parts = [name.get(f"{NAME}.first", ""), name.get(f"{NAME}.last", "")]
    return " ".join(parts) if all(parts) else ""


def _follow(
    description: Description,
    rooms: Mapping[str, Room],
    collection: Collection,
    values: Mapping[str, Portable],
    found: Corrected,
) -> None:
    """Texts of the row that are made from what changes: a whole name of a changed part, and texts to search by, whose category
    is a general one. Nothing else: the word may be the town's, or stand in an e-mail address."""
    declared = {each.name: each.data_categories for each in collection.fields}
    wholes = {_whole(category) for name in found.shown for category in declared.get(name, ())} - {""}
    skipped = {*_bound(description, collection), *description.overlay.of(collection.name).third_party, *found.changes}
    pairs = [
        (str(before), "" if (to := found.changes[name]) is None else str(to))
        for name, before in found.shown.items()
        if isinstance(before, str) and len(before.strip()) >= SHORTEST_PART
    ]
    for each in collection.fields:
        text, room = values.get(each.name), rooms.get(each.name)
        if each.name in skipped or not isinstance(text, str) or room is None or room.word != "text" or not room.is_free:
            continue
        if room.is_computed or not _is_made_of(each, wholes):
            continue
        after = text
        for before, to in pairs:
            word = re.compile(rf"(?<!\w){re.escape(before.strip())}(?!\w)", re.IGNORECASE)
            after = word.sub(partial(_in_the_same_case, to), after)
        if after != text:
            is_told = any(category in WHOLE_NAMES for category in each.data_categories)
            _put(found, rooms, each.name, text, after, is_shown=is_told)


def _is_made_of(each: Field, wholes: Several[str]) -> bool:
    """Whether a column is a whole name, and a part of it changed, or a text of no special kind."""
    personal = [category for category in each.data_categories if category.startswith(PERSONAL)]
    return all(category in GENERAL or (category in WHOLE_NAMES and NAME in wholes) for category in personal)


def _in_the_same_case(to: str, met: re.Match[str]) -> str:
    """Texts to search by are often written small."""
    return to.lower() if met[0].islower() else to


def _put(
    found: Corrected, rooms: Mapping[str, Room], name: str, before: Portable, to: Portable, *, is_shown: bool = True
) -> None:
    room = rooms.get(name)
    if to is None and room is not None and not room.is_nullable:
        found.unfit.append(f"{name} must not be empty")
        return
    try:
        # Nobody could look at the columns: then only the run can tell.
        found.changes[name] = to if room is None or not isinstance(to, str) else as_value(room, to)
    except DoesNotFit as misfit:
        found.unfit.append(f"{name} {misfit}")
        return
    if is_shown:
        found.shown[name] = before


@lru_cache(maxsize=1024)
def _bound(description: Description, collection: Collection) -> frozenset[str]:
    """Columns by which rows refer to one another; a text such as an e-mail address is followed all the same."""
    ends: set[str] = set()
    for link in links_of(description.graph):
        if link.child == collection.name:
            ends.update(link.columns)
        if link.parent == collection.name:
            ends.update(link.parent_columns)
    told = {
        each.name
        for each in collection.fields
        if any(c.startswith(("user.contact", NAME)) for c in each.data_categories)
    }
    return frozenset(ends - told)


def _whole(category: str) -> str:
    return next((each for each in WHOLE if category == each or category.startswith(f"{each}.")), "")


def _plain(value: Portable) -> str:
    return " ".join(str(value).split()).casefold()
