"""Connections to shops' databases.

Workers fork, and a connection must not cross a fork: two processes on one socket read each other's rows. Engines are
therefore kept by process, and what a child inherits is dropped without touching the sockets.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError

from dsr.sources.base import SourceError
from dsr.sources.files import file_engine, is_file_url
from dsr.sources.sql_dialects import BY_SCHEME, dialect_of

CONNECT_SECONDS = 10


class _Engines:
    """The engines of one process, by URL."""

    def __init__(self) -> None:
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._by_url: dict[str, Engine] = {}

    def of(self, url: str) -> Engine:
        with self._lock:
            if self._owner != os.getpid():
                for inherited in self._by_url.values():
                    inherited.dispose(close=False)
                self._by_url.clear()
                self._owner = os.getpid()
            if url not in self._by_url:
                self._by_url[url] = _create(parse_url(url))
            return self._by_url[url]


_engines = _Engines()


def engine_for(url: str) -> Engine:
    """This process's engine for a database URL. Raises SourceError when the URL cannot be understood."""
    return file_engine(url) if is_file_url(url) else _engines.of(url)


def begun(engine: Engine, begin: Callable[[Connection], None]) -> Connection:
    """A connection on which ``begin`` was done. One that was kept and has died since is replaced, once.

    So the first statement that is needed anyway tells whether somebody is still there.
    """
    connection = engine.connect()
    try:
        begin(connection)
    except DBAPIError as error:
        connection.close()
        if not error.connection_invalidated:
            raise
    except BaseException:
        connection.close()
        raise
    else:
        return connection
    connection = engine.connect()
    try:
        begin(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def parse_url(url: str) -> URL:
    """The URL with the driver that is used for it; ``postgresql://…``, ``mariadb://…`` and ``sqlite:///…``."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None:
        raise SourceError("This is not a database URL.", code="bad_url", permanent=True)
    name = parsed.drivername.partition("+")[0]
    if name not in BY_SCHEME:
        message = f"Databases of the kind '{name}' are not known here, only {', '.join(sorted(BY_SCHEME))}."
        raise SourceError(message, code="bad_url", permanent=True)
    return BY_SCHEME[name].url(parsed)


def _create(url: URL) -> Engine:
    dialect = dialect_of(url.get_backend_name())
    engine = create_engine(
        url,
        hide_parameters=True,
        **dialect.engine_options(CONNECT_SECONDS),
    )

    @event.listens_for(engine, "do_connect")
    def _look(_dialect: object, _record: object, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
        dialect.connecting({**options, "file": arguments[0]} if arguments else options)

    @event.listens_for(engine, "connect")
    def _prepare(connection: object, _record: object) -> None:
        dialect.connected(connection)

    @event.listens_for(engine, "checkin")
    def _release(connection: object, _record: object) -> None:
        if connection is not None:  # it is, after a failure
            dialect.released(connection)

    return engine
