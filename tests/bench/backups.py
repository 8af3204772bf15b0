"""What a backup brings back: the nightly scan of a shop's addresses, and erasing ten thousand people again.

The yardsticks: one SELECT and a loop over the rows, and a set-based script that deletes as many people's rows by their
numbers (``replay_by_hand``). Of the replay both sides are whole processes.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from dsr import embedded
from tests.bench import large_shop
from tests.bench.figures import Figure, note
from tests.bench.place import Place, database
from tests.installation import CHECKOUT

CUSTOMERS = 1_000_000
ERASED = 10_000
MOST_SECONDS, MOST_MB = 30, 200
SHOP = "backups"
ROWS = ERASED * (1 + large_shop.ORDERS_EACH)


def scan(place: Place) -> Iterator[Figure]:
    """Builds a shop in a database of its own, and drops it."""
    with _shop(place) as url:
        note(f"reading {CUSTOMERS:,} e-mail addresses")
        by_hand = _selected(url)
        told = _run(place, "scan")
    assert told["back"] == {"shop": 3}, told
    yield Figure(f"{CUSTOMERS:,} e-mails, one SELECT and a loop", by_hand, "s")
    yield Figure(f"{CUSTOMERS:,} e-mails, scan_for_erased", told["seconds"], "s", MOST_SECONDS)
    yield Figure("scan_for_erased beside the loop", told["seconds"] / by_hand, "times")
    yield Figure("its memory at most", told["peak_kb"] / 1024, "MB", MOST_MB)


def replay(place: Place) -> Iterator[Figure]:
    """Builds a shop in a database of its own, and drops it."""
    with _shop(place) as url:
        note(f"erasing {ERASED:,} people again")
        by_hand = _by_hand(place, url)
        told = _run(place, "replay")
        with psycopg.connect(url) as connection:
            left = connection.execute(
                "SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM orders)"
            ).fetchone()
    people = CUSTOMERS - 2 * ERASED
    assert left == (people, people * large_shop.ORDERS_EACH), left
    remark = f"{ROWS:,} rows"
    yield Figure("its DELETEs alone", by_hand["deleting"], "s")
    yield Figure(f"{ERASED:,} people of {CUSTOMERS:,}, a set-based script", by_hand["seconds"], "s", remark=remark)
    yield Figure(f"{ERASED:,} people of {CUSTOMERS:,}, replay --execute", told["seconds"], "s", remark=remark)
    yield Figure("replay beside the script", told["seconds"] / by_hand["seconds"], "times", 2)
    yield Figure("its memory at most", told["peak_kb"] / 1024, "MB")


@contextmanager
def _shop(place: Place) -> Iterator[str]:
    """The address of the shop, connected for reading and writing."""
    server = embedded.ensure_running(CHECKOUT).demo_url
    with database(server, f"bench_backups_{os.getpid()}") as url:
        note(f"building a shop of {CUSTOMERS:,} customers and {CUSTOMERS * large_shop.ORDERS_EACH:,} orders")
        large_shop.build(url, CUSTOMERS)
        folder, manage = place.installation.folder, place.installation.manage
        (folder / "large.yaml").write_text(large_shop.DATASET)
        (folder / "large.dsr.yaml").write_text(large_shop.OVERLAY)
        if not place.installation.ask("SELECT FROM dsr_shop WHERE slug = %s", SHOP):
            manage("add_shop", SHOP, "--name", "Backups")
        again = (
            ["--replace"]
            if place.installation.ask("SELECT FROM dsr_source WHERE host LIKE %s", "%bench_backups%")
            else []
        )
        manage(
            "add_source",
            SHOP,
            "shop",
            "--url",
            url,
            "--write-url",
            url,
            "--dataset",
            str(folder / "large.yaml"),
            *again,
        )
        yield url


def _selected(url: str) -> float:
    began, count = time.perf_counter(), 0
    with psycopg.connect(url) as connection, connection.cursor("everybody") as cursor:
        cursor.itersize = 1_000
        for (email,) in cursor.execute("SELECT email FROM customers"):
            count += email.strip().lower() != ""
    assert count == CUSTOMERS
    return time.perf_counter() - began


def _by_hand(place: Place, url: str) -> dict[str, Any]:
    """The script takes the second lot of people: the first is for the replay."""
    gone: dict[str, list[tuple[int, str | int]]] = {"customers": [], "orders": []}
    for customer in map(person, range(ERASED, 2 * ERASED)):
        for name, key in rows_of(customer):
            gone[name].append((key, email_of(customer) if name == "customers" else customer))
    listed = place.installation.folder / "gone.json"
    listed.write_text(json.dumps(gone))
    began = time.perf_counter()
    told: dict[str, Any] = json.loads(place.installation.run("-m", "tests.bench.replay_by_hand", url, str(listed)))
    assert (told["orders"] + told["customers"], told["left"]) == (ROWS, [0, 0]), told
    return {**told, "seconds": time.perf_counter() - began}


def person(number: int) -> int:
    """The id of the customer of that number among those who go, far from one another."""
    return 1 + number * 47 % CUSTOMERS


def email_of(customer: int) -> str:
    """The customer's address."""
    return f"person-{customer}@example.com"


def rows_of(customer: int) -> list[tuple[str, int]]:
    """A customer's rows: table and id."""
    orders = [customer - 1 + turn * CUSTOMERS for turn in range(large_shop.ORDERS_EACH + 1)]
    return [
        ("customers", customer),
        *(("orders", each) for each in orders if 1 <= each <= CUSTOMERS * large_shop.ORDERS_EACH),
    ]


def _run(place: Place, what: str) -> dict[str, Any]:
    began = time.perf_counter()
    place.installation.run("-m", "tests.bench.backups_command", "seed", what, SHOP)
    note(f"written down in {time.perf_counter() - began:.0f} s")
    began = time.perf_counter()
    told: dict[str, Any] = json.loads(place.installation.run("-m", "tests.bench.backups_command", what, what, SHOP))
    return {**told, "seconds": time.perf_counter() - began}
