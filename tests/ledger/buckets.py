"""A bucket of the tests: an S3-compatible server that this project did not write, as a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from uuid import uuid4

SERVER = "from moto.server import main; import sys; main(sys.argv[1:])"


@dataclass
class BucketServer:
    """A server that is running, and can be stopped."""

    process: subprocess.Popen[bytes]
    endpoint: str
    environment: dict[str, str] = field(default_factory=dict)

    def new_place(self) -> str:
        """The address of an empty ledger, in a bucket made for it."""
        bucket = f"ledger-{uuid4().hex[:12]}"
        urllib.request.urlopen(urllib.request.Request(f"{self.endpoint}/{bucket}", method="PUT")).close()
        return f"s3://{bucket}/small/shop"


@contextmanager
def bucket_server() -> Iterator[BucketServer]:
    """Started, and told to this process's environment; stopped at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}"
    said = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "ledger",
        "AWS_SECRET_ACCESS_KEY": "only-for-tests",
    }
    before = {name: os.environ.get(name) for name in said}
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(endpoint)
        os.environ.update(said)
        yield BucketServer(process, endpoint, said)
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})
        process.kill()
        process.wait()


def _wait_for(endpoint: str) -> None:
    for _ in range(200):
        with suppress(OSError):
            urllib.request.urlopen(endpoint).close()
            return
        time.sleep(0.1)
    raise AssertionError("the S3 server did not start")
