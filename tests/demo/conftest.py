"""The demo shops built small, under names of their own, once for all tests of this folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import psycopg
import pytest
from psycopg import sql

from dsr.demo.build import END_SESSIONS, build_shops, newsletter_url
from dsr.demo.shops import NEWSLETTER_DATABASE, SHOPS

TODAY = date(2026, 11, 23)
PEOPLE = 150


@dataclass(frozen=True, slots=True)
class DemoServer:
    """The built databases: each shop's address, and the newsletter's as each shop sees it."""

    admin_url: str
    prefix: str
    shops: dict[str, str]
    newsletters: dict[str, str]

    def build(self, people: int = PEOPLE, *, fresh: bool = False) -> list[str]:
        """Build again; returns what was said."""
        said: list[str] = []
        build_shops(self.admin_url, people, TODAY, said.append, fresh=fresh, prefix=self.prefix)
        return said


@pytest.fixture(scope="session")
def demo_server() -> Iterator[DemoServer]:
    admin_url, prefix = os.environ["DEMO_SHOPS_URL"], f"test{os.getpid()}_"
    drop(admin_url, prefix)
    urls = build_shops(admin_url, PEOPLE, TODAY, lambda _: None, prefix=prefix)
    newsletters = {shop.slug: newsletter_url(admin_url, shop.slug, prefix=prefix) for shop in SHOPS}
    yield DemoServer(admin_url, prefix, urls, newsletters)
    drop(admin_url, prefix)


def drop(admin_url: str, prefix: str) -> None:
    with psycopg.connect(admin_url, autocommit=True) as admin:
        for name in [*(shop.database for shop in SHOPS), NEWSLETTER_DATABASE]:
            admin.execute(END_SESSIONS, [prefix + name])
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(prefix + name)))


def rows(url: str, statement: str, **values: object) -> list[tuple[object, ...]]:
    """What a plain SQL statement finds."""
    with psycopg.connect(url) as connection:
        return connection.execute(statement.encode(), values or None).fetchall()


def number(url: str, statement: str, **values: object) -> int:
    """The one number that a plain SQL statement finds."""
    [(found,)] = rows(url, statement, **values)
    assert isinstance(found, int)
    return found
