"""Tables out of .xlsx workbooks. A workbook is a zip of XML: its sizes are looked at before anything is unpacked."""

from __future__ import annotations

import importlib
import io
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from itertools import repeat
from typing import Any

from dsr.sources.file_tables import (
    MOST_COLUMNS,
    MOST_ROWS,
    FileFault,
    Row,
    Table,
    collection_name,
    columns_of,
    fitted,
)

LARGEST_UNPACKED = 200_000_000
MOST_PARTS = 5_000
MOST_EMPTY_ROWS = 1_000
"""After so many in a row nothing is expected any more: formatted cells reach to the end of a sheet."""
FORMULA = "f"
PIECE = 1_000_000


def tables_in_workbook(file: str, content: bytes) -> Iterator[Table]:
    """Each sheet that holds something. With one of them the collection has the file's name, else ``file/sheet``."""
    has_formulas = _looked_over(file, content)
    stem = collection_name(file.rpartition(".")[0])
    with _named(file):
        values = _opened(content, data_only=True)
        formulas = _opened(content, data_only=False).worksheets if has_formulas else [None] * len(values.worksheets)
        found = []
        for sheet, formula_sheet in zip(values.worksheets, formulas, strict=True):
            if head := next(_numbered(file, sheet, formula_sheet), None):
                found.append((sheet, formula_sheet, head))
    if not found:
        raise FileFault("has no sheet with a header row", file)
    for sheet, formula_sheet, (line, header) in found:
        title = str(sheet.title)
        columns = columns_of(header, file, line, title)
        rows = _rows(file, sheet, formula_sheet, line, len(columns))
        yield Table(stem if len(found) == 1 else f"{stem}/{collection_name(title)}", columns, rows)


@contextmanager
def _named(file: str) -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of parts that it does not know; we read cells alone.
            yield
    except (
        _openpyxl("openpyxl.utils.exceptions").InvalidFileException,
        zipfile.BadZipFile,
        LookupError,
        ValueError,
        TypeError,
        SyntaxError,
    ) as error:
        raise FileFault(f"is no workbook that can be read ({type(error).__name__})", file) from None


def _opened(content: bytes, *, data_only: bool) -> Any:
    return _openpyxl("openpyxl").load_workbook(io.BytesIO(content), read_only=True, data_only=data_only)


def _openpyxl(module: str) -> Any:
    """One of its modules, loaded with the first workbook: it brings an imaging library, a fifth of the start of every command."""
    return importlib.import_module(module)


def _looked_over(file: str, content: bytes) -> bool:
    """Refuse what would grow without bounds; True when some cell holds a formula."""
    has_formulas = False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                message = f"unpacks to more than {LARGEST_UNPACKED // 1_000_000} MB; a database serves better there"
                raise FileFault(message, file)
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    _refuse_entities(file, archive, part)
                if part.filename.startswith("xl/worksheets/"):
                    has_formulas = has_formulas or _holds(archive, part, b"<f")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError):
        raise FileFault("is damaged, or protected by a password", file) from None
    return has_formulas


def _holds(archive: zipfile.ZipFile, part: zipfile.ZipInfo, mark: bytes) -> bool:
    with archive.open(part) as opened:
        end = b""
        while piece := opened.read(PIECE):
            if mark in end + piece:
                return True
            end = piece[-len(mark) :]
    return False


def _refuse_entities(file: str, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """No spreadsheet program writes a DOCTYPE; who does wants its entities to grow."""
    with archive.open(part) as opened:
        if b"<!DOCTYPE" in opened.read(4096).upper():
            raise FileFault("declares XML entities, as no spreadsheet program does", file)


def _rows(file: str, sheet: Any, formulas: Any, header_line: int, width: int) -> Iterator[Row]:
    with _named(file):
        for line, cells in _numbered(file, sheet, formulas):
            if line > header_line:
                yield fitted(cells, width, file, line, str(sheet.title))


def _numbered(file: str, sheet: Any, formulas: Any) -> Iterator[tuple[int, Row]]:
    """Each row that is not empty as text, with its number."""
    empty = 0
    written = _cells(formulas) if formulas is not None else repeat(())
    for line, (saved, said) in enumerate(zip(_cells(sheet), written, strict=False), start=1):
        cells = tuple(_text(cell.value) for cell in saved)
        if any(cell is None and formula.data_type == FORMULA for cell, formula in zip(cells, said, strict=False)):
            message = "a formula has no saved value; open the file in a spreadsheet program and save it"
            raise FileFault(message, file, line, str(sheet.title))
        if line > MOST_ROWS:
            raise FileFault(f"has more than {MOST_ROWS:,} rows; a database serves better there", file, line)
        empty = 0 if any(cell is not None for cell in cells) else empty + 1
        if empty > MOST_EMPTY_ROWS:
            return
        if not empty:
            yield line, cells


def _cells(sheet: Any) -> Iterator[tuple[Any, ...]]:
    sheet.reset_dimensions()  # What a file says about its own size is often wrong.
    yield from sheet.iter_rows(max_col=MOST_COLUMNS + 1)


def _text(value: Any) -> str | None:
    """A cell as text, as a person would write it: no fraction that is none, days without an hour."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)
