"""``csv/<source>/<collection>.csv``: a collection for a spreadsheet. ``data.json`` is the lossless one.

RFC 4180 in UTF-8 with a byte order mark, without which Excel reads every accent wrong. A spreadsheet runs a cell that
begins like a formula, and the cells are what strangers typed: such a cell gets an apostrophe in front (OWASP, CSV
injection). A number stays a number.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dsr.exports.files import HashedFile
from dsr.exports.json_file import ENCODER
from dsr.exports.release import file_named_in
from dsr.exports.snapshot import CollectionCard, FieldCard
from dsr.records import Portable

NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r]")
NUMBER_TYPES = frozenset({"integer", "number"})


class CsvFile:
    """Writes one collection, header first."""

    def __init__(self, file: HashedFile, fields: Sequence[FieldCard]) -> None:
        self._fields = fields
        self._file = file
        self._file.rows = 0
        self._writer = csv.writer(_Encoded(file), lineterminator="\r\n")
        file.write(b"\xef\xbb\xbf")
        self._writer.writerow([cell(field.name) for field in fields])

    def write_row(self, values: Mapping[str, Portable]) -> None:
        """One record; None is an empty cell."""
        self._writer.writerow([cell(values[field.name], field.type) for field in self._fields])
        self._file.rows = (self._file.rows or 0) + 1


class _Encoded:
    """What csv.writer writes to."""

    def __init__(self, file: HashedFile) -> None:
        self._file = file

    def write(self, text: str) -> None:
        self._file.write(text.encode("utf-8", "backslashreplace"))


def cell(value: Portable, kind: str = "text") -> Any:
    """A value as a spreadsheet may safely show it. ``kind`` is the field's type."""
    if value is None or isinstance(value, int | float):
        return {True: "true", False: "false"}[value] if isinstance(value, bool) else value
    if isinstance(value, dict | list):
        if isinstance(value, dict) and file_named_in(value):
            return str(value["$file"])
        return defused(ENCODER.encode(value))
    return value if kind in NUMBER_TYPES and NUMBER.fullmatch(value) else defused(value)


def defused(text: str) -> str:
    """The text with an apostrophe in front if a spreadsheet would take it for a formula."""
    return f"'{text}" if FORMULA.match(text) and not NUMBER.fullmatch(text) else text


WINDOWS_DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)")


def csv_names(cards: Iterable[CollectionCard]) -> dict[tuple[str, str], str]:
    """(source, collection) to the file's name in the package: safe in any file system, never the same name twice."""
    taken: set[str] = set()
    names: dict[tuple[str, str], str] = {}
    for card in cards:
        stem = f"csv/{_safe(card.source)}/{_safe(card.collection)}"
        name, number = f"{stem}.csv", 2
        while name.lower() in taken:
            name, number = f"{stem}-{number}.csv", number + 1
        taken.add(name.lower())
        names[card.source, card.collection] = name
    return names


def _safe(word: str) -> str:
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", word).strip(".")[:80] or "_"
    return f"_{safe}" if WINDOWS_DEVICES.match(safe) else safe
