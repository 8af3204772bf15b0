"""Tables out of CSV files as shops' programs write them: any of four delimiters, UTF-8, UTF-16 or Windows' Latin.

Nothing is guessed where a guess could lose or move a value: a row with a cell too many, a header that says one name twice or a
byte that is no letter is an error that names file and line.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

DELIMITERS = ",;\t|"
SAMPLE_ROWS = 25
SAMPLE_LETTERS = 200_000
PIECE = 1_000_000
MOST_COLUMNS = 500
MOST_ROWS = 1_000_000
LARGEST_CELL = 10_000_000
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")

Row = tuple[str | None, ...]
"""The cells of one row; None for an empty one."""

csv.field_size_limit(LARGEST_CELL)


class FileFault(Exception):
    """A file cannot be read as a table; says where. Never quotes a value."""

    def __init__(self, message: str, file: str, line: int | None = None, sheet: str = "") -> None:
        place = f"{file}, sheet {sheet}" if sheet else file
        super().__init__(f"{place}, line {line}: {message}." if line else f"{place} {message}.")


@dataclass(frozen=True, slots=True)
class Table:
    """One collection: its name, its columns, and its rows, each as long as the columns."""

    name: str
    columns: tuple[str, ...]
    rows: Iterable[Row]


def tables_in_csv(file: str, content: bytes) -> Iterator[Table]:
    """The one table of a CSV file."""
    encoding = _encoding(file, content)
    delimiter, lines_before = _delimiter(_opened(content, encoding).read(SAMPLE_LETTERS))
    lines = _numbered(file, _opened(content, encoding), delimiter, lines_before)
    line, header = next(lines, (1, []))
    columns = columns_of(header, file, line)
    yield Table(collection_name(file.rpartition(".")[0]), columns, _rows(lines, len(columns), file))


def collection_name(text: str) -> str:
    """A file's or sheet's name as a collection's: a dot would mean a schema."""
    return " ".join(text.replace(".", "_").replace("\0", "").split()) or "table"


def columns_of(header: Sequence[str | None], file: str, line: int, sheet: str = "") -> tuple[str, ...]:
    """The names in a header row, empty ones at its end left out. Raises FileFault when a column could be mistaken."""
    names = [" ".join((name or "").replace(".", "_").split()) for name in header]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise FileFault("has no header row with the names of the columns", file, None, sheet)
    if len(names) > MOST_COLUMNS:
        raise FileFault(f"the header names more than {MOST_COLUMNS} columns", file, line, sheet)
    seen: set[str] = set()
    for place, name in enumerate(names, start=1):
        if not name:
            raise FileFault(f"column {place} has no name in the header", file, line, sheet)
        if name.lower() in seen:
            raise FileFault(f"the header has two columns named '{name}'", file, line, sheet)
        seen.add(name.lower())
    return tuple(names)


def fitted(cells: Sequence[str | None], width: int, file: str, line: int, sheet: str = "") -> Row:
    """A row as long as the header. Empty cells beyond it are dropped, anything else there is an error."""
    if any(cell not in (None, "") for cell in cells[width:]):
        raise FileFault(f"has {len(cells)} cells where the header has {width}", file, line, sheet)
    padded = (*cells[:width], *(None,) * (width - len(cells)))
    return tuple(cell if cell != "" else None for cell in padded)


def _opened(content: bytes, encoding: str) -> io.TextIOWrapper:
    """The text piece by piece: a whole one would take several times its bytes."""
    return io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="")


def _encoding(file: str, content: bytes) -> str:
    """UTF-16 says so by its mark; everything else is UTF-8, or Windows' Latin when it cannot be."""
    if content.startswith(WIDE_MARKS):
        if _first_fault(content, "utf-16") is not None:
            raise FileFault("begins like UTF-16 text and is none", file)
        return "utf-16"
    if _first_fault(content, "utf-8-sig") is None:
        return "utf-8-sig"
    fault = _first_fault(content, "cp1252")
    if fault is not None:
        line = content.count(b"\n", 0, fault) + 1
        raise FileFault("holds a byte that is no letter in UTF-8 nor in Windows' Latin", file, line)
    return "cp1252"


def _first_fault(content: bytes, encoding: str) -> int | None:
    """Where the first byte stands that the encoding does not know, as far as it can be told; None when all are known."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(content) or 1, PIECE):
        piece = content[start : start + PIECE]
        try:
            decoder.decode(piece, final=start + PIECE >= len(content))
        except UnicodeDecodeError as error:
            return start + min(error.start, len(piece))
    return None


def _delimiter(sample: str) -> tuple[str, int]:
    """The delimiter, and how many lines stand before the table: Excel's first one may only say ``sep=;``."""
    first = sample.partition("\n")[0].strip()
    if first.startswith("sep=") and len(first) == len("sep=;") and first[-1] in DELIMITERS:
        return first[-1], 1
    return max(DELIMITERS, key=lambda each: _width(sample, each)), 0


def _width(sample: str, delimiter: str) -> int:
    """How many columns the delimiter makes of the sample; 0 when its rows do not agree."""
    try:
        rows = [row for row in islice(csv.reader(io.StringIO(sample, ""), delimiter=delimiter), SAMPLE_ROWS) if row]
    except csv.Error:
        return 0
    # The last row of a sample may be cut, and the first ones agree in a table.
    widths = {len(row) for row in rows[: max(1, len(rows) - 1)]}
    return widths.pop() if len(widths) == 1 else len(rows[0]) // 2 if rows else 0


def _numbered(file: str, text: io.TextIOWrapper, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not empty, with the number of its first line."""
    reader = csv.reader(islice(text, skipped, None), delimiter=delimiter, strict=True)
    first = 1 + skipped
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise FileFault(f"is not well formed ({error})", file, skipped + reader.line_num) from None
        if row is None:
            return
        if any("\0" in cell for cell in row):
            raise FileFault("holds a NUL character: this is no text, or UTF-16 without its mark", file, first)
        if any(cell.strip() for cell in row):
            yield first, row
        first = skipped + reader.line_num + 1


def _rows(lines: Iterable[tuple[int, list[str]]], width: int, file: str) -> Iterator[Row]:
    for number, (line, cells) in enumerate(lines):
        if number >= MOST_ROWS:
            raise FileFault(f"has more than {MOST_ROWS:,} rows; a database serves better there", file, line)
        if len(cells) < width:
            raise FileFault(f"has {len(cells)} cells where the header has {width}", file, line)
        yield fitted(cells, width, file, line)
