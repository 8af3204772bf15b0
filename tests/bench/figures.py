"""One measured number beside the limit it must keep."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """``limit`` is the most, or with ``is_floor`` the least, that is right; None where the number only informs."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    is_floor: bool = False
    remark: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether the limit is kept."""
        if self.limit is None:
            return True
        return self.value >= self.limit if self.is_floor else self.value <= self.limit

    def line(self) -> str:
        """For the eye: figure, limit, verdict."""
        limit = "" if self.limit is None else f"{'at least' if self.is_floor else 'at most'} {self.limit:g}"
        verdict = "" if self.limit is None else "ok" if self.is_kept else "OVER"
        return f"{self.name:<58} {self.value:>9.3f} {self.unit:<6} {limit:<14} {verdict:<5} {self.remark}".rstrip()

    def content(self) -> dict[str, object]:
        """For machines."""
        return {**asdict(self), "is_kept": self.is_kept}


def note(text: str) -> None:
    """Tell whoever waits what is being measured; the figures alone go to standard output."""
    print(f"bench: {text}", file=sys.stderr, flush=True)
