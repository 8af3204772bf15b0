"""Where the bench runs: an installation and a shop in databases of their own on the embedded server, dropped at the end."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from dsr import embedded
from dsr.embedded.place import State, find_place, read_state
from tests.bench import shop
from tests.bench.processes import cpu_seconds, family
from tests.installation import CHECKOUT, Installation

MANY, FEW = 100_000, 10_000
CALM, PATIENT = 1, 2
"""The numbers of the two people who wrote that many messages."""
PEOPLE = 1_000


@dataclass(frozen=True)
class Place:
    """An installation whose shop has eleven small tables."""

    installation: Installation
    shop_url: str

    def server_cpu(self) -> float:
        """Processor seconds of the database server so far: our database's and the shop's, which share it here."""
        home = find_place(CHECKOUT, read_state(CHECKOUT) or State())
        return cpu_seconds(family(int((home.data / "postmaster.pid").read_text().split()[0])))


@contextmanager
def bench_place() -> Iterator[Place]:
    """Made, filled and set up; nothing of it is left."""
    urls = embedded.ensure_running(CHECKOUT)
    ours, theirs = f"bench_dsr_{os.getpid()}", f"bench_shop_{os.getpid()}"
    with (
        tempfile.TemporaryDirectory(prefix="dsr-bench-") as name,
        database(urls.owner_url, ours) as owner_url,
        database(urls.demo_url, theirs) as shop_url,
    ):
        folder = Path(name)
        shop.build(shop_url, PEOPLE, folder / "shop.yaml", messages={CALM: FEW, PATIENT: MANY})
        installation = Installation(folder, urls.app_url.rpartition("/")[0] + f"/{ours}", owner_url)
        installation.set_up({"shop": shop_url}, folder / "shop.yaml")
        yield Place(installation, shop_url)


@contextmanager
def database(server: str, name: str) -> Iterator[str]:
    """A database of that name, dropped at the end."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield server.rpartition("/")[0] + f"/{name}"
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
