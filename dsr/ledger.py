"""The erasure ledger: what was erased and corrected, written down before it is done, outside every database it protects.

A folder of numbered segments, one file each. A segment says in clear only its number, shop, time and expiry; what was done
(row keys, columns, new values) is sealed. Each holds the SHA-256 of the one before it, so that nothing can be taken out,
changed or put between without being seen. A segment is written to a temporary file, synced, given its name exclusively, and the
folder is synced: after a crash it is whole or not there.

What a segment cannot show is that later ones are missing: the database remembers the number it was told last, and compares.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from dsr import crypto

FORMAT = 1
FIRST = "0" * 64
"""What the first segment names as the one before it."""
DIGITS = 10
SUFFIX = ".json"
CHECKPOINT = "checkpoint.json"
Sign = Callable[[bytes], bytes]


class LedgerProblem(Exception):
    """The ledger cannot be read or written; the message says which file, what it means and what to do."""


class LedgerTampered(LedgerProblem):
    """A segment was changed, taken out or put between."""


class LedgerFull(LedgerProblem):
    """Nothing could be written, so nothing may be erased."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One segment, opened. ``body`` is what was sealed."""

    number: int
    shop: str
    at: datetime
    expires_on: date
    body: bytes


@dataclass(frozen=True, slots=True)
class New:
    """What is to be written."""

    shop: str
    body: bytes
    at: datetime
    expires_on: date


@dataclass(frozen=True, slots=True)
class Report:
    """What a look at the whole ledger found. ``torn_last``: the file of a last segment that was never wholly written."""

    segments: int
    first: int
    last: int
    torn_last: str = ""


