"""The package's files as they are written: counted, hashed, and never kept in the clear by us."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

BUFFER_BYTES = 64 * 1024
"""Rows are small; what is behind ``open_file`` seals and should not be called for each of them."""


class ByteFile(Protocol):
    """Where a file's bytes go. Only a closed file is a whole file."""

    def write(self, data: bytes, /) -> object: ...

    def close(self) -> None: ...


OpenFile = Callable[[str], ByteFile]
"""Makes a new file of the package by its name inside the package."""


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """One finished file. ``rows`` counts records (None for a file that has no rows); ``size`` is in bytes."""

    name: str
    media_type: str
    size: int
    sha256: str
    rows: int | None


class HashedFile:
    """Passes bytes on in larger pieces and knows their number and SHA-256."""

    def __init__(self, target: ByteFile) -> None:
        self._target = target
        self._buffer = bytearray()
        self._hash = hashlib.sha256()
        self.size = 0
        self.rows: int | None = None

    def write(self, data: bytes, /) -> None:
        """Take bytes."""
        self._buffer += data
        if len(self._buffer) >= BUFFER_BYTES:
            self._flush()

    def close(self) -> None:
        """Hand over the rest and close."""
        self._flush()
        self._target.close()

    @property
    def sha256(self) -> str:
        """64 hexadecimal digits over everything handed over."""
        return self._hash.hexdigest()

    def _flush(self) -> None:
        piece = bytes(self._buffer)
        self._buffer.clear()
        self._hash.update(piece)
        self.size += len(piece)
        self._target.write(piece)


class Shelf:
    """Opens the files of one package and lists them, finished, in the order in which they were opened."""

    def __init__(self, open_file: OpenFile) -> None:
        self._open_file = open_file
        self._built: list[BuiltFile | None] = []

    @contextmanager
    def file(self, name: str, media_type: str) -> Iterator[HashedFile]:
        """A new file; after an error it stays unclosed and unlisted, so that half a file never looks whole."""
        place = len(self._built)
        self._built.append(None)
        opened = HashedFile(self._open_file(name))
        yield opened
        opened.close()
        self._built[place] = BuiltFile(name, media_type, opened.size, opened.sha256, opened.rows)

    @property
    def built(self) -> list[BuiltFile]:
        """What is finished so far."""
        return [each for each in self._built if each]
