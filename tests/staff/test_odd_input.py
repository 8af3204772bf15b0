"""What nobody types and somebody sends: every answer is a page, none is a fault."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dsr.models import Shop, SubjectRequest


@pytest.fixture
def desk(reviewer: User) -> Client:
    client = Client()
    client.force_login(reviewer)
    return client


ODD_PAGES = ["²", "9" * 30, "9" * 5000, "-1", "0", "1e5", "last"]


@pytest.mark.parametrize("page", ODD_PAGES)
def test_findings_when_the_page_is_no_number_then_the_first_is_shown(
    desk: Client, gathered: SubjectRequest, page: str
) -> None:
    findings = f"/staff/requests/{gathered.reference}/findings/{gathered.source_runs.get().pk}/customers/"

    assert "Ada Lovelace" in desk.get(f"{findings}?page={page}").content.decode()


@pytest.mark.parametrize("page", ODD_PAGES)
def test_queue_when_the_page_is_no_number_then_the_first_is_shown(
    desk: Client, gathered: SubjectRequest, page: str
) -> None:
    assert gathered.reference in desk.get(f"/staff/?page={page}").content.decode()


@pytest.mark.parametrize(
    "address",
    ["/staff/?shop=%00", "/staff/?state=%00", "/staff/requests/%00/", "/small-shop/requests/%00/all.zip", "/%00/"],
)
def test_address_when_it_holds_a_nul_then_it_is_refused_at_the_door(desk: Client, shop: Shop, address: str) -> None:
    assert desk.get(address.replace("%00", "x")).status_code != 400
    assert desk.get(address).status_code == 400


def test_search_when_it_holds_a_nul_then_it_finds_what_stands_around_it(desk: Client, gathered: SubjectRequest) -> None:
    response = desk.post("/staff/search/", {"text": f"\0{gathered.reference}"})

    assert response["Location"] == f"/staff/requests/{gathered.reference}/"


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "1026-01-05T10:00"])
def test_request_when_it_was_received_in_another_age_then_the_year_is_questioned(
    desk: Client, shop: Shop, moment: str
) -> None:
    said = {"shop": shop.pk, "type": "access", "channel": "phone", "received_at": moment, "email": "ada@example.com"}

    page = desk.post("/staff/requests/new/", said).content.decode()

    assert "check the year" in page
    assert SubjectRequest.objects.count() == 0
