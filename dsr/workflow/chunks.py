"""Gathered rows as they are stored: up to 500 of one collection or about 1 MB together, compressed, sealed."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dsr import crypto
from dsr.models import DatasetVersion, FindingChunk, FindingMark, Mention, SealedBlob, SourceRun
from dsr.records import IdentityKind, Person, Portable, Record, normalise_email
from dsr.redaction import Ground
from dsr.sources.base import Source
from dsr.workflow import sealing, shops
from dsr.workflow.mentions import Watch
from dsr.workflow.never_export import barred_columns, without

STAFF = "staff"
"""The subject class of columns that name a colleague."""

MOST_ROWS = 500
MOST_BYTES = 1_000_000
ROWS_AT_ONCE = 20
"""Rows that one call of the JSON encoder writes: its start costs more than a short row."""
BYTES_OF_A_MARK = 1_000
"""What a mark takes in memory until it is stored."""
COMPACT_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
DIGEST_BYTES = 32
CHUNK_PURPOSE = "chunk"
BLOB_PURPOSE = "blob"


@dataclass(frozen=True, slots=True)
class Row:
    """One finding as it was sealed: its digest, its values, and the fields whose value stayed in the shop on purpose.

    ``shared``: why the row is a second person's too, empty when it is not.
    """

    digest: str
    values: dict[str, Portable]
    held: tuple[str, ...]
    shared: tuple[str, ...] = ()


@dataclass
class Packer:
    """Takes records in the order of their collections and turns them into sealed chunks, default marks and counts.

    ``sealed_bytes`` is the size of everything sealed so far, ``pending_bytes`` of what is not stored yet.
    """

    run: SourceRun
    person: Person
    key: bytes
    now: datetime
    counts: Counter[str] = field(default_factory=Counter)
    held: dict[str, Counter[str]] = field(default_factory=dict)
    chunks: list[FindingChunk] = field(default_factory=list)
    blobs: list[SealedBlob] = field(default_factory=list)
    marks: list[FindingMark] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    pending_bytes: int = 0
    sealed_bytes: int = 0
    _numbers: Counter[str] = field(default_factory=Counter)
    _collection: str = ""
    _others: list[dict[str, Any]] = field(default_factory=list)
    _barred: frozenset[str] = frozenset()
    _fields: tuple[str, ...] = ()
    _rows: list[tuple[Any, ...]] = field(default_factory=list)
    _digests: list[bytes] = field(default_factory=list)
    _texts: list[str] = field(default_factory=list)
    _in_chunk: int = 0
    _is_read: bool = False
    _size: int = 0

    def __post_init__(self) -> None:
        self._watch = Watch(self.run, self.person)
        self._profile = shops.profile_in(self.run.subject_request.policy_version)

    def add(self, record: Record) -> None:
        """Take one record. Raises SourceError when its texts name more people than can be checked."""
        collection, digest = record.key.collection, record.key.digest
        fields = tuple(record.values)
        if collection != self._collection or fields != self._fields:
            self.close_chunk()
            self._collection, self._fields = collection, fields
            self._others = others_columns(self.run.dataset_version, collection)
            self._barred = barred_columns(self._profile, self.run.dataset_version, collection)
            self._is_read = self._watch.reads(collection)
        elif self._in_chunk >= MOST_ROWS or self._size >= MOST_BYTES:
            self.close_chunk()
        self._in_chunk += 1
        self._digests.append(bytes.fromhex(digest))
        kept = without(record, self._barred) if self._barred else record
        values = tuple(kept.values.values())
        self._rows.append((kept.held, values, kept.shared) if kept.shared else (kept.held, values))
        if len(self._rows) == ROWS_AT_ONCE:
            self._write_rows()
        if kept.held:
            self.held.setdefault(collection, Counter()).update(kept.held)
        for content in kept.oversized.values():
            self._add_blob(content)
        if self._others:
            self._hide_others(digest, record.values)
        if self._is_read:
            self._watch.read(collection, digest, record.values)

    def close_chunk(self) -> None:
        """Seal what has been collected."""
        self._write_rows()
        if not self._in_chunk:
            return
        # Fields are named once for all rows, and digests stand apart: they are most of the work and do not compress.
        text = f"[{COMPACT_JSON(self._fields)},{','.join(self._texts)}]"
        plain = b"".join(self._digests) + zlib.compress(text.encode(), 1)
        number = self._numbers[self._collection]
        sealed = crypto.seal(self.key, plain, context=self._context(CHUNK_PURPOSE, f"{self._collection}:{number}"))
        self.chunks.append(
            FindingChunk(
                source_run=self.run,
                collection=self._collection,
                number=number,
                first_row=self.counts[self._collection],
                rows=self._in_chunk,
                sealed=sealed,
            )
        )
        self._numbers[self._collection] += 1
        self.counts[self._collection] += self._in_chunk
        self._count(len(sealed))
        self._texts, self._digests, self._in_chunk, self._size = [], [], 0, 0

    def look_up_mentions(self, source: Source) -> None:
        """Ask the source who of the people in the texts is known there, once all records are taken. Raises SourceError."""
        self.mentions = self._watch.found(source)

    def write(self) -> None:
        """Store what is pending, in the caller's transaction."""
        FindingChunk.objects.bulk_create(self.chunks)
        SealedBlob.objects.bulk_create(self.blobs, ignore_conflicts=True)
        FindingMark.objects.bulk_create(self.marks, ignore_conflicts=True)
        Mention.objects.bulk_create(self.mentions)
        self.chunks, self.blobs, self.marks, self.mentions, self.pending_bytes = [], [], [], [], 0

    def _write_rows(self) -> None:
        if self._rows:
            text = COMPACT_JSON(self._rows)[1:-1]
            self._texts.append(text)
            self._size += len(text)
            self._rows = []

    def _add_blob(self, content: bytes) -> None:
        name = hashlib.sha256(content).hexdigest()
        sealed = crypto.seal(self.key, content, context=self._context(BLOB_PURPOSE, name))
        self.blobs.append(SealedBlob(source_run=self.run, sha256=name, size=len(content), sealed=sealed))
        self._count(len(sealed))

    def _count(self, size: int) -> None:
        self.pending_bytes += size
        self.sealed_bytes += size

    def _hide_others(self, digest: str, values: Mapping[str, Portable]) -> None:
        """Columns that hold another person come out redacted, unless that other person is the one who asks."""
        others = self._others
        if _names(self.person, others, values):
            others = [column for column in others if column["third_party"] == STAFF]
        marks = [
            FindingMark(
                source_run=self.run,
                collection=self._collection,
                digest=digest,
                field=column["name"],
                kind=FindingMark.Kind.REDACT,
                ground=(Ground.STAFF_MEMBER if column["third_party"] == STAFF else Ground.OTHER_PERSON).value,
                made_at=self.now,
            )
            for column in others
            if values.get(column["name"]) not in (None, "")
        ]
        self.marks += marks
        self.pending_bytes += BYTES_OF_A_MARK * len(marks)

    def _context(self, purpose: str, name: str) -> str:
        return f"{sealing.context(self.run.subject_request, purpose)}:{self.run.pk}:{name}"


