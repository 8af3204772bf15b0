"""What may be wrong with a shop's database, each tried on the real thing in every kind of database that can have it."""

from __future__ import annotations

import hashlib
import secrets
import socket
import sqlite3
import subprocess
import tempfile
import tracemalloc
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from dsr.records import Identity, IdentityKind, Person
from dsr.sources import registry
from dsr.sources.base import SourceError
from tests import mariadb
from tests.sources.test_reach import dataset_of

PEOPLE = dataset_of("shop", "people: id* email@email")
ADA = Person((Identity(IdentityKind.EMAIL, "ada@example.com"),))
BLOB_BYTES = 50_000_000


class Shop:
    """A database with Ada and Bela in it, in one of its kinds."""

    def __init__(self, kind: str, url: str) -> None:
        self.kind = kind
        self.url = url
        self.run("CREATE TABLE people (id int PRIMARY KEY, email varchar(99))")
        self.run("INSERT INTO people VALUES (1, 'ada@example.com'), (2, 'bela@example.org')")

    def run(self, statement: str) -> None:
        """Do one statement."""
        if self.kind == "sqlite":
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as connection, connection:
                connection.execute(statement)
        elif self.kind == "mariadb":
            mariadb.run(self.url, statement)
        else:
            with psycopg.connect(self.url) as connection:
                connection.execute(statement.encode())

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Somebody else keeps the table to themselves."""
        if self.kind == "sqlite":
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as connection:
                connection.execute("BEGIN EXCLUSIVE")
                yield
        elif self.kind == "mariadb":
            with closing(mariadb.connected(self.url)) as connection:
                connection.query("LOCK TABLES people WRITE")
                yield
        else:
            with psycopg.connect(self.url) as connection:
                connection.execute("LOCK TABLE people IN ACCESS EXCLUSIVE MODE")
                yield


@pytest.fixture(params=["postgresql", "mariadb", "sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def shop(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Shop:
    if kind == "sqlite":
        return Shop(kind, f"sqlite:///{tmp_path / 'shop.db'}")
    return Shop(kind, request.getfixturevalue("postgres_url" if kind == "postgresql" else "mariadb_url"))


@pytest.fixture(params=["postgresql", "mariadb"])
def server(request: pytest.FixtureRequest) -> Shop:
    """The same for what only a server has."""
    fixture = "postgres_url" if request.param == "postgresql" else "mariadb_url"
    return Shop(request.param, request.getfixturevalue(fixture))


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def failure(url: str, dataset: str = PEOPLE, timeout_seconds: float = 60.0) -> SourceError:
    """What a look-up and a gather end with."""
    with (
        pytest.raises(SourceError) as caught,
        registry.open_source("sql", "shop", url, registry.load(dataset), timeout_seconds=timeout_seconds) as source,
    ):
        list(source.gather(source.locate(ADA, {})))
    told = str(caught.value)
    assert not any(secret in told for secret in (urlsplit(url).password or "hunter2", "hunter2", "ada@", "bela@"))
    assert caught.value.__cause__ is None
    return caught.value


def named(error: SourceError) -> tuple[str, bool]:
    return error.code, error.permanent


def changed(url: str, *, user: str = "", password: str = "", database: str = "", query: str = "") -> str:
    """The address with another part."""
    address = urlsplit(url)
    who = f"{user or address.username}:{password or address.password}"
    where = f"{who}@{address.hostname}:{address.port}/{database or address.path.lstrip('/')}"
    return f"{address.scheme}://{where}{query}"


@pytest.mark.parametrize("scheme", ["postgresql", "mariadb", "mysql"])
def test_nobody_there_is_worth_another_try(scheme: str) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        closed = failure(f"{scheme}://u:hunter2@127.0.0.1:{reserved.getsockname()[1]}/shop")

    assert (*named(closed), str(closed)) == ("unavailable", False, "shop: the database cannot be reached.")
    assert named(failure(f"{scheme}://u:hunter2@no-such-host.invalid/shop")) == ("unavailable", False)


@pytest.mark.parametrize("scheme", ["postgresql", "mariadb"])
def test_a_host_that_never_answers_is_given_up(scheme: str, deaf_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsr.sources.sql_engine.CONNECT_SECONDS", 2)

    assert named(failure(f"{scheme}://u:hunter2@127.0.0.1:{deaf_port}/shop")) == ("unavailable", False)


def test_a_wrong_password_or_user_is_final(server: Shop) -> None:
    for error in (failure(changed(server.url, password="hunter2")), failure(changed(server.url, user="nobody_here"))):
        assert named(error) == ("auth_failed", True)
        assert str(error) == "shop: the database refused the user or the password."


def test_an_unknown_database_is_final(shop: Shop) -> None:
    url = changed(shop.url, database="no_such_shop") if shop.kind != "sqlite" else shop.url + ".old"

    assert named(failure(url)) == ("unknown_database", True)
    assert not Path(url.removeprefix("sqlite:///")).exists()


def test_what_is_no_database_is_final(tmp_path: Path) -> None:
    (tmp_path / "shop.db").write_text("Dear Ada, " * 1_000)

    assert named(failure(f"sqlite:///{tmp_path / 'shop.db'}")) == ("failed", True)


def test_encryption_that_is_demanded_and_refused_is_final(server: Shop) -> None:
    demands = ["?sslmode=require", "?sslmode=verify-full"]
    if server.kind == "mariadb":
        demands += ["?ssl_ca=/etc/ssl/certs/ca-certificates.crt", "?ssl_check_hostname=false"]

    assert {named(failure(changed(server.url, query=each))) for each in demands} == {("tls_refused", True)}


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that the server's own account may read, which pytest's are not."""
    with tempfile.TemporaryDirectory(prefix="dsr-certificate-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_certificate_that_nobody_vouches_for_is_final(open_folder: Path) -> None:
    key, certificate = open_folder / "key.pem", open_folder / "certificate.pem"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "2"]
    more = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*request, *more], check=True, capture_output=True)
    key.chmod(0o644)
    with mariadb.running_server(f"--ssl-cert={certificate}", f"--ssl-key={key}") as encrypted:
        encrypted.run("CREATE DATABASE shop; CREATE TABLE shop.people (id int PRIMARY KEY, email varchar(99))")
        url = encrypted.url("shop")
        stranger = failure(f"{url}?sslmode=verify-full&ssl_ca=/etc/ssl/certs/ca-certificates.crt")
        missing = failure(f"{url}?ssl_ca={open_folder / 'nowhere.pem'}")
        for trusted in (f"?ssl_ca={certificate}", "?sslmode=require", ""):
            with registry.open_source("sql", "shop", url + trusted, registry.load(PEOPLE)) as source:
                cipher = source._connection.exec_driver_sql("SHOW STATUS LIKE 'Ssl_cipher'").one()[1]  # type: ignore[attr-defined]
            assert cipher != ""

    assert named(stranger) == ("tls_refused", True)
    assert named(missing) == ("bad_url", True)


