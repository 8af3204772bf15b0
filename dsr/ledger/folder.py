"""A folder whose files are whole or absent: what the erasure ledger is kept in.

Everything that touches the disk stands here; a bucket takes this class's place where there is no disk to trust. Errors are
OSErrors; the caller knows what they mean for people.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

UNFINISHED = ".new"
"""Ends the name of a file that is being written. Only whoever holds the lock makes one, so any other is a dead process's."""
TOGETHER = 100
"""Files written before the first of them is made durable: their waits for the disk are then mostly one wait."""

READ_AT_ONCE = 64 * 1024


class Taken(FileExistsError):
    """Another writer was faster: ``made`` files are there, the next name is somebody else's. Only where no lock reaches."""

    def __init__(self, made: int) -> None:
        super().__init__("another writer was faster")
        self.made = made


class DurableFolder:
    """Flat files of bytes below ``path``, readable by their owner alone. What changes something is done under ``locked``."""

    shared = False

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only writer, among processes and threads; waits for another. Makes the folder when there is none."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def names(self) -> list[str]:
        """The names of all files, in no order; none when there is no folder."""
        try:
            return [each.name for each in os.scandir(self.path)]
        except FileNotFoundError:
            return []

    def has(self, name: str) -> bool:
        """True when there is such a file."""
        return (self.path / name).exists()

    def read(self, name: str) -> bytes:
        """The file's content. Raises FileNotFoundError."""
        # Ten thousand of them are read for a replay: a path and a file object would take longer than the reading.
        descriptor = os.open(f"{self.path}/{name}", os.O_RDONLY)
        try:
            parts = []
            while part := os.read(descriptor, READ_AT_ONCE):
                parts.append(part)
            return b"".join(parts)
        finally:
            os.close(descriptor)

    def read_many(self, names: Iterable[str]) -> Iterator[bytes | None]:
        """The files' contents, in order; None for one that is not there when its turn comes."""
        for name in names:
            try:
                content = self.read(name)
            except FileNotFoundError:
                yield None
            else:
                yield content

    def stamp(self, name: str) -> tuple[int, int, int]:
        """What changes when the file is written, replaced or edited. Raises FileNotFoundError."""
        status = (self.path / name).stat()
        return status.st_ino, status.st_size, status.st_mtime_ns

    def create(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Add files, in order, none of which may exist (FileExistsError). They are durable when this returns.

        After an error none of them is there. A process that is killed leaves the first few, each of them whole.
        """
        made: list[str] = []
        try:
            for start in range(0, len(files), TOGETHER):
                some = files[start : start + TOGETHER]
                self._write(some)
                for name, _ in some:
                    # A link, unlike a rename, refuses to take the place of a file that is there.
                    (self.path / name).hardlink_to(self._unfinished(name))
                    made.append(name)
                    self._unfinished(name).unlink()
            self._sync()
        except BaseException:
            self._undo(made, [name for name, _ in files])
            raise

    def replace(self, name: str, content: bytes) -> None:
        """Write one file in the place of an older one: afterwards, or after a crash, it is the one or the other."""
        try:
            self._write([(name, content)])
            self._unfinished(name).replace(self.path / name)
            self._sync()
        except BaseException:
            self._undo([], [name])
            raise

    def set_aside(self, name: str) -> str:
        """Rename a damaged file so that its name is free again, and say its new name. Nothing is overwritten."""
        count = 1
        while self.has(aside := f"{name}.torn{count if count > 1 else ''}"):
            count += 1
        (self.path / name).rename(self.path / aside)
        self._sync()
        return aside

    def remove(self, names: Sequence[str]) -> None:
        """Take files away, in order; those that are gone already do not matter."""
        for name in names:
            (self.path / name).unlink(missing_ok=True)
        if names:
            self._sync()

    def clear_unfinished(self, names: Sequence[str]) -> None:
        """Take away those of the files that a killed process left half-written."""
        self.remove([name for name in names if name.endswith(UNFINISHED)])

    def _unfinished(self, name: str) -> Path:
        return self.path / (name + UNFINISHED)

    def _write(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Write them all under their unfinished names, then wait for the disk."""
        opened: list[int] = []
        try:
            for name, content in files:
                self._unfinished(name).unlink(missing_ok=True)
                opened.append(os.open(self._unfinished(name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
                _write_all(opened[-1], content)
            for descriptor in opened:
                os.fsync(descriptor)
        finally:
            for descriptor in opened:
                os.close(descriptor)

    def _undo(self, made: Sequence[str], unfinished: Sequence[str]) -> None:
        # The last is taken first: whoever is killed here leaves no gap.
        for path in [*(self.path / name for name in reversed(made)), *map(self._unfinished, unfinished)]:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        with suppress(OSError):
            self._sync()

    def _sync(self) -> None:
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
