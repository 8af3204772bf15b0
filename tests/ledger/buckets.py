"""A bucket of the tests: an S3-compatible server that this project did not write, as a process of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import obstore
import pytest
from obstore.store import S3Store

SERVER = "from moto.server import main; import sys; main(sys.argv[1:])"
ACCOUNT = {
    "AWS_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "ledger",
    "AWS_SECRET_ACCESS_KEY": "only-for-tests",
}


@dataclass
class BucketServer:
    """A server that is running, and can be stopped."""

    process: subprocess.Popen[bytes]
    endpoint: str

    @property
    def environment(self) -> dict[str, str]:
        return {**ACCOUNT, "AWS_ENDPOINT_URL": self.endpoint}

    def tell(self, patch: pytest.MonkeyPatch) -> None:
        """Let this process, and those that it starts, find the server."""
        for name, value in self.environment.items():
            patch.setenv(name, value)

    def new_place(self) -> str:
        """The address of an empty ledger, in a bucket made for it."""
        bucket = f"ledger-{uuid4().hex[:12]}"
        urllib.request.urlopen(urllib.request.Request(f"{self.endpoint}/{bucket}", method="PUT")).close()
        return f"s3://{bucket}/small/shop"


@contextmanager
def bucket_server() -> Iterator[BucketServer]:
    """Started, and told to this process's environment; stopped at the end."""
    with running_server() as server, pytest.MonkeyPatch.context() as patch:
        server.tell(patch)
        yield server


@contextmanager
def running_server() -> Iterator[BucketServer]:
    """Started, and stopped at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}")
        yield BucketServer(process, f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()


@dataclass(frozen=True)
class Objects:
    """A bucket's objects, or one of them, with as much of a Path as the ledger's tests need; past our own code."""

    address: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.address}/{self.name}".rstrip("/")

    def __truediv__(self, name: str) -> Objects:
        return Objects(self.address, name)

    def iterdir(self) -> Iterator[Objects]:
        return (self / str(each["path"]) for some in obstore.list(self._store) for each in some)

    def read_bytes(self) -> bytes:
        return bytes(obstore.get(self._store, self.name).bytes())

    def write_bytes(self, content: bytes) -> None:
        obstore.put(self._store, self.name, content, use_multipart=False)

    def read_text(self) -> str:
        return self.read_bytes().decode()

    def write_text(self, content: str) -> None:
        self.write_bytes(content.encode())

    def unlink(self) -> None:
        obstore.delete(self._store, self.name)

    @property
    def _store(self) -> S3Store:
        return S3Store.from_url(self.address, client_options={"allow_http": True})


class Between(ThreadingHTTPServer):
    """Stands between a ledger and its bucket: lets something happen before a request gets there, and loses answers."""

    def __init__(self, behind: str) -> None:
        super().__init__(("127.0.0.1", 0), _Forward)
        self.behind = behind.removeprefix("http://")
        self.endpoint = f"http://127.0.0.1:{self.server_address[1]}"
        self.before: Callable[[str], None] = lambda request: None
        self.unheeded = ""
        """A header that the storage does not know."""
        self.lost: list[str] = []
        """Requests whose answer will not arrive, each once."""


class _Forward(BaseHTTPRequestHandler):
    def _forward(self) -> None:
        assert isinstance(self.server, Between)
        request = f"{self.command} {self.path.rpartition('/')[2]}"
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.before(request)
        behind = HTTPConnection(self.server.behind)
        heeded = {name: value for name, value in self.headers.items() if name.lower() != self.server.unheeded}
        behind.request(self.command, self.path, content, heeded)
        with behind.getresponse() as answer:
            said = answer.read()
        behind.close()
        if request in self.server.lost:
            self.server.lost.remove(request)
            return
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said)

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._forward
        raise AttributeError(name)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Not among the tests' own words."""


@contextmanager
def between(server: BucketServer) -> Iterator[Between]:
    """Started, for whoever opens a ledger while its ``endpoint`` is told."""
    gate = Between(server.endpoint)
    thread = threading.Thread(target=gate.serve_forever, daemon=True)
    thread.start()
    try:
        yield gate
    finally:
        gate.shutdown()
        gate.server_close()


def _wait_for(endpoint: str) -> None:
    for _ in range(200):
        with suppress(OSError):
            urllib.request.urlopen(endpoint).close()
            return
        time.sleep(0.1)
    raise AssertionError("the S3 server did not start")
