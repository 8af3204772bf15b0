"""The package as a whole: every file from one walk, the same counts everywhere, hashes that hold."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import replace
from typing import Any

import pytest

from dsr.exports.release import SnapshotBroken
from dsr.exports.snapshot import Row, SearchedPlace
from tests.exports.answers import CATALOGUE, LINES, NEWS, REVIEWS, ada, card, package_of, snapshot_of


@pytest.fixture(scope="module")
def package() -> dict[str, bytes]:
    """The files of Ada's package, made once."""
    return package_of(ada())[0]


@pytest.fixture(scope="module")
def data(package: dict[str, bytes]) -> dict[str, Any]:
    """Her ``data.json``."""
    parsed: dict[str, Any] = json.loads(package["data.json"])
    return parsed


@pytest.fixture(scope="module")
def manifest(package: dict[str, bytes]) -> dict[str, Any]:
    """Her ``manifest.json``."""
    parsed: dict[str, Any] = json.loads(package["manifest.json"])
    return parsed


def test_package_when_built_lists_the_files_in_the_order_they_were_opened() -> None:
    files, built = package_of(ada())

    assert [each.name for each in built] == list(files)
    assert [each.name for each in built][::11] == ["data.json", "copy.html"]
    assert list(files)[-1] == "manifest.json"


def test_package_when_built_twice_is_the_same_byte_for_byte() -> None:
    assert package_of(ada()) == package_of(ada())


def test_manifest_when_read_states_size_hash_and_rows_of_every_other_file(
    package: dict[str, bytes], manifest: dict[str, Any]
) -> None:
    stated = {each["name"]: (each["bytes"], each["sha256"]) for each in manifest["files"]}

    assert stated == {
        name: (len(content), hashlib.sha256(content).hexdigest())
        for name, content in package.items()
        if name != "manifest.json"
    }


def test_manifest_when_read_states_the_counts_of_data_json(data: dict[str, Any], manifest: dict[str, Any]) -> None:
    in_data = {(s, c): len(rows) for s, collections in data["sources"].items() for c, rows in collections.items()}
    stated = {(each["source"], each["name"]): each["rows"] for each in manifest["collections"] if each["found"]}

    assert stated == in_data
    assert manifest["counts"] == {"sources": 2, "collections": 12, "found": 61, "rows": 60, "redactions": 4}


def test_manifest_when_read_names_the_zone_of_naive_times_and_each_field(manifest: dict[str, Any]) -> None:
    orders = next(each for each in manifest["collections"] if each["name"] == "orders")

    assert orders["naive_times_in"] == "America/Los_Angeles"
    assert orders["fields"][1] == {
        "name": "placed_at",
        "label": "Placed",
        "type": "datetime",
        "data_categories": ["user.contact"],
        "description": "",
    }


def test_manifest_when_a_source_was_not_searched_says_so_with_the_reason() -> None:
    place = SearchedPlace("news", "Newsletter service", "not_searched", None, 0, "The service was closed in 2024.")
    files, _ = package_of(snapshot_of({NEWS: [], CATALOGUE: []}, searched=(place,)))

    assert json.loads(files["manifest.json"])["sources"] == [
        {
            "name": "news",
            "title": "Newsletter service",
            "answer": "not_searched",
            "searched_at": None,
            "found": 0,
            "reason": "The service was closed in 2024.",
        }
    ]
    assert [each["answer"] for each in json.loads(files["data.json"])["not_found"]] == ["not_searched"] * 2


def test_csv_when_read_back_has_the_rows_of_data_json(package: dict[str, bytes], data: dict[str, Any]) -> None:
    rows = list(csv.DictReader(io.StringIO(package["csv/shop/order_lines.csv"].decode("utf-8-sig"))))

    assert rows == [{name: str(value) for name, value in row.items()} for row in data["sources"]["shop"]["order_lines"]]


def test_data_json_when_a_collection_is_empty_names_it_under_not_found(data: dict[str, Any]) -> None:
    assert data["not_found"] == [
        {"source": "shop", "collection": "repairs", "title": "Repairs and appraisals", "answer": "nothing"},
        {"source": "news", "collection": "catalogue", "title": "Catalogue by post", "answer": "nothing"},
    ]
    assert "repairs" not in data["sources"]["shop"]


