"""What processes cost, as Linux counts it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from tests.installation import children

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(processes: Iterable[int]) -> float:
    """User and system time of living processes and of those of their children that have ended."""
    total = 0
    for process in processes:
        with suppress(OSError):
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()
            total += sum(int(field) for field in fields[11:15])
    return total / TICKS


def memory(processes: Iterable[int]) -> float:
    """Megabytes of their own plus their share of what they have in common (PSS)."""
    total = 0
    for process in processes:
        with suppress(OSError):
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def family(process: int) -> list[int]:
    """The process and everything below it."""
    return [process, *(below for child in children(process) for below in family(child))]
