"""The demo, from one command: database, five shops, web and worker. Ctrl-C ends all of it; the data stays.

``scripts/run.py [--port 8000] [--people 2000]``; ``make run`` makes everything ready first.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

BASE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE))

from dsr import embedded  # noqa: E402  (the path above must stand first)
from dsr.demo.people import PEOPLE  # noqa: E402

WEB = ["-m", "gunicorn", "dsr.wsgi:application", "--preload", "--workers", "2", "--threads", "4"]
WEB += ["--no-control-socket", "--log-level", "warning"]
WORKER = ["manage.py", "run_worker"]
WEB_ANSWERS_WITHIN = 60
ENDS_WITHIN = 40
LOOK_EVERY = 2.0
HOST = "127.0.0.1"
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


class Stopped(Exception):
    """Somebody asked for the end: Ctrl-C or a signal."""


class DemoError(Exception):
    """The demo cannot run; the text is one line that says what to do."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Run the demo.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--people", type=int, default=2000, help="invented people a shop")
    wish = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        check_conditions()
        with only_one_here():
            check_port(wish.port)
            run(wish.port, wish.people)
    except Stopped:
        print("Stopped. The data stays; make clean-demo starts over.", flush=True)
    except (DemoError, embedded.EmbeddedError) as error:
        sys.exit(f"run: {error}")


def run(port: int, people: int) -> None:
    """Database, staff and shops, then web and worker until somebody says stop. Raises Stopped or DemoError."""
    os.environ |= {"DSR_DEMO": "1", "DSR_BASE_URL": f"http://{HOST}:{port}", "PYTHONUNBUFFERED": "1"}
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        embedded.prepare_environment(BASE)
        _prctl(PR_SET_CHILD_SUBREAPER, 1)
        children["web server"] = start(*WEB, "--bind", f"{HOST}:{port}")
        children["worker"] = start(*WORKER)
        seed(people, children)
        wait_for_web(port, children)
        print(block(port), flush=True)
        watch(children)
    finally:
        end(children)


def seed(people: int, children: dict[str, subprocess.Popen[bytes]]) -> None:
    """Staff and shops, while web and worker start; what is there already is left as it is."""
    commands = {"seed_staff": [], "seed_demo": ["--people", str(people)]}
    for command, options in commands.items():
        children[command] = start("manage.py", command, *options, stdout=subprocess.DEVNULL)
    for command in commands:
        if children[command].wait() != 0:
            raise DemoError(f"manage.py {command} failed: see above.")
        del children[command]


def check_conditions() -> None:
    """Demo mode opens doors, so it runs beside nothing real."""
    if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"):
        raise DemoError("the demo uses only its own database: unset DATABASE_URL.")
    if os.environ.get("DSR_BIND", HOST) != HOST:
        raise DemoError(f"everybody knows the demo's passwords, so it listens on {HOST} only: unset DSR_BIND.")


@contextmanager
def only_one_here() -> Iterator[None]:
    """A second demo would stop the first one's database when it ends."""
    var = Path(os.environ.get("DSR_VAR") or BASE / "var")
    var.mkdir(parents=True, exist_ok=True)
    with (var / "run.lock").open("a") as note:
        try:
            fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError("the demo of this checkout already runs: stop it there with Ctrl-C first.") from None
        yield


def check_port(port: int) -> None:
    """Before anything is started, so that the reason is told in one line."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise DemoError(f"port {port} is in use or not allowed: try   make run PORT={port + 1}") from None


def start(*arguments: str, stdout: int | None = None) -> subprocess.Popen[bytes]:
    """A Python child of its own session, so that Ctrl-C reaches only this process, which ends the others in order."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=BASE,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        start_new_session=True,
        preexec_fn=_end_with_parent,  # noqa: PLW1509  (this process has no threads)
    )


def _end_with_parent() -> None:
    """Linux ends the child when this process is killed: what was left behind would hold the port."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value)


def wait_for_web(port: int, children: dict[str, subprocess.Popen[bytes]]) -> None:
    """Until the start page answers."""
    give_up_at = time.monotonic() + WEB_ANSWERS_WITHIN
    while time.monotonic() < give_up_at:
        check_alive(children)
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/", timeout=10):
                return
        except urllib.error.HTTPError as error:
            raise DemoError(f"the web server answers, but with error {error.code}: see above.") from None
        except OSError:
            time.sleep(0.1)
    raise DemoError(f"the web server did not answer within {WEB_ANSWERS_WITHIN} s: see above.")


def watch(children: dict[str, subprocess.Popen[bytes]]) -> None:
    """Until somebody says stop. A database that was killed is started again; web and worker are told when they end."""
    while True:
        time.sleep(LOOK_EVERY)
        check_alive(children)
        embedded.ensure_running(BASE)


def check_alive(children: dict[str, subprocess.Popen[bytes]]) -> None:
    for name, child in children.items():
        if child.poll() is not None:
            raise DemoError(
                f"the {name} ended by itself (exit code {child.returncode}): see above, then make run again."
            )


def end(children: dict[str, subprocess.Popen[bytes]]) -> None:
    """Web and worker first, the database last. A second Ctrl-C does not leave half of it running."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    print("\nStopping web, worker and database ...", flush=True)
    for child in children.values():
        child.terminate()
    give_up_at = time.monotonic() + ENDS_WITHIN
    for child in children.values():
        try:
            child.wait(max(0.1, give_up_at - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    end_orphans()
    embedded.stop(BASE)


def end_orphans() -> None:
    """A worker that was killed leaves its cluster behind, which has become this process's child (Linux)."""
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent, group = file.read_text().rpartition(")")[2].split()[1:3]
            if int(parent) == os.getpid():
                os.killpg(int(group), signal.SIGKILL)


def block(port: int) -> str:
    """What a newcomer needs: where to go, as whom, and whom to play."""
    here = f"http://{HOST}:{port}"
    people = "\n".join(f"    {person.email:34} {person.shop:18} {person.story}" for person in PEOPLE)
    return f"""
  The demo runs.

    customers            {here}/
    the mails they get   {here}/dev/outbox/
    staff                {here}/staff/
                         owner / owner-of-the-demo       reviewer / reviewer-of-the-demo
                         accounts / accounts-of-the-demo

  People to play (e-mail, shop):

{people}

  Ctrl-C stops web, worker and database. The data stays; make clean-demo starts over.
"""


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


if __name__ == "__main__":
    main()
