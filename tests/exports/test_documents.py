"""The readable copy says what ``data.json`` says: the same counts always, the same records as far as it prints."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from dsr.exports.documents import Report
from dsr.exports.package import Limits, render_html
from dsr.exports.pdf import PdfLimits, render_pdf
from dsr.exports.printing import PrintLimits
from dsr.exports.reading import Reading
from dsr.exports.snapshot import Row, SearchedPlace, Snapshot, StatementCard
from tests.exports.answers import (
    CATALOGUE,
    CATEGORIES,
    CUSTOMER,
    LINES,
    NEWS,
    ORDERS,
    REPAIRS,
    REVIEWS,
    ada,
    card,
    package_of,
    snapshot_of,
)
from tests.exports.test_pdf import text_of


def report_of(snapshot: Snapshot, limits: PrintLimits | None = None) -> Report:
    """The report over all rows of the answer."""
    reading = Reading(snapshot, limits or PrintLimits())
    for each in snapshot.collections:
        for _ in reading.rows(each):
            pass
    return reading.report({("shop", "order_lines"): "csv/shop/order_lines.csv"})


def lines(count: int) -> list[dict[str, Any]]:
    """Order lines that can be told apart."""
    return [{"order": "7", "item": f"Article {n}.", "quantity": 1, "price": "9.90"} for n in range(1, count + 1)]


def test_pdf_and_json_when_compared_state_the_same_counts_and_records() -> None:
    files, _ = package_of(ada(), render=render_pdf)
    text = text_of(files["copy.pdf"])
    data = json.loads(files["data.json"])

    titles = {each["name"]: each["title"] for each in json.loads(files["manifest.json"])["collections"]}
    for collections in data["sources"].values():
        for name, rows in collections.items():
            noun = "record" if len(rows) == 1 else "records"
            assert f"{titles[name]} {len(rows)} {noun} · comes from" in text, name
    for row in data["sources"]["shop"]["order_lines"]:
        assert f"{row['order']} {row['item']} {row['quantity']} {row['price']}" in text
    for row in data["sources"]["shop"]["orders"]:
        assert row["number"] in text
        assert row["total"] in text


def test_pdf_when_rows_exceed_the_cap_prints_the_first_and_states_how_many_stand_in_the_csv() -> None:
    files, _ = package_of(snapshot_of({LINES: lines(1_234)}), render=render_pdf)
    text = text_of(files["copy.pdf"])
    rows = json.loads(files["data.json"])["sources"]["shop"]["order_lines"]
    manifest = json.loads(files["manifest.json"])["collections"][0]

    printed = re.findall(r"Article \d+\.", text)
    assert printed == [row["item"] for row in rows][:1_000]
    assert "1,234 records · comes from Web shop (order_lines)" in text
    assert "234 more records: see csv/shop/order_lines.csv in the same package." in text
    assert (manifest["rows"], manifest["printed"]) == (1_234, 1_000)
    assert files["csv/shop/order_lines.csv"].count(b"\r\n") == 1_235


def test_pdf_when_it_would_need_too_much_memory_prints_a_tenth_and_says_so() -> None:
    limits = Limits(pdf=PdfLimits(memory_bytes=200_000_000))
    files, _ = package_of(snapshot_of({LINES: lines(1_000)}), render=render_pdf, limits=limits)
    text = text_of(files["copy.pdf"])

    assert len(re.findall(r"Article \d+\.", text)) == 100
    assert "900 more records: see csv/shop/order_lines.csv" in text
    assert json.loads(files["manifest.json"])["collections"][0]["printed"] == 100


def test_report_when_texts_are_long_prints_fewer_records_and_says_how_many_are_left() -> None:
    text = "A long review. " * 200
    rows = [{"item": "Ring", "stars": 5, "text": text, "written_on": None}] * 300

    part = report_of(snapshot_of({REVIEWS: rows})).categories[0].collections[0]

    assert (part.count, len(part.records)) == ("300 records", 67)
    assert part.notes == ("233 more records: see data.json in the same package.",)


def test_report_when_a_field_is_hidden_says_why_in_its_place() -> None:
    orders = report_of(ada()).categories[1].collections[0]
    cells = {cell.label: cell.text for cell in orders.records[0].cells}

    assert cells["Handled by"] == "[names a member of staff]"
    assert cells["Gift message"] == "[about another person]"


def test_report_when_a_value_was_never_gathered_says_that_it_is_held() -> None:
    account = report_of(ada()).categories[0].collections[0]

    assert {cell.label: cell.text for cell in account.records[0].cells}["Password"] == "[held, never sent out]"


def test_report_when_a_hidden_field_was_empty_says_nothing_there() -> None:
    one = card("notes", "Notes", "contact", "text Text,about About")
    rows = [Row({"text": None, "about": "you"}, {"text": "other_person"})] * 2

    part = report_of(snapshot_of({one: rows})).categories[0].collections[0]

    assert [cell.label for cell in part.records[0].cells] == ["About"]


def test_report_when_few_columns_hold_something_is_a_table_else_blocks_else_lines() -> None:
    answer = report_of(ada())
    wide = [row.values for row in ada().rows(next(each for each in ada().collections if each.collection == "orders"))]
    long = report_of(snapshot_of({ORDERS: wide * 20}))

    by_title = {part.title: part for category in answer.categories for part in category.collections}
    assert [label for label, _ in by_title["Order lines"].columns] == ["Order", "Article", "Quantity", "Price"]
    assert sum(percent for _, percent in by_title["Order lines"].columns) <= 100
    assert (by_title["Orders"].columns, by_title["Orders"].in_blocks) == ((), True)
    assert (long.categories[0].collections[0].columns, long.categories[0].collections[0].in_blocks) == ((), False)


def test_report_when_two_fields_share_a_label_keeps_both_values() -> None:
    one = card("phones", "Telephones", "contact", "first Phone,second Phone")

    part = report_of(snapshot_of({one: [{"first": "1", "second": "2"}] * 2})).categories[0].collections[0]

    assert part.columns == ()
    assert [cell.text for cell in part.records[0].cells] == ["1", "2"]


def test_report_when_a_row_is_left_out_says_so_at_the_collection_and_in_the_list() -> None:
    answer = report_of(ada())
    returns = next(part for part in answer.categories[1].collections if part.title == "Returns")

    assert returns.count == "2 records"
    assert returns.notes == ("1 more record was found and left out: see What we left out and why.",)
    assert [thing for part in answer.left_out for thing in part.things] == [
        ("Customer account: Password", "1 record"),
        ("Orders: Handled by", "11 records"),
        ("Orders: Gift message", "3 records"),
        ("Returns: whole records", "1 record"),
    ]


def test_report_when_every_row_is_left_out_still_names_the_collection() -> None:
    snapshot = snapshot_of({replace(REVIEWS, found=4): []})

    part = report_of(snapshot).categories[0].collections[0]

    assert (part.count, part.notes[0]) == (
        "0 records",
        "4 more records were found and left out: see What we left out and why.",
    )


def test_report_when_listing_places_names_each_collection_also_the_empty_ones() -> None:
    shop, news = report_of(ada()).places

    assert shop.answer == "Searched on Monday 5 January 2026, 12:01: 60 records."
    assert dict(shop.collections)["Repairs and appraisals"] == "nothing"
    assert dict(shop.collections)["Returns"] == "3 records, 1 of them left out"
    assert dict(news.collections) == {"Newsletter subscriptions": "1 record", "Catalogue by post": "nothing"}


def test_report_when_a_place_was_not_searched_says_why_and_not_that_it_was_empty() -> None:
    place = SearchedPlace("news", "Newsletter service", "not_searched", None, 0, "It was closed in 2024.")

    (part,) = report_of(snapshot_of({NEWS: [], CATALOGUE: []}, searched=(place,))).places

    assert part.answer == "Not searched. It was closed in 2024."
    assert {holding for _, holding in part.collections} == {"not searched"}


def test_report_when_the_shop_says_what_no_record_shows_prints_it_where_we_looked_and_data_json_has_it() -> None:
    said = (StatementCard("Cookies", "They end with your visit & are nobody's."),)
    files = package_of(snapshot_of({CUSTOMER: []}, statements=said), render=render_pdf)[0]
    silent = package_of(snapshot_of({CUSTOMER: []}), render=render_pdf)[0]

    assert "Cookies. They end with your visit & are nobody's." in text_of(files["copy.pdf"])
    assert "What no record shows" not in text_of(silent["copy.pdf"])
    assert json.loads(files["data.json"])["statements"] == [
        {"title": "Cookies", "sentence": "They end with your visit & are nobody's."}
    ]
    assert json.loads(silent["data.json"])["statements"] == []


def test_report_when_nothing_was_found_is_a_whole_document_that_says_so() -> None:
    text = text_of(
        package_of(snapshot_of({CUSTOMER: [], REPAIRS: [], CATALOGUE: []}), render=render_pdf)[0]["copy.pdf"]
    )

    assert "We searched 2 systems for what you told us about yourself, and found nothing." in text
    assert "Web shop Searched on Monday 5 January 2026, 12:01: nothing about you." in text
    assert "You can also complain to the California Privacy Protection Agency" in text


def test_report_when_a_category_is_unknown_prints_its_collections_all_the_same() -> None:
    one = card("calls", "Telephone calls", "telephony", "at When")

    answer = report_of(snapshot_of({one: [{"at": "noon"}]}))

    assert [each.card.title for each in answer.categories] == ["Other data"]
    assert answer.empty_categories == "Contact details, Purchases, Wish lists and reviews, Visits and Newsletter"


def test_report_when_a_category_has_recipients_names_each_of_them() -> None:
    told = replace(CATEGORIES[4], recipients=("FedEx", "Authorize.net"))
    html = render_html(snapshot_of({NEWS: [{"email": "a@b.example", "since": None}]}, categories=(told,)))

    assert '<th scope="row">Who received it</th><td>FedEx; Authorize.net</td>' in html


def test_report_when_a_category_is_empty_names_it_all_the_same() -> None:
    html = render_html(snapshot_of({NEWS: [{"email": "a@b.example", "since": None}]}))

    assert "We hold nothing about you in: Contact details, Purchases, Wish lists and reviews and Visits." in html


def test_report_when_the_policy_names_no_recipients_does_not_claim_that_there_are_none() -> None:
    quiet = replace(CATEGORIES[4], recipients=())
    html = render_html(snapshot_of({NEWS: [{"email": "a@b.example", "since": None}]}, categories=(quiet,)))

    assert "Who received it" not in html


def test_report_when_the_accent_is_no_colour_uses_the_house_one() -> None:
    snapshot = ada()
    evil = replace(snapshot.shop, accent="red } * { display: none")

    assert report_of(replace(snapshot, shop=evil)).accent == "#334155"


def test_report_when_the_shop_gives_a_strange_address_makes_no_link_of_it() -> None:
    snapshot = ada()
    shop = replace(snapshot.shop, complaint_url="javascript:alert(1)", policy_url="javascript:alert(1)")

    assert "javascript" not in render_html(replace(snapshot, shop=shop))


def test_html_when_no_pdf_can_be_made_stands_in_its_place_and_asks_for_nothing() -> None:
    files, built = package_of(ada())
    html = files["copy.html"].decode()

    assert [each.media_type for each in built if each.name == "copy.html"] == ["text/html"]
    assert "copy.pdf" not in files
    assert html == render_html(ada())
    assert "default-src &#x27;none&#x27;" in html or "default-src 'none'" in html
    assert re.findall(r"<(?:script|img|link|iframe|object)|url\(|@import", html) == []
    assert "Ada Okafor" in html
