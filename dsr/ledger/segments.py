"""How an entry of the ledger and its checkpoint are written as text, and read again only if they stand exactly so."""

from __future__ import annotations

import binascii
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

FORMAT = 1
CONTEXT = "dsr-ledger:"
BETWEEN_LINES = ",\n "
NOTHING = "0" * 64
"""Stands for the hash of the entry before the first."""
CHECKPOINT = "checkpoint.json"
QUOTED = json.encoder.encode_basestring_ascii
"""What ``json.dumps`` does to a text, without its ways: every entry is written out again when it is read."""
SEGMENT_NAME = re.compile(r"[0-9]{8,}\.json")
FIELDS: dict[str, type] = {
    "format": int,
    "number": int,
    "shop": str,
    "at": str,
    "expires_on": str,
    "key": str,
    "previous": str,
    "body": str,
}
"""The fields of a segment in their order; each stands on a line of its own, the first on line 2."""
PLAIN = re.compile(
    r'\{\n ("format": 1,\n "number": ([1-9][0-9]{0,17}),\n "shop": "([a-z0-9_-]*)",\n "at": "([0-9T:.+-]*)",\n'
    r' "expires_on": "([0-9-]*)",\n "key": "([A-Za-z0-9_.:-]*)",\n "previous": "([0-9a-f]*)"),\n'
    r' "body": "([A-Za-z0-9+/]*(?:[AEIMQUYcgkosw048]=|[AQgw]==)?)"\n\}\n'
)
"""Nearly every segment, as ``lines_of`` writes it. A replay reads ten thousands; to parse one takes five times as long."""
CHECKPOINT_FIELDS: dict[str, type] = {"format": int, "number": int, "sha256": str, "made_on": str, "signature": str}


class Odd(Exception):
    """A file that this program did not write so; never leaves this module."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line, self.what = line, what


class Parts(NamedTuple):
    """What a file says: its fields without the last, the bytes that the last holds, and what their seal or signature covers."""

    fields: Mapping[str, Any]
    content: bytes
    context: str


def parts_of(content: bytes, wanted: Mapping[str, type]) -> Parts:
    """A file that is byte for byte as it would be written. Raises Odd."""
    plain = PLAIN.fullmatch(content.decode("latin-1")) if wanted is FIELDS else None
    if plain:
        header, number, *texts, body = plain.groups()
        if (sealed := _decoded(body)) is not None:
            context = f"{CONTEXT}{{{header.replace(BETWEEN_LINES, ', ')}}}"
            return Parts(dict(zip(FIELDS, (FORMAT, int(number), *texts), strict=False)), sealed, context)
    return _parsed(content, wanted)


def _parsed(content: bytes, wanted: Mapping[str, type]) -> Parts:
    try:
        fields = json.loads(content)
    except json.JSONDecodeError as error:
        raise Odd(error.lineno, "it is no longer JSON") from None
    except (ValueError, RecursionError):
        raise Odd(1, "it is no longer JSON") from None
    if not isinstance(fields, dict) or list(fields) != list(wanted):
        raise Odd(1, f"its fields are not {', '.join(wanted)}")
    *_, last = wanted
    for line, (field, kind) in enumerate(wanted.items(), 2):
        is_of_kind = type(fields[field]) is kind and (field != "format" or fields[field] == FORMAT)
        if not is_of_kind or (field == last and not _is_base64(fields[field])):
            raise Odd(line, f"{field} is not what this program writes")
    if lines_of(fields) != content:
        lines = zip(lines_of(fields).split(b"\n"), content.split(b"\n"), strict=False)
        raise Odd(next((n for n, (is_, was) in enumerate(lines, 1) if is_ != was), 1), "it was written differently")
    sealed = binascii.a2b_base64(fields.pop(last))
    return Parts(fields, sealed, context_of(fields))


def _decoded(text: str) -> bytes | None:
    """What stands in base64; else None."""
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return None


def _is_base64(text: str) -> bool:
    """Whether it is written as we write it: several texts mean the same bytes."""
    found = _decoded(text)
    return found is not None and binascii.b2a_base64(found, newline=False).decode() == text


def lines_of(fields: Mapping[str, Any]) -> bytes:
    """The fields as JSON, each on a line of its own."""
    lines = ",\n".join([f' "{name}": {_json(value)}' for name, value in fields.items()])
    return f"{{\n{lines}\n}}\n".encode()


def _json(value: Any) -> str:
    if type(value) is str:
        return QUOTED(value)
    return str(value) if type(value) is int else json.dumps(value)


def is_torn(content: bytes) -> bool:
    """Cut short, or with a hole where a block was lost. A file that ends as it should and is wrong within was edited."""
    return not content.endswith(b"\n}\n") or b"\0" in content


def context_of(fields: Mapping[str, Any]) -> str:
    """What a seal or a signature covers besides its own content."""
    return CONTEXT + json.dumps(fields)


def key_name(version: str, key: bytes) -> str:
    """A key's version and a print of it, so that another ring's key of the same version is not taken for tampering."""
    return f"{version}:{hashlib.sha256(b'dsr-ledger-key:' + key).hexdigest()[:16]}"


def name_of(number: int) -> str:
    return f"{number:08d}.json"


def numbers_of(names: Sequence[str]) -> list[int]:
    """The numbers of the segments among file names, in order."""
    found = ((int(name.partition(".")[0]), name) for name in names if SEGMENT_NAME.fullmatch(name))
    return sorted(number for number, name in found if number and name == name_of(number))


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
