"""The drawing of a request's dates: where marks go, that none hides another, and when there is nothing to draw."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from dsr.staff.time_line import APART, Mark, Span, drawn

START = date(2026, 1, 6)


def days(*numbers: int) -> list[Mark]:
    return [Mark(f"day {number}", START + timedelta(days=number)) for number in numbers]


def test_drawn_when_marks_lie_apart_then_they_stand_on_one_line_at_their_share_of_it() -> None:
    line = drawn(days(0, 50, 100), [], START)

    assert line is not None
    assert [(each.number, each.x, each.y) for each in line.marks] == [
        (1, "4.00%", 16),
        (2, "50.00%", 16),
        (3, "96.00%", 16),
    ]


def test_drawn_when_marks_are_given_in_any_order_then_they_are_numbered_by_date() -> None:
    line = drawn(days(31, 0, 10), [], START)

    assert line is not None
    assert [each.mark.words for each in line.marks] == ["day 0", "day 10", "day 31"]


@pytest.mark.parametrize("numbers", [(0, 1, 2, 90), (0, 45, 45, 46, 90), (0, 28, 29, 30, 31, 31), (0, 3660), (0, 1)])
def test_drawn_when_marks_crowd_then_none_of_a_lane_touches_another(numbers: tuple[int, ...]) -> None:
    line = drawn(days(*numbers), [], START)

    assert line is not None
    lanes: dict[int, list[float]] = {}
    for each in line.marks:
        lanes.setdefault(each.y, []).append(float(each.x.rstrip("%")))
    gaps = [right - left for lane in lanes.values() for left, right in pairwise(lane)]
    assert len(line.marks) == len(numbers)
    assert all(gap >= APART - 0.01 for gap in gaps)
    assert line.height == max(lanes) + 16


@pytest.mark.parametrize("numbers", [(), (0,), (3, 3)])
def test_drawn_when_there_are_not_two_days_then_there_is_no_drawing(numbers: tuple[int, ...]) -> None:
    assert drawn(days(*numbers), [], START) is None


@pytest.mark.parametrize(("today", "x"), [(-1, ""), (0, "4.00%"), (100, "96.00%"), (101, "")])
def test_today_when_outside_the_line_then_it_is_not_drawn(today: int, x: str) -> None:
    line = drawn(days(0, 100), [], START + timedelta(days=today))

    assert line is not None
    assert line.today_x == x


def test_span_when_it_reaches_beyond_the_line_then_it_ends_with_it() -> None:
    inside = Span("in", START + timedelta(days=25), START + timedelta(days=50))
    beyond = Span("out", START + timedelta(days=75), START + timedelta(days=900))
    before = Span("before", START - timedelta(days=5), START - timedelta(days=1))

    line = drawn(days(0, 100), [inside, beyond, before], START)

    assert line is not None
    assert [(each.x, each.width) for each in line.spans] == [("27.00%", "23.00%"), ("73.00%", "23.00%")]
