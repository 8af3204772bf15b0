"""What is left of an audit chain that was removed whole: a signed line that says how long it was and how it ended."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from dsr import crypto
from dsr.models import AuditStream, AuditTombstone
from dsr.workflow import audit
from dsr.workflow.signatures import canonical, public_keys, signed

FORMAT = "dsr-audit-tombstone-1"


def digest_of(name: str) -> str:
    """How a tombstone names a chain."""
    return hashlib.sha256(name.encode()).hexdigest()


def put(stream: AuditStream, *, last_at: datetime, now: datetime) -> AuditTombstone:
    """Write and sign the tombstone of a chain that is about to go, in the caller's transaction."""
    stone = AuditTombstone(
        stream_digest=digest_of(stream.name),
        entries=stream.length,
        head=stream.head,
        last_at=last_at,
        removed_at=now,
    )
    told = signed(_said(stone))
    stone.public_key, stone.signature = told["public_key"], told["signature"]
    stone.save()
    return stone


def statement_of(stone: AuditTombstone) -> dict[str, Any]:
    """A tombstone as the stand-alone checker reads it."""
    return {**_said(stone), "public_key": stone.public_key, "signature": stone.signature}


def is_ours(stone: AuditTombstone) -> bool:
    """True when this installation signed exactly this."""
    said = canonical({**_said(stone), "public_key": stone.public_key})
    return any(crypto.is_signed_by(key, said, base64.b64decode(stone.signature)) for key in public_keys().values())


def contradictions(stone: AuditTombstone, anchored: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Anchored heads (length and head) of the chain that it cannot have had when it was removed."""
    for length, head in anchored:
        if length > stone.entries or (length == stone.entries and head != stone.head):
            yield length, head


def _said(stone: AuditTombstone) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "stream": stone.stream_digest,
        "length": stone.entries,
        "head": stone.head,
        "last_at": audit.moment(stone.last_at),
        "removed_at": audit.moment(stone.removed_at),
    }
