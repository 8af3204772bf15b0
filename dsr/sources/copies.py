"""Copies of what is taken out of a row: what is looked for, what counts as found, and what is left in its place.

Shops write the same thing twice: a line to search by, a whole name, a note, a document. What is looked for are the values
that go and are of a personal data category, and two forms of them that a shop makes itself:

* compared is without accents and without case, since lines to search by are often written so;
* of a name each part is looked for, as ``lovelace, ada`` has them in another order;
* in scripts that put nothing between words (Chinese, Japanese, Korean, Thai) a value may stand within a longer text, anywhere
  else it must stand by itself: ``ada@example.com`` is not in ``adam@example.com``, nor ``ada`` in ``Adam``.

What is short stands anywhere by chance. So short values and the parts of a name are looked for in their own row alone, and
not in columns that are somebody else's, lead to somebody, or hold codes.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from dsr.records import Portable
from dsr.sources.dataset import Field
from dsr.sources.document import values_at, with_value, with_value_at
from dsr.sources.masks import TEXT, Mask, Room, masking

SHORTEST_COPY = 4
"""Characters of a value that is looked for in the person's other rows too: shorter ones stand anywhere by chance."""
FEWEST_LETTERS = 2
"""Of a shorter value, or a part of a name, that is looked for in its own row."""
FEWEST_DIGITS = 6
"""Of a whole number that is looked for: a telephone number, and not an amount."""
PERSONAL = ("user",)
NAME = ("user.name",)
KINDS = ("user.contact.address.country", "user.contact.address.state", "user.demographic", "user.content")
"""Categories whose short values say of what kind somebody is, or next to nothing: ``DE``, ``f``, ``ok``."""
LEADING = ("user.contact.email", "user.contact.phone_number", "user.unique_id", "user.authorization", "user.account")
"""Categories of what a person is reached by and signs in with: changed as a whole or not at all."""
NO_PARTS = {
    "al", "and", "bin", "da", "das", "de", "del", "della", "dem", "den", "der", "des", "di", "do", "dos", "dr", "du", "el",
    "frau", "herr", "jr", "la", "las", "le", "les", "los", "mac", "mc", "mme", "mr", "mrs", "ms", "of", "prof", "san", "sir",
    "sr", "st", "ten", "ter", "und", "van", "vom", "von", "zu", "zum", "zur",
}  # fmt: skip
"""Words in names that many share and that are words of their own elsewhere: sought as they are written, if with a capital."""

