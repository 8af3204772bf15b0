"""Random shops: what is found, what is shared and what is revealed equal what brute force says, in every database."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings

from dsr.records import Identity, IdentityKind, Person
from dsr.sources import registry
from dsr.sources.base import SourceError
from tests.mariadb import MariaDbServer, database_of
from tests.sources.oracle import Person as Known
from tests.sources.oracle import Row, World
from tests.sources.worlds import Types, dataset_of, overlay_of, script_of, worlds

Fill = Callable[[str], None]
COUNTS = {"sqlite": 1_000, "postgresql": 50, "mariadb": 50}
FILLINGS = 10
"""Shops of one schema: making the statements for a schema costs more than asking them."""
Marks = set[tuple[str, tuple[object, ...]]]


@pytest.fixture(scope="module")
def sqlite_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Fill]]:
    path = _fast_folder(tmp_path_factory) / "world.db"
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute("PRAGMA synchronous = OFF")

        def fill(script: str) -> None:
            tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
            drops = "".join(f"DROP TABLE {name};" for (name,) in tables)
            connection.executescript(f"BEGIN; {drops} {script}; COMMIT;")

        yield f"sqlite:///{path}", fill
    connection.close()
    path.unlink()


def _fast_folder(factory: pytest.TempPathFactory) -> Path:
    return factory.mktemp("worlds")


@pytest.fixture(scope="module")
def postgresql_place(server_url: str) -> Iterator[tuple[str, Fill]]:
    name = f"worlds_{time.time_ns()}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        url = f"{server_url.rpartition('/')[0]}/{name}"
        with psycopg.connect(url, autocommit=True) as inside:

            def fill(script: str) -> None:
                inside.execute(f"DROP SCHEMA public CASCADE; CREATE SCHEMA public; {script}".encode())

            yield url, fill
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def mariadb_place(mariadb_server: MariaDbServer) -> Iterator[tuple[str, Fill]]:
    url = mariadb_server.url("worlds")
    mariadb_server.run("CREATE DATABASE worlds CHARACTER SET utf8mb4")

    def fill(script: str) -> None:
        mariadb_server.run(f"DROP DATABASE worlds; CREATE DATABASE worlds CHARACTER SET utf8mb4; USE worlds; {script}")

    yield url, fill
    mariadb_server.run(f"DROP DATABASE {database_of(url)}")


@pytest.mark.parametrize("kind", COUNTS)
def test_what_is_found_is_what_brute_force_finds(kind: str, request: pytest.FixtureRequest) -> None:
    url, fill = request.getfixturevalue(f"{kind}_place")
    try_shops(COUNTS[kind], url, fill)


def try_shops(examples: int, url: str, fill: Fill) -> int:
    """Compare so many shops, filled one after the other into the place at ``url``; returns how many were compared."""
    tried = 0

    @settings(
        max_examples=examples // FILLINGS, deadline=None, database=None, derandomize=True, print_blob=False,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate,),
    )  # fmt: skip
    @given(worlds(FILLINGS))
    def same(drawn: tuple[list[World], Types]) -> None:
        nonlocal tried
        for world in drawn[0]:
            tried += 1
            compare(url, fill, world, drawn[1])

    same()
    return tried


def compare(url: str, fill: Fill, world: World, types: Types) -> None:
    """Search for some people and for what brute force says of them; a shop in which they differ is printed."""
    try:
        _compare(url, fill, world, types)
    except (AssertionError, SourceError):
        note(f"{dataset_of(world)}\n{overlay_of(world)}\n{script_of(world, types)}")
        raise


def _compare(url: str, fill: Fill, world: World, types: Types) -> None:
    fill(script_of(world, types))
    description = registry.load(dataset_of(world), overlay_of(world))
    for person in _people(world):
        known, held = world.expanded(person)
        identities = tuple(Identity(IdentityKind(kind), value) for kind, value in sorted(person))
        with registry.open_source("sql", "shop", url, description) as source:
            located = source.locate(Person(identities), {})
            records = list(source.gather(located))
        found = [(each.key.collection, tuple(value for _, value in each.key.columns)) for each in records]
        shared = {key for key, each in zip(found, records, strict=True) if each.shared}
        revealed = {(each.identity.kind.value, each.identity.value) for each in located.revealed}
        assert sorted(found, key=repr) == sorted(_keys(world, held), key=repr)
        assert (shared, revealed) == (_keys(world, world.shared(known, held)), set(known - person))


def _people(world: World) -> list[Known]:
    """Somebody by the first and the last e-mail address in the shop, and somebody by whatever else there is."""
    said = [
        (kind, str(row.values[column]))
        for row in world.rows
        for column, kind in world.tables[row.table].identities
        if row.values[column]
    ]
    emails = [each for each in said if each[0] == "email"]
    others = [each for each in said if each[0] != "email"]
    return [frozenset({each}) for each in dict.fromkeys([*emails[:1], *emails[-1:], *others[:1]])]


def _keys(world: World, rows: Iterable[Row]) -> Marks:
    return {(row.table, tuple(row.values[column] for column in world.tables[row.table].key)) for row in rows}
