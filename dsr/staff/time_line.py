"""A request's dates as a small drawing: numbered marks on one line, spans where the clock stood, and today.

Places are percentages of the width, so that the drawing is as wide as its frame while its figures keep their size. Marks that
would lie on one another go to lanes below. The numbers lead to the words beneath; the drawing repeats them and adds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

LEFT, RIGHT = 4.0, 96.0
"""Percent of the width: a mark at either end is still whole."""
APART = 7.5
"""Percent between two marks of one lane: a little more than a mark is wide on a phone."""
LANE = 26
TOP = 16
"""Pixels: the distance between two lanes, and where the first one is."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One date and its words; ``tone`` is one of the state colours or empty."""

    words: str
    on: date
    tone: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Days in which the clock stood still; ``until`` is the first day on which it ran again."""

    words: str
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class PlacedMark:
    """A mark and its place: ``x`` in percent, ``y`` in pixels."""

    number: int
    mark: Mark
    x: str
    y: int

    @property
    def text_y(self) -> int:
        """Where its figure stands, so that it looks centred."""
        return self.y + 4


@dataclass(frozen=True, slots=True)
class PlacedSpan:
    """A span and its place in percent."""

    span: Span
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class TimeLine:
    """Everything that the drawing needs. ``today_x`` is empty when today lies outside."""

    marks: tuple[PlacedMark, ...]
    spans: tuple[PlacedSpan, ...]
    today_x: str
    first: date
    last: date
    height: int


def drawn(marks: Sequence[Mark], spans: Sequence[Span], today: date) -> TimeLine | None:
    """The drawing from the first mark to the last; None when there are not two different days to draw."""
    ordered = sorted(marks, key=lambda each: each.on)
    if not ordered or ordered[0].on == ordered[-1].on:
        return None
    first, last = ordered[0].on, ordered[-1].on
    placed = _in_lanes(ordered, first, last)
    return TimeLine(
        marks=placed,
        spans=tuple(_placed(span, first, last) for span in spans if span.since < last and span.until > first),
        today_x=_percent(_x(today, first, last)) if first <= today <= last else "",
        first=first,
        last=last,
        height=max(each.y for each in placed) + TOP,
    )


def _in_lanes(ordered: Sequence[Mark], first: date, last: date) -> tuple[PlacedMark, ...]:
    ends: list[float] = []
    placed = []
    for number, mark in enumerate(ordered, 1):
        x = _x(mark.on, first, last)
        lane = next((each for each, end in enumerate(ends) if x - end >= APART), len(ends))
        ends[lane : lane + 1] = [x]
        placed.append(PlacedMark(number, mark, _percent(x), TOP + LANE * lane))
    return tuple(placed)


def _placed(span: Span, first: date, last: date) -> PlacedSpan:
    left, right = _x(max(span.since, first), first, last), _x(min(span.until, last), first, last)
    return PlacedSpan(span, _percent(left), _percent(right - left))


def _x(day: date, first: date, last: date) -> float:
    return LEFT + (RIGHT - LEFT) * (day - first).days / (last - first).days


def _percent(x: float) -> str:
    return f"{x:.2f}%"
