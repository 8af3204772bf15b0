"""Where the shops stand: each in a new database of its own kind, filled, and gone afterwards."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from types import ModuleType
from urllib.parse import urlsplit

import psycopg

from tests.mariadb import MariaDbServer, running_server
from tests.shops import kunden, mailman, medusa, prestashop, tienda, vendure, wordpress
from tests.shops.building import build
from tests.shops.oscar import build_oscar


@dataclass(frozen=True)
class ShopPlace:
    """A shop and the kind of database that it stands in; ``truth`` names its list."""

    truth: str
    database: str
    fill: Callable[[str], None]


def _of(module: ModuleType) -> Callable[[str], None]:
    return lambda url: build(url, module.SCHEMAS, module.rows())


KNOWN = (
    ShopPlace("oscar", "PostgreSQL", build_oscar),
    ShopPlace("oscar", "SQLite", build_oscar),
    ShopPlace("wordpress", "MariaDB", _of(wordpress)),
    ShopPlace("mailman", "SQLite", _of(mailman)),
)
HELD_OUT = (
    ShopPlace("kunden", "SQLite", _of(kunden)),
    ShopPlace("medusa", "PostgreSQL", _of(medusa)),
    ShopPlace("tienda", "MariaDB", _of(tienda)),
    ShopPlace("prestashop", "MariaDB", _of(prestashop)),
    ShopPlace("vendure", "PostgreSQL", _of(vendure)),
)


class Places:
    """The servers and what stands on them; MariaDB is started when the first shop needs it."""

    def __init__(self, postgres_url: str) -> None:
        self._postgres = urlsplit(postgres_url)
        self._open = ExitStack()
        self._mariadb: MariaDbServer | None = None

    def __enter__(self) -> Places:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def build(self, place: ShopPlace) -> str:
        """The address of the filled shop, which is gone when the places are left."""
        url = {"PostgreSQL": self._postgresql, "MariaDB": self._on_mariadb, "SQLite": self._sqlite}[place.database]()
        place.fill(url)
        return url

    def _postgresql(self) -> str:
        name = f"measured_{secrets.token_hex(4)}"
        connection = self._open.enter_context(psycopg.connect(self._postgres.geturl(), autocommit=True))
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        self._open.callback(connection.execute, f"DROP DATABASE {name} WITH (FORCE)")
        return self._postgres._replace(path=f"/{name}").geturl()

    def _on_mariadb(self) -> str:
        if self._mariadb is None:
            self._mariadb = self._open.enter_context(running_server())
        name = f"measured_{secrets.token_hex(4)}"
        self._mariadb.run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        return self._mariadb.url(name)

    def _sqlite(self) -> str:
        folder = self._open.enter_context(tempfile.TemporaryDirectory(prefix="dsr-shops-"))
        return f"sqlite:///{folder}/shop.db"
