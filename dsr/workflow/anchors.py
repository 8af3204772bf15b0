"""Heads of the audit chains, signed and kept outside the database, and the verification that uses them.

Who can rewrite the database can rewrite a whole chain. They cannot rewrite yesterday's anchor: it is a signed line in a file
that lives elsewhere, so a chain that no longer contains the anchored head is a forgery.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from dsr import crypto
from dsr.models import AuditEntry, AuditStream, AuditTombstone
from dsr.workflow import audit, tombstones
from dsr.workflow.queue import Claim, FinalFault
from dsr.workflow.signatures import canonical, public_keys, signed

FORMAT = "dsr-audit-anchor-1"
NOTHING = "0" * 64


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the log: which stream, at which entry, and what."""

    stream: str
    number: int
    message: str


def anchor_audit(claim: Claim) -> None:
    """Write one signed file with every stream's length and head. An existing file of the day is left as it is."""
    now = claim.clock()
    path = Path(settings.DSR_ANCHORS) / f"{now:%Y-%m-%d}.json"
    if not path.exists():
        heads = {
            name: [length, head] for name, length, head in AuditStream.objects.values_list("name", "length", "head")
        }
        _write(path, signed({"format": FORMAT, "at": audit.moment(now), "heads": heads}))
    with transaction.atomic(durable=True):
        claim.finish()


def faults(streams: list[AuditStream] | None = None) -> Iterator[Fault]:
    """Everything wrong with the given streams, or with the whole log: broken links, wrong heads, missing anchors."""
    chosen = AuditStream.objects.order_by("pk") if streams is None else streams
    anchored = dict(_anchored_heads())
    for stream in chosen:
        yield from _faults_of(stream, anchored.get(stream.name, []))
    if streams is None:
        known = set(AuditStream.objects.values_list("name", flat=True))
        yield from _faults_of_removed({name: heads for name, heads in anchored.items() if name not in known})


def statement_of(stream: AuditStream) -> dict[str, Any]:
    """A stream as the stand-alone checker reads it: all entries and a signed head."""
    entries = [
        {
            "number": each.number,
            "at": audit.moment(each.at),
            "action": each.action,
            "actor": each.actor,
            "facts": each.facts,
            "previous": each.previous,
            "digest": each.digest,
        }
        for each in stream.entries.order_by("number")
    ]
    head = signed({"format": FORMAT, "stream": stream.name, "length": stream.length, "head": stream.head})
    return {"stream": stream.name, "entries": entries, "head": head}


def _faults_of_removed(anchored: dict[str, list[tuple[int, str]]]) -> Iterator[Fault]:
    """What is wrong with tombstones, and with anchored chains that are gone."""
    stones = {stone.stream_digest: stone for stone in AuditTombstone.objects.all()}
    for digest, stone in stones.items():
        if not tombstones.is_ours(stone):
            yield Fault(digest, stone.entries, "the tombstone is not signed by this installation")
    for name in sorted(anchored):
        left = stones.get(tombstones.digest_of(name))
        if left is None:
            yield Fault(name, 0, "the stream was anchored and is gone")
            continue
        for length, _ in tombstones.contradictions(left, anchored[name]):
            yield Fault(name, length, "the tombstone contradicts the head that was anchored outside")


def _faults_of(stream: AuditStream, anchored: list[tuple[int, str]]) -> Iterator[Fault]:
    previous, number, digests = NOTHING, 0, {0: NOTHING}
    for number, entry in enumerate(stream.entries.order_by("number").iterator(), 1):
        if entry.number != number:
            yield Fault(stream.name, number, f"entry {number} is missing")
            return
        if entry.previous != previous:
            yield Fault(stream.name, number, "the entry does not follow the one before it")
        if entry.digest != _digest(stream, entry):
            yield Fault(stream.name, number, "the entry was changed")
        previous = digests[number] = entry.digest
    if (stream.length, stream.head) != (number, previous):
        yield Fault(stream.name, number, f"the head says {stream.length} entries, the chain ends after {number}")
    for length, head in anchored:
        if digests.get(length) != head:
            yield Fault(stream.name, length, "the chain does not contain the head that was anchored outside")


def _digest(stream: AuditStream, entry: AuditEntry) -> str:
    at = audit.moment(entry.at)
    return audit.chain_digest(stream.name, entry.number, at, entry.action, entry.actor, entry.facts, entry.previous)


def _anchored_heads() -> Iterator[tuple[str, list[tuple[int, str]]]]:
    heads: dict[str, list[tuple[int, str]]] = {}
    keys = public_keys().values()
    for path in sorted(Path(settings.DSR_ANCHORS).glob("*.json")):
        content = json.loads(path.read_text())
        signature = base64.b64decode(content.pop("signature"))
        if not any(crypto.is_signed_by(key, canonical(content), signature) for key in keys):
            raise FinalFault(f"The anchor {path.name} is not signed by this installation: it was changed or swapped.")
        for name, (length, head) in content["heads"].items():
            heads.setdefault(name, []).append((length, head))
    yield from heads.items()


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(".new")
    with fresh.open("w") as file:
        json.dump(content, file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
