"""The policy pages of the staff side: whose they are, the list of versions, one version in words, two compared."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dsr.models import Membership, Shop
from dsr.policy.loader import default_profile
from dsr.workflow import policies, shops
from dsr.workflow.actors import staff
from tests.staff.conftest import signed_in, text

PAGES = ["", "small-shop/", "small-shop/1/", "small-shop/1/1/"]


@pytest.fixture
def revised(shop: Shop, owner: User, now: datetime) -> Shop:
    """The small shop with a second version, published by Olga, that begins in ten years."""
    profile = default_profile("small-shop", "Small Shop").replace("UTC", "Europe/Berlin")
    later = now + timedelta(days=3653)
    policies.publish(
        shop,
        profile_text=profile,
        actor=staff(owner),
        now=now + timedelta(days=1),
        in_force_from=later,
        is_material=True,
    )
    return shop


@pytest.mark.parametrize("page", PAGES)
def test_policy_when_a_reviewer_opens_it_then_it_is_forbidden(desk: Client, page: str) -> None:
    assert desk.get(f"/staff/policy/{page}").status_code == 403


@pytest.mark.parametrize("page", PAGES[1:])
def test_policy_when_an_owner_of_another_shop_opens_it_then_it_is_not_there(
    shop: Shop, other_shop: Shop, page: str
) -> None:
    user = User.objects.create_user("otto")
    shops.give_role(user, Membership.Role.OWNER, other_shop)

    assert signed_in(user).get(f"/staff/policy/{page}").status_code == 404


@pytest.mark.parametrize("page", PAGES[1:])
def test_policy_when_its_owner_opens_it_then_it_is_there(boss: Client, shop: Shop, page: str) -> None:
    assert boss.get(f"/staff/policy/{page}").status_code == 200


def test_version_when_the_policy_names_laws_then_each_stands_there_by_its_name(boss: Client, shop: Shop) -> None:
    assert "<dt>Laws</dt><dd>EU GDPR, UK GDPR, California CCPA</dd>" in text(boss.get("/staff/policy/small-shop/1/"))


def test_policies_when_there_is_one_shop_then_the_list_leads_straight_to_it(boss: Client, shop: Shop) -> None:
    assert boss.get("/staff/policy/").headers["Location"] == "/staff/policy/small-shop/"


def test_policies_when_there_are_two_then_each_has_its_row(boss: Client, shop: Shop, other_shop: Shop) -> None:
    page = text(boss.get("/staff/policy/"))

    assert page.count('href="/staff/policy/small-shop/"') == 1
    assert page.count('href="/staff/policy/other-shop/"') == 1


def test_versions_when_one_is_still_to_come_then_each_says_where_it_stands_and_who_made_it(
    boss: Client, revised: Shop
) -> None:
    page = text(boss.get("/staff/policy/small-shop/"))

    second, first = page[page.index("<tbody>") :].split("<tr>")[1:]
    assert "to come" in second
    assert "<td>olga</td>" in second
    assert "in force</span>" in first
    assert "<td>a command</td>" in first
    assert "in force</span>" not in second


def test_difference_when_a_line_changed_then_it_is_shown(boss: Client, revised: Shop) -> None:
    page = text(boss.get("/staff/policy/small-shop/1/2/"))

    assert "-time_zone: UTC" in page
    assert "+time_zone: Europe/Berlin" in page


@pytest.mark.parametrize("path", ["small-shop/9/", "small-shop/1/9/", "no-such/"])
def test_policy_when_there_is_no_such_then_it_is_not_found(boss: Client, shop: Shop, path: str) -> None:
    assert boss.get(f"/staff/policy/{path}").status_code == 404
