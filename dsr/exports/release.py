"""The last gate: what is hidden is taken out here, once, and every file is written from what comes out.

Two things may be hidden: what the reviewer or the dataset hid (``Row.hidden``), and, behind that, numbers that must
never leave (``dsr.redaction.mask_values``). The gate also counts: a snapshot that says one number and holds another is
broken, and no package is made from it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dsr.exports.snapshot import CollectionCard, Redaction, Row, Snapshot
from dsr.records import Portable
from dsr.redaction import Ground, mask_never_export, mask_values, redact

UNREADABLE_TYPES = frozenset({"boolean", "date", "datetime", "time", "bytes"})
"""Fields in which no card number can stand: short by nature, or base64, which is no text."""

FILE_NAME = re.compile(r"files/([0-9a-f]{64})(?:\.[a-z0-9]{1,5})?")
"""Most values have no ending, because nobody knows what they are; a file that somebody handed in has one."""


class SnapshotBroken(Exception):
    """The frozen answer contradicts itself: other rows or fields than it announced. Trying again does not help."""


@dataclass(frozen=True, slots=True)
class ReleasedRow:
    """A row as it leaves. ``hidden`` says, by field, why something in it is not shown."""

    number: int
    values: Mapping[str, Portable]
    hidden: Mapping[str, Ground]


class Release:
    """One walk through a snapshot's rows. Afterwards ``redactions`` is complete."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._some_rows = {
            (each.source, each.collection, each.field, each.ground) for each in snapshot.redactions if each.digests
        }
        self._numbers: dict[tuple[str, str, str, str], list[int]] = defaultdict(list)
        self._masked: dict[tuple[str, str, str, str], list[int]] = defaultdict(list)
        self._shared: dict[tuple[str, str], list[int]] = defaultdict(list)

    def rows(self, card: CollectionCard) -> Iterator[ReleasedRow]:
        """The rows of one collection, to be read to the end. Raises SnapshotBroken when they are not the announced."""
        declared = [each.name for each in card.fields]
        unreadable = [each.name for each in card.fields if each.type in UNREADABLE_TYPES]
        number = 0
        for number, row in enumerate(self._snapshot.rows(card), start=1):
            if row.values.keys() != set(declared):
                raise SnapshotBroken(f"{card.source}: {card.collection} has other fields than its description")
            if row.is_shared:
                self._shared[card.source, card.collection].append(number)
            yield self._release(card, number, row, declared, unreadable)
        if number != card.rows:
            raise SnapshotBroken(f"{card.source}: {card.collection} has {number} rows where {card.rows} were announced")

    @property
    def redactions(self) -> tuple[tuple[Redaction, tuple[int, ...]], ...]:
        """Everything left out, and the numbers (from 1) of the rows that lack it; no numbers when that is every row."""
        decided = [(each, self._numbers_of(each)) for each in self._snapshot.redactions]
        found = [
            (_backstop(source, collection, field, what, len(numbers)), tuple(numbers))
            for (source, collection, field, what), numbers in self._masked.items()
        ]
        return tuple(decided + found)

    @property
    def shared(self) -> Mapping[tuple[str, str], Sequence[int]]:
        """(source, collection) to the numbers (from 1) of its rows that a second person is reached by too."""
        return self._shared

    def note_masked(self, card: CollectionCard, field: str, what: str, number: int) -> None:
        """A number that must never leave was taken out of a row's field."""
        numbers = self._masked[card.source, card.collection, field, what]
        if numbers[-1:] != [number]:
            numbers.append(number)

    def _release(
        self, card: CollectionCard, number: int, row: Row, declared: list[str], unreadable: list[str]
    ) -> ReleasedRow:
        values, hits = redact(row.values, row.hidden) if row.hidden else (dict(row.values), [])
        hidden = {_field_in(declared, hit.path): hit.ground for hit in hits}
        for path, ground in row.hidden.items():
            if ground == Ground.NEVER_EXPORT:  # Never gathered in the first place, so that there is no hit to see.
                hidden[_field_in(declared, path)] = Ground.NEVER_EXPORT
            key = (card.source, card.collection, path, ground)
            if key in self._some_rows:
                self._numbers[key].append(number)
        values, found = mask_values(values, except_fields=unreadable)
        for hit in found:
            self.note_masked(card, _field_in(declared, hit.path), hit.what, number)
        return ReleasedRow(number, {name: values[name] for name in declared}, hidden)

    def _numbers_of(self, redaction: Redaction) -> tuple[int, ...]:
        key = (redaction.source, redaction.collection, redaction.field, redaction.ground)
        return tuple(self._numbers.get(key, ()))


def _field_in(declared: list[str], path: str) -> str:
    return path if path in declared else next(name for name in declared if path.startswith(f"{name}."))


def _backstop(source: str, collection: str, field: str, what: str, rows: int) -> Redaction:
    sentence = f"A {what} stood in this text. We may hold such numbers, but we never send them out."
    return Redaction(source, collection, field, rows, Ground.NEVER_EXPORT.value, sentence)


def file_named_in(value: Portable) -> str | None:
    """The SHA-256 by which a row names a value that was too large for it, or None for an ordinary value."""
    if isinstance(value, dict) and value.keys() == {"$file", "bytes"} and isinstance(value["$file"], str):
        match = FILE_NAME.fullmatch(value["$file"])
        return match[1] if match else None
    return None


def masked_text(pieces: Iterator[bytes]) -> tuple[bytes, tuple[str, ...]]:
    """A large text value as it may leave; what is not UTF-8 is no text and leaves as it is."""
    whole = b"".join(pieces)
    try:
        text, kinds = mask_never_export(whole.decode())
    except UnicodeDecodeError:
        return whole, ()
    return (text.encode(), kinds) if kinds else (whole, ())
