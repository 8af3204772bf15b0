"""Somebody who holds our dumps, our files and a key ring, and reads whatever can be read with them.

They need no code of ours. Sealing is AES-GCM, and without its tag and its context that is AES in counter mode: so every bytes
that could be sealed are opened with every key there is, and what comes out as 32 bytes is taken for one more key. Text is
looked at in clear, in base64 and hexadecimal, and uncompressed wherever a zlib stream may begin.
"""

from __future__ import annotations

import base64
import json
import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

DEEPEST = 4
HEX = re.compile(rb"\\\\?x([0-9a-f]{16,})")
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")
KEY_BYTES, NONCE_BYTES = 32, 12
SEALED_OVERHEAD = 1 + NONCE_BYTES + 16


def keys_in(ring: Path) -> set[bytes]:
    """Every key of a ring's file that is still there, whatever it is for."""
    found = re.findall(r'"([A-Za-z0-9+/]{43}=)"', ring.read_text())
    return {base64.b64decode(each) for each in found}


def found_in(places: Iterable[bytes], canaries: Iterable[str], keys: set[bytes]) -> set[str]:
    """The canaries that can be read in any of the places, by somebody who has these keys."""
    blobs = {blob for place in places for blob in decoded(place)}
    known = keys | data_keys(blobs, keys)
    opened = {plain for blob in blobs for plain in unsealed(blob, known)}
    readable = blobs | {inner for plain in opened for inner in decoded(plain)}
    # A form's answers are sealed within what is encoded already.
    readable |= {plain for blob in readable - blobs for plain in unsealed(blob, known)}
    text = b"\n".join(readable).lower()
    return {each for each in canaries if each.lower().encode() in text}


def data_keys(blobs: Iterable[bytes], keys: set[bytes]) -> set[bytes]:
    """What opens as 32 bytes may be a key that was wrapped by another."""
    wrapped = [blob for blob in blobs if len(blob) == SEALED_OVERHEAD + KEY_BYTES]
    return {plain for blob in wrapped for plain in unsealed(blob, keys) if len(plain) == KEY_BYTES}


def unsealed(blob: bytes, keys: Iterable[bytes]) -> Iterator[bytes]:
    """A value, or a file of frames, opened with each key; mostly noise. A key's version may stand in front."""
    for key in keys:
        for start in (at for at in (0, *(i + 1 for i in range(min(4, len(blob))) if blob[i : i + 1] == b":"))):
            body = blob[start:]
            if body[:1] == b"\x01" and len(body) > SEALED_OVERHEAD:
                yield counter_mode(key, body[1 : 1 + NONCE_BYTES], body[1 + NONCE_BYTES : -16])
        if blob[:1] == b"\x01":
            yield b"".join(frames(key, blob))


def frames(key: bytes, blob: bytes) -> Iterator[bytes]:
    """A sealed file: a prefix of eight bytes, then frames that say how long they are."""
    prefix, at, number = blob[1:9], 9, 0
    while at + 5 <= len(blob):
        size, _ = struct.unpack(">I?", blob[at : at + 5])
        if not 16 <= size <= len(blob) - at - 5:
            return
        yield counter_mode(key, prefix + struct.pack(">I", number), blob[at + 5 : at + 5 + size - 16])
        at, number = at + 5 + size, number + 1


def counter_mode(key: bytes, nonce: bytes, body: bytes) -> bytes:
    """What AES-GCM encrypted, without asking whether it is whole."""
    decryptor = Cipher(algorithms.AES(key), modes.CTR(nonce + b"\0\0\0\x02")).decryptor()
    return decryptor.update(body) + decryptor.finalize()


def decoded(content: bytes, depth: int = DEEPEST) -> set[bytes]:
    """The content itself and everything that is written, encoded or packed in it."""
    found = {content}
    if depth:
        inner = {*_written(content), *_unpacked(content)}
        for each in inner - found:
            found |= decoded(each, depth - 1)
    return found


def _written(content: bytes) -> Iterator[bytes]:
    for match in HEX.finditer(content):
        digits = match[1]
        yield bytes.fromhex(digits[: len(digits) // 2 * 2].decode())
    if len(content) < 5_000_000:
        for match in BASE64.finditer(content):
            text = match[0].rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
            if len(text) % 4 != 1:
                yield base64.b64decode(text + b"=" * (-len(text) % 4))
    if b"\\u00" in content or b'\\"' in content:
        yield json.dumps(content.decode("utf-8", "replace")).encode()


def _unpacked(content: bytes) -> Iterator[bytes]:
    at = content.find(b"x")
    while at >= 0 and len(content) < 20_000_000:
        if content[at + 1 : at + 2] in (b"\x01", b"\x5e", b"\x9c", b"\xda"):
            with suppress(zlib.error):
                yield zlib.decompressobj().decompress(content[at:])
        at = content.find(b"x", at + 1)
