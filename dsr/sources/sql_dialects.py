"""The databases there are."""

from __future__ import annotations

from collections.abc import Mapping

from dsr.sources.sql_dialect import SqlDialect
from dsr.sources.sql_mariadb import MariaDb
from dsr.sources.sql_postgresql import PostgreSql
from dsr.sources.sql_sqlite import Sqlite

_POSTGRESQL, _MARIADB, _SQLITE = PostgreSql(), MariaDb(), Sqlite()

BY_SCHEME: Mapping[str, SqlDialect] = {
    "mariadb": _MARIADB,
    "mysql": _MARIADB,
    "postgres": _POSTGRESQL,
    "postgresql": _POSTGRESQL,
    "sqlite": _SQLITE,
}
"""By the first word of a URL; SQLAlchemy's own names are among them."""


def dialect_of(name: str) -> SqlDialect:
    """The dialect that SQLAlchemy calls ``name``."""
    return BY_SCHEME[name]
