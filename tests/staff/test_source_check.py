"""The owner's page of alarms."""

from collections.abc import Iterator

import psycopg
import pytest
from django.test import Client

from dsr.models import Source
from tests.staff.conftest import text


@pytest.fixture
def strange_table(shop_url: str) -> Iterator[None]:
    with psycopg.connect(shop_url, autocommit=True) as connection:
        connection.execute('CREATE TABLE "<b>bold</b>" (id integer PRIMARY KEY)')
        yield
        connection.execute('DROP TABLE "<b>bold</b>"')


def test_a_check_on_demand_shows_each_alarm_with_its_cure(boss: Client, source: Source, strange_table: None) -> None:
    before = text(boss.get(f"/staff/sources/{source.pk}/alarms/"))

    page = text(boss.post(f"/staff/sources/{source.pk}/check/", follow=True))

    assert "Not checked yet." in before
    assert "shop: 1 alarm." in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "<b>bold</b>" not in page
    assert "skip_processing: true" in page
    assert "1 alarm</span>" in text(boss.get("/staff/sources/"))


def test_new_alarms_are_told_on_the_first_page_to_the_owner_alone(
    boss: Client, desk: Client, source: Source, strange_table: None
) -> None:
    boss.post(f"/staff/sources/{source.pk}/check/")
    pages = {"owner": text(boss.get("/staff/")), "reviewer": text(desk.get("/staff/"))}

    assert {who: "1 new alarm:" in page for who, page in pages.items()} == {"owner": True, "reviewer": False}


def test_a_database_as_described_says_so(boss: Client, source: Source) -> None:
    page = text(boss.post(f"/staff/sources/{source.pk}/check/", follow=True))

    assert "None: the database is as described." in page
    assert "1 new alarm" not in text(boss.get("/staff/"))


def test_a_reviewer_sees_and_checks_no_source(desk: Client, source: Source) -> None:
    answers = (
        desk.get(f"/staff/sources/{source.pk}/alarms/"),
        desk.post(f"/staff/sources/{source.pk}/check/"),
        desk.get("/staff/sources/"),
    )

    assert [answer.status_code for answer in answers] == [403, 403, 403]
