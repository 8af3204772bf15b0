"""Lines that differ by their day alone are read as one, and nothing of them is lost."""

from __future__ import annotations

from datetime import date

import pytest

from dsr.exports.letter import LetterBlock, LetterLine

FIRST, LAST = date(2027, 1, 5), date(2033, 10, 8)
DAYS = (FIRST, date(2027, 4, 5), date(2030, 2, 1), LAST)
IN_WORDS = ("5 January 2027", "5 April 2027", "1 February 2030", "8 October 2033")


def kept(day: date, words: str, records: int = 2, sentence: str = "We keep this record through {}.") -> LetterLine:
    return LetterLine("Orders", "Web shop", records, sentence.format(words), "26 CFR 1.6001-1", day)


def block(*lines: LetterLine) -> LetterBlock:
    return LetterBlock("kept", "Kept", "These stay.", lines)


def test_lines_when_only_their_day_differs_then_are_one_with_every_day() -> None:
    gone = LetterLine("Visits", "Web shop", 5000, "We delete this record.")
    lines = [kept(day, words) for day, words in zip(DAYS, IN_WORDS, strict=True)]

    one, other = block(lines[1], gone, lines[0], *lines[2:]).shown

    assert (one.sentence, one.records, one.first, one.until) == (
        "We keep this record through a day between 5 January 2027 and 8 October 2033.", 8, FIRST, LAST,
    )  # fmt: skip
    assert one.days == tuple((day, 2) for day in DAYS)
    assert (other.line, other.sentence, other.records, other.days) == (gone, gone.sentence, 5000, ())


def test_lines_when_their_time_has_ended_then_say_between_which_days_and_not_until_when() -> None:
    ended = "The time for which we keep such records ended on {}. We delete this record."
    lines = [LetterLine("Orders", "Web shop", 1, ended.format(words)) for words in IN_WORDS]

    (one,) = block(*lines).shown

    assert (one.until, one.records) == (None, 4)
    assert one.sentence == (
        "The time for which we keep such records ended on a day between 5 January 2027 and 8 October 2033. "
        "We delete this record."
    )


@pytest.mark.parametrize(
    "sentence",
    ["Bis einschließlich {} bewahren wir es auf.", "Through {}; we look again on 1 May 2026."],
    ids=["other words for days", "two days"],
)
def test_lines_when_a_sentence_says_more_than_the_day_then_stay_apart(sentence: str) -> None:
    german = "einschließlich" in sentence
    words = ("5. Januar 2027", "5. April 2027", "1. Februar 2030", "8. Oktober 2033") if german else IN_WORDS
    lines = [kept(day, text, sentence=sentence) for day, text in zip(DAYS, words, strict=True)]

    shown = block(*lines).shown

    assert [(each.line, each.sentence, each.days) for each in shown] == [(line, line.sentence, ()) for line in lines]


def test_lines_when_they_are_few_or_differ_in_more_then_stay_apart() -> None:
    few = [kept(day, words) for day, words in zip(DAYS[:3], IN_WORDS, strict=False)]
    elsewhere = LetterLine("Orders", "Workshop", 1, "We keep this record through 8 October 2033.", "", LAST)

    assert [each.line for each in block(*few, elsewhere).shown] == [*few, elsewhere]
