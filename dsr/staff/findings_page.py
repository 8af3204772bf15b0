"""One page of findings: every value in words, and what will become of it in the copy.

Numbers that must never leave are masked here as they are in the copy: a reviewer needs to know that a card number stands in a
note, not which one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dsr.exports.release import UNREADABLE_TYPES, file_named_in
from dsr.exports.snapshot import FieldCard
from dsr.exports.wording import value_in_words
from dsr.models import FindingMark
from dsr.records import Portable
from dsr.redaction import Ground, mask_values
from dsr.workflow.chunks import Row

MENTIONED = {"email": "e-mail address", "phone_number": "telephone number", "name": "name"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One value. ``text`` is None for nothing at all and empty for an empty text; ``remark`` says why it is left out.

    ``mention`` says by what the text names somebody else; ``file`` names a value that is too large for the page.
    """

    name: str
    label: str
    text: str | None
    is_held: bool
    mark: FindingMark | None
    remark: str
    mention: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One record. ``mark`` leaves it out as a whole; ``shared`` says why it is a second person's too."""

    number: int
    digest: str
    cells: tuple[Cell, ...]
    mark: FindingMark | None
    remark: str
    shared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Everywhere:
    """A decision for every row of the collection; ``label`` is empty when all of it is left out."""

    mark: FindingMark
    label: str
    remark: str


@dataclass(frozen=True, slots=True)
class Page:
    """The described columns of a collection, and by digest and field its marks and what its texts name others by.

    ``zone`` is the time zone that moments are told in.
    """

    columns: Sequence[Mapping[str, Any]]
    marks: Mapping[tuple[str, str], FindingMark]
    mentions: Mapping[tuple[str, str], Sequence[str]]
    zone: str

    def row(self, row: Row, number: int) -> ShownRow:
        """A finding as reviewers read it."""
        unreadable = [column["name"] for column in self.columns if column["type"] in UNREADABLE_TYPES]
        values, _ = mask_values(row.values, except_fields=unreadable)
        made = self._mark(row, "")
        cells = tuple(self._cell(row, column, values.get(column["name"])) for column in self.columns)
        return ShownRow(number, row.digest, cells, made, _remark(made), row.shared)

    def everywhere(self) -> list[Everywhere]:
        """What was decided for every row."""
        labels = {column["name"]: column["label"] for column in self.columns}
        found = [made for (digest, _), made in self.marks.items() if not digest]
        return [Everywhere(made, labels.get(made.field, made.field), _remark(made)) for made in found]

    def _cell(self, row: Row, column: Mapping[str, Any], value: Portable) -> Cell:
        made = self._mark(row, column["name"])
        text = None if value is None else self._words(value, column)
        kinds = self.mentions.get((row.digest, column["name"]), ())
        mention = " and ".join(MENTIONED[kind] for kind in kinds)
        held, remark = column["name"] in row.held, _remark(made)
        return Cell(column["name"], column["label"], text, held, made, remark, mention, _file(value))

    def _mark(self, row: Row, field: str) -> FindingMark | None:
        # What was decided for every row goes before what was decided for this one, as in the copy.
        return self.marks.get(("", field)) or self.marks.get((row.digest, field))

    def _words(self, value: Portable, column: Mapping[str, Any]) -> str:
        if isinstance(value, str) and column["type"] not in UNREADABLE_TYPES:
            return value  # Whole, however long: paper shortens it, a reviewer must see all of it.
        return value_in_words(value, FieldCard(column["name"], column["label"], column["type"], ()), self.zone)


def _file(value: Portable) -> str:
    """The name under which the value can be saved; empty for a value that stands on the page."""
    if isinstance(value, dict) and file_named_in(value):
        return str(value["$file"]).rpartition("/")[2]
    return ""


def _remark(made: FindingMark | None) -> str:
    return Ground(made.ground).remark if made else ""
