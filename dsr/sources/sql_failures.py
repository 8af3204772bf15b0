"""What a database's failures mean."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pymysql
from sqlalchemy.exc import DBAPIError, PendingRollbackError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from dsr.sources import sql_mariadb, sql_postgresql, sql_sqlite
from dsr.sources.base import SourceError

DRIVER_ERRORS: tuple[type[Exception], ...] = (psycopg.Error, pymysql.Error, sqlite3.Error)


@contextmanager
def named_failures(source: str, table: str = "") -> Iterator[None]:
    """Turn whatever the database says into a SourceError that holds no value of the shop's and no password.

    ``table`` is what is being read, for the person who will have to look there; of a change its statement notes it.
    """
    try:
        yield
    except (SQLAlchemyError, psycopg.Error, pymysql.Error, sqlite3.Error, UnicodeError) as error:
        # Not chained: the driver's own text may quote a row, and a chained exception is logged with it.
        where = [table] if table else getattr(error, "__notes__", [])
        raise explain(": ".join((source, *where)), error) from None


FORBIDDEN = "a row would refer to one that is not there, so nothing was changed"
CLASSES = {
    "28": ("auth_failed", True, "the database refused the user or the password"),
    "3D": ("unknown_database", True, "there is no such database on the server"),
    "08": ("unavailable", False, "the connection broke"),
    "40": ("unavailable", False, "the database gave way to another transaction"),
    "53": ("unavailable", False, "the database has no room for another connection"),
    "55": ("unavailable", False, "a table is locked"),
    "57": ("unavailable", False, "the database is shutting down or starting"),
    "58": ("unavailable", False, "the database has trouble with its disk"),
    "XX": ("failed", True, "the database is damaged"),
    "23": ("refused", True, "a change breaks a rule of the table"),
    "22": ("schema_mismatch", True, "a value does not fit the type of the column it refers to"),
}
STATES = {
    "08000": ("bad_url", True, "the database URL asks for what the driver does not know"),
    "08001": ("unavailable", False, "the database cannot be reached"),
    "08P01": ("tls_refused", True, "an encrypted connection was demanded and could not be made"),
    "22021": ("failed", True, "a column holds text that is not valid UTF-8"),
    "42P22": ("schema_mismatch", True, "the two ends of a reference differ in their character sets"),
    "54000": ("failed", True, "a value is larger than the database sends"),
    "57014": ("timeout", False, "a query took longer than allowed"),
    "25P03": ("unavailable", False, "the database ended a transaction that it thought idle"),
    "25P04": ("timeout", False, "the transaction took longer than the database allows"),
    "42501": ("denied", True, "the database user may not do this"),
    "25006": ("denied", True, "the database or its user may only be read"),
    "23001": ("still_referenced", True, FORBIDDEN),
    "23503": ("still_referenced", True, FORBIDDEN),
    "42P01": ("schema_mismatch", True, "a declared table does not exist"),
    "42703": ("schema_mismatch", True, "a declared column does not exist"),
    "3F000": ("schema_mismatch", True, "a declared schema does not exist"),
    "42804": ("schema_mismatch", True, "the two ends of a reference differ in type"),
    "42883": ("schema_mismatch", True, "the two ends of a reference differ in type"),
    "0A000": ("schema_mismatch", True, "a table changed while it was read"),
    "XX002": ("failed", True, "a table or its index is damaged, and must be repaired first"),
}
CONSTRAINT = re.compile(r"\(`([^`]+)`\.`([^`]+)`, CONSTRAINT `([^`]+)` FOREIGN KEY")
"""What MariaDB says of a foreign key: database, table and name, no value."""
RULES = (
    re.compile(r" for key '(?:(?P<table>[^'.]+)\.)?(?P<rule>[^']+)'$"),
    re.compile(r"^CONSTRAINT `(?P<rule>[^`]+)` failed for (?P<table>`[^`]+`\.`[^`]+`)$"),
    re.compile(r"^Check constraint '(?P<rule>[^']+)' is violated\.$"),
    re.compile(r"^Column '(?P<rule>[^']+)' cannot be null$"),
    re.compile(r"^UNIQUE constraint failed: (?P<rule>(?P<table>\w+)\.\w+(, \w+\.\w+)*)$"),
    re.compile(r"^UNIQUE constraint failed: index '(?P<rule>.+)'$"),
    re.compile(r"^(CHECK|NOT NULL) constraint failed: (?P<rule>.+)$"),
)
"""What MariaDB, MySQL and SQLite say of a broken rule; the first quotes the row before it names the rule."""
NAMES_ONLY = {"42501", "42P01", "42703", "3F000"}
"""Here the server's message names tables and columns and never a value."""


