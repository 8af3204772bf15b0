"""The contract's shop in every database that there is a source for."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest

from tests.contract.shop import EVERY, ROWS, SCHEMA
from tests.sources.conftest import _scratch_url, postgres_url, server_url  # noqa: F401  (the same real databases)


@pytest.fixture(params=["postgresql", "sqlite"])
def contract_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The filled shop."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_url")
        with psycopg.connect(url) as connection:
            connection.execute(SCHEMA + ROWS)
        return url
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.executescript(SCHEMA + ROWS)
    return f"sqlite:///{tmp_path / 'shop.db'}"


@pytest.fixture
def contract_counts(contract_url: str) -> dict[str, int]:
    """How many rows each table has, by plain SQL."""
    query = " UNION ALL ".join(f"""SELECT '{name}', count(*) FROM "{name}" """ for name in EVERY)
    if contract_url.startswith("sqlite"):
        with sqlite3.connect(contract_url.removeprefix("sqlite:///")) as database:
            return dict(database.execute(query).fetchall())
    with psycopg.connect(contract_url) as connection:
        return dict(connection.execute(query).fetchall())
