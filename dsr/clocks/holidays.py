"""Public holidays, by country and part of a country: ``FR``, ``DE``, ``DE-BY``, ``US``, ``EW`` (England and Wales).

They stand in ``calendars/``, one file a country, written by ``scripts/holiday_files.py`` from the package ``holidays``.
Day after day is looked at in memory: nothing is fetched, and the same question has the same answer tomorrow.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "calendars"
EVERYWHERE = "*"
# What the law of the United Kingdom calls by these names; England and Wales keep the same days.
NAMED = {
    "EW": ("GB", "ENG", "England and Wales"),
    "SCT": ("GB", "SCT", "Scotland"),
    "NIR": ("GB", "NIR", "Northern Ireland"),
}
ONE_DAY = timedelta(days=1)
FRIDAY, SATURDAY = 4, 5


class UnknownCalendar(Exception):
    """Nobody wrote down the public holidays of this country or part of a country. The sentence names the nearest code."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are public holidays, and between which years (both included) that is known."""

    code: str
    title: str
    named: Mapping[date, str]
    first_year: int = date.min.year
    last_year: int = date.max.year

    def holiday_on(self, day: date) -> str:
        """The name of the public holiday, or nothing."""
        return self.named.get(day, "")

    def is_working(self, day: date, *, saturdays: bool = False) -> bool:
        """Whether offices work: no Sunday, no public holiday, and no Saturday unless ``saturdays`` count."""
        return day.weekday() <= (SATURDAY if saturdays else FRIDAY) and day not in self.named

    def working_day_from(self, day: date) -> date:
        """``day`` itself or the first working day after it (Regulation (EEC, Euratom) 1182/71 Art 3(4))."""
        while not self.is_working(day):
            day += ONE_DAY
        return day

    def add_business_days(self, day: date, count: int, *, saturdays: bool = False) -> date:
        """The ``count``-th working day after ``day``, which itself is not counted."""
        while count:
            day += ONE_DAY
            count -= self.is_working(day, saturdays=saturdays)
        return day

    def knows(self, year: int) -> bool:
        """Whether the holidays of the year are written down; in other years only weekends are free."""
        return self.first_year <= year <= self.last_year


WEEKENDS = Calendar("", "weekends alone", {})


@cache
def calendar_of(code: str) -> Calendar:
    """The calendar with this code; the empty code knows weekends alone. Raises ``UnknownCalendar``."""
    if not code:
        return WEEKENDS
    if code not in codes():
        nearest = difflib.get_close_matches(code.upper(), codes(), n=1, cutoff=0)
        raise UnknownCalendar(
            f"There is no holiday calendar {code!r}. The nearest code is {nearest[0]}; "
            "a code is a country (FR), a country and its part (DE-BY), EW, SCT or NIR."
        )
    country, part, title = NAMED.get(code) or (*code.partition("-")[::2], "")
    lines = [line.split(";") for line in _lines(country)]
    first, last = next((int(first), int(last)) for kind, first, last in lines if kind == "years")
    titles = {key: name for kind, key, name in lines if kind in ("country", "part")}
    title = title or (f"{titles[country]} ({titles[part]})" if part else titles[country])
    owner = part or country
    named: dict[date, str] = {}
    for owners, name, days in lines:
        if owners == EVERYWHERE or owner in owners.split():
            for day in days.split():
                named.setdefault(date.fromisoformat(day), name)
    return Calendar(code, title, named, first, last)


@cache
def codes() -> tuple[str, ...]:
    """Every code that ``calendar_of`` knows, without the empty one."""
    found = list(NAMED)
    for file in sorted(FOLDER.glob("*.txt")):
        found.append(file.stem)
        found += [f"{file.stem}-{line.split(';')[1]}" for line in _lines(file.stem) if line.startswith("part;")]
    return tuple(found)


def _lines(country: str) -> list[str]:
    return (FOLDER / f"{country}.txt").read_text(encoding="utf-8").splitlines()
