"""Values as a database driver returns them, turned into portable ones at the lowest cost per value.

PostgreSQL sends text. Most of it is already what the copy will say, so the driver is told to leave it alone: a decimal
keeps its digits, an interval its months, and a date of ``infinity`` does not fail as it would in a Python ``date``. The
session is set to UTC and ISO styles for that (``sql.py``). Only what JSON could not hold is converted here.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Callable, Sequence
from typing import Any

from psycopg.adapt import AdaptersMap, Buffer, Loader
from psycopg.types import TypeInfo
from psycopg.types.hstore import register_hstore
from psycopg.types.json import set_json_loads
from psycopg.types.string import TextLoader

from dsr.records import LARGEST_EXACT_INTEGER, Portable, portable

LARGEST_INLINE_BYTES = 256 * 1024
"""Beyond this a value travels as a file of its own."""

Convert = Callable[[Any], Portable]

AS_TEXT = (
    "date", "numeric", "uuid", "interval", "inet", "cidr", "macaddr", "macaddr8", "money", "record", "daterange",
    "int4range", "int8range", "numrange", "tsrange", "tstzrange", "datemultirange", "int4multirange", "int8multirange",
    "nummultirange", "tsmultirange", "tstzmultirange",
)  # fmt: skip


class MomentLoader(Loader):
    """``timestamp`` and ``time`` in the form of ``isoformat``; what Python cannot hold stays as PostgreSQL says it."""

    def load(self, data: Buffer) -> str:
        """The text of one value."""
        text = bytes(data).decode()
        if text[-1] in "yC":  # infinity, or a year before Christ
            return text
        head, dot, fraction = text.replace(" ", "T", 1).partition(".")
        return f"{head}.{fraction:0<6}" if dot else head


class ZonedMomentLoader(Loader):
    """``timestamptz`` and ``timetz``, the offset with its minutes as RFC 3339 asks."""

    def load(self, data: Buffer) -> str:
        """The text of one value."""
        text = bytes(data).decode()
        if text[-1] in "yC":
            return text
        text = text.replace(" ", "T", 1)
        sign = max(text.rfind("+"), text.rfind("-"))
        head, dot, fraction = text[:sign].partition(".")
        offset = text[sign:] if len(text) - sign > 3 else text[sign:] + ":00"
        return (f"{head}.{fraction:0<6}" if dot else head) + offset


class OversizedJson:
    """A JSON value too large for a chunk, as the database wrote it."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw


SHOPS_OWN_TYPES = """
SELECT typname, oid, typarray FROM pg_type
WHERE typarray <> 0 AND typtype IN ('b', 'e') AND typnamespace <> 'pg_catalog'::regnamespace
"""


def register_loaders(connection: Any) -> None:
    """Teach one psycopg connection to return portable values; lists of the shop's own types (enums) as lists."""
    connection.autocommit = True  # spares the journeys of BEGIN and ROLLBACK
    for name, number, list_number in connection.execute(SHOPS_OWN_TYPES).fetchall():
        own = TypeInfo(name, number, list_number)
        own.register(connection)
        if name == "hstore":
            register_hstore(own, connection)
    connection.autocommit = False
    adapters: AdaptersMap = connection.adapters
    for name in AS_TEXT:
        adapters.register_loader(name, TextLoader)
    for name in ("timestamp", "time"):
        adapters.register_loader(name, MomentLoader)
    for name in ("timestamptz", "timetz"):
        adapters.register_loader(name, ZonedMomentLoader)
    set_json_loads(load_json, connection)


def load_json(raw: str | bytes) -> Any:
    """JSON read without losing a digit; a document too large for a chunk is not read at all."""
    text = raw if isinstance(raw, str) else raw.decode()
    if len(raw) > LARGEST_INLINE_BYTES:
        return OversizedJson(text.encode())
    return EXACT_JSON(text)


def _json_integer(digits: str) -> int | str:
    return digits if len(digits) > 15 and abs(int(digits)) > LARGEST_EXACT_INTEGER else int(digits)


