"""Every view of ours is behind one named rule. What others ship is listed here by its prefix."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

RULES = {"anyone", "demo_only", "holder", "colleague", "recipient", "reviewer", "contents", "accounts", "owner"}
SHIPPED_BY_ALLAUTH = "staff/account/"


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        path = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from patterns(each, path)
        else:
            yield path, each


def test_every_view_has_one_named_rule() -> None:
    ours = [(path, each) for path, each in patterns(get_resolver()) if not path.startswith(SHIPPED_BY_ALLAUTH)]

    without = [path for path, each in ours if getattr(each.callback, "access_rule", None) not in RULES]

    assert len(ours) > 30
    assert without == []


def test_every_staff_view_is_for_staff() -> None:
    staff = [each for path, each in patterns(get_resolver()) if path.startswith("staff/") and "account/" not in path]

    assert {each.callback.access_rule for each in staff} == {"reviewer", "contents", "accounts", "owner"}


def test_nobody_signs_up(client: Client, db: None) -> None:
    page = client.get("/staff/account/signup/")

    assert "Accounts are made by an owner" in page.content.decode()


@pytest.mark.parametrize("path", ["password/reset/", "inactive/", "confirm-email/", "login/", "logout/"])
def test_every_page_of_an_account_is_in_our_dress(client: Client, owner: User, path: str) -> None:
    if path == "logout/":
        client.force_login(owner)

    page = client.get(f"/staff/account/{path}").content.decode()

    assert 'class="staff-door"' in page
    assert "css/staff.css" in page
