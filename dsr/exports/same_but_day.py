"""Lines that say the same but for the day, shown as one: who bought a hundred times would else read a hundred lines alike.

Nothing is left out: the days stand there, each with how many records end on it. A program gets the lines one by one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from dsr.exports.wording import MONTHS, day_in_words

MOST_ALONE = 3
"""So many alike are read sooner than explained."""
DAY = re.compile(rf"\b(\d{{1,2}}) ({'|'.join(MONTHS)}) (\d{{4}})\b")
"""As sentences name it. In other languages a day bends the words around it, so those are left as they are."""

Line = TypeVar("Line")


@dataclass(frozen=True, slots=True)
class Said:
    """What counts of a line: what must be alike, its sentence, its last day if it stays until one, how many records."""

    alike: Hashable
    sentence: str
    until: date | None
    records: int


@dataclass(frozen=True, slots=True)
class Together(Generic[Line]):
    """A line, or several that differ by the day alone: then ``line`` is the first, and ``days`` counts records by day."""

    line: Line
    sentence: str
    records: int
    until: date | None = None
    days: tuple[tuple[date, int], ...] = ()

    @property
    def first(self) -> date | None:
        """The first of several days."""
        return self.days[0][0] if self.days else None


def together(lines: Iterable[Line], said: Callable[[Line], Said]) -> Iterator[Together[Line]]:
    """The lines in their order, those that are alike at the place of the first."""
    groups: dict[Hashable, list[tuple[Line, Said, date | None]]] = {}
    for number, line in enumerate(lines):
        this = said(line)
        day = _own_day(this)
        key = (this.alike, DAY.sub("", this.sentence), this.until is None) if day else number
        groups.setdefault(key, []).append((line, this, day))
    for group in groups.values():
        if len(group) <= MOST_ALONE:
            yield from (Together(line, this.sentence, this.records, this.until) for line, this, _ in group)
        else:
            yield _as_one(group)


def _own_day(said: Said) -> date | None:
    """The one day that the sentence names; None where it names several, or another than the line's."""
    named = DAY.findall(said.sentence)
    if len(named) != 1:
        return None
    ((day, month, year),) = named
    found = date(int(year), MONTHS.index(month) + 1, int(day))
    return found if said.until in (None, found) else None


def _as_one(group: list[tuple[Line, Said, date | None]]) -> Together[Line]:
    counted: Counter[date] = Counter()
    for _, said, day in group:
        if day:
            counted[day] += said.records
    days = tuple(sorted(counted.items()))
    first, last = (day_in_words(day, weekday=False) for day, _ in (days[0], days[-1]))
    line, said, _ = group[0]
    between = first if first == last else f"a day between {first} and {last}"
    until = days[-1][0] if said.until else None
    return Together(line, DAY.sub(between, said.sentence), counted.total(), until, days)
