"""Files as a source: exported tables (CSV) and spreadsheets (.xlsx), read into a private database in memory.

A folder or one file is one source; each file, or each sheet of a workbook that has several, is a collection and each column a
field. Everything behind that is the SQL source's: files are located, counted, gathered and checked by the same code.

What is written in a file is kept as text. Columns that are declared to hold integers, and those at the ends of references (whose
other end may be a number in another database), become numbers when no value is written otherwise by it. Formulas are
not calculated: a cell has the value that the spreadsheet program saved.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy import Engine, NullPool, create_engine

from dsr.sources.base import SourceError
from dsr.sources.file_tables import FileFault, Table, tables_in_csv
from dsr.sources.sql_sqlite import Sqlite
from dsr.sources.workbooks import tables_in_workbook

LARGEST_FILE = 50_000_000
LARGEST_FOLDER = 150_000_000
MOST_FILES = 200
SCHEME = "file:"
UPLOADED = "upload:"
"""Begins the address of files that were handed in and are kept elsewhere."""
TOO_LARGE = f"is larger than {LARGEST_FILE // 1_000_000} MB; a database serves better there"
AS_READ, TRIED = "as it was read", "tried as numbers"
READERS = {".csv": tables_in_csv, ".tsv": tables_in_csv, ".txt": tables_in_csv, ".xlsx": tables_in_workbook}

Named = tuple[str, bytes]
"""A file's name and its content."""

Numbers = Mapping[str, Mapping[str, str]]
"""By collection and column: the SQL type of columns that hold numbers as far as no value changes by it."""


class Uploads:
    """How files are opened that were handed in: whoever keeps them sets this."""

    read: Callable[[str], Mapping[str, bytes]] = staticmethod(lambda _place: {})


def is_file_url(url: str) -> bool:
    """True for the address of a folder or file, and of files that were handed in."""
    return url.startswith((SCHEME, UPLOADED))


def file_engine(url: str, numbers: Numbers | None = None) -> Engine:
    """An engine whose every connection is a fresh copy of the files in memory; it ends with the connection."""
    opened = (
        partial(_uploaded, url.removeprefix(UPLOADED)) if url.startswith(UPLOADED) else partial(_lying, _allowed(url))
    )
    return create_engine(
        "sqlite://", creator=lambda: _loaded(opened, numbers or {}), poolclass=NullPool, hide_parameters=True
    )


def read_through(contents: Mapping[str, bytes]) -> None:
    """Read files to their ends and forget them. Raises SourceError that names file and line."""
    _loaded(lambda: _checked(contents), {}).close()


def _allowed(url: str) -> Path:
    """The folder or file of an address, inside the one folder that files may be read from."""
    root_text = os.environ.get("DSR_FILE_ROOT", "")
    if not root_text:
        message = "Files are not read: DSR_FILE_ROOT names no folder that they may be read from."
        raise SourceError(message, code="denied", permanent=True)
    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/") or "\0" in unquote(parts.path):
        raise SourceError(
            "Write the address as file:///folder or file:///folder/file.csv.", code="bad_url", permanent=True
        )
    root, path = Path(root_text).resolve(), Path(unquote(parts.path))
    real = path.resolve()  # Follows every link: what counts is where the file is.
    if not real.is_relative_to(root):
        message = "This address lies outside the folder that files may be read from (DSR_FILE_ROOT)."
        raise SourceError(message, code="denied", permanent=True)
    return real


def _loaded(opened: Callable[[], Iterable[Named]], numbers: Numbers) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    Sqlite().connected(connection)
    try:
        for table in _tables(opened()):
            _store(connection, table, numbers.get(table.name, {}))
        connection.commit()
        connection.execute("PRAGMA query_only = ON")
    except FileFault as fault:
        connection.close()
        raise SourceError(str(fault), code="bad_file", permanent=True) from None
    except OSError as error:
        connection.close()
        missing = isinstance(error, FileNotFoundError)
        message = f"{Path(error.filename or '').name}: {error.strerror or 'cannot be read'}."
        raise SourceError(message, code="unavailable", permanent=missing) from None
    except BaseException:
        connection.close()
        raise
    return connection


def _uploaded(place: str) -> Iterable[Named]:
    return _checked(Uploads.read(place))