def _json_number(digits: str) -> float | str:
    number = float(digits)
    if math.isfinite(number) and (len(digits) < 16 or repr(number) == digits):
        return number
    return digits


def _integer(value: int) -> Portable:
    return value if -LARGEST_EXACT_INTEGER <= value <= LARGEST_EXACT_INTEGER else str(value)


def _number(value: float) -> Portable:
    return value if math.isfinite(value) else str(value)


EXACT_JSON = json.JSONDecoder(parse_int=_json_integer, parse_float=_json_number, parse_constant=str).decode

POSTGRES_CONVERTERS: dict[int, Convert] = {
    20: _integer,
    700: _number,
    701: _number,
    1016: portable,
    1021: portable,
    1022: portable,
    1001: portable,
}
"""By type number: bigint, real, double precision, and the lists of these and of bytea."""

POSTGRES_SMALL = {16, 20, 21, 23, 26, 700, 701, 1082, 1083, 1114, 1184, 1266, 1700, 2950}
"""Types whose values are never oversized."""


class Oversized:
    """A value that goes into a file of its own, and what stands in its place."""

    __slots__ = ("raw", "stand_in")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        digest = hashlib.sha256(raw).hexdigest()
        self.stand_in: Portable = {"$file": f"files/{digest}", "bytes": len(raw)}


def wide_value(value: Any) -> Any:
    """A text, binary or JSON value as portable, or Oversized."""
    if isinstance(value, str):
        if len(value) * 4 <= LARGEST_INLINE_BYTES:
            return value
        raw = value.encode(errors="surrogatepass")
        return Oversized(raw) if len(raw) > LARGEST_INLINE_BYTES else value
    if isinstance(value, bytes | bytearray | memoryview):
        raw = bytes(value)
        return Oversized(raw) if len(raw) > LARGEST_INLINE_BYTES else base64.b64encode(raw).decode("ascii")
    if isinstance(value, OversizedJson):
        return Oversized(value.raw)
    return value


def without(document: Any, paths: Sequence[Sequence[str]]) -> tuple[Any, set[str]]:
    """A document with the values at some places emptied, and which of these places held one.

    Lists are entered element by element. What is not of the declared shape is emptied as well: the secret may be in it.
    """
    if isinstance(document, str | bytes):
        return _text_without(document, paths)
    emptied: set[str] = set()
    for path in paths:
        document, had_one = _emptied(document, path)
        if had_one:
            emptied.add(".".join(path))
    return document, emptied


def _text_without(text: str | bytes, paths: Sequence[Sequence[str]]) -> tuple[Any, set[str]]:
    """The same for a document in a text column; ``{""}`` says that it was emptied whole."""
    try:
        document = EXACT_JSON(text if isinstance(text, str) else text.decode())
    except ValueError:
        document = None
    if not isinstance(document, dict | list):
        return None, {""}
    left, emptied = without(document, paths)
    return json.dumps(left, ensure_ascii=False) if emptied else text, emptied


def _emptied(document: Any, path: Sequence[str]) -> tuple[Any, bool]:
    if document is None:
        return None, False
    if isinstance(document, list):
        elements = [_emptied(element, path) for element in document]
        return [element for element, _ in elements], any(had_one for _, had_one in elements)
    if not path or not isinstance(document, dict):
        return None, True
    if path[0] not in document:
        return document, False
    inner, had_one = _emptied(document[path[0]], path[1:])
    return {**document, path[0]: inner}, had_one


def any_value(value: Any) -> Any:
    """A value of unknown type as portable, or Oversized."""
    if isinstance(value, str | bytes | bytearray | memoryview):
        return wide_value(value)
    return portable(value)


def postgres_converters(description: Sequence[Any]) -> list[tuple[int, Convert]]:
    """For each column of a PostgreSQL result that needs it: its place, and how its values become portable."""
    chosen: list[tuple[int, Convert]] = []
    for index, column in enumerate(description):
        number = column[1]
        if number in POSTGRES_CONVERTERS:
            chosen.append((index, POSTGRES_CONVERTERS[number]))
        elif number not in POSTGRES_SMALL:
            chosen.append((index, wide_value))
    return chosen
