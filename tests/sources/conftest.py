"""Real databases to read from: an empty one for each test, and the Oscar shop for all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.oscar_shop.database import ensure_shop


@pytest.fixture(scope="session")
def server_url() -> str:
    """A PostgreSQL server on which databases may be created."""
    return os.environ.get("DEMO_SHOPS_URL") or os.environ["DATABASE_OWNER_URL"]


@pytest.fixture(scope="session")
def oscar_url(server_url: str) -> str:
    """The Oscar shop, migrated and filled. For reading."""
    return ensure_shop(server_url)


@pytest.fixture(scope="session")
def _scratch_url(server_url: str) -> Iterator[str]:
    name = f"sources_scratch_{os.getpid()}_{secrets.token_hex(3)}"
    address = urlsplit(server_url)
    with psycopg.connect(address._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
        yield address._replace(path=f"/{name}").geturl()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_url(_scratch_url: str) -> str:
    """An empty PostgreSQL database of the C locale, which lowers no letter beyond ASCII."""
    with psycopg.connect(_scratch_url, autocommit=True) as connection:
        schemas = connection.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema)'"
        ).fetchall()
        for (schema,) in schemas:
            connection.execute(f'DROP SCHEMA "{schema}" CASCADE')
        connection.execute("CREATE SCHEMA public")
        # A connection learns the shop's own types when it is made: none from the test before may be left.
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    return _scratch_url
