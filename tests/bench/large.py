"""One person of a million: locating and gathering beside the same SELECTs by hand, and beside a shop of ten thousand.

The yardstick is what somebody would write who keeps the same promises: one read-only transaction that sees one moment, a
statement time-out, and server-side cursors, so that a person with many rows needs no memory. Both sides turn the rows into
JSON. The limit is for the whole of it, from connecting to the last row, because a job that comes once in an hour has to
connect; the figures over connections that are open already stand beside it. The measurements of a person follow one another
and take turns in being first, so that whatever else the machine does meets all of them alike.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import psycopg

from dsr import embedded
from dsr.records import Identity, IdentityKind, Person
from dsr.sources import registry
from dsr.sources.sql_engine import engine_for
from tests.bench import large_shop
from tests.bench.figures import Figure, note
from tests.bench.place import Place, database
from tests.installation import CHECKOUT

SMALL, LARGE = 10_000, 1_000_000
PEOPLE = 200
WARM_UP = 20
STRIDE = 7_919
"""People are taken this far apart, so that each brings pages of his own."""
Connection = psycopg.Connection[tuple[object, ...]]
Times = dict[str, list[float]]
ROWS_EACH = 1 + large_shop.ORDERS_EACH


def measure(_place: Place) -> Iterator[Figure]:
    """Builds both shops in databases of their own, and drops them."""
    server = embedded.ensure_running(CHECKOUT).demo_url
    with ExitStack() as kept:
        urls = {
            size: kept.enter_context(database(server, f"bench_large_{size}_{os.getpid()}")) for size in (SMALL, LARGE)
        }
        for size, url in urls.items():
            note(f"building a shop of {size:,} customers and {size * large_shop.ORDERS_EACH:,} orders")
            asked_for = large_shop.build(url, size)
        yield Figure("indexes that connecting the large shop asked for", len(asked_for), "")
        note(f"{PEOPLE} people, one after the other")
        opened = kept.enter_context(_connected(urls[LARGE]))
        seconds = _times(urls, opened)
    yield from _figures(seconds)


def _figures(seconds: Times) -> Iterator[Figure]:
    quiet = {name: _quiet(each) for name, each in seconds.items()}
    remark = f"the quickest tenth of {PEOPLE} people, {ROWS_EACH} rows each"
    yield Figure(f"one of {LARGE:,} customers, from connecting: by hand", quiet["by hand"] * 1000, "ms", remark=remark)
    yield Figure(f"one of {LARGE:,} customers, from connecting: gathered", quiet["gathered"] * 1000, "ms")
    yield Figure(
        "locating and gathering beside the SELECTs by hand", quiet["gathered"] / quiet["by hand"], "times", 1.5
    )
    yield Figure("the same over an open connection: by hand", quiet["by hand, open"] * 1000, "ms")
    yield Figure("the same over an open connection: gathered", quiet["gathered, open"] * 1000, "ms")
    small, large = quiet["gathered of few, open"], quiet["gathered, open"]
    remark = f"{small * 1000:.2f} ms and {large * 1000:.2f} ms, over open connections"
    yield Figure(f"one of {LARGE:,} beside one of {SMALL:,}", large / small, "times", 1.3, remark=remark)


def _times(urls: dict[int, str], opened: Connection) -> Times:
    seconds: Times = defaultdict(list)
    for turn in range(WARM_UP + PEOPLE):
        few, many = 1 + turn * STRIDE % SMALL, 1 + turn * STRIDE % LARGE
        steps: list[tuple[str, Callable[[], float]]] = [
            ("gathered of few, open", partial(_gathered, urls[SMALL], few)),
            ("gathered, open", partial(_gathered, urls[LARGE], many)),
            ("by hand, open", partial(_by_hand, opened, many)),
        ]
        first = turn % len(steps)
        for name, step in steps[first:] + steps[:first]:
            seconds[name].append(step())
        for name, step in _from_connecting(urls[LARGE], many)[:: 1 if turn % 2 else -1]:
            seconds[name].append(step())
    return {name: each[WARM_UP:] for name, each in seconds.items()}


def _from_connecting(url: str, number: int) -> list[tuple[str, Callable[[], float]]]:
    def gathered() -> float:
        engine_for(url).dispose()
        return _gathered(url, number)

    def by_hand() -> float:
        began = time.perf_counter()
        with _connected(url) as connection:
            _by_hand(connection, number)
        return time.perf_counter() - began

    return [("gathered", gathered), ("by hand", by_hand)]


def _quiet(seconds: list[float]) -> float:
    """The border of the quickest tenth: what else the machine did is no part of it."""
    return statistics.quantiles(seconds, n=10)[0]


def _gathered(url: str, number: int) -> float:
    person = Person((Identity(IdentityKind.EMAIL, f"person-{number}@example.com"),))
    began = time.perf_counter()
    with registry.open_source("sql", "large", url, large_shop.described()) as source:
        rows = [json.dumps(dict(record.values)) for record in source.gather(source.locate(person, {}))]
    seconds = time.perf_counter() - began
    assert len(rows) == ROWS_EACH
    return seconds


def _by_hand(connection: Connection, number: int) -> float:
    locate, *gather = large_shop.selects(number)
    began, rows = time.perf_counter(), []
    with connection.transaction():
        connection.execute("SET LOCAL statement_timeout = 60000")
        assert connection.execute(locate.encode()).fetchall() == [(number,)]
        for turn, select in enumerate(gather):
            with connection.cursor(f"by_hand_{turn}") as cursor:
                cursor.execute(select.encode())
                names = [column.name for column in cursor.description or ()]
                rows += [json.dumps(dict(zip(names, row, strict=True)), default=str) for row in cursor]
    seconds = time.perf_counter() - began
    assert len(rows) == ROWS_EACH
    return seconds


def _connected(url: str) -> Connection:
    connection = psycopg.connect(url)
    connection.isolation_level, connection.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
    return connection