class Ledger:
    """One installation's ledger in ``folder``. ``keys`` by version; ``version`` seals what is new.

    ``public`` is the key by which the checkpoint of expired segments is verified.
    """

    def __init__(self, folder: Path, keys: Mapping[str, bytes], *, version: str, public: bytes = b"") -> None:
        self.folder = folder
        self._keys = keys
        self._version = version
        self._public = public

    def append(self, shop: str, body: bytes, *, at: datetime, expires_on: date) -> int:
        """Write one segment; it is durable when this returns its number. Raises LedgerFull and LedgerTampered."""
        return self.append_many([New(shop, body, at, expires_on)])[0]

    def append_many(self, entries: Sequence[New]) -> list[int]:
        """Write several segments; all are durable when this returns."""
        with self._locked():
            number, before = self._head()
            numbers = []
            for entry in entries:
                number += 1
                content = self._written(number, before, entry)
                self._place(self._path(number), content)
                before = _digest(content)
                numbers.append(number)
            self._sync()
        return numbers

    def length(self) -> int:
        """The number of the last segment that was wholly written; 0 of an empty ledger."""
        if not self.folder.is_dir():
            return 0
        dropped = self._checkpoint()
        for number in reversed(self._numbers()):
            if self._parsed(number) is not None:
                return number
        return dropped[0]

    def entries(self, shop: str = "", after: int = 0) -> Iterator[Entry]:
        """The segments behind number ``after``, in order, of one shop or all; the chain is verified on the way.

        Raises LedgerTampered at the first segment that is wrong; a torn last one is left out.
        """
        for number, content in self._chain():
            if number > after and (not shop or content["shop"] == shop):
                yield self._opened(number, content)

    def verify(self) -> Report:
        """Look at every segment, its seal included. Raises LedgerTampered."""
        numbers = self._numbers()
        count = 0
        for number, content in self._chain():
            self._opened(number, content)
            count += 1
        torn = self._path(numbers[-1]).name if numbers and self._parsed(numbers[-1]) is None else ""
        whole = numbers[:-1] if torn else numbers
        return Report(count, whole[0] if whole else 0, whole[-1] if whole else self._checkpoint()[0], torn)

    def expire(self, today: date, sign: Sign) -> int:
        """Drop the leading segments whose time is over, behind a signed checkpoint; returns how many went.

        The last segment stays, so that the ledger's length is known.
        """
        with self._locked():
            chain = list(self._chain())
            over = 0
            while over < len(chain) - 1 and date.fromisoformat(chain[over][1]["expires_on"]) < today:
                over += 1
            if not over:
                return 0
            number = chain[over - 1][0]
            digest = _digest(self._path(number).read_bytes())
            said = json.dumps({"number": number, "digest": digest, "on": str(today)}, sort_keys=True)
            signed = {"said": said, "signature": base64.b64encode(sign(said.encode())).decode()}
            fresh = self.folder / f".{CHECKPOINT}"
            fresh.unlink(missing_ok=True)
            self._place(fresh, json.dumps(signed).encode())
            fresh.replace(self.folder / CHECKPOINT)
            self._sync()
            for gone, _ in chain[:over]:
                self._path(gone).unlink()
            self._sync()
        return over

    def _head(self) -> tuple[int, str]:
        """Number and digest of the last whole segment; a torn one behind it is set aside."""
        numbers = self._numbers()
        if numbers and self._parsed(numbers[-1]) is None:
            torn = self._path(numbers.pop())
            torn.replace(torn.with_suffix(".torn"))
        if not numbers:
            return self._checkpoint()
        if self._parsed(numbers[-1]) is None:
            raise self._wrong(numbers[-1], "it cannot be read, and it is not the last one")
        return numbers[-1], _digest(self._path(numbers[-1]).read_bytes())

    def _chain(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Every segment behind the checkpoint in order, each compared with the one before it."""
        number, before = self._checkpoint()
        for found in self._numbers():
            if found <= number:  # The crash of an expiry may have left it.
                continue
            if found != number + 1:
                raise self._wrong(number + 1, "it is missing")
            raw = self._path(found).read_bytes()
            content = self._parsed(found)
            if content is None:
                if found == self._numbers()[-1]:
                    return
                raise self._wrong(found, "it cannot be read, and it is not the last one")
            if content["number"] != found:
                raise self._wrong(found, f"line 1: it says that it is number {content['number']}")
            if content["before"] != before:
                raise self._wrong(found, "line 1: it does not follow the segment before it")
            yield found, content
            number, before = found, _digest(raw)

    def _written(self, number: int, before: str, entry: New) -> bytes:
        sealed = crypto.seal(
            self._keys[self._version], entry.body, context=_context(number, entry.shop, entry.expires_on)
        )
        content = {
            "format": FORMAT,
            "number": number,
            "shop": entry.shop,
            "at": entry.at.isoformat(),
            "expires_on": str(entry.expires_on),
            "key": self._version,
            "before": before,
            "sealed": base64.b64encode(sealed).decode("ascii"),
        }
        return json.dumps(content, sort_keys=True).encode() + b"\n"

    def _opened(self, number: int, content: dict[str, Any]) -> Entry:
        expires_on = date.fromisoformat(content["expires_on"])
        key = self._keys.get(content["key"])
        if key is None:
            raise LedgerProblem(
                f"{self._path(number)}: it was sealed with ledger key {content['key']}, which the key ring does not hold. "
                "Restore the key ring from its own copy."
            )
        try:
            context = _context(number, content["shop"], expires_on)
            body = crypto.unseal(key, base64.b64decode(content["sealed"]), context=context)
        except (crypto.SealBroken, ValueError):
            raise self._wrong(number, "line 1: its seal does not open") from None
        return Entry(number, content["shop"], datetime.fromisoformat(content["at"]), expires_on, body)

    def _parsed(self, number: int) -> dict[str, Any] | None:
        """A segment's content; None when it was never wholly written."""
        raw = self._path(number).read_bytes()
        try:
            content = json.loads(raw)
        except ValueError:
            return None
        is_whole = raw.endswith(b"\n") and isinstance(content, dict) and content.keys() >= KEYS
        return content if is_whole else None

    def _numbers(self) -> list[int]:
        try:
            names = [each.name for each in os.scandir(self.folder)]
        except FileNotFoundError:
            return []
        return sorted(int(name[:DIGITS]) for name in names if name.endswith(SUFFIX) and name[:DIGITS].isdecimal())

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:0{DIGITS}}{SUFFIX}"

    def _checkpoint(self) -> tuple[int, str]:
        """Number and digest of the last segment that expired."""
        path = self.folder / CHECKPOINT
        if not path.exists():
            return 0, FIRST
        try:
            signed = json.loads(path.read_bytes())
            said = json.loads(signed["said"])
            signature = base64.b64decode(signed["signature"])
            is_ours = bool(self._public) and crypto.is_signed_by(self._public, signed["said"].encode(), signature)
            number, digest = int(said["number"]), str(said["digest"])
        except (ValueError, KeyError, TypeError):
            is_ours, number, digest = False, 0, FIRST
        if not is_ours:
            raise LedgerTampered(f"{path}: this checkpoint of expired segments was not signed by this installation.")
        return number, digest

    def _place(self, path: Path, content: bytes) -> None:
        """A whole file under its name, or none; never over another one."""
        fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
        try:
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                written = 0
                while written < len(content):
                    written += os.write(descriptor, content[written:])
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            os.link(fresh, path)
        except FileExistsError:
            raise LedgerProblem(f"{path} exists already: another process writes here without our lock.") from None
        except OSError as error:
            raise LedgerFull(
                f"{self.folder} could not be written to ({error.strerror}). Nothing was erased. Make room there or mend the "
                "disk, then let the work run again."
            ) from None
        finally:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)

    def _sync(self) -> None:
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise LedgerFull(f"{self.folder} cannot be written to ({error.strerror}). Nothing was erased.") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _wrong(self, number: int, what: str) -> LedgerTampered:
        return LedgerTampered(
            f"{self._path(number)}: {what}. Somebody or something changed the ledger: nothing is erased or replayed by it. "
            "Put the folder back from its own copy, and compare both."
        )


KEYS = frozenset({"format", "number", "shop", "at", "expires_on", "key", "before", "sealed"})


def _context(number: int, shop: str, expires_on: date) -> str:
    return f"ledger:{number}:{shop}:{expires_on}"


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
