"""What a ledger is kept in: a folder, or a bucket, by how its place is written."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from dsr.ledger.folder import DurableFolder

SCHEME = "s3://"
BUCKET = "dsr.ledger.bucket"
"""Imported by name: its library is needed by those alone who keep their ledger in a bucket (requirements-s3.txt)."""


class Storage(Protocol):
    """Flat files of bytes, each whole or absent. See ``folder.DurableFolder`` for what each of these promises."""

    @property
    def shared(self) -> bool:
        """Whether others write though we hold the lock; the storage then decides who is first, and nothing is ever torn."""

    def locked(self) -> AbstractContextManager[None]:
        """Be the only writer, as far as that can be."""

    def names(self) -> list[str]:
        """The names of all files."""

    def has(self, name: str) -> bool:
        """True when there is such a file."""

    def read(self, name: str) -> bytes:
        """The file's content. Raises FileNotFoundError."""

    def read_many(self, names: Iterable[str]) -> Iterator[bytes | None]:
        """The contents of files, in order; None for one that is not there."""

    def stamp(self, name: str) -> tuple[object, ...]:
        """What changes when the file is written, replaced or edited. Raises FileNotFoundError."""

    def create(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Add files, none of which may exist. Raises Taken when another writer was faster."""

    def replace(self, name: str, content: bytes) -> None:
        """Write one file in the place of an older one. Raises FileExistsError when that is no longer the one read last."""

    def set_aside(self, name: str) -> str:
        """Rename a damaged file; its new name."""

    def remove(self, names: Sequence[str]) -> None:
        """Take files away."""

    def clear_unfinished(self, names: Sequence[str]) -> None:
        """Take away what a killed process left half-written."""


class NoStorage(Exception):
    """The ledger is to be kept in a bucket, and none can be meant or spoken to. The message is for people."""


def is_bucket(place: str | Path) -> bool:
    """Whether a place is one in object storage."""
    return str(place).startswith(SCHEME)


def storage_at(place: str | Path) -> Storage:
    """The storage at a place: a folder's path, or ``s3://bucket/prefix``. Raises NoStorage."""
    if not is_bucket(place):
        return DurableFolder(Path(place))
    try:
        storage: Storage = importlib.import_module(BUCKET).DurableBucket(str(place))
    except ImportError:
        raise NoStorage(f"The ledger {place} is in a bucket: pip install -r requirements-s3.txt first.") from None
    except ValueError:
        raise NoStorage(
            f"The ledger {place} cannot be opened: it must be s3://bucket/prefix, and the AWS_ settings as in "
            "docs/operating.md."
        ) from None
    return storage
