"""100,000 rows of one person by ``SqlSource``, beside the same SELECT by psycopg and ``json.dumps``.

    python -m tests.bench.gather_bench postgresql://user@host/database

Makes a table of its own in that database and drops it again. Each way runs in a fresh process, so that the memory it needs
can be told: the peak of the process above what it had before the first row.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import psycopg

from dsr.records import Identity, IdentityKind, Person
from dsr.sources import registry

ROWS = 100_000
ROUNDS = 3
COLUMNS = ("id", "email", "title", "placed_at", "total", "hash", "is_paid", "day", "token", "meta")
MAKE = f"""
DROP TABLE IF EXISTS bench_orders;
CREATE TABLE bench_orders AS
SELECT g::bigint AS id,
       CASE WHEN g % 2 = 0 THEN 'Ada@Example.com' ELSE 'bela' || g || '@example.org' END AS email,
       'Ring, size ' || g AS title, now() - g * interval '1 minute' AS placed_at, (g * 1.13)::numeric(12, 2) AS total,
       md5(g::text) AS hash, g % 3 = 0 AS is_paid, current_date AS day, gen_random_uuid() AS token,
       jsonb_build_object('engraving', 'for ever', 'n', g) AS meta
FROM generate_series(1, {2 * ROWS}) g;
ALTER TABLE bench_orders ADD PRIMARY KEY (id);
CREATE INDEX ON bench_orders (email);
ANALYZE bench_orders;
"""
DATASET = """
dataset:
  - fides_key: bench
    collections:
      - name: bench_orders
        fields:
          - {name: id, fides_meta: {primary_key: true}}
          - {name: email, fides_meta: {identity: email}}
""" + "".join(f"          - name: {name}\n" for name in COLUMNS[2:])


def by_hand(url: str) -> int:
    """The yardstick: a server-side cursor and the standard library's JSON."""
    with psycopg.connect(url) as connection, connection.cursor("yardstick") as cursor:
        cursor.itersize = 1_000
        cursor.execute(
            f"SELECT {', '.join(COLUMNS)} FROM bench_orders WHERE lower(email) = %s ORDER BY id", ("ada@example.com",)
        )
        return sum(1 for row in cursor if json.dumps(dict(zip(COLUMNS, row, strict=True)), default=str))


def by_source(url: str) -> int:
    """``SqlSource``, with the same JSON made of each record and its digest taken."""
    description = registry.load(DATASET)
    person = Person((Identity(IdentityKind.EMAIL, "ada@example.com"),))
    with registry.open_source("sql", "bench", url, description) as source:
        records = source.gather(source.locate(person, {}))
        return sum(1 for record in records if record.key.digest and json.dumps(dict(record.values)))


WAYS: dict[str, Callable[[str], int]] = {"psycopg": by_hand, "SqlSource": by_source}


def measure(way: str, url: str) -> None:
    """In the child: seconds, processor seconds and kilobytes of one way, as JSON."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, busy = time.perf_counter(), time.process_time()
    rows = WAYS[way](url)
    figures = {
        "rows": rows,
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - busy,
        "kilobytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before,
    }
    print(json.dumps(figures))


def main(url: str) -> None:
    """Print both ways side by side and their ratio."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(MAKE)
        try:
            medians = {way: _median(way, url) for way in WAYS}
        finally:
            connection.execute("DROP TABLE bench_orders")
    for way, (seconds, cpu, kilobytes, rows) in medians.items():
        print(
            f"gather {rows:,} rows  {way:<10} {seconds:6.2f} s  {cpu:6.2f} s cpu  {kilobytes / 1024:6.1f} MB above start"
        )
    ratio = medians["SqlSource"][0] / medians["psycopg"][0]
    print(f"gather ratio {ratio:.2f} (must be at most 2)")


def _median(way: str, url: str) -> tuple[float, float, int, int]:
    command = [sys.executable, "-m", "tests.bench.gather_bench", url, way]
    runs = [json.loads(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(ROUNDS)]
    seconds, cpu, size = (statistics.median(run[key] for run in runs) for key in ("seconds", "cpu", "kilobytes"))
    return seconds, cpu, int(size), runs[0]["rows"]


if __name__ == "__main__":
    measure(sys.argv[2], sys.argv[1]) if len(sys.argv) > 2 else main(sys.argv[1])