def explain(place: str, error: Exception) -> SourceError:
    """The failure in our words; ``place`` is the source, or the source and its table."""
    if isinstance(error, UnicodeError):
        return _known(place, "22021")
    if isinstance(error, PendingRollbackError):
        return SourceError(f"{place}: the view of the database has ended.", code="unavailable", permanent=False)
    if isinstance(error, PoolTimeout):
        return SourceError(f"{place}: all connections are in use.", code="unavailable", permanent=False)
    said = error.orig if isinstance(error, DBAPIError) and error.orig else error
    state, detail = _state(said)
    if _meaning(state) == STATES["23503"]:
        return _known(place, state, _foreign_key(said))
    if _meaning(state) == CLASSES["23"]:
        return _known(place, state, _broken_rule(said))
    if _meaning(state):
        return _known(place, state, detail if state in NAMES_ONLY else "")
    word = state or type(said).__name__
    return SourceError(f"{place}: the database refused the query ({word}).", code="failed", permanent=True)


def _foreign_key(said: BaseException) -> str:
    """Which foreign key forbade a change, and the way out. The database names neither where its user may not look."""
    names: tuple[str, ...] = ()
    if isinstance(said, psycopg.Error):
        names = (said.diag.schema_name or "", said.diag.table_name or "", said.diag.constraint_name or "")
    elif found := CONSTRAINT.search(str(said)):
        names = found.groups()
    if not all(names):
        return (
            "a foreign key forbids it, and the database does not say which. Look for a table that refers to these, maybe "
            "one that this database user may not see; have its rows let go, then try again"
        )
    schema, table, name = names
    return (
        f"the foreign key '{name}' of the table '{schema}.{table}' forbids it. Have its rows let go, or describe what "
        "becomes of them, then try again"
    )


def _broken_rule(said: BaseException) -> str:
    """Which rule of which table a change would break, and the way out. Of what the database says only the names are kept: it
    quotes the row as well."""
    table, rule = "", ""
    if isinstance(said, psycopg.Error):
        table = ".".join(filter(None, (said.diag.schema_name, said.diag.table_name)))
        column = f"{said.diag.column_name} (NOT NULL)" if said.diag.column_name else ""
        rule = said.diag.constraint_name or column
    elif found := next(filter(None, (pattern.search(str(said.args[-1])) for pattern in RULES if said.args)), None):
        table, rule = (found.groupdict().get(name) or "" for name in ("table", "rule"))
    if not rule:
        return (
            "the database does not say which, maybe a trigger. Look what in it refuses a change of these records, and mend "
            "that; then try again"
        )
    of = f" of the table '{table.replace('`', '')}'" if table else ""
    return (
        f"the rule '{rule}'{of} forbids it. Say in the overlay what may stand in its columns (masks), or change that rule; then "
        "try again"
    )


def _meaning(state: str) -> tuple[str, bool, str] | None:
    return STATES.get(state) or CLASSES.get(state[:2])


def _known(place: str, state: str, detail: str = "") -> SourceError:
    code, permanent, sentence = _meaning(state) or ("failed", True, "the database refused the query")
    told = f": {detail}" if detail else ""
    return SourceError(f"{place}: {sentence}{told}.", code=code, permanent=permanent)


def _state(said: BaseException) -> tuple[str, str]:
    """PostgreSQL's five letters for it, and the message where there is one."""
    if isinstance(said, pymysql.Error):
        return sql_mariadb.state_of(said), str(said.args[-1]) if said.args else ""
    if isinstance(said, sqlite3.Error):
        return sql_sqlite.state_of(said), sql_sqlite.detail_of(said)
    if isinstance(said, psycopg.Error):
        return sql_postgresql.state_of(said), said.diag.message_primary or ""
    return "", ""
