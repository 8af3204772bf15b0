"""``simulate_policy`` over all people of a shop, beside one SELECT and a loop that answer the same question by hand.

Both are whole processes, from the start of Python to the answer, and both must count the same. The peak of the command's
memory is told for ten thousand people and for ten times as many.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml

from dsr import embedded
from dsr.policy.loader import default_profile
from tests.bench import large_shop
from tests.bench.figures import Figure, note
from tests.bench.place import Place, database
from tests.installation import CHECKOUT

FEW, MANY = 10_000, 100_000
TODAY = "2026-02-01"
"""Between the days on which orders of early and of late January 2021 have been kept for five years."""
BEFORE, AFTER = 4, 5
"""For so many years orders are kept by the policy in force, and by the draft."""
MOST_SECONDS = 60
FLAT_MB = 5


def measure(place: Place) -> Iterator[Figure]:
    """Builds both shops in databases of their own, and drops them."""
    server = embedded.ensure_running(CHECKOUT).demo_url
    draft = _write(place.installation.folder / "draft.yaml", AFTER)
    with ExitStack() as kept:
        urls = {n: kept.enter_context(database(server, f"bench_what_if_{n}_{os.getpid()}")) for n in (FEW, MANY)}
        for people, url in urls.items():
            note(f"building a shop of {people:,} people and {people * large_shop.ORDERS_EACH:,} orders")
            large_shop.build(url, people)
            _connect(place, people, url)
        note("laying a draft over all people")
        few, _ = _run(place, "tests.bench.what_if_command", _shop(FEW), str(draft), TODAY)
        many, ours = _run(place, "tests.bench.what_if_command", _shop(MANY), str(draft), TODAY)
        by_hand, theirs = _run(place, "tests.bench.what_if_by_hand", urls[MANY], str(BEFORE), str(AFTER), TODAY)
    counted = ("people", "records", "changed_records", "touched_people")
    assert [many[name] for name in counted] == [by_hand[name] for name in counted], (many, by_hand)
    assert 0 < many["changed_records"] < MANY * large_shop.ORDERS_EACH
    remark = f"{many['changed_records']:,} of {many['records']:,} records change outcome"
    yield Figure(f"what-if over {MANY:,} people, one SELECT and a loop", theirs, "s")
    yield Figure(f"what-if over {MANY:,} people, simulate_policy", ours, "s", MOST_SECONDS, remark=remark)
    yield Figure("simulate_policy beside the loop", ours / theirs, "times")
    yield Figure(f"its memory at most, {FEW:,} people", few["peak_kb"] / 1024, "MB")
    limit = few["peak_kb"] / 1024 + FLAT_MB
    remark = f"the limit: flat, that is at most {FLAT_MB} MB for ten times the people"
    yield Figure(f"its memory at most, {MANY:,} people", many["peak_kb"] / 1024, "MB", limit, remark=remark)


def _shop(people: int) -> str:
    return f"what-if-{people}"


def _write(file: Path, years: int) -> Path:
    kept = {
        "key": "orders",
        "record_classes": ["order"],
        "keep": {"years": years},
        "from_facts": ["ordered_on"],
        "then": "anonymise",
        "basis": {"code": "CA-d8", "citation": "26 CFR 1.6001-1"},
    }
    gone = {"key": "accounts", "record_classes": ["account"], "then": "delete"}
    profile = yaml.safe_load(default_profile("what-if", "What If")) | {"retention": [kept, gone]}
    file.write_text(yaml.safe_dump(profile))
    return file


def _connect(place: Place, people: int, url: str) -> None:
    folder = place.installation.folder
    (folder / "large.yaml").write_text(large_shop.DATASET)
    (folder / "large.dsr.yaml").write_text(large_shop.OVERLAY)
    published = _write(folder / "published.yaml", BEFORE)
    place.installation.manage("add_shop", _shop(people), "--name", "What If", "--profile", str(published))
    place.installation.manage(
        "add_source", _shop(people), "shop", "--url", url, "--dataset", str(folder / "large.yaml")
    )


def _run(place: Place, module: str, *arguments: str) -> tuple[dict[str, Any], float]:
    began = time.perf_counter()
    told: dict[str, Any] = json.loads(place.installation.run("-m", module, *arguments))
    return told, time.perf_counter() - began
