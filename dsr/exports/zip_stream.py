"""A ZIP that is made while it is sent: nothing waits on a disk, and memory holds one piece at a time."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from io import RawIOBase

EPOCH = (1980, 1, 1, 0, 0, 0)
"""ZIP's own first moment: the same files make the same archive, and no clock is read here."""


class _Outbox(RawIOBase):
    """What zipfile writes to: an unseekable stream whose content is taken away after every write."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # zipfile hands over bytes only
        self._pieces.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        """Everything written since the last call."""
        whole = b"".join(self._pieces)
        self._pieces.clear()
        return whole


def zip_stream(files: Iterable[tuple[str, int, Iterable[bytes]]]) -> Iterator[bytes]:
    """The archive of (name, size in bytes, pieces), piece by piece.

    The size decides whether a file needs ZIP64, which not every unpacker reads from a stream: only the large ones get
    it.
    """
    outbox = _Outbox()
    with zipfile.ZipFile(outbox, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, size, pieces in files:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".pdf") else zipfile.ZIP_DEFLATED
            entry.file_size = size
            if size * 1.05 > zipfile.ZIP64_LIMIT:
                entry.extract_version = zipfile.ZIP64_VERSION  # Python 3.11.2 forgets it
            entry.external_attr = 0o600 << 16  # For the reader's eyes only, also after unpacking.
            with archive.open(entry, "w") as target:
                for piece in pieces:
                    target.write(piece)
                    yield from filter(None, [outbox.take()])
            yield from filter(None, [outbox.take()])
    yield outbox.take()