def test_data_json_when_fields_are_hidden_has_null_there_and_says_why(data: dict[str, Any]) -> None:
    orders = data["sources"]["shop"]["orders"]
    redactions = {(each["collection"], each["field"]): each for each in data["redactions"]}

    assert [each["handled_by"] for each in orders] == [None] * 11
    assert [
        number for number, each in enumerate(orders, 1) if number in (1, 5, 9) and each["gift_message"] is None
    ] == [
        1,
        5,
        9,
    ]
    assert redactions["orders", "gift_message"]["row_numbers"] == [1, 5, 9]
    assert redactions["orders", "handled_by"]["rows"] == 11
    assert redactions["returns", None]["ground"] == "not_about_you"


def test_package_when_a_value_was_hidden_has_it_in_no_file() -> None:
    hidden, shown = {"text": "Bela's secret wish"}, {"text": "A plain word"}
    one = card("notes", "Notes", "contact", "text")
    before, _ = package_of(snapshot_of({one: [Row(hidden), Row(shown)]}))
    after, _ = package_of(snapshot_of({one: [Row(hidden, {"text": "other_person"}), Row(shown)]}))

    assert b"Bela" in before["data.json"]
    assert [name for name, content in after.items() if b"Bela" in content] == []
    assert b"A plain word" in after["data.json"]


def test_package_when_a_card_number_stands_in_a_text_masks_it_everywhere_and_lists_it() -> None:
    spoken = [{"order": "1", "item": "Ring, paid by 4111 1111 1111 1111", "quantity": 1, "price": "9.00"}]
    files, _ = package_of(snapshot_of({LINES: spoken}))

    row = json.loads(files["data.json"])["sources"]["shop"]["order_lines"][0]
    redaction = json.loads(files["data.json"])["redactions"][0]
    assert row["item"] == "Ring, paid by [payment card number not shown]"
    assert (redaction["field"], redaction["rows"], redaction["row_numbers"]) == ("item", 1, [1])
    assert [name for name, content in files.items() if b"1111 1111" in content] == []


def test_package_when_a_value_is_too_large_puts_it_into_a_file_of_its_own() -> None:
    whole = b"A very long review. " * 1000
    name = hashlib.sha256(whole).hexdigest()
    row = {"item": "Ring", "stars": 5, "text": {"$file": f"files/{name}", "bytes": len(whole)}, "written_on": None}
    files, _ = package_of(snapshot_of({REVIEWS: [row, row]}, blobs={name: whole}))

    assert files[f"files/{name}"] == whole
    assert b",files/" in files["csv/shop/reviews.csv"]


def test_package_when_a_large_text_holds_a_card_number_masks_it_there_too() -> None:
    whole = b"A very long review. " * 1000 + b"My card is 4111111111111111."
    name = hashlib.sha256(whole).hexdigest()
    row = {"item": "Ring", "stars": 5, "text": {"$file": f"files/{name}", "bytes": len(whole)}, "written_on": None}
    files, _ = package_of(snapshot_of({REVIEWS: [row]}, blobs={name: whole}))

    assert files[f"files/{name}"].endswith(b"My card is [payment card number not shown].")
    assert json.loads(files["data.json"])["redactions"][0]["field"] == "text"


def test_package_when_a_shops_own_json_looks_like_a_file_name_keeps_it_as_a_value() -> None:
    value = {"$file": "files/" + "a" * 64, "bytes": 1}
    files, _ = package_of(snapshot_of({REVIEWS: [{"item": value, "stars": 1, "text": "", "written_on": None}]}))

    assert json.loads(files["data.json"])["sources"]["shop"]["reviews"][0]["item"] == value


@pytest.mark.parametrize("rows", [3, 1])
def test_package_when_the_snapshot_has_other_rows_than_announced_is_refused(rows: int) -> None:
    honest = snapshot_of({NEWS: [{"email": "a@b.example", "since": None}] * 2})
    announced = card("subscribers", "Newsletter", "marketing", "email,since", source="news", rows=rows, found=3)
    lying = replace(honest, collections=(announced,), rows=lambda _: honest.rows(honest.collections[0]))

    with pytest.raises(SnapshotBroken, match="2 rows where"):
        package_of(lying)


def test_package_when_a_row_has_an_undeclared_field_is_refused() -> None:
    with pytest.raises(SnapshotBroken, match="other fields"):
        package_of(snapshot_of({NEWS: [{"email": "a@b.example", "since": None, "secret": "x"}]}))
