"""What we promised: every chapter of the profile that says something, a door to each right, the version and its date."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dsr.models import Shop
from dsr.policy.loader import PROFILES
from dsr.workflow import policies, shops
from dsr.workflow.actors import COMMAND
from tests.portal.conftest import Visitor


@pytest.fixture
def jeweller(now: datetime) -> Shop:
    text = (PROFILES / "world-jewels.yaml").read_text()
    return shops.add_shop(slug="world-jewels", name="World Jewels", profile_text=text, actor=COMMAND, now=now)


def test_promised_when_opened_then_it_names_the_version_and_its_day(visitor: Visitor, jeweller: Shop) -> None:
    page = visitor.read("/world-jewels/promises/")

    assert "<h1>What we promised</h1>" in page
    assert "Version 1, in force since" in page


def test_promised_when_a_right_has_a_form_then_its_button_leads_there_and_the_others_to_a_person(
    visitor: Visitor, jeweller: Shop
) -> None:
    page = visitor.read("/world-jewels/promises/")

    access, erasure = page.index("See and get a copy of your data"), page.index("Have your data deleted")
    assert 'href="/world-jewels/see-my-data/"' in page[access:erasure]
    assert 'href="/world-jewels/see-my-data/"' not in page[erasure:]
    assert "mailto:info@worldjewels.com" in page[erasure:]


def test_promised_when_linked_then_from_the_first_page_and_from_the_foot(visitor: Visitor, jeweller: Shop) -> None:
    assert visitor.read("/world-jewels/").count('href="/world-jewels/promises/"') == 2
    assert visitor.read("/world-jewels/requests/").count('href="/world-jewels/promises/"') == 1


def test_promised_when_a_newer_version_is_in_force_then_the_older_page_says_so(
    visitor: Visitor, jeweller: Shop, now: datetime
) -> None:
    text = (PROFILES / "world-jewels.yaml").read_text().replace("TRUSTe", "TrustArc")
    policies.publish(jeweller, profile_text=text, actor=COMMAND, now=now + timedelta(days=3))

    older, newer = visitor.read("/world-jewels/promises/1/"), visitor.read("/world-jewels/promises/2/")

    assert "What we promise today" in older
    assert "What we promise today" not in newer
    assert visitor.read("/world-jewels/promises/") == newer


@pytest.mark.parametrize("path", ["/no-such/promises/", "/world-jewels/promises/9/", "/world-jewels/promises/0/"])
def test_promised_when_there_is_no_such_then_it_is_not_found(visitor: Visitor, jeweller: Shop, path: str) -> None:
    assert visitor.client.get(path).status_code == 404
