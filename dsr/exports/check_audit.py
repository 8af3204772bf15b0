#!/usr/bin/env python3
"""Check an exported audit chain with nothing but Python: ``python3 check_audit.py chain.json``.

For every stream: each entry's SHA-256 covers the entry and the digest before it; the last digest is the head; the head is
signed (Ed25519, RFC 8032). Give the public key you were told by another way with ``--public-key`` to be sure whose
signature it is. Exit code 0 when everything holds, 1 when something does not, 2 when the file cannot be read.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Iterator
from typing import Any

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int, int, int]


def add(a: Point, b: Point) -> Point:
    """Add two points in extended coordinates (RFC 8032, section 5.1.4)."""
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    x, y, z, t = f - e, h - g, h + g, f + e
    return (x * y % P, z * t % P, y * z % P, x * t % P)


def times(number: int, point: Point) -> Point:
    """``number`` times ``point``."""
    total: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = add(total, point)
        point, number = add(point, point), number >> 1
    return total


def decode(raw: bytes) -> Point | None:
    """The point that 32 bytes stand for, or None."""
    if len(raw) != 32:
        return None
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Ed25519 verification (RFC 8032, section 5.1.7)."""
    key, r = decode(public), decode(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    base = decode(bytes([0x58] + [0x66] * 31))
    if key is None or r is None or base is None or len(signature) != 64 or s >= L:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = times(s, base), add(r, times(challenge, key))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


def canonical(content: dict[str, Any]) -> bytes:
    """Sorted keys, no spaces, UTF-8: the form that digests and signatures cover."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def faults(stream: dict[str, Any], trusted: bytes | None) -> Iterator[str]:
    """Everything wrong with one stream."""
    previous = "0" * 64
    for number, entry in enumerate(stream["entries"], 1):
        body = {name: value for name, value in entry.items() if name != "digest"} | {"stream": stream["stream"]}
        if entry["number"] != number:
            yield f"entry {number} is missing"
        if entry["previous"] != previous:
            yield f"entry {number} does not follow the one before it"
        if hashlib.sha256(canonical(body)).hexdigest() != entry["digest"]:
            yield f"entry {number} was changed"
        previous = entry["digest"]
    head = dict(stream["head"])
    signature, public = base64.b64decode(head.pop("signature")), base64.b64decode(head["public_key"])
    if (head["stream"], head["length"], head["head"]) != (stream["stream"], len(stream["entries"]), previous):
        yield "the signed head is not the end of this chain"
    if trusted is not None and public != trusted:
        yield "the head is signed with another key than the one you trust"
    if not is_signed(public, canonical(head), signature):
        yield "the signature of the head does not hold"


def faults_of_tombstone(stone: dict[str, Any], trusted: bytes | None) -> Iterator[str]:
    """Everything wrong with what is left of a chain that was removed at the end of its time."""
    said = dict(stone)
    signature, public = base64.b64decode(said.pop("signature")), base64.b64decode(said["public_key"])
    if trusted is not None and public != trusted:
        yield "the tombstone is signed with another key than the one you trust"
    if not is_signed(public, canonical(said), signature):
        yield "the signature of the tombstone does not hold"


def main() -> int:
    """Read the file, print one line per stream, return the exit code."""
    parser = argparse.ArgumentParser(description="Check an exported audit chain.")
    parser.add_argument("file")
    parser.add_argument("--public-key", help="base64, as the shop published it")
    options = parser.parse_args()
    trusted = base64.b64decode(options.public_key) if options.public_key else None
    try:
        with open(options.file, encoding="utf-8") as file:
            content = json.load(file)
        streams, stones = content["streams"], content.get("tombstones", [])
    except (OSError, ValueError, KeyError) as error:
        print(f"cannot read {options.file}: {error}", file=sys.stderr)
        return 2
    bad = 0
    for stream in streams:
        found = list(faults(stream, trusted))
        bad += bool(found)
        print(f"{stream['stream']}: {len(stream['entries'])} entries, " + ("; ".join(found) or "all as written"))
    for stone in stones:
        found = list(faults_of_tombstone(stone, trusted))
        bad += bool(found)
        told = "; ".join(found) or f"removed whole on {stone['removed_at'][:10]}"
        print(f"{stone['stream'][:12]}: {stone['length']} entries, {told}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
