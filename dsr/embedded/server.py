"""Making, starting and stopping the server, and telling whether it is up."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path

from dsr.embedded.binaries import Binaries
from dsr.embedded.place import ROOT_HOME, EmbeddedError, Place, State, write_state

# Below the range from which Linux takes the ports of outgoing connections, so that the kept port stays free.
PORTS = range(15432, 16432)
PASSING = ("postmaster.pid", "shared memory", "could not bind", "starting up", "shutting down")
COMMAND_SECONDS = 120


def is_running(place: Place, state: State) -> bool:
    found = _postmaster(place.data)
    return found is not None and found[1] == state.port and _accepts_connections(state.port)


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

    While it starts, recovers or stops, a server answers that packet with an error; it asks for a password only once
    a query would be served. So this tells what ``SELECT 1`` would tell, without a client library and a password.
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


def make_home(place: Place) -> None:
    """The folder around the data, without what an interrupted run left there.

    What cannot be removed yet is removed next time: programs that outlive a killed launcher may still write there.
    """
    if place.is_roots:
        for folder in (ROOT_HOME, place.home):
            if not folder.exists():
                folder.mkdir(parents=True)
                folder.chmod(0o755)  # whatever root's umask says
        (place.home / "checkout").write_text(str(place.checkout))
        _stop_forgotten(place)
    place.home.mkdir(parents=True, exist_ok=True)
    for left_over in place.home.glob("new-*"):
        shutil.rmtree(left_over, ignore_errors=True)


def _stop_forgotten(place: Place) -> None:
    """Stop the server of an earlier clone at the same path: nobody holds its passwords any more."""
    for home in ROOT_HOME.iterdir():
        note = home / "checkout"
        if home != place.home and note.exists() and note.read_text() == str(place.checkout):
            found = _postmaster(home / "data")
            if found:
                os.kill(found[0], signal.SIGINT)


def make_data(place: Place, binaries: Binaries, state: State) -> None:
    """A data folder with its roles and the empty database; it gets its name when it is whole."""
    # mkdtemp makes them 0700, with a name that a launcher killed a moment ago has not used.
    made_in = Path(tempfile.mkdtemp(prefix="new-", dir=place.home))
    fresh, password = made_in / "data", made_in / "password"
    fresh.mkdir(mode=0o700)
    password.touch(mode=0o600)
    password.write_text(state.passwords["postgres"])
    if os.geteuid() == 0:
        for path in (made_in, fresh, password):
            os.chown(path, place.uid, place.gid)
    initdb = ["initdb", "-D", str(fresh), "--username=postgres", f"--pwfile={password}", "--auth=scram-sha-256"]
    initdb += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    made = _run(place, binaries, *initdb)
    if made.returncode == 0:
        # The single-user mode needs no client, no port and no password, and nobody else can reach the folder yet.
        single = ("postgres", "--single", "-c", "exit_on_error=on", "-D", str(fresh), "postgres")
        made = _run(place, binaries, *single, text="".join(f"{line}\n" for line in _first_sql(state)))
    if made.returncode != 0:
        raise EmbeddedError(f"The embedded PostgreSQL could not be made in {place.home}: {_last_line(made.stderr)}")
    fresh.rename(place.data)
    shutil.rmtree(made_in)


def _first_sql(state: State) -> list[str]:
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


def start(place: Place, binaries: Binaries, state: State) -> None:
    """Start it and wait until it serves.

    A refusal is tried again, for 10 s when its reason passes by itself: the process, the shared memory and the port
    of a killed server linger a while.
    """
    began_at = time.monotonic()
    while True:
        logged_before = _log(place)
        settings = _settings(binaries, _choose_port(place, state))
        command = ["pg_ctl", "start", "-w", "-t", "60", "-D", str(place.data), "-l", str(place.log), "-o", settings]
        tried = _run(place, binaries, *command)
        if is_running(place, state):
            return
        # What stops pg_ctl itself is not in the server's log.
        said = _log(place).removeprefix(logged_before) or tried.stderr
        patience = 10 if any(word in said for word in PASSING) else 2
        if time.monotonic() - began_at > patience:
            raise EmbeddedError(f"The embedded PostgreSQL does not start (log: {place.log}): {_last_line(said)}")
        time.sleep(0.3)


def _log(place: Place) -> str:
    return place.log.read_text(errors="replace") if place.log.exists() else ""


def _settings(binaries: Binaries, port: int) -> str:
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
        "max_logical_replication_workers": 0,
        "timezone": "UTC",
        "log_timezone": "UTC",
        # A failing statement and its details quote people's data; the log keeps the error's own line.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
    if binaries.major >= 18:
        settings["io_method"] = "sync"  # three processes less
    return " ".join(f"-c {name}={value}" for name, value in settings.items())


def _choose_port(place: Place, state: State) -> int:
    """The port of last time, or the next that is free when another program has taken it."""
    for port in [state.port, *PORTS] if state.port else PORTS:
        if not _is_free(port):
            continue
        if port != state.port:
            state.port = port
            write_state(place, state)
        return port
    raise EmbeddedError(f"No port from {PORTS[0]} to {PORTS[-1]} is free on 127.0.0.1: free one, or set DATABASE_URL.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
    return True


def stop(place: Place) -> bool:
    """End it as ``pg_ctl -m fast`` would, without needing any program; whether there was one to end."""
    found = _postmaster(place.data)
    if found is None:
        return False
    os.kill(found[0], signal.SIGINT)
    give_up_at = time.monotonic() + COMMAND_SECONDS
    while (place.data / "postmaster.pid").exists() and _postmaster(place.data):
        if time.monotonic() > give_up_at:
            raise EmbeddedError(f"The embedded PostgreSQL (process {found[0]}) does not stop: see {place.log}.")
        time.sleep(0.02)
    return True


def _run(place: Place, binaries: Binaries, *command: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """One of PostgreSQL's programs, as the user the server runs under, in a session that no Ctrl-C reaches."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    environment |= {"LC_ALL": "C", "TZ": "UTC", "HOME": str(place.home)}
    as_root = os.geteuid() == 0
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
            user=place.uid if as_root else None,
            group=place.gid if as_root else None,
            extra_groups=[] if as_root else None,
        )
    except subprocess.TimeoutExpired:
        raise EmbeddedError(f"PostgreSQL's {name} did not end within {COMMAND_SECONDS} s: try again.") from None


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it gave no reason"
