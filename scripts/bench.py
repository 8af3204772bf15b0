"""Speed and weight, each figure beside its limit, all in one run: ``scripts/bench.py [--json] [PART ...]``.

With production settings, on databases of its own that are dropped at the end. The exit code is 1 when a limit is broken.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE))

from scripts.run import WEB  # noqa: E402  (the path above must stand first)
from tests.bench import backups, erasing, gathering, large, speed, weight, what_if  # noqa: E402
from tests.bench.figures import Figure  # noqa: E402
from tests.bench.place import Place, bench_place  # noqa: E402

PARTS: dict[str, Callable[[Place], Iterable[Figure]]] = {
    "speed": speed.measure,
    "gathering": gathering.measure,
    "large": large.measure,
    "what_if": what_if.measure,
    "erasing": erasing.measure,
    "scan": backups.scan,
    "replay": backups.replay,
    "weight": lambda place: weight.measure(place, WEB),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure speed and weight.")
    parser.add_argument("parts", nargs="*", help="all of them when none is named")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    unknown = sorted(set(options.parts) - set(PARTS))
    if unknown:
        parser.error(f"there is no part {', '.join(unknown)}; the parts are {', '.join(PARTS)}")
    figures = []
    if not options.json:
        print(" · ".join(conditions().values()), flush=True)
    for figure in measured(options.parts or list(PARTS)):
        figures.append(figure)
        if not options.json:
            print(figure.line(), flush=True)
    if options.json:
        content = {**conditions(), "figures": [figure.content() for figure in figures]}
        print(json.dumps(content, indent=2, ensure_ascii=False))
    sys.exit(not all(figure.is_kept for figure in figures))


def measured(parts: list[str]) -> Iterator[Figure]:
    """Every figure of the named parts, in one place."""
    with bench_place() as place:
        for part in parts:
            yield from PARTS[part](place)


def conditions() -> dict[str, str]:
    """What the figures hang on."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=BASE, capture_output=True, text=True, check=False
    )
    return {
        "measured_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "commit": f"commit {commit.stdout.strip() or 'unknown'}",
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "load": f"load before {os.getloadavg()[0]:.1f}",
    }


if __name__ == "__main__":
    main()
