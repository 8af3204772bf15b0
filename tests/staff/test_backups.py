"""The page with the register of backups."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from dsr.models import BackupTrial, Membership, Shop
from dsr.workflow import shops
from tests.promising import promise
from tests.workflow.test_backups import BACKUPS
from tests.workflow.test_erasure_plans import GOING, KEEPING


@pytest.fixture
def olga(shop: Shop, owner: User) -> Client:
    promise(shop, timezone.now() - timedelta(days=20), retention=[KEEPING, GOING], backups=BACKUPS)
    client = Client()
    client.force_login(owner)
    return client


def page_of(shop: Shop) -> str:
    return f"/staff/policy/{shop.slug}/backups/"


def test_page_when_a_try_is_written_down_then_says_when_and_by_whom_and_asks_no_more(
    shop: Shop, owner: User, olga: Client
) -> None:
    page = olga.get(page_of(shop)).content.decode()
    assert page.count("never</span>") == 2
    assert "every 7 days" in page
    assert "2 of the backups" in olga.get(f"/staff/policy/{shop.slug}/").content.decode()
    day = timezone.now().date() - timedelta(days=1)

    sent = {"key": "nightly", "tried_on": str(day), "has_worked": "yes", "words": ""}
    answer = olga.post(page_of(shop), sent, follow=True)

    page = answer.content.decode()
    assert "The try is written down." in page
    assert page.count("never</span>") == 1
    assert f'<td data-label="By">{owner.get_username()}</td>' in page
    assert "1 of the backups" in olga.get(f"/staff/policy/{shop.slug}/").content.decode()


def test_form_when_it_did_not_work_and_nothing_is_said_then_asks_what_was_met(shop: Shop, olga: Client) -> None:
    day = str(timezone.now().date() - timedelta(days=1))

    answer = olga.post(page_of(shop), {"key": "nightly", "tried_on": day, "has_worked": "no", "words": " "})

    assert "Say what did not work" in answer.content.decode()
    assert not BackupTrial.objects.exists()


def test_page_when_the_policy_names_no_backups_then_says_so(shop: Shop, owner: User) -> None:
    client = Client()
    client.force_login(owner)

    assert "The policy names no backups." in client.get(page_of(shop)).content.decode()


def test_page_when_somebody_is_owner_of_another_shop_then_is_not_there(
    shop: Shop, olga: Client, reviewer: User
) -> None:
    assert olga.get(page_of(shop)).status_code == 200
    other = Shop.objects.create(slug="other", name="Other", created_at=timezone.now())
    Membership.objects.filter(user=reviewer).delete()
    shops.give_role(reviewer, Membership.Role.OWNER, other)
    stranger = Client()
    stranger.force_login(reviewer)

    assert stranger.get(page_of(shop)).status_code == 404
