"""Two things at once, each over a connection of its own; one is held up by a lock until the other has come as far as it shall."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psycopg
from django.db import connection

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def on_a_connection_of_its_own(do: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """For a thread: do it, and leave no connection behind."""
    try:
        return do(*given, **named)
    finally:
        connection.close()


def until_somebody_waits(url: str, people: int = 1) -> None:
    """Until so many sessions of a database wait for a lock that somebody else holds."""
    with psycopg.connect(url, autocommit=True) as looking:
        for _ in range(1000):
            waiting = looking.execute(WAITING).fetchone()
            if waiting and waiting[0] >= people:
                return
            time.sleep(0.01)
    raise TimeoutError("nobody waits for a lock")
