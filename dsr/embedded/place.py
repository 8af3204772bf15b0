"""Where one checkout's server lives, as whom it runs, and what is remembered between its starts."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pwd
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT_HOME = Path("/var/lib/dsr-embedded")
ROLES = ("postgres", "dsr_owner", "dsr_app", "demo_shops")


class EmbeddedError(Exception):
    """The database could not be started; the text is one line that says what to do."""


@dataclass
class State:
    """What is kept in ``var/embedded.json`` (mode 0600)."""

    id: str = field(default_factory=lambda: secrets.token_hex(8))
    port: int = 0
    passwords: dict[str, str] = field(default_factory=lambda: {role: secrets.token_urlsafe(24) for role in ROLES})


@dataclass(frozen=True)
class Place:
    """``home`` holds the data folder; ``uid`` and ``gid`` are those that the server runs under."""

    checkout: Path
    state_file: Path
    home: Path
    uid: int
    gid: int

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.data / "server.log"

    @property
    def is_roots(self) -> bool:
        return self.home.parent == ROOT_HOME


def var_folder(base: Path) -> Path:
    return Path(os.environ.get("DSR_VAR") or base / "var")


def find_place(base: Path, state: State) -> Place:
    """The place of the checkout at ``base``. Data that exists stays where it is and stays its owner's."""
    var = var_folder(base)
    home = var / "pg"
    # Where an ordinary user began and root came later, the server goes on as that user's.
    if os.geteuid() == 0 and not (home / "data").exists():
        # The state's id makes a fresh clone at an old path a fresh database, not the one whose keys are gone.
        home = ROOT_HOME / hashlib.sha256(f"{base}\n{state.id}".encode()).hexdigest()[:16]
    uid, gid = _owner(home / "data")
    return Place(base, var / "embedded.json", home, uid, gid)


def _owner(data: Path) -> tuple[int, int]:
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    if data.exists():
        return data.stat().st_uid, data.stat().st_gid
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return user.pw_uid, user.pw_gid
    raise EmbeddedError(
        "PostgreSQL refuses to run as root and there is no user postgres or nobody: use another account."
    )


def read_state(base: Path) -> State | None:
    """What was remembered, or None when nothing was."""
    file = var_folder(base) / "embedded.json"
    try:
        return State(**json.loads(file.read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        raise EmbeddedError(f"{file} is damaged: put it back from a backup, or run make clean-demo.") from None


def write_state(place: Place, state: State) -> None:
    """Remember it, whole or not at all."""
    file = place.state_file
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        json.dump(asdict(state), out)
        out.flush()
        os.fsync(out.fileno())
    if os.geteuid() == 0:
        owner = file.parent.stat()
        os.chown(fresh, owner.st_uid, owner.st_gid)
    fresh.replace(file)


@contextmanager
def locked(base: Path) -> Iterator[None]:
    """One starter at a time. Opened for reading only, so that a lock file of root's serves others as well."""
    var = var_folder(base)
    var.mkdir(parents=True, exist_ok=True)
    handle = os.open(var / "embedded.lock", os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