@pytest.mark.parametrize(
    "url",
    [
        "mariadb://u:hunter2@127.0.0.1/shop?local_infile=1",
        "mariadb://u:hunter2@127.0.0.1/shop?init_command=DROP+TABLE+people",
        "mariadb://u:hunter2@127.0.0.1/shop?sslmode=perhaps",
        "mariadb://u:hunter2@127.0.0.1/shop?read_default_file=/etc/passwd",
        "mariadb://u:hunter2@127.0.0.1:port/shop",
        "mariadb://u:hunter2@127.0.0.1",
        "postgresql://u:hunter2@127.0.0.1/shop?no_such_option=1",
    ],
)
def test_an_address_that_asks_for_the_unknown_is_final(url: str) -> None:
    assert named(failure(url)) == ("bad_url", True)


def test_a_table_or_column_that_is_not_there_is_named(shop: Shop) -> None:
    for tables, name in (("persons: id* email@email", "persons"), ("people: id* e_mail@email", "e_mail")):
        error = failure(shop.url, dataset_of("shop", tables))

        assert named(error) == ("schema_mismatch", True)
        assert name in str(error)


def test_a_reference_that_the_key_cannot_hold_leads_nowhere_and_the_others_lead_on(shop: Shop) -> None:
    shop.run("CREATE TABLE visit (id int PRIMARY KEY, email varchar(99), thing varchar(30))")
    shop.run("CREATE TABLE thing (id int PRIMARY KEY, colour varchar(9))")
    said = ["2", "GUEST", "", "99999999999999999999", "3 or so", "-", "{}", '"', "07"]
    for number, thing in enumerate(said):
        shop.run(f"INSERT INTO visit VALUES ({number}, 'ada@example.com', '{thing}')")
        shop.run(f"INSERT INTO thing VALUES ({number}, 'red')")
    tables = "visit: id* email@email thing>thing.id:to\nthing: id* colour"
    with registry.open_source("sql", "shop", shop.url, registry.load(dataset_of("shop", tables))) as source:
        found = [each.key for each in source.gather(source.locate(ADA, {}))]

    assert [dict(key.columns)["id"] for key in found if key.collection == "thing"] == [2, 7]
    assert len(found) == len(said) + 2


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("uuid", "0d5b7f0e-93a4-4b6e-8a55-5c1f6a6a2f01"),
        ("date", "2026-02-28"),
        ("timestamptz", "2026-02-28 09:00:00+00"),
        ("numeric(9, 2)", "12.50"),
        ("smallint", "12"),
        ("boolean", "true"),
    ],
)
def test_no_type_of_key_stumbles_over_a_text(postgres_url: str, kind: str, key: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute(f"""
            CREATE TABLE visit (id int PRIMARY KEY, email text, thing text);
            CREATE TABLE thing (id {kind} PRIMARY KEY);
            INSERT INTO thing VALUES ('{key}');
            INSERT INTO visit VALUES (1, 'ada@example.com', '{key}'), (2, 'ada@example.com', 'GUEST')
        """.encode())  # fmt: skip
    tables = "visit: id* email@email thing>thing.id:to\nthing: id*"
    with registry.open_source("sql", "shop", postgres_url, registry.load(dataset_of("shop", tables))) as source:
        located = source.locate(ADA, {})

        assert source.count(located) == {"visit": 2, "thing": 1}
        assert [each.key.collection for each in source.gather(located)] == ["visit", "visit", "thing"]


def test_a_view_that_errors_is_final_and_named(shop: Shop) -> None:
    broken = {
        "postgresql": "1 / (id - 1)",
        "mariadb": "(SELECT email FROM people)",
        "sqlite": "json_extract(email, '$.a')",
    }
    shop.run(f"CREATE VIEW broken AS SELECT id, email, {broken[shop.kind]} AS share FROM people")
    error = failure(shop.url, dataset_of("shop", "broken: id* email@email share"))

    assert error.permanent
    assert "broken" in str(error)


def test_a_view_on_a_table_that_went_is_final(shop: Shop) -> None:
    if shop.kind == "postgresql":
        with pytest.raises(psycopg.errors.DependentObjectsStillExist):  # it lets nobody do that
            _drop_under_view(shop)
        return
    _drop_under_view(shop)

    assert named(failure(shop.url, dataset_of("shop", "loose: id* email@email"))) == ("schema_mismatch", True)


def _drop_under_view(shop: Shop) -> None:
    shop.run("CREATE VIEW loose AS SELECT id, email FROM people")
    shop.run("DROP TABLE people")


def test_a_hanging_query_is_cut_and_worth_another_try(shop: Shop) -> None:
    nap = {
        "postgresql": "pg_sleep(30)::text",
        "mariadb": "SLEEP(30)",
        "sqlite": "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n)",
    }
    shop.run(f"CREATE VIEW slow AS SELECT id, email, {nap[shop.kind]} AS nap FROM people")
    error = failure(shop.url, dataset_of("shop", "slow: id* email@email nap"), timeout_seconds=0.05)

    assert named(error) == ("timeout", False)


def test_a_locked_table_is_worth_another_try(shop: Shop) -> None:
    with shop.locked():
        error = failure(shop.url, timeout_seconds=0.2)

    assert error.code in {"unavailable", "timeout"}
    assert not error.permanent
    with registry.open_source("sql", "shop", shop.url, registry.load(PEOPLE)) as source:
        assert source.count(source.locate(ADA, {})) == {"people": 1}


def test_a_table_that_is_dropped_in_mid_gather_is_named(server: Shop) -> None:
    server.run("CREATE TABLE note (id int PRIMARY KEY, person int)")
    server.run("INSERT INTO note VALUES (1, 1)")
    tables = registry.load(dataset_of("shop", "people: id* email@email\nnote: id* person>people.id"))
    with (
        pytest.raises(SourceError) as caught,
        registry.open_source("sql", "shop", server.url, tables) as source,
    ):
        rows = source.gather(source.locate(ADA, {}))
        assert next(rows).key.collection == "people"
        server.run("DROP TABLE note")
        list(rows)

    assert named(caught.value) == ("schema_mismatch", True)
    assert "note" in str(caught.value)


def test_a_server_that_dies_in_mid_gather_is_worth_another_try() -> None:
    with mariadb.running_server() as dying:
        dying.run("""
            CREATE DATABASE shop; CREATE TABLE shop.people (id int PRIMARY KEY, email varchar(99), word text);
            INSERT INTO shop.people SELECT seq, 'ada@example.com', REPEAT('x', 999) FROM shop.seq_1_to_20000
        """)
        tables = registry.load(dataset_of("shop", "people: id* email@email word"))
        with (
            pytest.raises(SourceError) as caught,
            registry.open_source("sql", "shop", dying.url("shop"), tables) as source,
        ):
            rows = source.gather(source.locate(ADA, {}))
            next(rows)
            dying.process.kill()
            dying.process.wait()
            list(rows)

    assert named(caught.value) == ("unavailable", False)


def test_a_pooled_connection_that_was_cut_is_replaced(mariadb_url: str, mariadb_server: mariadb.MariaDbServer) -> None:
    shop = Shop("mariadb", mariadb_url)
    for _ in range(2):
        with registry.open_source("sql", "shop", shop.url, registry.load(PEOPLE)) as source:
            assert source.count(source.locate(ADA, {})) == {"people": 1}
        listed = mariadb_server.run(
            f"SELECT id FROM information_schema.processlist WHERE db = '{mariadb.database_of(shop.url)}'"
        )
        assert len(listed) == 1
        mariadb_server.run("; ".join(f"KILL {number}" for (number,) in listed))


def test_text_that_is_not_utf8_is_final_and_names_its_table(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with _database_with_invalid_text(kind, request, tmp_path) as url:
        error = failure(url, dataset_of("shop", "note: id email@email word"))

    assert (*named(error), str(error)) == ("failed", True, "shop: note: a column holds text that is not valid UTF-8.")


@contextmanager
def _database_with_invalid_text(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """No database takes such text today; each holds it where it came in another way."""
    if kind == "sqlite":
        with closing(sqlite3.connect(tmp_path / "shop.db")) as connection, connection:
            connection.execute("CREATE TABLE note (id int, email text, word text)")
            connection.execute("INSERT INTO note VALUES (1, 'ada@example.com', CAST(x'41ff42' AS TEXT))")
        yield f"sqlite:///{tmp_path / 'shop.db'}"
    elif kind == "mariadb":
        server: mariadb.MariaDbServer = request.getfixturevalue("mariadb_server")
        url: str = request.getfixturevalue("mariadb_url")
        mariadb.run(url, """
            CREATE TABLE note (id int, email varchar(99), word varchar(80) CHARACTER SET latin1) ENGINE=MyISAM;
            INSERT INTO note VALUES (1, 'ada@example.com', x'41ff42');
            CREATE TABLE other (id int, email varchar(99), word varchar(20) CHARACTER SET utf8mb4) ENGINE=MyISAM; FLUSH TABLES
        """)  # fmt: skip
        server.swap_definition(mariadb.database_of(url), "other", "note")
        yield url
    else:
        postgres: str = request.getfixturevalue("postgres_url")
        name = f"ascii_{secrets.token_hex(4)}"
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(
                f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'"
            )
            url = changed(postgres, database=name)
            with psycopg.connect(url) as filling:
                filling.execute("CREATE TABLE note (id int, email text, word text)")
                filling.execute(r"INSERT INTO note VALUES (1, 'ada@example.com', E'A\xffB')")
            yield url
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_large_values_are_read_in_bounded_memory(shop: Shop) -> None:
    kinds = {"postgresql": "bytea", "mariadb": "longblob", "sqlite": "blob"}
    shop.run(f"CREATE TABLE scan (id int PRIMARY KEY, person int, page {kinds[shop.kind]})")
    for number in range(3):
        value = {
            "postgresql": f"decode(repeat('4{number}', {BLOB_BYTES}), 'hex')",
            "mariadb": f"REPEAT(x'4{number}', {BLOB_BYTES})",
            "sqlite": f"CAST(replace(hex(zeroblob({BLOB_BYTES // 2})), '0', x'4{number}') AS BLOB)",
        }[shop.kind]
        shop.run(f"INSERT INTO scan VALUES ({number}, 1, {value})")
    tables = registry.load(dataset_of("shop", "people: id* email@email\nscan: id* person>people.id page"))
    digests = []
    tracemalloc.start()
    try:
        with registry.open_source("sql", "shop", shop.url, tables) as source:
            for record in source.gather(source.locate(ADA, {})):
                if record.key.collection == "scan":
                    digests.append(hashlib.sha256(record.oversized["page"]).hexdigest())
                del record
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert digests == [hashlib.sha256(bytes([0x40 + n]) * BLOB_BYTES).hexdigest() for n in range(3)]
    assert peak < 6 * BLOB_BYTES
