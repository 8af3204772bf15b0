"""Create the demo shops' databases and fill them: five shops and the newsletter service they share.

A database is filled in one transaction that ends with its marker row, so a build that was interrupted leaves no
marker and is made anew. What the marker says (version, number of people) decides whether a database is up to date; the day it
was built for is noted in it but does not count, or every morning would throw away what people changed yesterday.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from dsr.demo.holdings import World
from dsr.demo.layouts import newsletter
from dsr.demo.layouts.table import Row
from dsr.demo.named_lives import LIVES
from dsr.demo.rows import Subscriber
from dsr.demo.shops import NEWSLETTER_DATABASE, NEWSLETTER_SCHEMA, SHOPS, DemoShop
from dsr.demo.world import build_world

VERSION = 4
"""Rises with every change of schema or generator, so that old demo databases are built anew."""

DEFAULT_PEOPLE = 2000
AFTER_ROWS = "-- after the rows are in"
BUILD_LOCK = 0x64656D6F
"""Two builders at once would drop each other's databases."""

END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = current_user"

Say = Callable[[str], None]
Fill = Callable[[psycopg.Cursor], int]


class DemoServerError(Exception):
    """The demo's database server cannot be used; the message says why and what to do."""


def build_shops(
    admin_url: str,
    people: int,
    today: date,
    say: Say,
    *,
    fresh: bool = False,
    shops: Sequence[DemoShop] = SHOPS,
    prefix: str = "",
) -> dict[str, str]:
    """Create and fill what is missing or out of date; return each shop's database URL by its slug.

    ``admin_url`` is any database of the demo server, under a role that may create databases and is no superuser.
    ``people`` is the number of drawn people a shop, beside the named ones. ``fresh`` drops everything first. ``prefix``
    stands before the databases' names, so that tests leave the demo's alone. Raises DemoServerError.
    """
    made_from = f"version {VERSION}, {people} people"
    worlds: dict[str, World] = {}

    def world_of(shop: DemoShop) -> World:
        if shop.slug not in worlds:
            lives = LIVES.get(shop.slug, ())
            worlds[shop.slug] = build_world(
                shop.slug, shop.prefix, people, today, lives, keeps_events=shop.keeps_events
            )
        return worlds[shop.slug]

    with _server(admin_url) as admin:
        builder = _Builder(admin, admin_url, today, fresh, say)
        for shop in shops:
            builder.build(prefix + shop.database, made_from, shop.schema, partial(_fill_shop, shop, world_of))
        every = ", ".join(shop.slug for shop in shops)
        fill = partial(_fill_newsletter, shops, world_of, today)
        builder.build(prefix + NEWSLETTER_DATABASE, f"{made_from}, {every}", NEWSLETTER_SCHEMA, fill)
    return {shop.slug: database_url(admin_url, prefix + shop.database) for shop in shops}


def newsletter_url(admin_url: str, slug: str, *, prefix: str = "") -> str:
    """The newsletter database as one shop may see it: row-level security shows the rows of that shop only."""
    return database_url(admin_url, prefix + NEWSLETTER_DATABASE) + "?options=" + quote(f"-c newsletter.shop={slug}")


def database_url(admin_url: str, database: str) -> str:
    """The URL of another database on the same server, under the same role."""
    parts = urlsplit(admin_url)
    return urlunsplit((parts.scheme, parts.netloc, f"/{database}", "", ""))


@contextmanager
def _server(url: str) -> Iterator[psycopg.Connection]:
    """A connection that may create databases, alone in doing so until it is closed."""
    with psycopg.connect(_conninfo(url), autocommit=True) as admin:
        row = admin.execute(
            "SELECT rolsuper OR rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        if row is None or row[0]:
            raise DemoServerError(
                "The demo's database role sees through row-level security, which keeps the shops of the newsletter"
                " service apart. Give DEMO_SHOPS_URL a role with CREATEDB that is no superuser."
            )
        if not row[1]:
            raise DemoServerError("The demo's database role may not create databases: ALTER ROLE … CREATEDB.")
        admin.execute("SELECT pg_advisory_lock(%s)", [BUILD_LOCK])
        yield admin


def _conninfo(url: str) -> str:
    """What libpq understands; SQLAlchemy's driver name is left away."""
    scheme, _, rest = url.partition("://")
    return f"{scheme.partition('+')[0]}://{rest}"


@dataclass(frozen=True, slots=True)
class _Builder:
    """Makes one database after the other on one server."""

    admin: psycopg.Connection
    admin_url: str
    today: date
    fresh: bool
    say: Say

    def build(self, database: str, made_from: str, schema: Path, fill: Fill) -> None:
        """Leave the database alone when it says that it was made from the same; otherwise make it anew."""
        url = _conninfo(database_url(self.admin_url, database))
        exists = self.admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        if exists and not self.fresh and _marker(url) == made_from:
            self.say(f"{database}: is there")
            return
        name = sql.Identifier(database)
        if exists:
            # Not WITH (FORCE): it fails when autovacuum, which is the superuser's, happens to be at work in there.
            self.admin.execute(END_SESSIONS, [database])
            self.admin.execute(sql.SQL("DROP DATABASE {}").format(name))
        self.admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(name))
        number = self._fill(url, schema, fill, made_from)
        self.say(f"{database}: {number:,} rows")

    def _fill(self, url: str, schema: Path, fill: Fill, made_from: str) -> int:
        """Tables, rows, then indexes and references, and the marker, all or nothing. Returns the number of rows."""
        tables, _, after = schema.read_text(encoding="utf-8").partition(AFTER_ROWS)
        with psycopg.connect(url) as connection, connection.cursor() as cursor:
            # A crash may cost the whole database, which is then made anew; waiting for the disk would buy nothing.
            cursor.execute("SET LOCAL synchronous_commit = off")
            cursor.execute(tables.encode())
            number = fill(cursor)
            cursor.execute(after.encode())
            # Not a table: one that no dataset declares would be an alarm.
            cursor.execute(sql.SQL("COMMENT ON SCHEMA public IS {}").format(sql.Literal(made_from)))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ANALYZE")
        return number


def _marker(url: str) -> str | None:
    """What the database was made from, or None when it was never finished."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT obj_description('public'::regnamespace)").fetchone()
    return str(row[0]) if row and row[0] else None


def _fill_shop(shop: DemoShop, world_of: Callable[[DemoShop], World], cursor: psycopg.Cursor) -> int:
    world = world_of(shop)
    return sum(_copy(cursor, table.name, table.columns, table.rows(world)) for table in shop.tables)


def _fill_newsletter(
    shops: Sequence[DemoShop], world_of: Callable[[DemoShop], World], today: date, cursor: psycopg.Cursor
) -> int:
    subscribers: Mapping[str, list[Subscriber]] = {shop.slug: world_of(shop).subscribers for shop in shops}
    mailings = newsletter.mailings(subscribers, datetime.combine(today, time(9), UTC))
    return sum(
        _copy(cursor, table, columns.split(), newsletter.ROWS[table](mailing))
        for table, columns in newsletter.COLUMNS.items()
        for mailing in mailings
    )


def _copy(cursor: psycopg.Cursor, table: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(*table.split(".")), names)
    number = 0
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            number += 1
    return number
