"""Examples of what a column holds, masked: enough to tell an e-mail address from a note, too little to know anybody.

They are read when somebody looks, kept in memory for the page that is shown, and stored nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, cast, column, func, select, table, types
from sqlalchemy import inspect as reflect

from dsr.sources.sql_survey import type_word
from dsr.sources.sql_view import open_view

EXAMPLES = 3
ROWS_READ = 40
LONGEST = 24
READ_CHARACTERS = 200
TIMEOUT_SECONDS = 5.0
DOT = "•"
SHORT_DIGITS = 5
"""Runs of so many digits are masked whole; of longer ones the last two stay."""


def examples(name: str, url: str, collection: str, columns: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Up to three different masked values of each column, out of the table's first rows.

    ``collection`` is ``table`` or ``schema.table``. Binary columns are not read, of long text only its beginning is.
    Raises SourceError.
    """
    with open_view(name, url, TIMEOUT_SECONDS) as connection:
        rows = _rows(connection, collection, columns)
    return {each: _different(row[each] for row in rows if each in row) for each in columns}


def masked(value: object) -> str:
    """A value with everything hidden that tells who it is about: ``a•••@e•••.com``, ``•••-••-••12``, ``R••• L•••``."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value).strip()[:READ_CHARACTERS]
    head, at, tail = text.partition("@")
    if at and " " not in text:
        place, dot, end = tail.rpartition(".")
        return f"{head[:1]}{DOT * 3}@{place[:1]}{DOT * 3}{dot}{end if dot else ''}"
    words = re.sub(r"[^\W\d_]+", lambda word: word[0][0] + DOT * min(len(word[0]) - 1, 3), text)
    hidden = _digits_masked(words)
    return hidden if len(hidden) <= LONGEST else hidden[: LONGEST - 1].rstrip() + "…"


def _digits_masked(text: str) -> str:
    count = sum(each.isdigit() for each in text)
    shown = 2 if count > SHORT_DIGITS else 0
    seen = 0
    out = []
    for each in text:
        seen += each.isdigit()
        out.append(DOT if each.isdigit() and seen <= count - shown else each)
    return "".join(out)


def _different(values: Any) -> tuple[str, ...]:
    found = dict.fromkeys(masked(value) for value in values if value is not None and value != "")
    return tuple(found)[:EXAMPLES]


def _rows(connection: Connection, collection: str, columns: Sequence[str]) -> list[Mapping[str, object]]:
    schema, _, name = collection.rpartition(".")
    there = reflect(connection).get_columns(name, schema=schema or None)
    wanted = []
    for each in there:
        word = type_word(each["type"])
        if each["name"] not in columns or word == "bytes":
            continue
        value: ColumnElement[Any] = column(each["name"])
        if word in ("text", "json"):
            # The database cuts: a document may be larger than our memory, and an enum is no text before it is cast.
            value = func.substr(cast(value, types.Text), 1, READ_CHARACTERS)
        wanted.append(value.label(each["name"]))
    if not wanted:
        return []
    statement = select(*wanted).select_from(table(name, schema=schema or None)).limit(ROWS_READ)
    return [dict(row) for row in connection.execute(statement).mappings()]
