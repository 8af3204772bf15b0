"""Failures by their names: what is worth another try, what is not, and that no message holds a value or a password."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from typing import cast
from urllib.parse import urlsplit

import psycopg
import pytest

from dsr.records import Identity, IdentityKind, Person
from dsr.sources import registry
from dsr.sources.base import SourceError
from dsr.sources.sql_view import open_view
from tests.sources.test_reach import dataset_of

PEOPLE = dataset_of("shop", "people: id* email@email")
ADA = Person((Identity(IdentityKind.EMAIL, "ada@example.com"),))


def failure(url: str, dataset: str = PEOPLE, timeout_seconds: float = 60.0) -> SourceError:
    """What a look-up and a gather end with."""
    with (
        pytest.raises(SourceError) as caught,
        registry.open_source("sql", "shop", url, registry.load(dataset), timeout_seconds=timeout_seconds) as source,
    ):
        list(source.gather(source.locate(ADA, {})))
    return caught.value


def changed(url: str, **parts: str) -> str:
    """The address with another password, port, user or database."""
    address = urlsplit(url)
    user = parts.get("user", address.username)
    password = parts.get("password", address.password)
    where = f"{address.hostname}:{parts.get('port', address.port)}"
    return f"postgresql://{user}:{password}@{where}/{parts.get('database', address.path.lstrip('/'))}"


@pytest.fixture
def people_url(postgres_url: str) -> str:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE people (id int PRIMARY KEY, email text)")
        connection.execute("INSERT INTO people VALUES (1, 'ada@example.com')")
    return postgres_url


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.mark.parametrize("url", ["", "nonsense", "ftp://host/shop", "mongodb://host/shop", "postgresql://host:port/x"])
def test_what_is_no_address_is_refused_for_good(url: str) -> None:
    error = failure(url)

    assert (error.code, error.permanent) == ("bad_url", True)


def test_a_wrong_password_is_refused_for_good_and_not_told(people_url: str) -> None:
    error = failure(changed(people_url, password="hunter2"))

    assert (error.code, error.permanent) == ("auth_failed", True)
    assert str(error) == "shop: the database refused the user or the password."


def test_an_unknown_database_is_refused_for_good(people_url: str) -> None:
    error = failure(changed(people_url, database="no_such_shop"))

    assert (error.code, error.permanent) == ("unknown_database", True)


def test_a_closed_port_is_worth_another_try() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        error = failure(f"postgresql://u:hunter2@127.0.0.1:{reserved.getsockname()[1]}/shop")

    assert (error.code, error.permanent, str(error)) == ("unavailable", False, "shop: the database cannot be reached.")


def test_an_unknown_host_is_worth_another_try() -> None:
    error = failure("postgresql://u:hunter2@no-such-host.invalid/shop")

    assert (error.code, error.permanent) == ("unavailable", False)


def test_a_host_that_never_answers_is_given_up(deaf_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsr.sources.sql_engine.CONNECT_SECONDS", 2)
    error = failure(f"postgresql://u:hunter2@127.0.0.1:{deaf_port}/shop")

    assert (error.code, error.permanent) == ("unavailable", False)


def test_a_locked_table_is_worth_another_try(people_url: str) -> None:
    with psycopg.connect(people_url) as other:
        other.execute("LOCK TABLE people IN ACCESS EXCLUSIVE MODE")
        error = failure(people_url, timeout_seconds=0.2)

    assert not error.permanent
    assert error.code in {"unavailable", "timeout"}


def test_a_slow_query_is_cut_and_worth_another_try(people_url: str) -> None:
    with psycopg.connect(people_url) as connection:
        connection.execute("CREATE VIEW slow AS SELECT id, email, pg_sleep(5)::text AS nap FROM people")
    error = failure(people_url, dataset_of("shop", "slow: id* email@email nap"), timeout_seconds=0.05)

    assert (error.code, error.permanent) == ("timeout", False)


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        ("persons: id* email@email", 'relation "persons" does not exist'),
        ("people: id* e_mail@email", "column people.e_mail does not exist"),
        ("people: id* email@email name", "column people.name does not exist"),
    ],
)
def test_a_table_or_column_that_is_not_there_is_named(people_url: str, dataset: str, message: str) -> None:
    error = failure(people_url, dataset_of("shop", dataset))

    assert (error.code, error.permanent) == ("schema_mismatch", True)
    assert message in str(error)


def test_a_value_that_does_not_fit_is_not_quoted(people_url: str) -> None:
    with psycopg.connect(people_url) as connection:
        connection.execute("CREATE VIEW numbered AS SELECT id, email, email::int AS number FROM people")
    error = failure(people_url, dataset_of("shop", "numbered: id* email@email number"))

    assert (error.code, error.permanent) == ("schema_mismatch", True)
    assert "ada" not in str(error)
    assert error.__cause__ is None
    assert error.__suppress_context__


def test_a_view_that_fails_is_a_final_failure(people_url: str) -> None:
    with psycopg.connect(people_url) as connection:
        connection.execute("CREATE VIEW broken AS SELECT id, email, 1 / (id - 1) AS share FROM people")
    error = failure(people_url, dataset_of("shop", "broken: id* email@email share"))

    assert error.permanent
    assert "ada" not in str(error)


def test_rights_that_are_missing_are_told(people_url: str) -> None:
    with psycopg.connect(people_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA hidden")
        connection.execute("CREATE TABLE hidden.people (id int PRIMARY KEY, email text)")
        connection.execute("REVOKE ALL ON hidden.people FROM CURRENT_USER")
    error = failure(people_url, dataset_of("shop", "hidden.people: id* email@email"))

    assert (error.code, error.permanent) == ("denied", True)
    assert "permission denied for table people" in str(error)


def test_a_connection_that_is_cut_is_worth_another_try(people_url: str) -> None:
    with psycopg.connect(people_url) as connection:
        connection.execute("INSERT INTO people SELECT g, 'ada@example.com' FROM generate_series(2, 50000) g")
    with (
        pytest.raises(SourceError) as caught,
        registry.open_source("sql", "shop", people_url, registry.load(PEOPLE)) as source,
    ):
        rows = source.gather(source.locate(ADA, {}))
        next(rows)
        _cut_all_others(people_url)
        list(rows)

    assert (caught.value.code, caught.value.permanent) == ("unavailable", False)
    with registry.open_source("sql", "shop", people_url, registry.load(PEOPLE)) as source:
        assert source.count(source.locate(ADA, {})) == {"people": 50_000}


def test_a_pooled_connection_that_was_cut_is_replaced(people_url: str) -> None:
    for _ in range(2):
        with registry.open_source("sql", "shop", people_url, registry.load(PEOPLE)) as source:
            assert source.count(source.locate(ADA, {})) == {"people": 1}
        _cut_all_others(people_url)


def _cut_all_others(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user"
        )


def test_a_child_process_uses_no_connection_of_its_parent(people_url: str) -> None:
    def backend() -> int:
        with open_view("shop", people_url, 60.0) as connection:
            return int(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())

    parents = backend()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, str(backend()).encode())
        os._exit(0)
    os.waitpid(child, 0)

    assert int(os.read(reader, 20)) != parents
    assert backend() == parents


def test_threads_have_a_connection_each(people_url: str) -> None:
    counts: list[dict[str, int]] = []

    def ask() -> None:
        with registry.open_source("sql", "shop", people_url, registry.load(PEOPLE)) as source:
            counts.append(dict(source.count(source.locate(ADA, {}))))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counts == [{"people": 1}] * 4


def test_an_unknown_kind_of_source_is_refused() -> None:
    with (
        pytest.raises(SourceError) as caught,
        registry.open_source("carrier pigeon", "shop", "", registry.load(PEOPLE)),
    ):
        pass

    assert caught.value.code == "bad_url"


def test_a_machine_that_vanishes_is_noticed(people_url: str) -> None:
    with open_view("shop", people_url, 60.0) as connection:
        raw = cast("psycopg.Connection", connection.connection.driver_connection)
        told = raw.info.get_parameters()

    assert (told["tcp_user_timeout"], told["keepalives_idle"], told["keepalives_count"]) == ("60000", "30", "3")
