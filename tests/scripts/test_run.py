"""The demo's one command: what it refuses, and one whole life of it with a database of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsr import embedded

CHECKOUT = Path(__file__).resolve().parents[2]
RUN = [sys.executable, str(CHECKOUT / "scripts" / "run.py"), "--people", "5"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """That of a newcomer's shell, with a ``var`` of this test's own."""
    of_the_tests = ("DATABASE_URL", "DATABASE_OWNER_URL", "DEMO_SHOPS_URL", "DSR_DATABASE_ROLE", "DSR_PLAIN_HTTP")
    kept = {key: value for key, value in os.environ.items() if key not in (*of_the_tests, "DJANGO_SETTINGS_MODULE")}
    return kept | {"DSR_VAR": str(tmp_path / "var")}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def refused(environment: dict[str, str], *options: str) -> str:
    """What it says, in one line and without having made a database."""
    ended = subprocess.run([*RUN, *options], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert not (Path(environment["DSR_VAR"]) / "embedded.json").exists()
    return ended.stderr


def test_demo_when_a_database_of_ones_own_is_named_then_it_refuses(environment: dict[str, str]) -> None:
    environment["DATABASE_URL"] = "postgresql://dsr_app:x@db.example.com/dsr"

    assert refused(environment) == "run: the demo uses only its own database: unset DATABASE_URL.\n"


def test_demo_when_others_could_reach_it_then_it_refuses(environment: dict[str, str]) -> None:
    environment["DSR_BIND"] = "0.0.0.0"

    said = refused(environment)

    assert said == "run: everybody knows the demo's passwords, so it listens on 127.0.0.1 only: unset DSR_BIND.\n"


def test_demo_when_the_port_is_busy_then_it_names_another(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = int(server.getsockname()[1])

        said = refused(environment, "--port", str(port))

    assert said == f"run: port {port} is in use or not allowed: try   make run PORT={port + 1}\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """A checkout of its own: whatever the demo stops or removes there cannot be the suite's own database."""
    copy = tmp_path / "checkout"
    shutil.copytree(CHECKOUT, copy, ignore=shutil.ignore_patterns("var", ".*", "docs", "tests", "__pycache__"))
    yield copy
    embedded.remove(copy)


@pytest.fixture
def demo(
    environment: dict[str, str], checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[subprocess.Popen[str]]:
    """The demo after its closing block; ``args`` ends in its port."""
    monkeypatch.delenv("DSR_VAR", raising=False)
    del environment["DSR_VAR"]
    for command in (["init_keys"], ["migrate", "-v", "0"], ["collectstatic", "--noinput", "-v", "0"]):
        made = [sys.executable, str(checkout / "manage.py"), *command]
        subprocess.run(made, env=environment, check=True, capture_output=True, timeout=120)
    run = [sys.executable, str(checkout / "scripts" / "run.py"), "--people", "5", "--port", str(free_port())]
    process = subprocess.Popen(run, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    yield process
    process.kill()
    process.wait()


def port_of(process: subprocess.Popen[str]) -> str:
    assert isinstance(process.args, list)
    return str(process.args[-1])


def answers(url: str) -> bool:
    try:
        return bool(urllib.request.urlopen(url, timeout=20).status == 200)
    except OSError:
        return False


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """Everything said up to the line with ``words``."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    pytest.fail(f"it ended without saying {words!r}: {said}")


def test_demo_when_started_then_it_serves_survives_a_killed_database_and_ends_whole(
    demo: subprocess.Popen[str], checkout: Path, environment: dict[str, str]
) -> None:
    here = f"http://127.0.0.1:{port_of(demo)}/"

    said = read_until(demo, "Ctrl-C stops")
    assert f"customers            {here}" in said
    assert "owner / owner-of-the-demo" in said
    assert "ada.lindqvist@example.com" in said
    assert answers(here)

    urls = embedded.ensure_running(checkout)
    again = [sys.executable, str(checkout / "scripts" / "run.py")]
    second = subprocess.run(again, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert second.stderr == "run: the demo of this checkout already runs: stop it there with Ctrl-C first.\n"

    assert embedded.stop(checkout) is True
    give_up_at = time.monotonic() + 30
    while not answers(here) and time.monotonic() < give_up_at:
        time.sleep(0.2)
    assert answers(here)
    assert embedded.ensure_running(checkout) == urls

    demo.send_signal(signal.SIGINT)
    assert read_until(demo, "Stopped.").strip().endswith("Stopped. The data stays; make clean-demo starts over.")
    assert demo.wait(60) == 0
    assert embedded.stop(checkout) is False