def read(run: SourceRun, collection: str, first: int = 0, rows: int | None = None) -> Iterator[Row]:
    """The findings of one collection from row ``first`` on, a chunk in memory at a time."""
    key = sealing.data_key(run.subject_request)
    last = None if rows is None else first + rows
    waiting = FindingChunk.objects.filter(source_run=run, collection=collection).order_by("number")
    for chunk in waiting.iterator(chunk_size=4):
        if chunk.first_row + chunk.rows <= first or (last is not None and chunk.first_row >= last):
            continue
        for position, row in enumerate(_open(run, chunk, key), chunk.first_row):
            if position >= first and (last is None or position < last):
                yield row


def digests(run: SourceRun, collection: str) -> set[str]:
    """Those of every finding of one collection."""
    return {row.digest for row in read(run, collection)} if run.counts.get(collection) else set()


def read_blob(run: SourceRun, sha256: str) -> bytes:
    """A value that was too large for its chunk."""
    blob = SealedBlob.objects.get(source_run=run, sha256=sha256)
    context = f"{sealing.context(run.subject_request, BLOB_PURPOSE)}:{run.pk}:{sha256}"
    return crypto.unseal(sealing.data_key(run.subject_request), bytes(blob.sealed), context=context)


def others_columns(version: DatasetVersion, collection: str) -> list[dict[str, Any]]:
    """The columns of a collection that are declared to hold somebody other than its owner."""
    return [column for column in version.collections[collection]["fields"] if column.get("third_party")]


def _open(run: SourceRun, chunk: FindingChunk, key: bytes) -> list[Row]:
    context = f"{sealing.context(run.subject_request, CHUNK_PURPOSE)}:{run.pk}:{chunk.collection}:{chunk.number}"
    plain = crypto.unseal(key, bytes(chunk.sealed), context=context)
    digests = [plain[at : at + DIGEST_BYTES].hex() for at in range(0, DIGEST_BYTES * chunk.rows, DIGEST_BYTES)]
    fields, *rows = json.loads(zlib.decompress(plain[DIGEST_BYTES * chunk.rows :]))
    return [
        Row(digest, dict(zip(fields, values, strict=True)), tuple(held), tuple(shared[0]) if shared else ())
        for digest, (held, values, *shared) in zip(digests, rows, strict=True)
    ]


def _names(person: Person, columns: list[dict[str, Any]], values: Mapping[str, Portable]) -> bool:
    """True when a column that identifies the other person holds an identifier of the one who asks."""
    emails = set(person.values(IdentityKind.EMAIL))
    phones = {value[-7:] for value in person.values(IdentityKind.PHONE)}
    for column in columns:
        text = str(values.get(column["name"]) or "")
        if column.get("identity") == IdentityKind.EMAIL.value and normalise_email(text) in emails:
            return True
        digits = "".join(character for character in text if character.isdigit())
        if column.get("identity") == IdentityKind.PHONE.value and digits and digits[-7:] in phones:
            return True
    return False
