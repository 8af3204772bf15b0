"""The package: one walk through the frozen answer, and every file written from it.

The order of the files is always the same: ``data.json``, then per collection its CSV and the large values met in it,
the report, ``manifest.json``. At most three are open at a time. Memory does not grow with the rows: what is kept of
them is what the report prints.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dsr.exports.csv_file import CsvFile, csv_names
from dsr.exports.files import BuiltFile, OpenFile, Shelf
from dsr.exports.json_file import JsonFile, not_found_entries, redaction_entry, shared_entry
from dsr.exports.manifest import manifest_bytes
from dsr.exports.pages import paper_html, screen_html
from dsr.exports.pdf import TOO_LARGE, UNAVAILABLE, PdfError, PdfLimits, render_pdf
from dsr.exports.printing import PrintLimits
from dsr.exports.reading import Reading
from dsr.exports.release import ReleasedRow, file_named_in, masked_text
from dsr.exports.snapshot import CollectionCard, FieldCard, Snapshot

__all__ = ["BuiltFile", "Limits", "PdfError", "build_package", "render_html"]


MEDIA_TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "tif": "image/tiff",
    "heic": "image/heic",
}
"""By the ending of a file that was handed in; others are told no type, so that nothing tries to open them by itself."""


Renderer = Callable[[str, PdfLimits], bytes]
"""Makes the PDF of an HTML page within limits, or raises PdfError."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is printed, and what the printing may cost."""

    printing: PrintLimits = field(default_factory=PrintLimits)
    pdf: PdfLimits = field(default_factory=PdfLimits)


def build_package(
    snapshot: Snapshot, open_file: OpenFile, *, limits: Limits | None = None, render: Renderer = render_pdf
) -> list[BuiltFile]:
    """Write every file of the package and list them in the order in which they were opened.

    Where ``render`` finds WeasyPrint's libraries missing the report is ``copy.html`` instead of ``copy.pdf``. Raises
    SnapshotBroken when the answer is not what it announces, PdfError when the renderer fails, and whatever
    ``open_file`` raises.
    """
    limits = limits or Limits()
    shelf = Shelf(open_file)
    writing = _Writing(snapshot, shelf, limits)
    writing.write_rows()
    writing.write_report(render)
    writing.write_manifest()
    return shelf.built


def render_html(snapshot: Snapshot, *, limits: PrintLimits | None = None) -> str:
    """The report alone, as one self-contained HTML file for a browser."""
    reading = Reading(snapshot, limits or PrintLimits())
    for card in snapshot.collections:
        for _ in reading.rows(card):
            pass
    return screen_html(reading.report(_csv_names(snapshot)))


def _csv_names(snapshot: Snapshot) -> dict[tuple[str, str], str]:
    return csv_names(card for card in snapshot.collections if card.rows)


class _Writing:
    """What the three steps share."""

    def __init__(self, snapshot: Snapshot, shelf: Shelf, limits: Limits) -> None:
        self._snapshot = snapshot
        self._shelf = shelf
        self._limits = limits
        self._reading = Reading(snapshot, limits.printing)
        self._csv_files = _csv_names(snapshot)
        self._large_values: set[str] = set()

    def write_rows(self) -> None:
        """``data.json``, and beside it one CSV after the other."""
        with self._shelf.file("data.json", "application/json") as file:
            data = JsonFile(file, self._snapshot)
            for source in dict.fromkeys(card.source for card in self._snapshot.collections):
                data.open_source(source)
                for card in self._snapshot.collections:
                    if card.source == source and card.found:
                        data.open_collection(card.collection)
                        self._write_collection(card, data)
            data.finish(
                not_found=not_found_entries(self._snapshot),
                statements=[{"title": each.title, "sentence": each.sentence} for each in self._snapshot.statements],
                redactions=self._redaction_entries(),
                shared=[shared_entry(*place, numbers) for place, numbers in self._reading.release.shared.items()],
            )

    def write_report(self, render: Renderer) -> None:
        """``copy.pdf``, or ``copy.html`` where no PDF can be made at all."""
        try:
            name, media_type, content = "copy.pdf", "application/pdf", self._pdf(render)
        except PdfError as error:
            if error.code != UNAVAILABLE:
                raise
            html = screen_html(self._reading.report(self._csv_files))
            name, media_type, content = "copy.html", "text/html", html.encode()
        with self._shelf.file(name, media_type) as file:
            file.write(content)

    def _pdf(self, render: Renderer) -> bytes:
        """The PDF; when it needs too much memory, once more with a tenth of the rows: the deadline does not wait."""
        try:
            return render(paper_html(self._reading.report(self._csv_files)), self._limits.pdf)
        except PdfError as error:
            if error.code != TOO_LARGE:
                raise
        self._reading.print_less()
        return render(paper_html(self._reading.report(self._csv_files)), self._limits.pdf)

    def write_manifest(self) -> None:
        """``manifest.json``, over everything before it."""
        content = manifest_bytes(
            self._snapshot, self._shelf.built, self._csv_files, self._redaction_entries(), self._reading.printed
        )
        with self._shelf.file("manifest.json", "application/json") as file:
            file.write(content)

    def _write_collection(self, card: CollectionCard, data: JsonFile) -> None:
        if not card.rows:  # Found, and every row of it left out: an empty list there, no CSV.
            for _ in self._reading.rows(card):
                pass
            return
        with self._shelf.file(self._csv_files[card.source, card.collection], "text/csv") as file:
            table = CsvFile(file, card.fields)
            for row in self._reading.rows(card):
                data.write_row(row.values)
                table.write_row(row.values)
                self._write_large_values(card, row)

    def _write_large_values(self, card: CollectionCard, row: ReleasedRow) -> None:
        for each in card.fields:
            value = row.values[each.name]
            sha256 = file_named_in(value)
            if sha256 and isinstance(value, dict) and value["$file"] not in self._large_values:
                self._write_large_value(card, row, each, sha256, value["$file"])

    def _write_large_value(
        self, card: CollectionCard, row: ReleasedRow, each: FieldCard, sha256: str, name: str
    ) -> None:
        try:
            pieces = self._snapshot.blob(sha256)
        except KeyError:
            return
        self._large_values.add(name)
        if each.type == "bytes":
            media_type = MEDIA_TYPES.get(name.partition(".")[2], "application/octet-stream")
        else:
            media_type = "text/plain; charset=utf-8"
            content, kinds = masked_text(pieces)
            pieces = iter([content])
            for kind in kinds:
                self._reading.release.note_masked(card, each.name, kind, row.number)
        with self._shelf.file(name, media_type) as file:
            for piece in pieces:
                file.write(piece)

    def _redaction_entries(self) -> list[dict[str, Any]]:
        return [redaction_entry(each, numbers) for each, numbers in self._reading.release.redactions]
