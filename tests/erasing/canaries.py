"""A person's values, looked for in raw dumps: as they stand, and inside what a dump writes in base64, in hex or packed."""

from __future__ import annotations

import base64
import binascii
import html
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import psycopg

SHORTEST = 4
"""Characters of a value that is worth a look wherever it stands: shorter ones stand anywhere by chance."""
SHORT = re.compile(r"[A-Z][a-z]{2}|(?=.*[^\x00-\x7f])[^\W\d_]{2,3}")
"""Shorter ones that are worth a look all the same, where they stand by themselves and as they are written: names. Codes (``USD``,
``new``) are nobody's."""
AROUND = 6
"""Letters on either side of a short value that must be legible: chance writes three letters into packed bytes, not fifteen."""
MOST_LAYERS = 4
BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
HEX = re.compile(r"(?:[0-9a-f]{2}){8,}", re.IGNORECASE)
ESCAPED = re.compile(r"\\+u([0-9a-f]{4})", re.IGNORECASE)
NO_CANARY = re.compile(r"[\d\s.:+-]+|[tf]|null")
"""Numbers, days and moments, which are nobody's alone."""

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table as ``COPY`` writes it. ``rows`` by primary key; the whole row where there is none."""

    columns: tuple[str, ...]
    key: tuple[str, ...]
    rows: Mapping[Key, tuple[str, ...]]

    def key_of(self, values: Mapping[str, object]) -> Key:
        """The key of a row in the order of this table."""
        return tuple(str(values[name]) for name in self.key)


COLUMNS = """
SELECT c.relname, array_agg(a.attname ORDER BY a.attnum),
       (SELECT array_agg(k.attname ORDER BY k.attnum) FROM pg_index i
          JOIN pg_attribute k ON k.attrelid = i.indrelid AND k.attnum = ANY (i.indkey)
         WHERE i.indrelid = c.oid AND i.indisprimary)
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
 GROUP BY c.oid, c.relname ORDER BY c.relname
"""


def tables(url: str) -> dict[str, Table]:
    """Everything that stands in a database, as the database writes it."""
    with psycopg.connect(url) as connection:
        described = connection.execute(COLUMNS).fetchall()
        return {name: _table(connection, name, columns, key or columns) for name, columns, key in described}


def _table(connection: psycopg.Connection, name: str, columns: list[str], key: list[str]) -> Table:
    with connection.cursor().copy(f'COPY "{name}" TO STDOUT') as copy:
        lines = b"".join(bytes(piece) for piece in copy).decode().splitlines()
    places = [columns.index(each) for each in key]
    rows = [tuple(line.split("\t")) for line in lines]
    return Table(tuple(columns), tuple(key), {tuple(row[place] for place in places): row for row in rows})


def canaries(cells: Iterable[str]) -> frozenset[str]:
    """Of a person's values those that can be looked for."""
    found = {cell.strip() for cell in cells if cell != r"\N"}
    long = {each.lower() for each in found if len(each) >= SHORTEST and not NO_CANARY.fullmatch(each.lower())}
    return frozenset(long | {each for each in found if SHORT.fullmatch(each)})


def alone(sought: Iterable[str], elsewhere: str) -> frozenset[str]:
    """Those that stand nowhere in what is somebody else's."""
    return frozenset(sought) - hits(sought, elsewhere)


def hits(sought: Iterable[str], text: str) -> frozenset[str]:
    """Those that stand in a text, whatever their case, and not only as a part of a longer word or address."""
    lowered = text.lower()
    return frozenset(
        each
        for each in sought
        if (
            each in text and _stands_alone(each, text)
            if len(each) < SHORTEST
            else each in lowered and _as_word(each).search(lowered)
        )
    )


def _stands_alone(value: str, text: str) -> bool:
    """Whether a short value is somewhere a word of its own, or in a script without them, amid what can be read."""
    word = re.escape(value) if not value.isascii() else rf"(?<![\w.+@/=-]){re.escape(value)}(?![\w.+@/=-])"
    return any(_is_legible(text[max(0, met.start() - AROUND) : met.end() + AROUND]) for met in re.finditer(word, text))


def _is_legible(text: str) -> bool:
    return "�" not in text and all(each.isprintable() or each in "\n\t" for each in text)


def _as_word(value: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.+@-]){re.escape(value)}(?![\w@+-]|\.\w)")


def read(content: str | bytes) -> str:
    """A dump and everything that is written in it in another way, layer under layer."""
    text = content if isinstance(content, str) else content.decode("utf-8", "replace")
    layers = [text, html.unescape(ESCAPED.sub(lambda match: chr(int(match[1], 16)), text))]
    for _ in range(MOST_LAYERS):
        inner = list(dict.fromkeys(found for found in _inside(layers[-1]) if found))
        if not inner:
            break
        layers.append("\n".join(inner))
    return "\n".join(layers)


def _inside(text: str) -> Iterator[str]:
    for run in HEX.findall(text):
        yield _plain(bytes.fromhex(run))
    for run in BASE64.findall(text):
        bare = run.rstrip("=").replace("-", "+").replace("_", "/")
        try:
            yield _plain(base64.b64decode(bare + "=" * (-len(bare) % 4)))
        except binascii.Error:
            continue


def _plain(raw: bytes) -> str:
    """What bytes say, unpacked where they are packed; empty where they say nothing a person could read."""
    for bits in (zlib.MAX_WBITS, zlib.MAX_WBITS | 16):
        try:
            raw = zlib.decompressobj(bits).decompress(raw)
            break
        except zlib.error:
            continue
    text = raw.decode("utf-8", "replace")
    return text if text.count("�") * 4 < len(text) else ""
