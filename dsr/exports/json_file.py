"""``data.json``: everything, lossless, one row a line, written as it comes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dsr.exports.files import HashedFile
from dsr.exports.snapshot import CollectionCard, Redaction, Snapshot
from dsr.records import Portable

ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def json_bytes(value: object) -> bytes:
    """JSON on one line (RFC 8259). A lone surrogate, which UTF-8 cannot hold, leaves as JSON's own escape."""
    return ENCODER.encode(value).encode("utf-8", "backslashreplace")


def moment(value: datetime, time_zone: str) -> str:
    """RFC 3339 in the shop's own time zone, to the second."""
    return value.astimezone(ZoneInfo(time_zone)).isoformat(timespec="seconds")


class JsonFile:
    """Writes the file from front to back: the request, then sources, collections and rows, then what is not there."""

    def __init__(self, file: HashedFile, snapshot: Snapshot) -> None:
        self._file = file
        self._file.rows = 0
        self._source: str | None = None
        self._in_collection = False
        self._separator = b""
        file.write(b'{"request": ' + json_bytes(_request(snapshot)) + b',\n"sources": {')

    def open_source(self, source: str) -> None:
        """The collections that follow belong to this source."""
        self._close_source()
        file_separator = b"," if self._source is not None else b""
        self._file.write(file_separator + b"\n " + json_bytes(source) + b": {")
        self._source, self._separator = source, b""

    def open_collection(self, collection: str) -> None:
        """The rows that follow belong to this collection of the source."""
        self._close_collection()
        self._file.write(self._separator + b"\n  " + json_bytes(collection) + b": [")
        self._in_collection, self._separator = True, b""

    def write_row(self, values: Mapping[str, Portable]) -> None:
        """One record."""
        self._file.write(self._separator + b"\n   " + json_bytes(values))
        self._separator = b","
        self._file.rows = (self._file.rows or 0) + 1

    def finish(self, **lists: Sequence[Mapping[str, Any]]) -> None:
        """The lists that only the end knows."""
        self._close_source()
        self._file.write(b"}")
        for name, entries in lists.items():
            self._file.write(b",\n" + json_bytes(name) + b": [")
            self._file.write(b",".join(b"\n " + json_bytes(each) for each in entries) + b"]")
        self._file.write(b"}\n")

    def _close_collection(self) -> None:
        if self._in_collection:
            self._file.write(b"]")
            self._in_collection, self._separator = False, b","

    def _close_source(self) -> None:
        self._close_collection()
        if self._source is not None:
            self._file.write(b"}")


def _request(snapshot: Snapshot) -> dict[str, Any]:
    request, zone = snapshot.request, snapshot.request.time_zone
    return {
        "reference": request.reference,
        "type": request.type,
        "regime": request.regime,
        "shop": snapshot.shop.slug,
        "shop_name": snapshot.shop.name,
        "received_at": moment(request.received_at, zone),
        "due_on": request.due_on.isoformat(),
        "approved_at": moment(request.approved_at, zone),
        "made_at": moment(snapshot.made_at, zone),
        "time_zone": zone,
        "identities": [{"kind": kind, "value": value} for kind, value in request.identities],
    }


def not_found_entries(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Every collection that holds nothing of the person, or could not be asked, so that none is missing in silence."""
    answers = {each.source: each for each in snapshot.searched}
    return [_not_found(card, answers) for card in snapshot.collections if not card.found]


def _not_found(card: CollectionCard, answers: Mapping[str, Any]) -> dict[str, Any]:
    entry = {"source": card.source, "collection": card.collection, "title": card.title, "answer": "nothing"}
    place = answers.get(card.source)
    if place is not None and place.answer == "not_searched":
        entry |= {"answer": "not_searched", "reason": place.reason}
    return entry


def shared_entry(source: str, collection: str, numbers: Sequence[int]) -> dict[str, Any]:
    """Records that are about a second person as well. ``row_numbers`` counts from 1 in the collection's list."""
    sentence = "These records are about somebody else as well. You get them because they are about you too."
    return {"source": source, "collection": collection, "row_numbers": list(numbers), "sentence": sentence}


def redaction_entry(redaction: Redaction, numbers: Sequence[int]) -> dict[str, Any]:
    """What was left out and why. ``row_numbers`` counts from 1 in the collection's list; absent means every row."""
    entry: dict[str, Any] = {
        "source": redaction.source,
        "collection": redaction.collection,
        "field": redaction.field or None,
        "rows": redaction.rows,
        "ground": redaction.ground,
        "sentence": redaction.sentence,
    }
    return entry | ({"row_numbers": list(numbers)} if numbers else {})
