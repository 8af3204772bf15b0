"""A recipient's program: a real server behind TLS on this machine, with a certificate that the test trusts."""

from __future__ import annotations

import datetime as dt
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DONE = b'{"status": "done"}'


@dataclass
class Program:
    """What it will answer, and what it was sent. ``slow`` seconds pass between two letters of its answer; ``meanwhile``
    happens elsewhere before it answers."""

    port: int
    status: int = 200
    body: bytes = DONE
    slow: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    meanwhile: Callable[[], object] = bool
    got: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)

    def address(self, host: str = "127.0.0.1", path: str = "/hook?token=secret") -> str:
        return f"https://{host}:{self.port}{path}"


@contextmanager
def running(folder: Path, names: tuple[str, ...] = ("127.0.0.1",)) -> Iterator[tuple[Program, Path]]:
    """The program, and the file with its certificate."""
    certificate = _certificate(folder, names)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(program := Program(0)))
    program.port = server.server_address[1]
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield program, certificate
    finally:
        server.shutdown()
        server.server_close()


def _handler(program: Program) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            program.got.append((self.path, dict(self.headers), sent))
            program.meanwhile()
            self.send_response(program.status)
            for name, value in program.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(program.body)))
            self.end_headers()
            if not program.slow:
                self.wfile.write(program.body)
                return
            for letter in program.body:
                time.sleep(program.slow)
                self.wfile.write(bytes([letter]))

        def log_message(self, *args: object) -> None:
            """Nothing on the screen."""

    return Handler


def _certificate(folder: Path, names: tuple[str, ...]) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a recipient")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([_general(each) for each in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


def _general(name: str) -> x509.GeneralName:
    return x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
