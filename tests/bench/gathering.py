"""A person with 100,000 rows: the whole job, sealed and stored, beside the same SELECTs by psycopg and ``json.dumps``."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from typing import Any

from tests.bench.figures import Figure, note
from tests.bench.place import CALM, FEW, MANY, PATIENT, Place
from tests.installation import SHOP, STAFF

ROUNDS = 3


def measure(place: Place) -> Iterator[Figure]:
    """Every run is a fresh process, so that its memory can be told."""
    by_hand, whole = [], []
    for turn in range(1, ROUNDS + 1):
        note(f"gathering {MANY:,} rows, round {turn} of {ROUNDS}")
        by_hand.append(_run(place, "tests.bench.gather_by_hand", place.shop_url, str(PATIENT)))
        whole.append(_run(place, "tests.bench.gather_request", SHOP, STAFF, str(PATIENT)))
    few = _run(place, "tests.bench.gather_request", SHOP, STAFF, str(CALM))
    assert {run["rows"] for run in by_hand} == {run["rows"] for run in whole}, "the two ways read different rows"
    rows = whole[0]["rows"]
    assert MANY < rows < MANY + 100
    assert FEW < few["rows"] < FEW + 100
    ours, theirs = (statistics.median(run["seconds"] for run in runs) for runs in (whole, by_hand))
    yield Figure(f"{rows:,} rows by psycopg and json.dumps", theirs, "s")
    yield Figure(f"{rows:,} rows gathered, sealed and stored", ours, "s", remark=f"{rows / ours:,.0f} rows a second")
    yield Figure("gathering beside psycopg and json.dumps", ours / theirs, "times", 2)
    many_kb = statistics.median(run["kilobytes"] for run in whole)
    yield Figure(f"memory above start, {few['rows']:,} rows", few["kilobytes"] / 1024, "MB")
    remark = "the limit: flat, that is at most 8 MB for ten times the rows"
    yield Figure(f"memory above start, {rows:,} rows", many_kb / 1024, "MB", few["kilobytes"] / 1024 + 8, remark=remark)


def _run(place: Place, module: str, *arguments: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(place.installation.run("-m", module, *arguments))
    return told
