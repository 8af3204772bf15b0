"""The yardstick: the same rows by psycopg and ``json.dumps``: ``python -m tests.bench.gather_by_hand URL PERSON``."""

from __future__ import annotations

import json
import resource
import sys
import time

import psycopg

from tests.bench.shop import selects


def main(url: str, person: int) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, cpu, rows, size = time.perf_counter(), time.process_time(), 0, 0
    with psycopg.connect(url) as connection:
        for table, select in selects(person).items():
            with connection.cursor(f"yardstick_{table}") as cursor:
                cursor.itersize = 1_000
                cursor.execute(select.encode())
                names = [column.name for column in cursor.description or ()]
                for row in cursor:
                    size += len(json.dumps(dict(zip(names, row, strict=True)), default=str))
                    rows += 1
    figures = {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "kilobytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before,
        "rows": rows,
        "bytes": size,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
