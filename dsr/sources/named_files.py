"""Files that rows name: a photograph somebody uploaded, a signed form. They go with the row or the column that names them.

The danger: the name is a text that a stranger may have typed, and what it leads to is deleted. So:

1. A name is one of a file below the folder that the overlay declares for its column, itself below the place that the operator
   of the machine gave. Absolute paths, ``..``, addresses of the web and names that are no path at all are never followed.
2. The way there is walked folder by folder from an open one, and no symbolic link is followed; only a plain file is removed.
3. What cannot be reached is told, not taken for gone: an empty mount point looks like a folder in which nothing is left.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import PurePosixPath

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
OPENED = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Fate(StrEnum):
    """What became of a file. Missing: it was not there before anything was done, so the name led nowhere."""

    GONE = "gone"
    MISSING = "missing"
    SHARED = "shared"
    BY_HAND = "by_hand"


class NotReached(Exception):
    """A file is not where it may be removed, or its folder cannot be opened."""


def path_of(folder: str, name: str) -> str:
    """Where a name leads, from the source's place for files; empty where it leads nowhere that may be followed."""
    steps = PurePosixPath(name)
    if not name or "\0" in name or steps.is_absolute() or ".." in steps.parts or SCHEME.match(name) or not steps.parts:
        return ""
    return str(PurePosixPath(folder) / steps)


def is_folder(folder: str) -> bool:
    """Whether an overlay may declare it: below the source's place for files, or ``.`` for that place itself."""
    return folder == "." or path_of(".", folder) == folder


def is_there(root: str, folder: str, path: str) -> bool:
    """Whether there is such a file. Raises NotReached."""
    return _met(root, folder, path, removes=False)


def remove(root: str, folder: str, path: str) -> bool:
    """Remove the file; whether it was there. Afterwards it is gone, on the disk too. Raises NotReached."""
    return _met(root, folder, path, removes=True)


def _met(root: str, folder: str, path: str, *, removes: bool) -> bool:
    try:
        *between, name = PurePosixPath(path).relative_to(folder).parts
        with _opened(root, PurePosixPath(folder).parts) as declared, _below(declared, between) as parent:
            if parent is None:
                return False
            try:
                found = os.stat(name, dir_fd=parent, follow_symlinks=False)
            except FileNotFoundError:
                return False
            if not stat.S_ISREG(found.st_mode):
                raise NotReached(f"{folder}: no plain file")
            if removes:
                os.unlink(name, dir_fd=parent)
                os.fsync(parent)
            return True
    except (OSError, ValueError) as error:
        raise NotReached(f"{folder}: {type(error).__name__}") from None


@contextmanager
def _below(declared: int, between: list[str]) -> Iterator[int | None]:
    """The folder that holds a file; None when there is none, so that there is no such file either."""
    try:
        parent = _walked(declared, tuple(between))
    except FileNotFoundError:
        yield None
        return
    try:
        yield parent
    finally:
        os.close(parent)


@contextmanager
def _opened(root: str, parts: tuple[str, ...]) -> Iterator[int]:
    first = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        last = _walked(first, parts)
    finally:
        os.close(first)
    try:
        yield last
    finally:
        os.close(last)


def _walked(start: int, parts: tuple[str, ...]) -> int:
    """The folder at the end of the way, open."""
    here = os.dup(start)
    for part in parts:
        try:
            following = os.open(part, OPENED, dir_fd=here)
        finally:
            os.close(here)
        here = following
    return here


def spelled(folder: str, path: str, met: Collection[str]) -> set[str]:
    """How a column that names files below ``folder`` may spell a path; ``met``: spellings that rows had."""
    inside = PurePosixPath(path)
    if folder != "." and PurePosixPath(folder) not in inside.parents:
        return set()
    plain = str(inside.relative_to(folder))
    return {plain, f"./{plain}", *(name for name in met if path_of(folder, name) == path)}
