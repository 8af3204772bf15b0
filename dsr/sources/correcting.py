"""What a correction changes: the row where it was asked for, and every copy of the same value in the person's other rows.

A value stands in more than one place: the account, the address book, the newsletter. A copy is a field of the same data
category with the same value. Of a name and of an address that is not enough, since another address may lie in the same town:
there the whole name or address must agree. First and last name are followed into one field, and out of one field where only
one of the two changes and is one word: anything else would have to be guessed, and somebody is asked to look. In a row that
is changed, texts made from its other columns (a line to search by) follow too.

All changes are made at once, each from what stands there now: two people's names, or first and last name, can be exchanged.
What was decided of a field itself goes before what follows from elsewhere.

Never followed: columns about somebody else in the person's row, what people wrote (a note says what was so when it was
written), and secrets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as Several
from dataclasses import dataclass, field
from functools import lru_cache, partial

from dsr.records import Portable, normalise_email
from dsr.sources.dataset import Collection, Field
from dsr.sources.description import Description
from dsr.sources.erasing import links_of
from dsr.sources.masks import Room
from dsr.sources.typed_in import DoesNotFit, as_typed, as_value

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
ALONE = r"(?<![\w@])(?:{})(?!\w|[\w.+-]*@)"
"""Words that stand alone, not inside others or a mailbox."""
FEWEST_DIGITS = 7
"""Of two telephone numbers that are the same but for how they are written."""


Copies = list[tuple[str, Portable]]
"""What decisions make of one copy: the key of each, and what shall stand there."""


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
    categories: Mapping[str, tuple[str, ...]]
    around: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Corrected:
    """What one row shall hold. ``shown``: of the fields that people know, what stood there; ``keys``: by which decisions.

    ``changed_meanwhile`` are fields that hold neither what they held when it was decided nor what they shall;
    ``unfit`` says which column cannot take its new value, and why; ``torn`` are copies of what several decisions make
    different things of, with the keys of those; ``unclear`` hold a name apart, and nobody can tell how the new one is divided;
    ``beside`` hold the old value and do not follow (``left_behind.py``).
    """

    changes: dict[str, Portable] = field(default_factory=dict)
    shown: dict[str, Portable] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    is_asked: bool = False
    changed_meanwhile: list[str] = field(default_factory=list)
    unfit: list[str] = field(default_factory=list)
    torn: dict[str, list[str]] = field(default_factory=dict)
    unclear: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)


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
    found, every = Corrected(), tuple(wanted)
    decided = {name for name, room in rooms.items() if room.is_computed or room.is_given}
    for each in every:
        if _is_here(each, collection, digest):
            _write(found, rooms, values, each.key, _asked(each, values, found))
            decided.update(each.fields)
    copies: dict[str, Copies] = {}
    for each in every:
        if not _is_here(each, collection, digest):
            together = {name: to for other in every if _is_of_one(each, other) for name, to in _new(other)}
            for name, (_, to) in _copies(description, collection, values, each, together, found.unclear):
                copies.setdefault(name, []).append((each.key, to))
    found.unclear = [name for name in dict.fromkeys(found.unclear) if name not in decided]
    for name in (name for name in copies if name not in decided):
        _follow_elsewhere(found, rooms, values, name, copies[name])
    if found.changes:
        _follow(description, rooms, collection, values, found)
    return found


def _follow_elsewhere(
    found: Corrected, rooms: Mapping[str, Room], values: Mapping[str, Portable], name: str, said: Copies
) -> None:
    """A copy becomes what all who speak of it say, or nothing where they say different things."""
    if any(to != said[0][1] for _, to in said):
        found.torn[name] = [key for key, _ in said]
        return
    for key, to in said:
        _write(found, rooms, values, key, {name: (values.get(name), to)})


def _is_here(each: Wanted, collection: Collection, digest: str) -> bool:
    return (each.collection, each.digest) == (collection.name, digest)


def _is_of_one(each: Wanted, other: Wanted) -> bool:
    """Whether both were asked for in the same row."""
    return (each.collection, each.digest) == (other.collection, other.digest)


def _new(each: Wanted) -> Iterator[tuple[str, str]]:
    for name, (_, to) in each.fields.items():
        yield from ((category, str(to or "")) for category in each.categories[name])


def _write(
    found: Corrected,
    rooms: Mapping[str, Room],
    values: Mapping[str, Portable],
    key: str,
    fields: Mapping[str, tuple[Portable, Portable]],
) -> None:
    """Put down what one decision changes in the row, and that it does."""
    fresh = {name: pair for name, pair in fields.items() if not is_same(values.get(name), pair[1], exactly=True)}
    if fresh and key not in found.keys:
        found.keys.append(key)
    for name, (before, to) in fresh.items():
        _put(found, rooms, name, before, to)


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
    description: Description,
    collection: Collection,
    values: Mapping[str, Portable],
    each: Wanted,
    together: Mapping[str, str],
    unclear: list[str],
) -> Iterator[tuple[str, tuple[Portable, Portable]]]:
    """The fields that say the same. ``together``: what all decisions about that row make of its categories. ``unclear``: where
    those are put of which nobody can tell what becomes of them."""
    here = {
        category: one
        for one in correctable(description, collection)
        for category in one.data_categories
        if isinstance(values.get(one.name), str | int) and not isinstance(values.get(one.name), bool)
    }
    for name, (before, to) in each.fields.items():
        if before in (None, "") or any(category.startswith(WRITTEN) for category in each.categories[name]):
            continue
        for category in each.categories[name]:
            whole, copy = _whole(category), here.get(category)
            if whole and not _agrees(here, values, each, whole):
                continue
            if copy is not None and is_same(values[copy.name], before, category):
                yield copy.name, (values[copy.name], to)
            elif whole == NAME:
                yield from _as_one_name(here, values, each, together)
            if category in WHOLE_NAMES and copy is None:
                yield from _as_two_names(here, values, before, to, unclear)


def _agrees(here: Mapping[str, Field], values: Mapping[str, Portable], each: Wanted, whole: str) -> bool:
    """Whether the row holds the same name or address as the one that was decided about, as far as both tell of it."""
    both = [
        (said, values[here[category].name])
        for category, said in each.around.items()
        if category.startswith(whole) and category in here and _plain(values[here[category].name])
    ]
    return all(is_same(said, now) for said, now in both)


def _as_one_name(
    here: Mapping[str, Field], values: Mapping[str, Portable], each: Wanted, together: Mapping[str, str]
) -> Iterator[tuple[str, tuple[Portable, Portable]]]:
    """First and last name changed where they stand apart: the row that holds them in one field follows."""
    old, new = _in_one(each.around), _in_one({**each.around, **together})
    for category in (f"{NAME}.full", NAME):
        one = here.get(category)
        if one is not None and old and new and is_same(values[one.name], old):
            yield one.name, (values[one.name], new)


def _as_two_names(
    here: Mapping[str, Field], values: Mapping[str, Portable], before: Portable, to: Portable, unclear: list[str]
) -> Iterator[tuple[str, tuple[Portable, Portable]]]:
    """A name changed where it stands in one field: of a row that holds it in two, the part that is another one follows."""
    first, last = here.get(f"{NAME}.first"), here.get(f"{NAME}.last")
    if first is None or last is None or not is_same(f"{values[first.name]} {values[last.name]}", before):
        return
    new, (head, tail) = str(to or ""), (str(values[each.name]).strip() for each in (first, last))
    if new.startswith(f"{head} ") and len(new.removeprefix(head).split()) == 1:
        yield last.name, (values[last.name], new.removeprefix(head).strip())
    elif new.endswith(f" {tail}") and len(new.removesuffix(tail).split()) == 1:
        yield first.name, (values[first.name], new.removesuffix(tail).strip())
    else:
        unclear += [first.name, last.name]


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
        (before.strip(), "" if (to := found.changes[name]) is None else str(to))
        for name, before in found.shown.items()
        if isinstance(before, str) and len(before.strip()) >= SHORTEST_PART
    ]
    if not pairs:
        return
    pairs.sort(key=lambda pair: -len(pair[0]))
    words = "|".join(f"({re.escape(before)})" for before, _ in pairs)
    for each in collection.fields:
        text, room = values.get(each.name), rooms.get(each.name)
        if each.name in skipped or not isinstance(text, str) or room is None or room.word != "text" or not room.is_free:
            continue
        if room.is_computed or not _is_made_of(each, wholes):
            continue
        # All at once, or a word that was put in would be replaced by the next.
        after = re.sub(ALONE.format(words), partial(_in_the_same_case, pairs), text, flags=re.IGNORECASE)
        if after != text:
            is_told = any(category in WHOLE_NAMES for category in each.data_categories)
            _put(found, rooms, each.name, text, after, is_shown=is_told)


def _is_made_of(each: Field, wholes: Several[str]) -> bool:
    """Whether a column is a whole name, and a part of it changed, or a text of no special kind."""
    personal = [category for category in each.data_categories if category.startswith(PERSONAL)]
    return all(category in GENERAL or (category in WHOLE_NAMES and NAME in wholes) for category in personal)


def _in_the_same_case(pairs: Sequence[tuple[str, str]], met: re.Match[str]) -> str:
    """What replaces the word that was met; texts to search by are often written small."""
    to = pairs[(met.lastindex or 1) - 1][1]
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
        found.changes[name] = to if room is None or to is None else as_value(room, as_typed(to))
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
