"""What it means to take away what keeps a promise: the list in ``taken_away.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

FILE = Path(__file__).with_suffix(".yaml")


@dataclass(frozen=True, slots=True)
class TakenAway:
    """In ``file`` the first ``text`` becomes ``instead``, and ``promise`` is kept no longer."""

    promise: str
    file: str
    text: str
    instead: str

    def __str__(self) -> str:
        return f"{self.promise} {self.file}"


def taken_away() -> tuple[TakenAway, ...]:
    """All of them, in the order of the list."""
    return tuple(TakenAway(**each) for each in yaml.safe_load(FILE.read_text(encoding="utf-8")))
