"""The key-ring file: the few secrets that must live outside every database and every backup of one.

* ``months``: one key per month in which requests expire. It wraps those requests' data keys. Destroying it after its month
  forgets them, in our own old dumps too.
* ``lookups``: one key per month in which requests arrive. It hashes the identifiers that a request is found by, and goes when the
  last request of its month is forgotten: then an old dump does not even confirm an address that somebody tries.
* ``hash``: versioned keys of the hashes that last: who was erased must be recognised years later.
* ``credentials``: seals the shops' database addresses. ``signing``: the Ed25519 seed that signs the audit log's heads.
* ``ledger``: seals the erasure ledger and the keys of records that stay for years; a ring from before there was a ledger is given
  one when it is first asked for it.

Changes are made under a lock, to a new file that replaces the old one: a crash leaves one or the other, never half.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from dsr import crypto

SECTIONS = ("hash", "credentials", "signing", "ledger")


class KeyRingProblem(Exception):
    """The key ring is missing, unreadable or damaged; the message says what to do."""


class KeyDestroyed(KeyRingProblem):
    """The month's key was destroyed on purpose: what it sealed is forgotten."""


class KeyRing:
    """The keys of one installation, read from ``path`` again whenever the file changes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, int] | None = None
        self._content: dict[str, Any] = {}

    @classmethod
    def create(cls, path: Path, *, demo: bool = False) -> KeyRing:
        """Make a key ring with fresh keys, mode 0600. An existing one is never overwritten."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        content: dict[str, Any] = {"version": 1, "demo": demo, "months": {}}
        content |= {section: {"1": _text(crypto.new_key())} for section in SECTIONS}
        _write_new(path, content)
        return cls(path)

    @property
    def is_demo(self) -> bool:
        """True for the ring that ``make run`` made: its keys must never guard real people's data."""
        return bool(self._read().get("demo"))

    def month_key(self, month: date) -> bytes:
        """The key of the month that ``month`` lies in, made now if it is new. Raises KeyDestroyed for a destroyed one."""
        name = month.strftime("%Y-%m")
        held = self._read()["months"].get(name)
        if held is None:
            with self._changing() as content:
                held = content["months"].setdefault(name, _text(crypto.new_key()))
        if held == "destroyed":
            raise KeyDestroyed(f"The key of {name} was destroyed: what it sealed has been forgotten.")
        return base64.b64decode(held)

    def destroy_months_before(self, month: date) -> list[str]:
        """Forget every month key older than ``month``; returns their names. The names stay, so that none is made anew."""
        with self._changing() as content:
            gone = _live_months(content, month)
            content["months"].update(dict.fromkeys(gone, "destroyed"))
        return gone

    def months_before(self, month: date) -> list[str]:
        """The names of the month keys older than ``month`` that are still held."""
        return _live_months(self._read(), month)

    def lookup_key(self, month: date) -> tuple[str, bytes]:
        """Name and key of the look-ups of requests that arrived in that month, made now if it is new."""
        name = month.strftime("%y%m")
        held = self._read().get("lookups", {}).get(name)
        if held is None:
            with self._changing() as content:
                held = content.setdefault("lookups", {}).setdefault(name, _text(crypto.new_key()))
        return name, base64.b64decode(held)

    def lookup_keys(self) -> dict[str, bytes]:
        """Every key of look-ups that is still held, by its name."""
        return {name: base64.b64decode(key) for name, key in self._read().get("lookups", {}).items()}

    def lookups_before(self, month: date) -> list[str]:
        """The names of the look-up keys of months older than ``month``."""
        return sorted(name for name in self._read().get("lookups", {}) if name < month.strftime("%y%m"))

    def destroy_lookups_before(self, month: date) -> list[str]:
        """Forget every look-up key older than ``month``; returns their names."""
        gone = self.lookups_before(month)
        if gone:
            with self._changing() as content:
                for name in gone:
                    content["lookups"].pop(name, None)
        return gone

    def latest(self, section: str) -> tuple[str, bytes]:
        """Version and key to use for new values of ``hash``, ``credentials``, ``signing`` or ``ledger``."""
        versions = self._section(section)
        version = max(versions, key=int)
        return version, base64.b64decode(versions[version])

    def all_versions(self, section: str) -> dict[str, bytes]:
        """Every version that is still held, for reading older values."""
        return {version: base64.b64decode(key) for version, key in self._section(section).items()}

    def key(self, section: str, version: str) -> bytes:
        """One version's key. Raises KeyDestroyed when the ring does not hold it."""
        try:
            return base64.b64decode(self._read()[section][version])
        except KeyError:
            raise KeyDestroyed(f"The key ring {self.path} holds no {section} key of version {version}.") from None

    def _section(self, section: str) -> dict[str, str]:
        held: dict[str, str] | None = self._read().get(section)
        if held is None and section in SECTIONS:
            with self._changing() as content:
                held = content.setdefault(section, {"1": _text(crypto.new_key())})
        return held or {}

    def _read(self) -> dict[str, Any]:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            raise KeyRingProblem(f"There is no key ring at {self.path}. Make one with: manage.py init_keys") from None
        if self._stamp != (status.st_mtime_ns, status.st_ino):
            try:
                self._content = json.loads(self.path.read_text())
            except (json.JSONDecodeError, UnicodeDecodeError):
                raise KeyRingProblem(f"The key ring {self.path} is damaged. Restore it from its own copy.") from None
            self._stamp = (status.st_mtime_ns, status.st_ino)
        return self._content

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        lock = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            content = json.loads(json.dumps(self._read()))
            yield content
            fresh = self.path.with_suffix(".new")
            fresh.unlink(missing_ok=True)
            _write_new(fresh, content)
            fresh.replace(self.path)
            _sync_folder(self.path.parent)
        finally:
            os.close(lock)


def _live_months(content: dict[str, Any], before: date) -> list[str]:
    limit = before.strftime("%Y-%m")
    return sorted(name for name, held in content["months"].items() if name < limit and held != "destroyed")


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode("ascii")


def _write_new(path: Path, content: dict[str, Any]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
