"""One place inside a JSON document, changed in the document's own text: every other character stays as it is.

Reading the document and writing it anew would lose digits, the order of members and members that come twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation

from dsr.records import Portable
from dsr.sources.dataset import Collection, Field

SPACE = re.compile(r"[ \t\n\r]*")
DECODER = json.JSONDecoder()


def place_of(collection: Collection, name: str) -> tuple[str, tuple[str, ...]] | None:
    """The column and the path inside its document that ``profile.name`` means; None when no such place is declared.

    A column may have a dot in its own name. A number enters one element of a list.
    """
    if collection.field(name):
        return name, ()
    for column in _longest_first(collection.fields):
        if name.startswith(column.name + "."):
            path = _inside(column.fields, name[len(column.name) + 1 :])
            if path is not None:
                return column.name, path
    return None


def _inside(fields: Sequence[Field], rest: str) -> tuple[str, ...] | None:
    for inner in _longest_first(fields):
        if rest == inner.name:
            return (inner.name,)
        if rest.startswith(inner.name + "."):
            path = _inside(inner.fields, rest[len(inner.name) + 1 :])
            if path is not None:
                return (inner.name, *path)
    number, _, after = rest.partition(".")
    path = (_inside(fields, after) if after else ()) if number.isdecimal() else None
    return None if path is None else (number, *path)


def _longest_first(fields: Sequence[Field]) -> list[Field]:
    return sorted(fields, key=lambda each: -len(each.name))


def with_value(document: str, path: Sequence[str], value: Portable, *, may_add: bool = False) -> tuple[str, int]:
    """The document with ``value`` at ``path``, and in how many places that is.

    Lists are entered element by element unless the path names one. With ``may_add``, an object that has no such member
    is given one. Raises ValueError when the document is no JSON.
    """
    DECODER.decode(document)
    written = json.dumps(value, ensure_ascii=False)
    spans = [(start, end, written) for start, end in _places(document, 0, path)]
    if may_add and not spans:
        spans = list(_additions(document, path, written))
    for start, end, text in reversed(spans):
        document = document[:start] + text + document[end:]
    return document, len(spans)


def _places(text: str, at: int, path: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where the values at ``path`` begin and end, in the order of the text."""
    at = _skipped(text, at)
    if not path:
        yield at, _end(text, at)
    elif text[at] == "{":
        for name, value_at in _members(text, at):
            if name == path[0]:
                yield from _places(text, value_at, path[1:])
    elif text[at] == "[":
        for number, value_at in enumerate(_elements(text, at)):
            if path[0] == str(number):
                yield from _places(text, value_at, path[1:])
            elif not path[0].isdecimal():
                yield from _places(text, value_at, path)


def _additions(text: str, path: Sequence[str], written: str) -> Iterator[tuple[int, int, str]]:
    """Where objects can be given the last member of ``path``, and the text that does it."""
    for start, end in _places(text, 0, path[:-1]):
        if text[start] == "{":
            comma = ", " if any(_members(text, start)) else ""
            yield end - 1, end - 1, f"{comma}{json.dumps(path[-1], ensure_ascii=False)}: {written}"


def values_at(value: Portable, path: Sequence[str]) -> list[Portable]:
    """Every value at ``path`` of a document that was read; lists are entered as :func:`with_value` enters them."""
    if not path:
        return [value]
    if isinstance(value, dict):
        return values_at(value[path[0]], path[1:]) if path[0] in value else []
    if isinstance(value, list):
        if path[0].isdecimal():
            return values_at(value[int(path[0])], path[1:]) if int(path[0]) < len(value) else []
        return [found for inner in value for found in values_at(inner, path)]
    return []


def with_value_at(document: Portable, path: Sequence[str], value: Portable) -> Portable:
    """A document that was read with ``value`` at every place that :func:`values_at` finds; no place is added."""
    if not path:
        return value
    if isinstance(document, dict):
        return {
            name: with_value_at(inner, path[1:], value) if name == path[0] else inner
            for name, inner in document.items()
        }
    if isinstance(document, list):
        if path[0].isdecimal():
            return [
                with_value_at(inner, path[1:], value) if at == int(path[0]) else inner
                for at, inner in enumerate(document)
            ]
        return [with_value_at(inner, path, value) for inner in document]
    return document


def is_same(held: Portable, wanted: Portable) -> bool:
    """Whether a column holds what was written into it: databases pad text, add digits to numbers and hours to days."""
    if held == wanted:
        return True
    if held is None or wanted is None:
        return False
    if isinstance(wanted, bool) or isinstance(held, bool):
        return str(held).lower() in {str(wanted).lower(), str(int(bool(wanted)))}
    try:
        return Decimal(str(held)) == Decimal(str(wanted))
    except InvalidOperation:
        return str(held).rstrip() == str(wanted).rstrip() or _is_moment(str(held), str(wanted))


def _is_moment(held: str, wanted: str) -> bool:
    try:
        left, right = datetime.fromisoformat(held), datetime.fromisoformat(wanted)
    except ValueError:
        return False
    return (
        left.replace(tzinfo=None) == right.replace(tzinfo=None) if not (left.tzinfo and right.tzinfo) else left == right
    )


def _members(text: str, at: int) -> Iterator[tuple[str, int]]:
    at = _skipped(text, at + 1)
    while text[at] != "}":
        name, at = DECODER.raw_decode(text, at)
        value_at = _skipped(text, _skipped(text, at) + 1)
        yield name, value_at
        at = _after(text, value_at)


def _elements(text: str, at: int) -> Iterator[int]:
    at = _skipped(text, at + 1)
    while text[at] != "]":
        yield at
        at = _after(text, at)


def _after(text: str, at: int) -> int:
    """Where the next member or the closing bracket stands behind the value at ``at``."""
    at = _skipped(text, _end(text, at))
    return _skipped(text, at + 1) if text[at] == "," else at


def _skipped(text: str, at: int) -> int:
    found = SPACE.match(text, at)
    return found.end() if found else at


def _end(text: str, at: int) -> int:
    end: int = DECODER.raw_decode(text, at)[1]
    return end
