"""CSV for spreadsheets: nothing runs, nothing is lost that a spreadsheet could show, and names are safe."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.exports.csv_file import cell, csv_names, defused
from tests.exports.answers import LINES, REVIEWS, card, package_of, snapshot_of


@pytest.mark.parametrize(
    ("value", "kind", "written"),
    [
        ("=HYPERLINK(1)", "text", "'=HYPERLINK(1)"),
        ("+1 562 555 0199", "text", "'+1 562 555 0199"),
        ("+15625550199", "text", "'+15625550199"),
        ("-2+3", "text", "'-2+3"),
        ("@SUM(A1)", "text", "'@SUM(A1)"),
        ("\tx", "text", "'\tx"),
        ("\rx", "text", "'\rx"),
        ("  =1+1", "text", "'  =1+1"),
        ("＝1+1", "text", "'＝1+1"),
        ("-3.5", "text", "-3.5"),
        ("-3.5", "number", "-3.5"),
        ("-12345678901234567890", "integer", "-12345678901234567890"),
        ("-Infinity", "number", "'-Infinity"),
        (-3.5, "number", -3.5),
        (True, "boolean", "true"),
        (None, "text", None),
        ("a = b", "text", "a = b"),
        ({"a": [1]}, "json", '{"a": [1]}'),
        ({"$file": "files/" + "a" * 64, "bytes": 3}, "text", "files/" + "a" * 64),
    ],
)
def test_cell_when_written_is_safe_and_numbers_stay_numbers(value: object, kind: str, written: object) -> None:
    assert cell(value, kind) == written  # type: ignore[arg-type]  # every kind of value on purpose


@given(st.text(max_size=20))
def test_defused_when_given_any_text_never_begins_like_a_formula(text: str) -> None:
    written = defused(text)

    assert written.removeprefix("'") == text.removeprefix("'") or written == f"'{text}"
    assert written.lstrip()[:1] not in {"=", "+", "@"}
    assert not written.startswith(("\t", "\r"))


def test_csv_when_values_hold_quotes_commas_and_line_ends_reads_back_the_same() -> None:
    text = 'She said "yes", twice,\r\nand\nagain; äöü 山田\x00'
    row = {"item": text, "stars": 5, "text": None, "written_on": "2024-01-01"}
    files, _ = package_of(snapshot_of({REVIEWS: [row]}))

    content = files["csv/shop/reviews.csv"]
    read = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert content.startswith(b"\xef\xbb\xbfitem,stars,text,written_on\r\n")
    assert read[1] == [text, "5", "", "2024-01-01"]


def test_csv_when_a_column_is_named_like_a_formula_defuses_the_head_too() -> None:
    one = card("odd", "Odd", "contact", "=cmd")

    files, _ = package_of(snapshot_of({one: [{"=cmd": "x"}]}))

    assert files["csv/shop/odd.csv"] == b"\xef\xbb\xbf'=cmd\r\nx\r\n"


def test_csv_names_when_collections_are_named_oddly_stay_inside_the_package() -> None:
    odd = ["../../etc/passwd", "a/b", "a_b", "A_B", "con", "..", "public.orders", "weiß", "x" * 300, ""]

    names = list(csv_names(card(name, "Odd", "contact", "a") for name in odd).values())

    assert names[:7] == [
        "csv/shop/_.._etc_passwd.csv",
        "csv/shop/a_b.csv",
        "csv/shop/a_b-2.csv",
        "csv/shop/A_B-3.csv",
        "csv/shop/_con.csv",
        "csv/shop/_.csv",
        "csv/shop/public.orders.csv",
    ]
    assert len({name.lower() for name in names}) == len(odd)
    assert all(name.count("/") == 2 and ".." not in name.replace("_.._", "") and len(name) < 120 for name in names)


def test_package_when_a_collection_is_empty_has_no_csv_for_it() -> None:
    files, _ = package_of(snapshot_of({LINES: []}))

    assert list(files) == ["data.json", "copy.html", "manifest.json"]
