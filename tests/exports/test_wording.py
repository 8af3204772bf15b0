"""How paper says things."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from dsr.exports.printing import PrintLimits, printed_rows, share_out
from dsr.exports.snapshot import FieldCard
from dsr.exports.wording import counted, day_in_words, listed, moment_in_words, value_in_words, width
from dsr.records import Portable
from tests.exports.answers import card


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        (None, "text", ""),
        ("", "text", ""),
        ([], "json", ""),
        (0, "integer", "0"),
        (False, "boolean", "no"),
        (True, "boolean", "yes"),
        ("1299.00", "number", "1299.00"),
        ("2026-01-06", "date", "6 January 2026"),
        ("2026-01-06T14:05:00", "datetime", "6 January 2026, 14:05"),
        ("2026-01-06T14:05:09.123", "datetime", "6 January 2026, 14:05:09"),
        ("2026-01-06T23:30:00+00:00", "datetime", "7 January 2026, 00:30"),
        ("infinity", "date", "infinity"),
        ("0000-00-00", "date", "0000-00-00"),
        ("0001-01-01T00:00:00+14:00", "datetime", "0001-01-01T00:00:00+14:00"),
        ("2026-01-06", "text", "2026-01-06"),
        ("aGVsbG8=", "bytes", "binary, 5 bytes: see data.json"),
        ({"a": {"b": 1, "c": None}, "d": ["x", True]}, "json", "a, b: 1\na, c: –\nd 1: x\nd 2: yes"),
        (["x", "y"], "json", "1: x\n2: y"),
        ("a\r\nb\rc", "text", "a\nb\nc"),
        ("x" * 5_000, "text", "x" * 4_000 + "\n[1,000 more characters: see data.json]"),
    ],
)
def test_value_when_printed_is_in_words(value: Portable, kind: str, words: str) -> None:
    assert value_in_words(value, FieldCard("f", "F", kind, ()), "Europe/Berlin") == words


def test_value_when_it_stands_in_a_file_says_where() -> None:
    value = {"$file": "files/" + "0" * 64, "bytes": 1_500_000}

    words = value_in_words(value, FieldCard("f", "F", "text", ()), "UTC")

    assert words == f"a long value, 1,500,000 bytes: see files/{'0' * 64}"


def test_days_and_moments_when_said_have_weekday_and_local_time() -> None:
    assert day_in_words(date(2026, 1, 6)) == "Tuesday 6 January 2026"
    assert moment_in_words(datetime(2026, 1, 6, 22, 5, tzinfo=UTC), "Asia/Tokyo") == "Wednesday 7 January 2026, 07:05"


def test_counts_and_lists_when_said_are_grammatical() -> None:
    assert [counted(n, "record") for n in (0, 1, 1204)] == ["0 records", "1 record", "1,204 records"]
    assert [listed(list(words)) for words in ("", "a", "ab", "abc")] == ["", "a", "a and b", "a, b and c"]


def test_width_when_a_text_is_east_asian_counts_two_for_each_sign() -> None:
    assert (width("山田"), width("ab\nabc")) == (4, 3)


@pytest.mark.parametrize(
    ("wishes", "total", "shares"),
    [([5, 5], 100, [5, 5]), ([1000, 10], 100, [90, 10]), ([80, 80, 1], 101, [50, 50, 1]), ([], 5, []), ([3], 0, [0])],
)
def test_share_out_when_there_is_too_little_serves_the_small_first(
    wishes: list[int], total: int, shares: list[int]
) -> None:
    assert share_out(wishes, total) == shares


def test_printed_rows_when_a_category_is_long_cuts_its_long_collection_only() -> None:
    small, large = card("a", "A", "one", "x", rows=3), card("b", "B", "one", "x,y", rows=5_000)
    other = card("c", "C", "two", "x", rows=700)

    printed = printed_rows([small, large, other], PrintLimits())

    assert printed == {("shop", "a"): 3, ("shop", "b"): 997, ("shop", "c"): 700}


def test_printed_rows_when_the_whole_is_too_long_bounds_the_values() -> None:
    cards = [card(f"t{n}", "T", f"category {n}", "a,b,c,d,e", rows=1_000) for n in range(10)]

    printed = printed_rows(cards, PrintLimits(values=20_000))

    assert set(printed.values()) == {400}
