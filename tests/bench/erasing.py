"""Erasures over eleven small tables, from approval to proof: everything looked at before, written down, done, looked at again."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator

from tests.bench.figures import Figure, note
from tests.bench.place import Place
from tests.bench.shop import ROWS_PER_PERSON, TABLES
from tests.installation import SHOP, STAFF

FIRST, COUNT = 300, 30
"""Numbers of people."""


def measure(place: Place) -> Iterator[Figure]:
    """One after the other, in one process."""
    note(f"{COUNT} erasures, one after the other")
    told = json.loads(place.installation.run("-m", "tests.bench.erase_request", SHOP, STAFF, str(FIRST), str(COUNT)))
    assert {each["rows"] for each in told} == {ROWS_PER_PERSON}, "an erasure met other rows than the person has"
    seconds = [each["to_proof"] for each in told]
    remark = f"{min(seconds):.3f} to {max(seconds):.3f} s; {ROWS_PER_PERSON} rows in {len(TABLES)} tables"
    yield Figure("one erasure, from approval to proof (median)", statistics.median(seconds), "s", 0.6, remark=remark)
    letters = statistics.median(each["to_letter"] for each in told)
    yield Figure("one erasure, from approval to the letter's PDF (median)", letters, "s")
