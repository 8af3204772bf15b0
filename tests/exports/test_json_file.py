"""``data.json``: lossless, valid whatever it holds, and written with flat memory."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.exports.package import build_package
from dsr.exports.snapshot import CollectionCard, Row, Snapshot
from dsr.records import Portable
from tests.exports.answers import LINES, REVIEWS, ada, no_renderer, package_of, snapshot_of

portables: st.SearchStrategy[Portable] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(portables)
def test_data_json_when_given_any_portable_value_gives_it_back(value: Portable) -> None:
    row = {"item": value, "stars": None, "text": "x", "written_on": None}
    snapshot = snapshot_of({REVIEWS: [row]})
    shown = json.loads(package_of(snapshot)[0]["data.json"])["sources"]["shop"]["reviews"]

    if not json.loads(package_of(snapshot)[0]["data.json"])["redactions"]:
        assert shown == [row]


def test_data_json_when_numbers_are_large_or_exact_keeps_every_digit() -> None:
    row = {"item": "12345678901234567890", "stars": 9007199254740992, "text": "0.10", "written_on": None}

    content = package_of(snapshot_of({REVIEWS: [row]}))[0]["data.json"]

    assert b'{"item": "12345678901234567890", "stars": 9007199254740992, "text": "0.10", "written_on": null}' in content


def test_data_json_when_a_text_holds_a_lone_surrogate_is_still_valid_and_lossless() -> None:
    row = {"item": "a\ud800b", "stars": 1, "text": "", "written_on": None}

    content = package_of(snapshot_of({REVIEWS: [row]}))[0]["data.json"]

    assert json.loads(content.decode("utf-8"))["sources"]["shop"]["reviews"] == [row]


def test_data_json_when_read_states_the_request_in_the_shops_time() -> None:
    assert json.loads(package_of(ada())[0]["data.json"])["request"] == {
        "reference": "CJ-7F3K-29QD",
        "type": "access",
        "regime": "us-ca-ccpa",
        "shop": "cali-jewelz",
        "shop_name": "Cali Jewelz",
        "received_at": "2025-12-18T09:30:00-08:00",
        "due_on": "2026-02-01",
        "approved_at": "2026-01-06T10:55:00-08:00",
        "made_at": "2026-01-06T11:05:00-08:00",
        "time_zone": "America/Los_Angeles",
        "identities": [
            {"kind": "E-mail", "value": "ada.okafor@example.org"},
            {"kind": "Telephone", "value": "+1 562 555 0199"},
        ],
    }


def test_data_json_when_every_row_is_left_out_has_an_empty_list_and_no_claim_of_nothing() -> None:
    files, _ = package_of(snapshot_of({replace(REVIEWS, found=4): []}))
    data = json.loads(files["data.json"])

    assert data["sources"] == {"shop": {"reviews": []}}
    assert data["not_found"] == []


def test_data_json_when_nothing_was_found_is_valid_and_names_every_collection() -> None:
    data = json.loads(package_of(snapshot_of({REVIEWS: [], LINES: []}))[0]["data.json"])

    assert data["sources"] == {"shop": {}}
    assert [each["collection"] for each in data["not_found"]] == ["reviews", "order_lines"]


class Sink:
    """Forgets what is written, and knows the largest piece."""

    largest = 0

    def write(self, data: bytes, /) -> None:
        """Forget it."""
        Sink.largest = max(Sink.largest, len(data))

    def close(self) -> None:
        """Nothing to do."""


def many(count: int) -> Snapshot:
    """An answer of ``count`` rows that exist only one at a time."""
    one = replace(LINES, rows=count, found=count)

    def rows(_: CollectionCard) -> Iterator[Row]:
        for number in range(count):
            yield Row({"order": f"{number:07}", "item": f"Article {number}", "quantity": 1, "price": "9.90"})

    return replace(snapshot_of({LINES: []}), collections=(one,), rows=rows)


@pytest.mark.parametrize("count", [2_000, 20_000])
def test_package_when_rows_are_many_needs_no_more_memory(count: int) -> None:
    build_package(many(2_000), lambda _: Sink(), render=no_renderer)
    tracemalloc.start()
    built = build_package(many(count), lambda _: Sink(), render=no_renderer)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert built[0].rows == count
    assert peak < 6_000_000
    assert Sink.largest < 1_000_000


@pytest.mark.torture
def test_package_when_a_hundred_thousand_rows_stream_needs_no_more_memory() -> None:
    build_package(many(2_000), lambda _: Sink(), render=no_renderer)
    tracemalloc.start()
    built = build_package(many(100_000), lambda _: Sink(), render=no_renderer)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert built[0].rows == 100_000
    assert peak < 6_000_000
