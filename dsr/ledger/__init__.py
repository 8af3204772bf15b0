"""The erasure ledger: what was erased and corrected, kept outside every database that a backup could bring back.

A shop that restores last week's backup has the erased people back. The ledger is what they are erased again by, so it is
written *before* the first row is deleted, and its entry is on the disk when ``append`` returns.

One file per entry, ``00000001.json`` and on. What stands in clear (number, shop, time, expiry) is authenticated by the seal of
the rest, and every file holds the SHA-256 of the one before it. So an edited file, a missing one and two that changed
places are all seen, and who lacks the key can forge none. Two things cannot be seen from within:

* The last entries were taken away. The caller compares ``length`` with what its database knows, or says so with ``known``.
* The last file is not whole, because a file system lost its end: it is *torn*. No caller was promised more than the disk
  kept, so this is no tampering; the next ``append`` sets the file aside and uses its number again.

Entries expire with the longest backup. Leading ones that did are dropped behind a checkpoint: how far, and the hash of the
last that went, signed (Ed25519). Without it a missing beginning is tampering.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from dsr import crypto
from dsr.ledger.entries import Checkpoint, Entry, New, Report
from dsr.ledger.folder import Taken
from dsr.ledger.segments import (
    CHECKPOINT,
    CHECKPOINT_FIELDS,
    FIELDS,
    FORMAT,
    NOTHING,
    Odd,
    context_of,
    digest_of,
    is_torn,
    key_name,
    lines_of,
    name_of,
    numbers_of,
    parts_of,
)
from dsr.ledger.storage import NoStorage, storage_at

MOST_LOST = 100
"""Races for a number in a bucket that may be lost before something else is wrong."""

__all__ = ["Checkpoint", "Entry", "Ledger", "LedgerFull", "LedgerProblem", "LedgerTampered", "New", "Report"]


class LedgerProblem(Exception):
    """The ledger cannot be read or used as it is. The message names file and line, and says what to do."""


class LedgerTampered(LedgerProblem):
    """Somebody or something changed the ledger after it was written."""


class LedgerFull(LedgerProblem):
    """The entry could not be written: a full or failing disk. It is not in the ledger, and nothing may be erased."""


class Ledger:
    """The entries in ``folder``, or in ``s3://bucket/prefix``.

    ``keys`` are 32 bytes each by version; ``version`` names the one that seals new entries. ``public_keys`` are those that
    may have signed a checkpoint.
    """

    def __init__(
        self, folder: Path | str, keys: Mapping[str, bytes], *, version: str, public_keys: Collection[bytes] = ()
    ) -> None:
        self.folder = folder
        try:
            self._disk = storage_at(folder)
        except NoStorage as missing:
            raise LedgerProblem(str(missing)) from None
        self._keys = keys
        self._key_names = {key_name(version, key): key for version, key in keys.items()}
        self._version = version
        self._public_keys = public_keys
        self._end: tuple[int, str, tuple[object, ...]] | None = None

    def append(self, shop: str, body: bytes, *, at: datetime, expires_on: date, known: int = 0) -> int:
        """Add an entry and return its number; it is durable then. See ``append_many``."""
        return self.append_many([New(shop, body, at, expires_on)], known=known)[0]

    def append_many(self, entries: Sequence[New], *, known: int = 0) -> list[int]:
        """Add entries and return their numbers; all are durable then. After an error none was added, in a bucket the first few.

        ``known`` is the highest number that the caller has on record. Raises LedgerTampered when the ledger ends before it,
        and when its last entry is not as it was written; LedgerFull when the disk does not take them.
        """
        for each in entries:
            if each.at.tzinfo is None:
                raise ValueError(f"An entry's time needs its time zone: {each.at}")
        numbers: list[int] = []
        with self._writing():
            for _ in range(len(entries) + MOST_LOST):
                if len(numbers) == len(entries):
                    return numbers
                numbers += self._written(entries[len(numbers) :], known)
        raise LedgerFull(
            f"So many write into the erasure ledger {self.folder} that nobody gets a number. Nothing is erased without one."
        )

    def _written(self, entries: Sequence[New], known: int) -> range:
        """The numbers of the first of the entries, as many as could be written before somebody else wrote."""
        last, previous = self._ready_end()
        self._must_reach(last, known)
        files = []
        for number, each in enumerate(entries, last + 1):
            content = self._segment(number, each, previous)
            files.append((name_of(number), content))
            previous = digest_of(content)
        made = len(files)
        try:
            self._disk.create(files)
        except Taken as taken:
            made = taken.made
        if self._disk.shared and self._checkpoint().number > last:
            # While we wrote, others wrote these numbers and let them expire: ours would count as expired with them.
            self._end = None
            return range(0)
        if made:
            self._end = (last + made, digest_of(files[made - 1][1]), self._disk.stamp(files[made - 1][0]))
        return range(last + 1, last + made + 1)

    def entries(self, shop: str = "", after: int = 0) -> Iterator[Entry]:
        """The entries of one shop, or of all, that come after a number, in order, each checked before it is given.

        A torn last one is left out, and those added since the reading began. Raises LedgerTampered.
        """
        return (entry for entry, _ in self._read(after) if shop in {"", entry.shop})

    def length(self) -> int:
        """The number of the last entry, also when it has expired; 0 when there never was one. Reads one file at most."""
        with self._reading():
            end = self._known_end()
            if end and not self._disk.has(name_of(end[0] + 1)):
                return end[0]
            last = self._last()
            try:
                return last - self._is_torn(self._disk.read(name_of(last)))
            except FileNotFoundError:
                return self._checkpoint().number if last == self._checkpoint().number else self.length()

    def must_reach(self, known: int) -> None:
        """Raises LedgerTampered when it ends before ``known``, the highest number that the caller had on record before."""
        self._must_reach(self.length(), known)

    def verify(self, *, known: int = 0) -> Report:
        """Read everything. Raises LedgerTampered at the first thing that is not as it was written.

        ``known`` is the highest number that the caller had on record before.
        """
        first = count = 0
        last = checkpoint = self.checkpoint()
        for entry, _ in self._read(0):
            first = first or entry.number
            last = entry.number
            count += 1
        with self._reading():
            names = self._disk.names()
            number = max(numbers_of(names), default=0)
            torn = name_of(number) if number > last and self._is_torn(self._disk.read(name_of(number))) else ""
        self._must_reach(last, known)
        aside = tuple(sorted(name for name in names if ".torn" in name))
        return Report(count, first, last if count else 0, checkpoint, torn, aside)

    def checkpoint(self) -> int:
        """The number up to which entries have expired and are gone. Raises LedgerTampered when it is not signed by us."""
        with self._reading():
            return self._checkpoint().number

    def expire(
        self, today: date, sign: Callable[[bytes], bytes], last_day: Callable[[Entry], date] | None = None
    ) -> int:
        """Drop the leading entries whose last day is before ``today``; returns how many. ``sign`` makes 64 bytes of Ed25519.

        ``last_day``: until when an entry is needed as one sees it now; the later day counts, that or the one written in it.
        An entry that has expired behind one that has not stays with it: the chain is only ever shortened from its beginning.
        """
        with self._writing():
            self._ready_end()
            gone = self._checkpoint()
            for entry, digest in self._read(0):
                if entry.expires_on >= today or (last_day is not None and last_day(entry) >= today):
                    break
                gone = Checkpoint(entry.number, digest)
            before = self._checkpoint().number
            if gone.number <= before:
                return 0
            try:
                self._disk.replace(CHECKPOINT, self._signed_checkpoint(gone, today, sign))
            except FileExistsError:
                return 0  # Another machine did it a moment before; whatever it left goes next time.
            self._clear_expired(self._disk.names(), gone.number)
            return gone.number - before

    def _segment(self, number: int, entry: New, previous: str) -> bytes:
        header = {
            "format": FORMAT,
            "number": number,
            "shop": entry.shop,
            "at": entry.at.astimezone(UTC).isoformat(),
            "expires_on": entry.expires_on.isoformat(),
            "key": key_name(self._version, self._keys[self._version]),
            "previous": previous,
        }
        sealed = crypto.seal(self._keys[self._version], entry.body, context=context_of(header))
        return lines_of({**header, "body": base64.b64encode(sealed).decode()})

    def _read(self, after: int) -> Iterator[tuple[Entry, str]]:
        """The entries after a number with their digests. What is appended meanwhile is not waited for."""
        with self._reading():
            last, checkpoint = self._last(), self._checkpoint()
            number, previous = checkpoint.number, checkpoint.digest
            if after > number:
                if after >= last:
                    return
                number, previous = after, self._digest_at(after)
            numbers = range(number + 1, last + 1)
            contents = self._disk.read_many(map(name_of, numbers))
            for number, content in zip(numbers, contents, strict=True):
                if number <= checkpoint.number:
                    continue
                if content is None:
                    checkpoint = self._checkpoint()
                    if checkpoint.number < number:
                        raise self._missing(number)
                    previous = checkpoint.digest  # It has expired since the reading began.
                    continue
                if number == last and self._is_torn(content):
                    return
                entry = self._opened(number, content, previous)
                previous = digest_of(content)
                yield entry, previous

    def _digest_at(self, number: int) -> str:
        try:
            return digest_of(self._disk.read(name_of(number)))
        except FileNotFoundError:
            raise self._missing(number) from None

    def _opened(self, number: int, content: bytes, previous: str) -> Entry:
        """The entry that a file holds, when it is exactly what was written as this number after ``previous``."""
        try:
            parts = parts_of(content, FIELDS)
        except Odd as odd:
            raise self._tampered(name_of(number), odd.line, odd.what) from None
        fields = parts.fields
        if fields["number"] != number:
            raise self._tampered(name_of(number), 3, f"it says that it is number {fields['number']}")
        key = self._key_names.get(fields["key"])
        if key is None:
            raise self._sealed_elsewhere(name_of(number), fields["key"])
        if fields["previous"] != previous:
            what = "it does not continue the entry before it: that one or this one was changed"
            raise self._tampered(name_of(number), 8, what)
        try:
            body = crypto.unseal(key, parts.content, context=parts.context)
        except crypto.SealBroken:
            what = "its seal does not open: a line from 4 to 9 was changed"
            raise self._tampered(name_of(number), 9, what) from None
        at, expires_on = datetime.fromisoformat(fields["at"]), date.fromisoformat(fields["expires_on"])
        return Entry(number, fields["shop"], at, expires_on, body)

    def _sealed_elsewhere(self, name: str, wanted: str) -> LedgerProblem:
        return LedgerProblem(
            f"{self.folder}/{name}, line 7: it was sealed with ledger key {wanted}, which the key ring does not hold. "
            "Put back the key ring that belongs to this ledger; with the right one this file was changed."
        )

    def _last(self) -> int:
        return max([self._checkpoint().number, *numbers_of(self._disk.names())])

    def _ready_end(self) -> tuple[int, str]:
        """Number and digest of the last whole entry, to write behind. A torn one behind it is set aside."""
        number, digest = self._known_end() or self._found_end()
        while self._disk.has(name := name_of(number + 1)):
            content = self._disk.read(name)
            if self._is_torn(content) and not self._disk.has(name_of(number + 2)):
                self._disk.set_aside(name)
                break
            self._opened(number + 1, content, digest)
            number, digest = number + 1, digest_of(content)
        return number, digest

    def _known_end(self) -> tuple[int, str] | None:
        """What we wrote last, if it still stands so; others may have written behind it."""
        if self._end is None:
            return None
        number, digest, stamp = self._end
        try:
            return (number, digest) if self._disk.stamp(name_of(number)) == stamp else None
        except FileNotFoundError:
            return None

    def _found_end(self) -> tuple[int, str]:
        """Number and digest of the entry before the last. Looks through the folder, and clears what killed processes left."""
        names, checkpoint = self._disk.names(), self._checkpoint()
        self._disk.clear_unfinished(names)
        self._clear_expired(names, checkpoint.number)
        numbers = [number for number in numbers_of(names) if number > checkpoint.number]
        for expected, number in enumerate(numbers, checkpoint.number + 1):
            if expected != number:
                raise self._missing(expected)
        if len(numbers) < 2:
            return checkpoint.number, checkpoint.digest
        try:
            return numbers[-2], self._digest_at(numbers[-2])
        except LedgerTampered:
            if self._checkpoint().number < numbers[-2]:
                raise
            return self._found_end()  # It expired after we had seen its name.

    def _is_torn(self, content: bytes) -> bool:
        """In shared storage never: what is short there was cut by somebody."""
        return not self._disk.shared and is_torn(content)

    def _clear_expired(self, names: Sequence[str], number: int) -> None:
        self._disk.remove([name_of(each) for each in numbers_of(names) if each <= number])

    def _checkpoint(self) -> Checkpoint:
        try:
            content = self._disk.read(CHECKPOINT)
        except FileNotFoundError:
            return Checkpoint(0, NOTHING)
        try:
            parts = parts_of(content, CHECKPOINT_FIELDS)
        except Odd as odd:
            raise self._tampered(CHECKPOINT, odd.line, odd.what) from None
        if not self._is_ours(parts.context, parts.content):
            raise self._tampered(CHECKPOINT, 6, "this installation did not sign it")
        return Checkpoint(parts.fields["number"], parts.fields["sha256"])

    def _signed_checkpoint(self, reached: Checkpoint, today: date, sign: Callable[[bytes], bytes]) -> bytes:
        fields = {"format": FORMAT, "number": reached.number, "sha256": reached.digest, "made_on": today.isoformat()}
        signature = sign(context_of(fields).encode())
        if not self._is_ours(context_of(fields), signature):
            raise LedgerProblem(
                f"A checkpoint of {self.folder} was signed with a key that is not among its own. Nothing was dropped."
            )
        return lines_of({**fields, "signature": base64.b64encode(signature).decode()})

    def _is_ours(self, statement: str, signature: bytes) -> bool:
        return any(crypto.is_signed_by(each, statement.encode(), signature) for each in self._public_keys)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise LedgerProblem(
                f"The erasure ledger {self.folder} cannot be read ({error.strerror}). Nothing is erased or replayed meanwhile."
            ) from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            with self._disk.locked():
                yield
        except OSError as error:
            told = "Nothing was written, and nothing is erased without it. Make room on its disk, or mend it"
            if self._disk.shared:  # A put whose answer is lost may have been done.
                told = "Whether or not the entry got there, nothing is erased meanwhile. See that its storage answers"
            raise LedgerFull(
                f"The erasure ledger {self.folder} cannot be written ({error.strerror}). {told}, and let the work be tried again."
            ) from error

    def _must_reach(self, last: int, known: int) -> None:
        if last < known:
            raise LedgerTampered(
                f"The erasure ledger {self.folder} ends with number {last}, but number {known} was written before: "
                "entries were taken away, or an older copy of the folder was put back. Nothing is written or erased "
                "meanwhile. Put the newest copy of the folder in its place; if this is the newest, see: manage.py ledger mend"
            )

    def _missing(self, number: int) -> LedgerTampered:
        return self._tampered(name_of(number), 1, "the file is missing, while later ones are there")

    def _tampered(self, name: str, line: int, what: str) -> LedgerTampered:
        return LedgerTampered(
            f"{self.folder}/{name}, line {line}: {what}. The erasure ledger is not as it was written: nothing is erased or "
            "replayed by it. Keep this folder for whoever finds out why, and put the newest copy of it in its place."
        )
