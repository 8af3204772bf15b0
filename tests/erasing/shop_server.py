"""A PostgreSQL server for a shop alone, that a test may kill and start again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from dsr.embedded import server
from dsr.embedded.binaries import Binaries, choose_binaries
from dsr.embedded.place import Place, State, find_place


@dataclass
class ShopServer:
    """``url`` is the address of an empty database, for a role that may do everything there."""

    place: Place
    binaries: Binaries
    state: State

    @property
    def url(self) -> str:
        return self._address("shop")

    def start(self) -> None:
        """Start it, or start it again under the same address, and wait until it serves."""
        give_up_at = time.monotonic() + 20
        while _is_taken(self.state.port) and time.monotonic() < give_up_at:
            time.sleep(0.05)  # What the killed server left lets go of the port a moment later.
        server.start(self.place, self.binaries, self.state)

    def kill(self) -> None:
        """``kill -9`` of the server: it writes nothing down any more. Its connections end a moment later."""
        postmaster = int((self.place.data / "postmaster.pid").read_text().splitlines()[0])
        os.kill(postmaster, signal.SIGKILL)
        while (
            Path(f"/proc/{postmaster}").exists() and "\nState:\tZ" not in Path(f"/proc/{postmaster}/status").read_text()
        ):
            time.sleep(0.01)

    def make_database(self) -> None:
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE shop")

    def _address(self, database: str) -> str:
        return f"postgresql://demo_shops:{self.state.passwords['demo_shops']}@127.0.0.1:{self.state.port}/{database}"


def _free_port() -> int:
    """One that nobody listens on, outside the range that the app's own servers take theirs from."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def shop_server() -> Iterator[ShopServer]:
    """A server with an empty database, gone with everything in it afterwards."""
    base = Path(tempfile.mkdtemp(prefix="dsr-shop-"))
    variables, was = base / "var", os.environ.get("DSR_VAR")
    variables.mkdir()
    os.environ["DSR_VAR"] = str(variables)
    state = State(port=_free_port())
    place = find_place(base, state)
    try:
        server.make_home(place)
        binaries = choose_binaries(place)
        server.make_data(place, binaries, state)
        made = ShopServer(place, binaries, state)
        made.start()
        made.make_database()
        yield made
    finally:
        if was is None:
            os.environ.pop("DSR_VAR")
        else:
            os.environ["DSR_VAR"] = was
        server.stop(place)
        shutil.rmtree(place.home, ignore_errors=True)
        shutil.rmtree(base, ignore_errors=True)
