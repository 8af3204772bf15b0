"""One class for each kind of database: how to make it, fill it by SQLAlchemy, and dump it by plain SQL."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Connection, create_engine, text

from dsr.sources import registry
from dsr.sources.description import Description
from dsr.sources.sql_engine import parse_url
from tests.contract.writing_shop import ADAS, NEIGHBOURS, Rows, dataset_text, metadata
from tests.mariadb import MariaDbServer, database_of

ANYCASE = "CREATE COLLATION anycase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"
OVERLAY = "collections: {tag: {ownership: lookup}, crm.note: {never_export: [code]}}"
Dump = dict[str, list[str]]
"""Every row of every table as the database writes it, sorted."""


class Database:
    """A real database with the shop in it. ``neighbours`` is its dump before Ada's rows came."""

    exactcase = ""
    short_wait = 0.3

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = create_engine(parse_url(url))
        self.dialect = self.engine.dialect.name
        self.crm = self.crm_schema()
        options = {"schema_translate_map": {"crm": self.crm, None: self.main_schema()}}
        with self.engine.connect().execution_options(**options) as connection:
            self.prepare(connection)
            metadata.create_all(connection)
            self._insert(connection, NEIGHBOURS)
        self.neighbours = self.dump()
        with self.engine.connect().execution_options(**options) as connection:
            self._insert(connection, ADAS)
        self._whole = self.dump()

    def is_untouched(self) -> bool:
        """Whether everything is as it was made: then the next test may have it."""
        return self.dump() == self._whole

    def main_schema(self) -> str | None:
        """The first schema, where a reference from the second must name it."""
        return None

    def crm_schema(self) -> str | None:
        """What the second schema is called here; None where there is only one."""
        return "crm"

    def _insert(self, connection: Connection, rows: Rows) -> None:
        for table, listed in rows:
            for row in listed:
                connection.execute(table.insert().values(row))
        connection.commit()

    def prepare(self, connection: Connection) -> None:
        """What the tables need to be there before them."""

    def dump(self) -> Dump:
        """See ``Dump``."""
        raise NotImplementedError

    def execute(self, statement: str) -> None:
        """Change something behind the source's back."""
        with self.engine.begin() as connection:
            connection.execute(text(statement))

    @property
    def description(self) -> Description:
        """What is said about the shop."""
        texts = (dataset_text(), OVERLAY)
        return registry.load(*(written.replace("crm.note", self.name("crm.note")) for written in texts))

    def name(self, collection: str) -> str:
        """A collection's name here."""
        return collection if not collection.startswith("crm.") else f"{self.crm or ''}.note".lstrip(".")

    def table(self, collection: str) -> str:
        """A collection's name in the dump."""
        return self.name(collection)

    def quoted(self, collection: str) -> str:
        """A collection's name in SQL, where it needs no quotes."""
        return self.name(collection)

    def told(self, row: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """A row of portable values as this kind of database has them."""
        return {name: by_dialect.get(self.dialect, by_dialect[""]) for name, by_dialect in row.items()}

    def document(self, value: Any) -> Any:
        """A document as a gather says it; kept as text where the database has no documents."""
        return value

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Another connection changes the rows of a table and does not come to an end."""
        with self.engine.connect() as connection:
            connection.execute(text(f"UPDATE {table} SET email = email"))
            yield
            connection.rollback()

    def reading_url(self) -> str:
        """An address that may read and, from now on, not write."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of it."""
        self.engine.dispose()


class Postgres(Database):
    """PostgreSQL."""

    exactcase = 'COLLATE "C"'

    def table(self, collection: str) -> str:
        return f'"{collection}"' if collection in ("user", "order", "order line") else collection

    def prepare(self, connection: Connection) -> None:
        connection.execute(text("CREATE SCHEMA crm"))
        connection.execute(text(ANYCASE))

    def dump(self) -> Dump:
        found: Dump = {}
        with psycopg.connect(self.url) as connection:
            tables = connection.execute(
                "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
                " WHERE relkind = 'r' AND nspname IN ('public', 'crm')"
            ).fetchall()
            for (name,) in tables:
                rows = connection.execute(f"SELECT t::text FROM {name} t".encode()).fetchall()
                found[name] = sorted(row for (row,) in rows)
        return found

    def reading_url(self) -> str:
        self.execute("REVOKE INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public, crm FROM CURRENT_USER")
        return self.url


class MariaDb(Database):
    """MariaDB, whose schemas are databases."""

    exactcase = "COLLATE utf8mb4_bin"
    short_wait = 3.0

    def __init__(self, server: MariaDbServer) -> None:
        self.server = server
        name = f"shop_{secrets.token_hex(4)}"
        server.run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        super().__init__(server.url(name))

    def main_schema(self) -> str | None:
        return database_of(self.url)

    def crm_schema(self) -> str | None:
        return database_of(self.url) + "_crm"

    def prepare(self, connection: Connection) -> None:
        connection.execute(text(f"CREATE DATABASE {self.crm}"))

    def document(self, value: Any) -> Any:
        return as_text(value)

    def dump(self) -> Dump:
        found: Dump = {}
        tables = "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema IN"
        for schema, name in self.server.run(f"{tables} ('{database_of(self.url)}', '{self.crm}')"):
            place = name if schema != self.crm else f"{schema}.{name}"
            found[place] = sorted(map(repr, self.server.run(f"SELECT * FROM `{schema}`.`{name}`")))
        return found

    def reading_url(self) -> str:
        name = f"reader_{secrets.token_hex(4)}"
        self.server.run(f"CREATE USER {name}@'%' IDENTIFIED BY 'reader'; GRANT SELECT ON *.* TO {name}@'%'")
        return f"mariadb://{name}:reader@127.0.0.1:{self.server.port}/{database_of(self.url)}"

    def close(self) -> None:
        super().close()
        self.server.run(f"DROP DATABASE {self.crm}; DROP DATABASE {database_of(self.url)}")


class Halving(MariaDb):
    """MariaDB, with tables that take nothing back: of the engine MyISAM or Aria."""

    def __init__(self, server: MariaDbServer, engine: str) -> None:
        self.storage = engine
        super().__init__(server)
        if engine == "Aria":
            for schema in (self.main_schema(), self.crm):
                for (name,) in server.run(f"SHOW TABLES IN {schema}"):
                    server.run(f"ALTER TABLE `{schema}`.`{name}` TRANSACTIONAL = 0")

    def prepare(self, connection: Connection) -> None:
        super().prepare(connection)
        connection.execute(text(f"SET SESSION default_storage_engine = {self.storage}"))


class Sqlite(Database):
    """SQLite."""

    def crm_schema(self) -> str | None:
        return None

    def document(self, value: Any) -> Any:
        return as_text(value)

    def dump(self) -> Dump:
        found: Dump = {}
        with sqlite3.connect(self.url.removeprefix("sqlite:///")) as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
                rows: list[Any] = connection.execute(f'SELECT * FROM "{name}"').fetchall()
                found[name] = sorted(map(repr, rows))
        return found

    def reading_url(self) -> str:
        return "sqlite:///file:" + self.url.removeprefix("sqlite:///") + "?mode=ro&uri=true"


def as_text(profile: dict[str, Any]) -> str:
    """A profile where documents are texts, which keep every digit."""
    return json.dumps({**profile, "big": int(profile["big"])})


class Plain:
    """An empty database that is filled by plain SQL."""

    can_add_foreign_keys = True

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = create_engine(parse_url(url))
        self.can_add_foreign_keys = self.engine.dialect.name != "sqlite"

    def run(self, statements: str) -> None:
        """Do statements, separated by semicolons."""
        with self.engine.begin() as connection:
            for statement in filter(str.strip, statements.split(";")):
                connection.execute(text(statement))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query finds, sorted."""
        with self.engine.connect() as connection:
            return sorted((tuple(row) for row in connection.execute(text(query))), key=repr)
