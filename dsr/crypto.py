"""Sealing, keyed hashes and signatures. Keys come in as arguments; nothing here reads a file or a setting.

Sealing is AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce. Every seal names its *context*: what is sealed and for
whom. A blob that is moved to another row, or a frame that is moved within a file, no longer opens.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Protocol, Self

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
FORMAT = b"\x01"
FRAME_BYTES = 256 * 1024
"""Plain bytes in one frame of a sealed stream: large enough to be fast, small enough to keep memory flat."""


class SealBroken(Exception):
    """The bytes were changed, belong to another context, or were sealed with another key."""


class ByteSink(Protocol):
    """Anything that bytes can be written to."""

    def write(self, data: bytes, /) -> object: ...


class ByteSource(Protocol):
    """Anything that bytes can be read from."""

    def read(self, size: int, /) -> bytes: ...


def new_key() -> bytes:
    """32 random bytes."""
    return os.urandom(KEY_BYTES)


def seal(key: bytes, plain: bytes, *, context: str) -> bytes:
    """Encrypt and authenticate ``plain``; the result is 29 bytes longer."""
    nonce = os.urandom(NONCE_BYTES)
    return FORMAT + nonce + AESGCM(key).encrypt(nonce, plain, context.encode())


def unseal(key: bytes, sealed: bytes, *, context: str) -> bytes:
    """The plain bytes again. Raises SealBroken when anything differs."""
    if sealed[:1] != FORMAT:
        raise SealBroken("unknown seal format")
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, body, context.encode())
    except (InvalidTag, ValueError) as error:
        raise SealBroken(f"seal does not open in context {context.partition(':')[0]!r}") from error


class SealedWriter:
    """A file-like that seals what is written, frame by frame, so that nothing waits in the clear on a disk.

    Each frame authenticates its number and whether it is the last, so frames can neither be swapped nor cut off.
    """

    def __init__(self, key: bytes, sink: ByteSink, *, context: str) -> None:
        self._aead = AESGCM(key)
        self._sink = sink
        self._context = context.encode()
        self._buffer = bytearray()
        self._number = 0
        self._prefix = os.urandom(8)
        sink.write(FORMAT + self._prefix)

    def write(self, data: bytes, /) -> int:
        """Take bytes; full frames leave at once."""
        self._buffer += data
        while len(self._buffer) > FRAME_BYTES:
            self._send(bytes(self._buffer[:FRAME_BYTES]), last=False)
            del self._buffer[:FRAME_BYTES]
        return len(data)

    def close(self) -> None:
        """Write the last frame; without it the stream is refused as cut off."""
        self._send(bytes(self._buffer), last=True)
        self._buffer.clear()

    def _send(self, plain: bytes, *, last: bool) -> None:
        nonce = self._prefix + struct.pack(">I", self._number)
        body = self._aead.encrypt(nonce, plain, self._context + struct.pack(">I?", self._number, last))
        self._sink.write(struct.pack(">I?", len(body), last) + body)
        self._number += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # After an error the last frame stays unwritten: half a file must not look whole.
        if kind is None:
            self.close()


def unseal_stream(key: bytes, source: ByteSource, *, context: str) -> Iterator[bytes]:
    """The plain frames of what a SealedWriter wrote. Raises SealBroken on any change, also a missing end."""
    head = source.read(1 + 8)
    if head[:1] != FORMAT:
        raise SealBroken("unknown seal format")
    aead, prefix, number, last = AESGCM(key), head[1:], 0, False
    while not last:
        frame = source.read(5)
        if len(frame) != 5:
            raise SealBroken("the sealed file was cut off")
        size, last = struct.unpack(">I?", frame)
        nonce = prefix + struct.pack(">I", number)
        try:
            yield aead.decrypt(nonce, source.read(size), context.encode() + struct.pack(">I?", number, last))
        except (InvalidTag, ValueError) as error:
            raise SealBroken("the sealed file was changed") from error
        number += 1


def keyed_hash(key: bytes, *, shop: str, kind: str, value: str) -> str:
    """64 hexadecimal digits that stand for an identifier in look-ups; without ``key`` nobody can guess their way back.

    The key is derived per shop, so that one shop's hashes say nothing about another's customers.
    """
    return hmac.new(shop_key(key, shop), f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


def shop_key(key: bytes, shop: str) -> bytes:
    """The key of one shop's hashes, for whoever makes many of them."""
    return hmac.new(key, f"dsr-identity:{shop}".encode(), hashlib.sha256).digest()


def record_namer(key: bytes) -> Callable[[str], str]:
    """Gives records the names by which they are known outside: HMAC-SHA256 over a record's digest, as 64 hexadecimal digits.

    The digest itself would be guessed back wherever the record's key is an e-mail address; without ``key`` its name is not.
    """
    own = hmac.digest(key, b"dsr-record-names", "sha256")
    return lambda digest: hmac.digest(own, digest.encode(), "sha256").hex()


def words_print(key: bytes, words: str) -> str:
    """16 hexadecimal digits that tell typed words from others (HMAC-SHA256), and tell nobody without ``key`` what they say."""
    own = hmac.digest(key, b"dsr-typed-words", "sha256")
    return hmac.digest(own, words.encode(), "sha256").hex()[:16]


def secret_digest(secret: str) -> str:
    """SHA-256 of a random secret of at least 128 bits (a link's token): nothing to guess, so no slow hash is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare secrets in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


def sign(seed: bytes, message: bytes) -> bytes:
    """64 bytes of Ed25519 signature (RFC 8032) with the private key that ``seed`` (32 bytes) makes."""
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def public_key(seed: bytes) -> bytes:
    """The 32 bytes that let anybody check a signature."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def is_signed_by(public: bytes, message: bytes, signature: bytes) -> bool:
    """True when ``signature`` over ``message`` was made with the private half of ``public``."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True