def _checked(contents: Mapping[str, bytes]) -> Iterable[Named]:
    for name in contents:
        if Path(name).suffix.lower() not in READERS:
            raise FileFault(f"is none of {', '.join(sorted(READERS))}", name)
    if not contents:
        raise FileFault("is not there: no file has been handed in", "The file")
    return sorted(contents.items())


def _lying(path: Path) -> Iterator[Named]:
    for file in _files(path):
        if file.stat().st_size > LARGEST_FILE:
            raise FileFault(TOO_LARGE, file.name)
        yield file.name, file.read_bytes()


def _files(path: Path) -> list[Path]:
    """The files of the address, in the order of their names. What lies deeper, and what no reader knows, is left alone."""
    if path.is_file():
        if path.suffix.lower() not in READERS:
            raise FileFault(f"is none of {', '.join(sorted(READERS))}", path.name)
        found = [path]
    else:
        found = sorted(each for each in path.iterdir() if _is_readable(each, path))
    if not found:
        raise FileFault(f"holds no file that can be read ({', '.join(sorted(READERS))})", path.name)
    if len(found) > MOST_FILES or sum(each.stat().st_size for each in found) > LARGEST_FOLDER:
        message = (
            f"holds more than {MOST_FILES} files or {LARGEST_FOLDER // 1_000_000} MB; a database serves better there"
        )
        raise FileFault(message, path.name)
    return found


def _is_readable(file: Path, folder: Path) -> bool:
    hidden = file.name.startswith((".", "~$"))
    if hidden or file.suffix.lower() not in READERS or not file.is_file():
        return False
    if not file.resolve().is_relative_to(folder):
        raise FileFault("is a link that leads out of its folder", file.name)
    return True


def _tables(files: Iterable[Named]) -> Iterator[Table]:
    taken: dict[str, str] = {}
    for name, content in files:
        if len(content) > LARGEST_FILE:
            raise FileFault(TOO_LARGE, name)
        for table in READERS[Path(name).suffix.lower()](name, content):
            other = taken.setdefault(table.name.lower(), name)
            if other != name:
                raise FileFault(f"is the collection '{table.name}', as {other} is. Rename one of them", name)
            yield table


def _store(connection: sqlite3.Connection, table: Table, numbers: Mapping[str, str]) -> None:
    """Row by row, so that a table is in memory once; twice for a moment where columns become numbers."""
    texts = dict.fromkeys(table.columns, "TEXT")
    wanted = {name: kind for name, kind in numbers.items() if name in texts}
    read = AS_READ if wanted else table.name
    _create(connection, read, texts)
    places = ", ".join("?" * len(table.columns))
    connection.executemany(f"INSERT INTO {_quoted(read)} VALUES ({places})", table.rows)  # noqa: S608  a quoted name
    if wanted:
        safe = {name: kind for name, kind in wanted.items() if not _would_change(connection, name)}
        _create(connection, table.name, texts | safe)
        connection.execute(f"INSERT INTO {_quoted(table.name)} SELECT * FROM {_quoted(AS_READ)}")  # noqa: S608  a quoted name
        connection.execute(f"DROP TABLE {_quoted(AS_READ)}")


def _create(connection: sqlite3.Connection, name: str, columns: Mapping[str, str]) -> None:
    described = ", ".join(f"{_quoted(column)} {kind}" for column, kind in columns.items())
    connection.execute(f"CREATE TABLE {_quoted(name)} ({described})")


def _would_change(connection: sqlite3.Connection, column: str) -> bool:
    """True when a value would not be written the same as a number: 007 would not, and n/a stays a text anyway."""
    _create(connection, TRIED, {"tried": "NUMERIC", "written": "TEXT"})
    name = _quoted(column)
    connection.execute(f"INSERT INTO {_quoted(TRIED)} SELECT {name}, {name} FROM {_quoted(AS_READ)}")  # noqa: S608  quoted names
    changed = f"SELECT 1 FROM {_quoted(TRIED)} WHERE CAST(tried AS TEXT) IS NOT written LIMIT 1"  # noqa: S608  a constant
    found = connection.execute(changed).fetchone() is not None
    connection.execute(f"DROP TABLE {_quoted(TRIED)}")
    return found


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
