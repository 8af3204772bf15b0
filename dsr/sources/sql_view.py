"""A short look at a database before, or beside, its description: read-only, and each statement bounded in time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, text

from dsr.sources.base import SourceError
from dsr.sources.files import is_file_url
from dsr.sources.sql_dialects import dialect_of
from dsr.sources.sql_engine import begun, engine_for
from dsr.sources.sql_failures import named_failures

TRIAL_SECONDS = 5.0


@contextmanager
def open_view(name: str, url: str, seconds: float) -> Iterator[Connection]:
    """One consistent, read-only view for the time of the block. Raises SourceError, from within the block as well."""
    engine = engine_for(url)
    dialect = dialect_of(engine.dialect.name)
    with named_failures(name), begun(engine, partial(dialect.begin_view, seconds=seconds)) as connection:
        yield connection


def try_address(name: str, url: str) -> None:
    """Raises SourceError when nobody answers at the address, or not as a database."""
    place = engine_for(url).url
    if place.get_backend_name() == "sqlite" and not is_file_url(url) and not Path(place.database or "").is_file():
        # SQLite would make an empty database of a name that is mistyped.
        raise SourceError(f"{name}: there is no such file.", code="unknown_database", permanent=True)
    with open_view(name, url, TRIAL_SECONDS) as connection:
        connection.execute(text("SELECT 1"))
