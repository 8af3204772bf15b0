"""The yardstick: the same rows deleted by a set-based script: ``python -m tests.bench.replay_by_hand URL LIST``.

It does what a careful person would who knows this one shop. The file says which rows were erased and whose they were, as the
ledger does: orders that somebody placed since must not go with them, nor a number that was given again. It deletes those that
are back, counts them, and looks whether any is left.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import psycopg

LISTS = """
CREATE TEMPORARY TABLE gone_customers (id integer PRIMARY KEY, email text) ON COMMIT DROP;
CREATE TEMPORARY TABLE gone_orders (id integer PRIMARY KEY, customer_id integer) ON COMMIT DROP
"""
LEFT = """
SELECT (SELECT count(*) FROM customers JOIN gone_customers USING (id)), (SELECT count(*) FROM orders JOIN gone_orders USING (id))
"""


def main(url: str, listed: str) -> None:
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(LISTS)
        for name, rows in json.loads(Path(listed).read_text()).items():
            with cursor.copy(f"COPY gone_{name} FROM STDIN".encode()) as copy:
                copy.write("".join([f"{key}\t{whose}\n" for key, whose in rows]))
        cursor.execute("ANALYZE gone_customers; ANALYZE gone_orders")
        began = time.perf_counter()
        orders = cursor.execute(
            "DELETE FROM orders USING gone_orders g WHERE orders.id = g.id AND orders.customer_id = g.customer_id"
        ).rowcount
        customers = cursor.execute(
            "DELETE FROM customers USING gone_customers g WHERE customers.id = g.id AND lower(customers.email) = g.email"
        ).rowcount
        deleting = time.perf_counter() - began
        left = cursor.execute(LEFT).fetchone()
    print(json.dumps({"orders": orders, "customers": customers, "left": left, "deleting": deleting}))


if __name__ == "__main__":
    main(*sys.argv[1:])
