from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dsr.models import FindingMark, Source, SourceRun, SubjectRequest
from dsr.redaction import Ground
from dsr.staff.findings_page import Page
from dsr.workflow import chunks, review
from dsr.workflow.chunks import Row
from tests.staff.conftest import text


def path_of(subject_request: SubjectRequest, collection: str) -> str:
    run = subject_request.source_runs.get()
    return f"/staff/requests/{subject_request.reference}/findings/{run.pk}/{collection}/"


def to_mark(path: str) -> str:
    return path.replace("/findings/", "/mark/")


def test_a_card_number_in_a_note_is_shown_to_nobody(desk: Client, gathered: SubjectRequest) -> None:
    run = gathered.source_runs.get()
    stored = str(next(chunks.read(run, "orders")).values["note"])

    page = text(desk.get(path_of(gathered, "orders")))

    assert "4111 1111 1111 1111" in stored
    assert "4111" not in page
    assert "[payment card number not shown], called back" in page


@pytest.mark.parametrize("query", ["?page=²", "?page=99999999999999999999999", "?page=0", "?page=7"])
def test_an_odd_page_shows_the_last_or_first_rows(desk: Client, gathered: SubjectRequest, query: str) -> None:
    assert "1–2 of 2" in text(desk.get(path_of(gathered, "orders") + query))


@pytest.mark.parametrize("collection", ["no_such", "pg_authid", "%2e%2e"])
def test_a_collection_that_was_not_found_is_no_page(desk: Client, gathered: SubjectRequest, collection: str) -> None:
    assert desk.get(path_of(gathered, collection)).status_code == 404


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        (None, "text", None),
        ("", "text", ""),
        (True, "boolean", "yes"),
        ("2020-02-01", "date", "1 February 2020"),
        ("2020-01-06T10:00:00+00:00", "datetime", "6 January 2020, 05:00"),
        ({"city": "Paris", "tags": ["a", "b"]}, "json", "city: Paris\ntags 1: a\ntags 2: b"),
        ("x" * 9000, "text", "x" * 9000),
        ("MTIz", "bytes", "binary, 3 bytes: see data.json"),
    ],
)
def test_a_value_is_told_in_words(value: object, kind: str, words: str | None) -> None:
    column = {"name": "it", "label": "It", "type": kind}
    page = Page([column], {}, {}, "America/New_York")

    assert page.row(Row("d", {"it": value}, ()), 1).cells[0].text == words  # type: ignore[dict-item]  # any value


def test_a_decision_for_every_row_is_told_in_words_and_taken_back(
    desk: Client, gathered: SubjectRequest, reviewer: User, now: datetime
) -> None:
    path = path_of(gathered, "customers")
    desk.post(to_mark(path), {"field": "joined_at", "ground": "trade_secret"})
    told = text(desk.get(path))
    made = FindingMark.objects.get(field="joined_at")
    desk.post(f"/staff/requests/{gathered.reference}/marks/{made.pk}/remove/")

    assert "Joined at is hidden in every record: a business secret." in told
    assert "hidden in every record" not in text(desk.get(path))


def test_a_row_that_is_not_where_it_was_shown_cannot_be_marked(desk: Client, gathered: SubjectRequest) -> None:
    path = path_of(gathered, "orders")
    before = FindingMark.objects.count()

    page = text(desk.post(to_mark(path), {"digest": "0" * 64, "ground": "security"}, follow=True))

    assert "nothing was left out" in page
    assert FindingMark.objects.count() == before


def test_after_a_decision_the_browser_is_back_at_its_row(desk: Client, gathered: SubjectRequest) -> None:
    row = next(chunks.read(gathered.source_runs.get(), "orders"))

    response = desk.post(
        to_mark(path_of(gathered, "orders")), {"digest": row.digest, "ground": "security", "page": "1"}
    )

    assert response["Location"] == f"{path_of(gathered, 'orders')}?page=1#row-{row.digest[:12]}"
    assert f'id="row-{row.digest[:12]}"' in text(desk.get(response["Location"]))


def test_what_is_left_out_as_a_row_is_struck_for_staff_and_absent_for_the_customer(
    desk: Client, gathered: SubjectRequest, reviewer: User, now: datetime
) -> None:
    run = gathered.source_runs.get()
    row = next(chunks.read(run, "order_lines"))
    review.mark(
        run, collection="order_lines", digest=row.digest, field="", kind=FindingMark.Kind.WITHHOLD,
        ground=Ground.NOT_ABOUT_YOU, user=reviewer, now=now,
    )  # fmt: skip

    pages = [text(desk.get(path_of(gathered, "order_lines") + asked)) for asked in ("", "?as_customer")]

    assert [("Ring" in page, "row-withheld" in page) for page in pages] == [(True, True), (False, False)]
    assert all("Chain" in page for page in pages)


def test_nothing_can_be_left_out_after_the_release(
    desk: Client, gathered: SubjectRequest, reviewer: User, now: datetime
) -> None:
    SubjectRequest.objects.update(state="approved")

    page = text(desk.get(path_of(gathered, "customers")))
    refused = text(
        desk.post(to_mark(path_of(gathered, "customers")), {"field": "name", "ground": "security"}, follow=True)
    )

    assert "Leave out" not in page
    assert "no longer in review" in refused
    assert not FindingMark.objects.filter(field="name").exists()


def test_the_collections_follow_each_other_in_the_policys_order(desk: Client, gathered: SubjectRequest) -> None:
    path, titles = path_of(gathered, "customers"), []
    for _ in range(8):
        page = text(desk.get(path))
        titles.append(page.partition("<h1>")[2].partition("</h1>")[0])
        if "Next: " not in page:
            break
        path = page.partition('class="onward"')[2].partition('href="')[2].partition('"')[0]

    assert titles == ["Customers", "Orders", "Order lines", "Newsletter", "Gifts"]
    assert "Not opened yet" not in text(desk.get(f"/staff/requests/{gathered.reference}/"))


def test_many_columns_are_told_record_by_record(
    desk: Client, gathered: SubjectRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsr.staff.finding_views.WIDEST_TABLE", 2)

    page = text(desk.get(path_of(gathered, "customers")))

    assert "<caption>Record 1</caption>" in page
    assert "Ada Lovelace" in page


def test_long_collections_come_in_pages_of_fifty(
    desk: Client, gathered: SubjectRequest, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsr.staff.finding_views.PAGE", 2)

    pages = [text(desk.get(path_of(gathered, "order_lines") + f"?page={n}")) for n in (1, 2)]

    assert [("Ring" in page, "Box" in page) for page in pages] == [(True, False), (False, True)]
    assert ("1–2 of 3" in pages[0], "3–3 of 3" in pages[1]) == (True, True)


def test_a_run_of_another_request_is_no_page(desk: Client, gathered: SubjectRequest) -> None:
    other = SourceRun.objects.get().pk + 1

    for run_id in (other, 10**30):
        path = f"/staff/requests/{gathered.reference}/findings/{run_id}/customers/"
        assert desk.get(path).status_code == 404
