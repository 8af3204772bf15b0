"""Copies of what goes from a row, wherever they stand in it: a text to search by, a whole name, a note, a document.

A copy is seldom written as the value is. Search texts have no accents and no capitals, a note turns *Ada Lovelace* round, a
document in a text column writes é as ``\\u00e9``, and Chinese or Thai leaves no space between words. So texts are compared
folded, and what is found is replaced in the text as it stands. Short values and parts of names are looked for in their own row
alone: elsewhere they are other people's words.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from dsr.records import Portable
from dsr.sources.dataset import Collection, Field
from dsr.sources.document import place_of, values_at, with_value
from dsr.sources.masks import TEXT, Mask, Room, masking

SHORTEST_COPY = 4
"""Characters of a value that is looked for in the person's other rows as well: shorter ones stand anywhere by chance."""
SHORTEST_PART = 2
SHORTEST_NUMBER = 6
"""Digits of a whole number that may be a telephone's or a customer's."""
NAME = "user.name"
UNBROKEN = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR")
"""Scripts in which a word does not end at a space; the first word of a letter's name in Unicode."""


Find = Callable[[str], list[tuple[int, int]]]
"""Where in a text something that is sought stands."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Texts that go from a row. ``own`` are looked for in that row alone."""

    everywhere: frozenset[str]
    own: frozenset[str] = frozenset()


def removed(collection: Collection, values: Mapping[str, Portable], names: Iterable[str]) -> Sought:
    """What goes from a row with the columns, or places in documents, of these names."""
    whole: set[str] = set()
    own: set[str] = set()
    named = _names_of(collection.fields)
    for name in names:
        for text in _texts_at(collection, values, name):
            (whole if len(text) >= SHORTEST_COPY else own).add(text)
            if name in named:
                own.update(part for part in re.split(r"[\W_]+", text) if len(part) >= SHORTEST_PART)
    return Sought(frozenset(whole), frozenset(text for text in own - whole if _is_word(text)))


def without(
    finds: Iterable[Find], values: Mapping[str, Portable], rooms: Mapping[str, Room], but: Iterable[str]
) -> dict[str, Portable]:
    """What each column shall hold, of those in which something sought stands. ``but`` are columns that stay as they are."""
    every, spared = list(finds), set(but)
    found: dict[str, Portable] = {}
    for name, value in values.items():
        room = rooms.get(name)
        if room is None or name in spared or room.is_computed:
            continue
        after = value
        for find in every:
            after = _cleaned(after, find, room)
        if after != value:
            found[name] = after
    return found


def with_masks(document: Portable, paths: Iterable[tuple[str, ...]]) -> Portable:
    """A document that was cleaned, with nothing in the places that are masked as well."""
    text = json.dumps(document, ensure_ascii=False)
    for path in paths:
        text, _ = with_value(text, path, None)
    after: Portable = json.loads(text)
    return after


def _texts_at(collection: Collection, values: Mapping[str, Portable], name: str) -> Iterator[str]:
    place = place_of(collection, name)
    for value in values_at(values.get(place[0]), place[1]) if place else [values.get(name)]:
        if isinstance(value, str) and value.strip():
            yield value.strip()
        elif isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10 ** (SHORTEST_NUMBER - 1):
            yield str(value)


def _names_of(fields: Iterable[Field], before: str = "") -> set[str]:
    """The columns, and places in documents, that hold names."""
    found: set[str] = set()
    for each in fields:
        if any(category == NAME or category.startswith(f"{NAME}.") for category in each.data_categories):
            found.add(before + each.name)
        found |= _names_of(each.fields, f"{before}{each.name}.")
    return found


def _is_word(text: str) -> bool:
    return len(text) >= SHORTEST_PART and any(letter.isalpha() for letter in text)


def finder(texts: Iterable[str]) -> Find:
    """What finds these in a text, however they are written. To be made once for many rows: it may look for thousands."""
    spellings = {spelling for text in texts for spelling in (text, json.dumps(text)[1:-1])}
    folded = {"".join(letters): text for text in spellings if (letters := [fold for fold, _ in _folds(text)])}
    pattern = re.compile("|".join(map(_as_word, sorted(folded, key=len, reverse=True))))

    def find(text: str) -> list[tuple[int, int]]:
        if not folded:
            return []
        folds = list(_folds(text))
        line, places = "".join([fold for fold, _ in folds]), [place for fold, place in folds for _ in fold]
        return [
            span
            for found in pattern.finditer(line)
            if _is_meant(folded[found[0]], text, span := _span(places, found.start(), found.end(), text))
        ]

    return find


def _span(places: list[int], start: int, end: int, text: str) -> tuple[int, int]:
    """Of a find in a folded text, the place in the text itself, with the accents behind its last letter."""
    last = places[end - 1] + 1
    while last < len(text) and unicodedata.combining(text[last]):
        last += 1
    return places[start], last


def _is_meant(value: str, text: str, span: tuple[int, int]) -> bool:
    """Two letters may be any word, so they must be written alike."""
    return len(value) > SHORTEST_PART or text[span[0] : span[1]] == value or _is_unbroken(value[0])


def _folds(text: str) -> Iterator[tuple[str, int]]:
    """Letter by letter without accents and capitals, each with its place in the text."""
    for place, letter in enumerate(text):
        plain = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
        if plain:
            yield plain.casefold(), place


def _as_word(folded: str) -> str:
    before = "" if _is_unbroken(folded[0]) else r"(?<!\w)"
    return before + re.escape(folded) + ("" if _is_unbroken(folded[-1]) else r"(?!\w)")


def _is_unbroken(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(UNBROKEN)


def _cleaned(value: Portable, find: Find, room: Room) -> Portable:
    if isinstance(value, str):
        return _cleaned_text(value, find, room)
    if isinstance(value, list):
        return [_cleaned(inner, find, room) for inner in value]
    if isinstance(value, dict):
        return {_cut(name, find(name), TEXT): _cleaned(inner, find, room) for name, inner in value.items()}
    return value


def _cleaned_text(value: str, find: Find, room: Room) -> Portable:
    if room.word not in ("text", "json") or not room.is_free or not (spans := find(value)):
        return value
    if room.must_differ:
        return masking(Mask.HASH, room)
    after = _cut(value, spans, TEXT)
    return after if room.length is None or len(after) <= room.length else _cut(value, spans, "")


def _cut(text: str, spans: Iterable[tuple[int, int]], instead: str) -> str:
    for start, end in reversed(list(spans)):
        text = text[:start] + instead + text[end:]
    return text
