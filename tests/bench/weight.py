"""How heavy it is: the packages it needs to run, and the memory of web and worker at rest."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench.figures import Figure, note
from tests.bench.place import Place
from tests.bench.processes import cpu_seconds, family, memory
from tests.installation import CHECKOUT, wait_until

REST_SECONDS = 5
PAGES = 20


def measure(place: Place, web: Sequence[str]) -> Iterator[Figure]:
    """``web`` are the arguments by which ``scripts/run.py`` starts gunicorn."""
    yield from _memory(place, web)
    yield from _packages()


def _memory(place: Place, web: Sequence[str]) -> Iterator[Figure]:
    note("web and worker at rest")
    with place.installation.worker() as worker, _web_server(place, web) as (process, url):
        for _ in range(PAGES):
            _fetch(url)
        place.installation.open_requests(20, 4, one_by_one=True)
        time.sleep(REST_SECONDS)
        parts = {"web": family(process), "run_worker and cluster": worker.processes()}
        sizes = {name: memory(processes) for name, processes in parts.items()}
        busy = cpu_seconds(parts["web"])
        time.sleep(REST_SECONDS)
        busy = cpu_seconds(parts["web"]) - busy
    remark = ", ".join(f"{name} {size:.0f} MB in {len(parts[name])} processes" for name, size in sizes.items())
    yield Figure("memory of web and worker at rest (PSS)", sum(sizes.values()), "MB", 350, remark=remark)
    yield Figure("idle: CPU of the web server", 100 * busy / REST_SECONDS, "% core")


@contextmanager
def _web_server(place: Place, web: Sequence[str]) -> Iterator[tuple[int, str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    place.installation.manage("collectstatic", "--noinput", "-v", "0")
    command = [sys.executable, *web, "--bind", address]
    server = subprocess.Popen(command, cwd=CHECKOUT, env=place.installation.environment, stdin=subprocess.DEVNULL)
    try:
        wait_until(lambda: _fetch(f"http://{address}/"), 60, "the web server does not answer")
        yield server.pid, f"http://{address}/"
    finally:
        server.terminate()
        server.wait(60)


def _fetch(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bool(answer.read())
    except ConnectionError:
        return False
    except OSError as error:
        if "refused" in str(error):
            return False
        raise


def _packages() -> Iterator[Figure]:
    note("a virtual environment with requirements.txt alone")
    with tempfile.TemporaryDirectory(prefix="dsr-bench-") as name:
        folder = Path(name) / "venv"
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [str(folder / "bin" / "pip"), "--disable-pip-version-check", "install", "--quiet", "--no-input"]
        subprocess.run([*pip, "-r", str(CHECKOUT / "requirements.txt")], check=True, capture_output=True)
        told = subprocess.run(["du", "-sm", folder], capture_output=True, text=True, check=True).stdout
    yield Figure("virtual environment of requirements.txt (du -sm)", float(told.split()[0]), "MB", 250)
