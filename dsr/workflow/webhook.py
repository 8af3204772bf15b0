"""A message to a recipient's program: one POST over TLS to the address that the policy names, and nowhere else.

The address was written by the shop, and what stands behind its name is whatever a name server says today. So a worker inside
our network must not be led to a machine in there: every address that the name has must be public, the connection goes to
one that was checked (not to what the name says a moment later), and nothing is followed. The whole exchange has one time
limit, because a limit for each read lets a slow answer hold a worker for ever.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, HTTPSConnection
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

SECONDS = 10.0
LARGEST_REPLY = 65_536
TRY_LATER = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)
NAT64 = ip_network("64:ff9b::/96")


class WebhookRefused(Exception):
    """Trying again cannot help: the address may not be called, or who is there refuses. The message is for people."""


class WebhookUnreachable(Exception):
    """Nobody is there now, or it says to come again. The message is for people."""


@dataclass(frozen=True, slots=True)
class Reply:
    """It took the message; ``is_done``: it says that it has done already what was asked."""

    is_done: bool


def post(address: str, content: Mapping[str, Any], *, is_private_allowed: bool, seconds: float = SECONDS) -> Reply:
    """Send one message as JSON. ``is_private_allowed``: also to our own network, as a demo does.

    Raises WebhookRefused, WebhookUnreachable.
    """
    host, port, path = _parts(address)
    connection = _Checked(host, port, checked_address(host, port, is_private_allowed=is_private_allowed), seconds)
    headers = {"Content-Type": "application/json", "Accept": "application/json", "Connection": "close"}
    try:
        with connection.ending_in_time():
            connection.request("POST", path, json.dumps(content).encode(), headers)
            response = connection.getresponse()
            body = response.read(LARGEST_REPLY)
    except ssl.SSLCertVerificationError:
        raise WebhookRefused(f"{host} shows no certificate that holds for its name.") from None
    except (OSError, HTTPException, ValueError):  # ValueError: the time limit took the socket away within a read.
        raise WebhookUnreachable(f"{host} does not answer.") from None
    finally:
        connection.close()
    return _read(host, response.status, body)


def checked_address(host: str, port: int, *, is_private_allowed: bool) -> str:
    """An address of the host that may be called. Raises WebhookRefused, WebhookUnreachable."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise WebhookUnreachable(f"No name server knows {host}.") from None
    addresses = [str(each[4][0]) for each in found]
    if not is_private_allowed and not all(map(is_public, addresses)):
        raise WebhookRefused(f"{host} leads into a network that is not public; nothing was sent.")
    return addresses[0]


def is_public(address: str) -> bool:
    """True for an IP address that anybody on the Internet could call, also where it holds another one inside."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        inner = (
            found.ipv4_mapped or found.sixtofour or (ip_address(int(found) & 0xFFFFFFFF) if found in NAT64 else None)
        )
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast


class _Checked(HTTPSConnection):
    """A connection to an address that was checked; the certificate must still be the name's."""

    def __init__(self, host: str, port: int, address: str, seconds: float) -> None:
        super().__init__(host, port, timeout=seconds)
        self._address = address
        self._seconds = seconds
        self._tls = ssl.create_default_context()
        self._line: ssl.SSLSocket | None = None
        self._is_cut = False

    def connect(self) -> None:
        raw = socket.create_connection((self._address, self.port), self._seconds)
        self.sock = self._line = self._tls.wrap_socket(raw, server_hostname=self.host, do_handshake_on_connect=False)
        self._end_if_cut()
        self._line.do_handshake()

    @contextmanager
    def ending_in_time(self) -> Iterator[None]:
        """Cut the line after the time limit, whatever is being read then. Raises TimeoutError."""
        timer = threading.Timer(self._seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
            self._end_if_cut()
        finally:
            timer.cancel()

    def _end_if_cut(self) -> None:
        if self._is_cut:
            raise TimeoutError

    def _cut(self) -> None:
        """``self.sock`` is gone once an answer has begun, so the line is remembered. Of TLS nothing is said for goodbye."""
        self._is_cut = True
        if self._line is not None:
            with suppress(OSError):
                socket.socket.shutdown(self._line, socket.SHUT_RDWR)


def _parts(address: str) -> tuple[str, int, str]:
    try:
        parts = urlsplit(address)
        port = parts.port or 443
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc:
        raise WebhookRefused("The address is no https address; mend it in the policy.")
    return parts.hostname, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _read(host: str, status: int, body: bytes) -> Reply:
    if status in TRY_LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise WebhookUnreachable(f"{host} cannot take it now (HTTP {status}).")
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise WebhookRefused(f"{host} does not take it (HTTP {status}).")
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    return Reply(is_done=isinstance(said, dict) and said.get("status") == "done")
