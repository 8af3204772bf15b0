"""What nobody types and somebody sends: every answer is a page, none is a fault."""

from __future__ import annotations

import json
import re
from datetime import datetime

import psycopg
import pytest
from django.contrib.auth.models import User
from django.test import Client

from dsr.models import Shop, SubjectRequest
from dsr.workflow import connections
from dsr.workflow.actors import staff
from tests.conftest import ADA, ask, work_off


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


def test_table_when_its_name_holds_signs_of_an_address_then_its_findings_are_shown_and_marked(
    shop: Shop, shop_url: str, owner: User, now: datetime, desk: Client
) -> None:
    name = "b/c?d#e %41<b>"
    columns = [
        {"name": "id", "data_categories": ["user"], "fides_meta": {"primary_key": True}},
        {"name": "email", "data_categories": ["user.contact.email"], "fides_meta": {"identity": "email"}},
    ]
    dataset = {"fides_key": "odd", "name": "<b>Odd</b>", "collections": [{"name": name, "fields": columns}]}
    with psycopg.connect(shop_url, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE \"{name}\" AS SELECT 1 AS id, 'ada@example.com' AS email")
        text = json.dumps({"dataset": [dataset]})
        connections.add_source(
            shop, name="odd", url=shop_url, dataset_text=text, dataset_name="odd.yaml", actor=staff(owner), now=now
        )
        subject_request = ask(shop, ADA, now, owner)
        work_off(subject_request)
        connection.execute(f'DROP TABLE "{name}"')

    page = desk.get(f"/staff/requests/{subject_request.reference}/").content.decode()
    (address,) = set(re.findall(r'href="([^"]+/findings/[^"]+)"', page))
    rows = desk.get(address).content.decode()
    (action,) = set(re.findall(r'action="([^"]+/mark/[^"]+)"', rows))
    marked = desk.post(action, {"field": "email", "ground": "other_person"}, follow=True)

    assert "ada@example.com" in rows
    assert "<b>" not in rows
    assert marked.redirect_chain == [(address, 302)]
    assert subject_request.source_runs.get().marks.get().collection == name
