"""``manifest.json``: what the package is, file by file, and where everything in it came from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dsr.exports.files import BuiltFile
from dsr.exports.json_file import moment
from dsr.exports.snapshot import CollectionCard, SearchedPlace, Snapshot

FORMAT, VERSION = "dsr-package", 1
NOTES = (
    (
        "data.json is the complete and lossless file: decimals and integers beyond 2**53 are strings, bytes are "
        "base64, moments with an offset are RFC 3339; one without an offset is in the time zone named beside its "
        "collection."
    ),
    (
        "The CSV files are for spreadsheets: UTF-8 with a byte order mark, commas, CRLF. A text that a spreadsheet "
        "would take for a formula has an apostrophe in front that is not part of the value. An empty cell is an absent "
        "value or an empty text."
    ),
    (
        "The report (copy.pdf or copy.html) is for reading. It states the same counts; of a long collection it prints "
        "a part, and says how many more records stand in which CSV file."
    ),
    'A value too large for its row stands in files/ and is named in the row as {"$file": name, "bytes": size}.',
    "Whatever was left out is listed in data.json under redactions, with the reason.",
    "Records that are about a second person as well are listed in data.json under shared.",
)


def manifest_bytes(
    snapshot: Snapshot,
    files: Sequence[BuiltFile],
    csv_files: Mapping[tuple[str, str], str],
    redactions: Sequence[Mapping[str, Any]],
    printed: Mapping[tuple[str, str], int],
) -> bytes:
    """The manifest over all other files, indented for people."""
    zone = snapshot.request.time_zone
    cards = snapshot.collections
    whole = {
        "format": FORMAT,
        "version": VERSION,
        "reference": snapshot.request.reference,
        "shop": snapshot.shop.slug,
        "shop_name": snapshot.shop.name,
        "made_at": moment(snapshot.made_at, zone),
        "time_zone": zone,
        "counts": {
            "sources": len(snapshot.searched),
            "collections": len(cards),
            "found": sum(card.found for card in cards),
            "rows": sum(card.rows for card in cards),
            "redactions": len(redactions),
        },
        "sources": [_source(place, zone) for place in snapshot.searched],
        "collections": [_collection(card, csv_files, printed) for card in cards],
        "files": [
            {
                "name": each.name,
                "media_type": each.media_type,
                "bytes": each.size,
                "sha256": each.sha256,
                "rows": each.rows,
            }
            for each in files
        ],
        "notes": NOTES,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace") + b"\n"


def _source(place: SearchedPlace, zone: str) -> dict[str, Any]:
    return {
        "name": place.source,
        "title": place.title,
        "answer": place.answer,
        "searched_at": moment(place.searched_at, zone) if place.searched_at else None,
        "found": place.rows,
    } | ({"reason": place.reason} if place.reason else {})


def _collection(
    card: CollectionCard, csv_files: Mapping[tuple[str, str], str], printed: Mapping[tuple[str, str], int]
) -> dict[str, Any]:
    key = (card.source, card.collection)
    return {
        "source": card.source,
        "name": card.collection,
        "title": card.title,
        "category": card.category,
        "found": card.found,
        "rows": card.rows,
        "printed": printed.get(key, 0),
        "csv": csv_files.get(key),
        "naive_times_in": card.time_zone or None,
        "fields": [
            {
                "name": field.name,
                "label": field.label,
                "type": field.type,
                "data_categories": field.data_categories,
                "description": field.description,
            }
            for field in card.fields
        ],
    }
