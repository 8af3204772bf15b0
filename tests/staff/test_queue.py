from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from dsr.models import ClockPause, Shop, Source, SourceRun, SubjectRequest
from dsr.workflow import review
from dsr.workflow.actors import staff
from tests.conftest import ADA, ask, work_off
from tests.staff.conftest import text


@pytest.mark.parametrize(
    "query", ["page=²", "page=99999999999999999999999", "page=0", "page=-1", "page=x", "owner=x", "due=x", "tab=x"]
)
def test_the_queue_when_the_address_is_odd_then_the_page_stands(
    desk: Client, gathered: SubjectRequest, query: str
) -> None:
    assert desk.get(f"/staff/?{query}").status_code == 200


@pytest.mark.parametrize("typed", ["", "   ", "a\x00b", "x" * 5000])
def test_a_search_for_nothing_that_can_be_finds_nothing(desk: Client, gathered: SubjectRequest, typed: str) -> None:
    assert "Nothing found." in text(desk.post("/staff/search/", {"text": typed}, follow=True))


@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("state=review", True), ("state=gathering", False), ("owner=me", False), ("owner=nobody", True),
        ("type=access", True), ("type=erasure", False), ("shop=small-shop", True), ("shop=other-shop", False),
    ],
)  # fmt: skip
def test_a_filter_keeps_what_matches(desk: Client, gathered: SubjectRequest, query: str, is_there: bool) -> None:
    page = text(desk.get(f"/staff/?{query}"))

    assert (gathered.reference in page, "Nothing matches." in page) == (is_there, not is_there)


@pytest.mark.parametrize(
    ("days", "words", "kind"),
    [(-1, "1 day late", "late"), (0, "today", "soon"), (1, "tomorrow", "soon"), (9, "in 9 days", "")],
)
def test_filter_by_the_date_keeps_what_the_row_says(
    desk: Client, gathered: SubjectRequest, days: int, words: str, kind: str
) -> None:
    today = timezone.now().date()
    SubjectRequest.objects.update(due_on=today + timedelta(days=days), target_on=today + timedelta(days=days - 1))

    shown = [each for each in ("late", "soon") if gathered.reference in text(desk.get(f"/staff/?due={each}"))]

    page = text(desk.get("/staff/"))
    assert words in page
    assert shown == ([kind] if kind else [])
    assert ("1 late</a>" in page, "1 nearly late</a>" in page) == (kind == "late", kind == "soon")


def test_request_that_nobody_acknowledged_in_time_is_marked_until_somebody_does(
    desk: Client, gathered: SubjectRequest, now: datetime
) -> None:
    SubjectRequest.objects.update(acknowledge_by=now.date(), acknowledged_at=None)
    marked = text(desk.get("/staff/?due=unacknowledged"))
    SubjectRequest.objects.update(acknowledged_at=now)
    told = text(desk.get("/staff/?due=unacknowledged"))

    assert ("not acknowledged</span>" in marked, gathered.reference in marked) == (True, True)
    assert ("not acknowledged</span>" in told, gathered.reference in told) == (False, False)


def test_request_whose_clock_stands_still_says_for_whom_it_waits(
    desk: Client, gathered: SubjectRequest, now: datetime
) -> None:
    before = text(desk.get("/staff/"))
    ClockPause.objects.create(subject_request=gathered, why="identity", sealed_reason=b"", asked_at=now)

    assert ("waiting for the person" in before, "waiting for the person" in text(desk.get("/staff/"))) == (False, True)


def test_a_source_that_failed_and_one_that_is_tried_again_are_told_apart(desk: Client, asked: SubjectRequest) -> None:
    run = SourceRun.objects.get()
    words = []
    for state in ("failed", "queued"):
        SourceRun.objects.filter(pk=run.pk).update(state=state, error_code="unavailable")
        page = text(desk.get("/staff/"))
        words.append(("1 failed" in page, "1 trying again" in page))

    assert words == [(True, False), (False, True)]


def test_states_say_how_far_gathering_is_and_whether_the_copy_was_opened(
    desk: Client, asked: SubjectRequest, owner: User, now: datetime
) -> None:
    gathering = text(desk.get("/staff/"))
    work_off(asked)
    review.approve(asked, actor=staff(owner), now=now)
    work_off(asked)

    assert "Gathering 0/1" in gathering
    assert "Delivered, not opened" in text(desk.get("/staff/?tab=done"))


def test_a_request_that_nobody_has_is_taken_with_one_press(
    desk: Client, gathered: SubjectRequest, reviewer: User
) -> None:
    before = text(desk.get("/staff/"))
    response = desk.post(
        f"/staff/requests/{gathered.reference}/assign/", {"owner": reviewer.pk, "to_queue": "1"}, follow=True
    )

    gathered.refresh_from_db()
    assert ("data-take" in before, "data-take" in text(response)) == (True, False)
    assert gathered.owner == reviewer


def test_a_request_is_not_given_to_somebody_of_another_shop(desk: Client, gathered: SubjectRequest) -> None:
    stranger = User.objects.create_user("stranger")

    page = text(desk.post(f"/staff/requests/{gathered.reference}/assign/", {"owner": stranger.pk}, follow=True))

    gathered.refresh_from_db()
    assert ("does not work on this shop" in page, gathered.owner) == (True, None)


def test_only_owners_are_shown_the_way_to_sources_and_jobs(desk: Client, boss: Client, shop: Shop) -> None:
    pages = [text(each.get("/staff/")) for each in (desk, boss)]

    assert [("/staff/sources/" in page, "/staff/jobs/" in page) for page in pages] == [(False, False), (True, True)]


def test_the_second_page_of_a_list_shows_the_rest_and_keeps_the_filter(
    desk: Client, shop: Shop, source: Source, owner: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsr.staff.queue_views.PAGE", 2)
    made = [ask(shop, ADA, now + timedelta(minutes=n), owner).reference for n in range(3)]

    pages = [text(desk.get(f"/staff/?state=gathering&page={n}")) for n in (1, 2)]

    assert [[reference in page for reference in made] for page in pages] == [[True, True, False], [False, False, True]]
    assert "?state=gathering&amp;page=2" in pages[0]
