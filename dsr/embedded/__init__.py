"""The embedded PostgreSQL: a real server of our own for a machine on which nobody has set one up.

Standard library only, because it runs before Django is loaded. Three things decide its shape. PostgreSQL refuses to run
as root, so under root everything lives below ``/var/lib/dsr-embedded`` and runs as an unprivileged user: the checkout
may lie in a home that this user must not enter, and we never change the mode of a folder that we did not make. Any
step may be killed, so a data folder is made under another name and renamed when it is whole. And whoever comes second
must lose no time: a look at the server's own file and one packet tell that it is up.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from dsr.embedded import server
from dsr.embedded.binaries import choose_binaries
from dsr.embedded.place import EmbeddedError, State, find_place, locked, read_state, write_state

__all__ = ["EmbeddedError", "Urls", "ensure_running", "is_ours", "prepare_environment", "remove", "stop"]


@dataclass(frozen=True)
class Urls:
    """The addresses of the running server, each with the password of its role."""

    app_url: str
    """``dsr_app`` on ``dsr``: what web and workers use; owns nothing."""
    owner_url: str
    """``dsr_owner`` on ``dsr``: migrates, expires, and may create databases for tests."""
    admin_url: str
    """The superuser, for tests that play an intruder. No part of the app is given it."""
    demo_url: str
    """``demo_shops`` on ``postgres``: creates and owns the demo shops' databases and cannot enter ours."""


def prepare_environment(base: Path) -> None:
    """Fill in the database addresses when the environment names none. Call it before Django is loaded.

    With ``DATABASE_URL`` set nothing happens at all. Raises EmbeddedError.
    """
    if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"):
        return
    urls = ensure_running(base)
    os.environ["DATABASE_URL"] = urls.app_url
    os.environ["DATABASE_OWNER_URL"] = urls.owner_url
    os.environ["DEMO_SHOPS_URL"] = urls.demo_url


def ensure_running(base: Path) -> Urls:
    """Addresses of the embedded server of the checkout at ``base``, started if it was down.

    Raises EmbeddedError, with one line that says what to do.
    """
    base = base.resolve()
    try:
        state = read_state(base)
        if state and server.is_running(find_place(base, state), state):
            return _urls(state)
        with locked(base):
            return _urls(_start(base))
    except OSError as error:
        raise EmbeddedError(
            f"The embedded PostgreSQL cannot be started: {error.filename or base}: {error.strerror}."
            " Use the account that made it, or set DATABASE_URL."
        ) from None


def _start(base: Path) -> State:
    state = read_state(base) or State()
    place = find_place(base, state)
    if server.is_running(place, state):
        return state  # another process was faster
    if place.data.exists() and not place.state_file.exists():
        raise EmbeddedError(f"{place.state_file} holds the passwords and is gone: put it back, or run make clean-demo.")
    if not place.state_file.exists():
        write_state(place, state)  # first, for its id names the home
    server.make_home(place)
    binaries = choose_binaries(place)
    if not place.data.exists():
        server.make_data(place, binaries, state)
    server.start(place, binaries, state)
    return state


def stop(base: Path) -> bool:
    """Stop the server of the checkout at ``base``; whether there was one to stop."""
    base = base.resolve()
    with locked(base):
        return server.stop(find_place(base, read_state(base) or State()))


def remove(base: Path) -> None:
    """Stop the server and remove its data, its passwords and our copy of the binaries."""
    base = base.resolve()
    with locked(base):
        place = find_place(base, read_state(base) or State())
        server.stop(place)
        if place.home.exists():
            shutil.rmtree(place.home)
        place.state_file.unlink(missing_ok=True)


def is_ours(base: Path, url: str) -> bool:
    """Whether ``url`` is an address of this checkout's embedded server: the demo runs on no other."""
    state = read_state(base.resolve())
    return state is not None and url in asdict(_urls(state)).values()


def _urls(state: State) -> Urls:
    def url(role: str, database: str) -> str:
        return f"postgresql://{role}:{state.passwords[role]}@127.0.0.1:{state.port}/{database}"

    return Urls(url("dsr_app", "dsr"), url("dsr_owner", "dsr"), url("postgres", "dsr"), url("demo_shops", "postgres"))
