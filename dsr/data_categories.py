"""The data categories of Fideslang's default taxonomy, in which datasets and policy profiles speak of personal data."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def data_categories() -> frozenset[str]:
    """Every key of Fideslang's default data categories."""
    text = files("dsr").joinpath("data_categories.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.split() if line.startswith(("user", "system")))