RUN_TOGETHER = (
    r"\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Thai, Lao, Burmese, Khmer, Korean, Japanese and Chinese letters: between their words stands nothing."""
IS_RUN_TOGETHER = re.compile(f"[{RUN_TOGETHER}]")
STROKES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
"""Letters that are taken for accented ones where accents are left out."""
WORD = re.compile(r"[^\W\d_]+")
STANDS_FOR_A_FILE = {"$file", "bytes"}
"""The members of what is read in place of a value that is too large: no document of the shop's."""
JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*')
IS_NAME_OF_MEMBER = re.compile(r"\s*:")


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for. ``anywhere`` and ``parts`` are folded, ``short`` is as it was written.

    ``short`` and ``parts`` (of names) are for the row that they stood in.
    """

    anywhere: frozenset[str] = frozenset()
    short: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.anywhere or self.short or self.parts)


def sought_of(taken: Iterable[tuple[Field, Portable]]) -> Sought:
    """What is looked for when these values are taken out."""
    anywhere: set[str] = set()
    short: set[str] = set()
    parts: set[str] = set()
    for field, value in taken:
        for text in _texts(value):
            if len(folded := fold(text)) >= SHORTEST_COPY:
                anywhere.add(folded)
            elif len(text) >= FEWEST_LETTERS and _letters(text) and not _is_below(field, KINDS):
                short.add(text)
            if _is_below(field, NAME):
                small, large = _parts(text)
                short |= small
                parts |= large
    return Sought(frozenset(anywhere), frozenset(short), frozenset(parts))


def taken_at(field: Field, path: Sequence[str], value: Portable, *, is_bound: bool) -> Iterator[tuple[Field, Portable]]:
    """What is taken out with a column, or with a place inside its document, and which field each is of.

    ``is_bound``: rows are told apart or refer to one another by it, and numbers and codes of such columns are no one's own.
    """
    for step in path:  # A number enters a list, whose elements are all alike.
        field = next((inner for inner in field.fields if inner.name == step), field)
    for each in values_at(_read(value) if path or field.fields else value, path):
        yield from _of_field(field, each, is_bound=is_bound)


def _of_field(field: Field, value: Portable, *, is_bound: bool) -> Iterator[tuple[Field, Portable]]:
    """What a field says of a person. A word such as *pending* goes with its row too, and is no copy where others say it."""
    is_text = isinstance(value, str) and (not is_bound or len(value.strip()) >= SHORTEST_COPY)
    if _is_below(field, PERSONAL) and (is_text or isinstance(value, list) or not is_bound):
        yield field, value
    for inner in field.fields:
        for each in values_at(value, (inner.name,)):
            yield from _of_field(inner, each, is_bound=is_bound)


def with_places(value: Portable, places: Mapping[tuple[str, ...], Portable]) -> Portable:
    """A document with some of its places changed, as it was read: in its own text where it is one. Raises ValueError when it
    cannot be read."""
    for path, wanted in places.items():
        value = with_value(value, path, wanted)[0] if isinstance(value, str) else with_value_at(value, path, wanted)
    return value


def takes_parts(field: Field, room: Room) -> bool:
    """Whether short values and parts of names are looked for in a column: not where people are led to, nor among codes."""
    return (
        field.identity is None and not _is_below(field, LEADING) and (room.length is None or room.length >= len(TEXT))
    )


def without_copies(value: Portable, sought: Sought, room: Room, declared: frozenset[str] = frozenset()) -> Portable:
    """A column's value without what is looked for. ``declared``: the names of members that a document is known to have."""
    if room.is_computed or room.word not in ("text", "json") or not room.is_free:
        return value
    sought = _near(sought, value)
    if not sought:
        return value
    stand_in = partial(masking, Mask.HASH, room) if room.must_differ else partial(str, TEXT)
    return _Cleaning(sought, room, declared, stand_in).of_column(value)


def _near(sought: Sought, value: Portable) -> Sought:
    """What of it can be in a value at all. A person may have ten thousand values, and a document as many texts."""
    try:
        read = json.loads(value, object_pairs_hook=list) if isinstance(value, str) and _is_json(value) else value
        written = read if isinstance(read, str) else json.dumps(read, ensure_ascii=False)
    except RecursionError:
        return sought
    if "\\" in written:  # It may hold anything, escaped once more.
        return sought
    folded = fold(written)
    return Sought(
        frozenset(each for each in sought.anywhere if each in folded),
        frozenset(each for each in sought.short if each in written),
        frozenset(each for each in sought.parts if each in folded),
    )


def names_within(field: Field) -> frozenset[str]:
    """The names of members that a document is declared to have: the shop's words, whatever else they may be."""
    return frozenset(name for inner in field.fields for name in (inner.name, *names_within(inner)))


def fold(text: str) -> str:
    """A text as it is compared: without accents and case."""
    return text.lower() if text.isascii() else "".join(map(_folded, text))


@lru_cache(maxsize=4096)
def _folded(letter: str) -> str:
    pieces = unicodedata.normalize("NFKD", letter)
    bare = "".join(each for each in pieces if not unicodedata.combining(each) or IS_RUN_TOGETHER.match(each))
    return unicodedata.normalize("NFC", bare).casefold().translate(STROKES)


def _read(value: Portable) -> Portable:
    """A document, also where a text column holds it."""
    read: Portable = json.loads(value) if isinstance(value, str) and _is_json(value) else value
    return read


def _is_below(field: Field, parents: tuple[str, ...]) -> bool:
    return any(f"{each}.".startswith(f"{parent}.") for each in field.data_categories for parent in parents)


def _texts(value: Portable) -> Iterator[str]:
    if isinstance(value, str):
        yield value.strip()
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif _is_long(value):
        yield str(value)


def _is_long(value: Portable) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10 ** (FEWEST_DIGITS - 1)


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _parts(name: str) -> tuple[set[str], set[str]]:
    """The parts of a name, folded; those of two Latin letters as they are written and small, *Al* and *Van* only as written."""
    words = {*WORD.findall(name), *(each.strip(".,;()\"'") for each in name.split())}
    small: set[str] = set()
    large: set[str] = set()
    for word in words:
        folded = fold(word)
        if _letters(word) < FEWEST_LETTERS:
            continue
        if folded in NO_PARTS:
            small |= set() if word.islower() else {word}
        elif _letters(word) > FEWEST_LETTERS or IS_RUN_TOGETHER.match(word):
            large.add(folded)
        else:
            small |= {word, word.lower()}
    return small, large


@dataclass(frozen=True, slots=True)
class _Cleaning:
    """One column's value on its way to being without what is looked for. ``stand_in`` makes what is left of a copy: where
    nothing may stand twice, never the same."""

    sought: Sought
    room: Room
    declared: frozenset[str]
    stand_in: Callable[[], Portable]

    def of_column(self, value: Portable) -> Portable:
        if not isinstance(value, str):
            return self._of(value)
        after = self.of_text(value)
        if after != value and self.room.must_differ and not _is_json(value):
            return masking(Mask.HASH, self.room)
        if after == value or self.room.length is None or len(after) <= self.room.length:
            return after
        return replace(self, stand_in=str).of_text(value)

    def _of(self, value: Portable) -> Portable:
        if isinstance(value, str):
            return self.of_text(value)
        if isinstance(value, list):
            return [self._of(inner) for inner in value]
        if isinstance(value, dict) and value.keys() != STANDS_FOR_A_FILE:
            return self._of_members(value)
        return None if _is_long(value) and str(value) in self.sought.anywhere else value

    def _of_members(self, document: Mapping[str, Portable]) -> dict[str, Portable]:
        found: dict[str, Portable] = {}
        for name, value in document.items():
            after = self._of_name(name)
            number = 2
            while after != name and (after in found or after in document):
                after, number = f"{self._of_name(name)} {number}", number + 1
            found[after] = self._of(value)
        return found

    def _of_name(self, name: str) -> str:
        """A member's name. ``max`` and ``mark`` are the shop's words more often than parts of somebody's name."""
        whole = replace(self.sought, parts=frozenset())
        return name if name in self.declared else _without(name, whole, self.stand_in)

    def of_text(self, text: str) -> str:
        return self._of_json(text) if _is_json(text) else _without(text, self.sought, self.stand_in)

    def _of_json(self, text: str) -> str:
        """A document in its own words: every character stays that is not part of a copy."""
        return JSON_TOKEN.sub(self._of_token, text)

    def _of_token(self, met: re.Match[str]) -> str:
        if met[0][0] != '"':
            return "null" if len(met[0]) >= FEWEST_DIGITS and met[0] in self.sought.anywhere else met[0]
        before = json.loads(met[0])
        is_name = IS_NAME_OF_MEMBER.match(met.string, met.end())
        after = self._of_name(before) if is_name else self.of_text(before)
        return met[0] if after == before else json.dumps(after, ensure_ascii=met[0].isascii())


def _is_json(text: str) -> bool:
    if text.lstrip()[:1] not in ("{", "[", '"'):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _without(text: str, sought: Sought, stand_in: Callable[[], Portable]) -> str:
    """A text without what is looked for; everything else stays as it is written."""
    pieces: list[str] = []
    at = 0
    for start, end in _apart(_spans(text, sought)):
        pieces += [text[at:start], str(stand_in())]
        at = end
    return "".join((*pieces, text[at:]))


def _apart(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same places in their order, those that touch as one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def _spans(text: str, sought: Sought) -> Iterator[tuple[int, int]]:
    """Where something stands that is looked for."""
    folded = fold(text)
    if pattern := _any_of(sought.short, text):
        yield from (met.span() for met in pattern.finditer(text))
    patterns = [_any_of(sought.anywhere, folded), _any_of(sought.parts, folded, parted_by="_")]
    if not any(patterns):
        return
    origins = range(len(text)) if text.isascii() else [at for at, each in enumerate(text) for _ in _folded(each)]
    for pattern in filter(None, patterns):
        for met in pattern.finditer(folded):
            yield origins[met.start()], _end(text, origins[met.end() - 1])


def _end(text: str, last: int) -> int:
    """Behind a letter and the marks that belong to it."""
    end = last + 1
    while end < len(text) and not _folded(text[end]):
        end += 1
    return end


def _any_of(sought: frozenset[str], text: str, parted_by: str = "") -> re.Pattern[str] | None:
    """What of it is in the text at all, the longest first, as something that stands by itself."""
    near = sorted((each for each in sought if each in text), key=len, reverse=True)
    return re.compile("|".join(_alone(each, parted_by) for each in near)) if near else None


def _alone(value: str, parted_by: str) -> str:
    letter = rf"[^\W{parted_by}{RUN_TOGETHER}]"
    before = "" if IS_RUN_TOGETHER.match(value[0]) else f"(?<!{letter})"
    behind = "" if IS_RUN_TOGETHER.match(value[-1]) else f"(?!{letter})"
    return f"{before}{re.escape(value)}{behind}"
