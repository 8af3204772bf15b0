"""The yardstick: the same question by one SELECT and a loop: ``python -m tests.bench.what_if_by_hand URL BEFORE AFTER DAY``.

Orders are kept so many years by the one policy and by the other: how many of them, of how many people, fare differently?
"""

from __future__ import annotations

import json
import sys
from datetime import date
from itertools import groupby

import psycopg

EVERYBODY = """
SELECT lower(c.email) COLLATE "C" AS person, o.placed_at::date FROM customers c LEFT JOIN orders o ON o.customer_id = c.id
ORDER BY person
"""


def main(url: str, before: int, after: int, today: date) -> None:
    people = records = changed = touched = 0
    with psycopg.connect(url, options="-c timezone=UTC") as connection, connection.cursor("everybody") as cursor:
        cursor.itersize = 1_000
        cursor.execute(EVERYBODY)
        for _, rows in groupby(cursor, key=lambda row: row[0]):
            days = [day for _, day in rows if day]
            differs = [_end(day, before, today) != _end(day, after, today) for day in days]
            people, records = people + 1, records + 1 + len(days)
            changed, touched = changed + sum(differs), touched + any(differs)
    told = {"people": people, "records": records, "changed_records": changed, "touched_people": touched}
    print(json.dumps(told))


def _end(day: date, years: int, today: date) -> date | None:
    """The last day on which it stays; None when that has passed."""
    last = day.replace(year=day.year + years)
    return last if last >= today else None


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), date.fromisoformat(sys.argv[4]))
