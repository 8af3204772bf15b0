"""Portable values on their way back into a database: to be written into a column, or to find a row by them.

Finding may be too generous and never too strict: what it finds is read and compared as a gather would read it. A column
whose values cannot be compared in SQL without doubt (documents, shortened values) is therefore left out of the search.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import types
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.types import TypeEngine

from dsr.records import LARGEST_EXACT_INTEGER, Portable

Kind = TypeEngine[Any] | None
"""A column's live type; None when the database did not tell."""

BYTES = (types.LargeBinary, types.BINARY, types.VARBINARY)
"""What holds bytes; a key is often of the latter two, which for SQLAlchemy are none of the first."""

LARGE_INTEGER = re.compile(r"-?[1-9]\d{15,}")


class UnfitValueError(ValueError):
    """A value that cannot stand in a column of that type. The message names the type and never the value."""


def written(dialect: str, kind: Kind, value: Portable) -> Any:
    """What the driver is given to store a portable value. Raises UnfitValueError."""
    if value is None:
        return None
    kind = bare(kind)
    if isinstance(kind, types.LargeBinary):
        return _bytes(value)
    if isinstance(kind, types.JSON) and dialect == "postgresql":
        return json.dumps(value, ensure_ascii=False)
    return WRITERS.get(dialect, _for_mysql)(kind, value)


def sought(dialect: str, kind: Kind, value: Portable) -> Sequence[Any] | None:
    """What a column that holds ``value`` may be equal to in SQL; None when its rows cannot be told apart by ``=``."""
    kind = bare(kind)
    if dialect == "sqlite":
        return None if isinstance(value, dict | list) else _for_sqlite_search(value)
    if isinstance(value, dict) or isinstance(kind, types.JSON | types.NullType | None):
        return None
    if isinstance(kind, BYTES):
        return [_bytes(value)]
    if dialect != "postgresql" and isinstance(value, float | list):
        return None  # a FLOAT is stored shorter than any text of it
    return [written(dialect, kind, value)]


def listed(kind: Kind, value: Portable) -> str:
    """An element of a list in PostgreSQL's own writing, of which any may equal a column. Raises UnfitValueError."""
    return str(value) if type(value) is int else _element(kind, value)


def may_hold(kind: Kind, value: Portable) -> bool:
    """Whether a column may hold a value that stands in a column of another type: PostgreSQL refuses to compare it else."""
    kind = bare(kind)
    try:
        if isinstance(kind, types.Integer):
            bits = 16 if isinstance(kind, types.SmallInteger) else 64 if isinstance(kind, types.BigInteger) else 32
            return type(value) is not bool and -(2 ** (bits - 1)) <= int(str(value)) < 2 ** (bits - 1)
        if isinstance(kind, types.Numeric | types.Float):
            return type(value) is not bool and Decimal(str(value)).is_finite()
        if isinstance(kind, types.Uuid):
            return bool(UUID(str(value)))
        if isinstance(kind, types.Date | types.DateTime):
            return bool(datetime.fromisoformat(str(value)))
    except (ValueError, ArithmeticError):
        return False
    if isinstance(kind, types.Boolean):
        return type(value) is bool
    if isinstance(kind, types.Enum):
        return value in kind.enums
    return True


def bare(kind: Kind) -> Kind:
    """The type that a domain stands for."""
    while isinstance(kind, DOMAIN):
        kind = kind.data_type
    return kind


def _bytes(value: Portable) -> bytes:
    if not isinstance(value, str):
        raise UnfitValueError("bytes as base64")
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        raise UnfitValueError("bytes as base64") from None


def _for_postgres(kind: Kind, value: Portable) -> Any:
    """Text, which PostgreSQL reads in the column's own type."""
    if isinstance(kind, types.ARRAY):
        return _array(kind.item_type, value)
    return _text(value)


def _text(value: Portable) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _array(kind: Kind, value: Portable) -> str:
    """A list as PostgreSQL writes it, lists inside it too."""
    if not isinstance(value, list):
        if not isinstance(value, str):
            raise UnfitValueError("a list")
        return value
    return (
        "{" + ",".join(_array(kind, each) if isinstance(each, list) else _element(kind, each) for each in value) + "}"
    )


def _element(kind: Kind, value: Portable) -> str:
    if value is None:
        return "NULL"
    raw = written("postgresql", kind, value)
    text = "\\x" + raw.hex() if isinstance(raw, bytes) else str(raw)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _for_mysql(kind: Kind, value: Portable) -> Any:
    if isinstance(kind, types.Integer) and isinstance(value, str) and LARGE_INTEGER.fullmatch(value):
        return int(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _for_sqlite(_kind: Kind, value: Portable) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _for_sqlite_search(value: Portable) -> list[Any]:
    """In SQLite a value has a type and a column none: a text may stand for bytes or for a large whole number."""
    if not isinstance(value, str):
        return [value]
    found: list[Any] = [value]
    if LARGE_INTEGER.fullmatch(value) and LARGEST_EXACT_INTEGER < abs(int(value)) < 2**63:
        found.append(int(value))
    if value in ("inf", "-inf"):
        found.append(float(value))
    try:
        found.append(base64.b64decode(value, validate=True))
    except ValueError:
        return found
    return found


WRITERS: dict[str, Callable[[Kind, Portable], Any]] = {"postgresql": _for_postgres, "sqlite": _for_sqlite}
