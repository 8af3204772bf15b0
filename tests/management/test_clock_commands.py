"""``extend_request``, ``pause_request``, ``resume_request``, and the dates in ``open_request`` and ``show_request``."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError
from django.utils import timezone

from dsr.models import Extension, Membership, Shop, SubjectRequest
from dsr.workflow import shops
from tests.conftest import ADA, ask
from tests.management.test_commands import run
from tests.promising import promise


@pytest.fixture
def waiting(shop: Shop, owner: User, now: datetime) -> SubjectRequest:
    """Ada's request of today under the EU's month."""
    promise(shop, now, regimes=["eu_gdpr"], promised=None)
    return ask(shop, ADA, timezone.now(), owner)


def test_request_when_extended_by_command_then_says_from_when_to_when(waiting: SubjectRequest, owner: User) -> None:
    before = waiting.due_on

    done = run("extend_request", waiting.reference, "--reason", "Many records.", "--as", "olga")

    waiting.refresh_from_db()
    assert before < waiting.due_on
    assert done == {
        "reference": waiting.reference,
        "regime": "eu_gdpr",
        "from_on": before.isoformat(),
        "due_on": waiting.due_on.isoformat(),
        "is_mailed": True,
    }
    with pytest.raises(CommandError, match="extended already"):
        run("extend_request", waiting.reference, "--reason", "Many records.")
    assert Extension.objects.count() == 1


def test_request_when_paused_and_resumed_by_command_then_both_are_shown(waiting: SubjectRequest) -> None:
    run("pause_request", waiting.reference, "--why", "identity", "--reason", "Who are you?")
    paused = run("show_request", waiting.reference)["dates"]

    done = run("resume_request", waiting.reference)

    resumed = run("show_request", waiting.reference)["dates"]
    assert (paused["is_paused"], resumed["is_paused"]) == (True, False)
    assert [(each["why"], each["answered_at"] is None) for each in paused["pauses"]] == [("identity", True)]
    assert [(each["why"], each["answered_at"] is None) for each in resumed["pauses"]] == [("identity", False)]
    assert done["due_on"] == resumed["due_on"]
    with pytest.raises(CommandError, match="does not stand still"):
        run("resume_request", waiting.reference)


def test_request_when_shown_then_its_dates_are_explained(waiting: SubjectRequest) -> None:
    dates = run("show_request", waiting.reference)["dates"]

    assert (dates["regime"], dates["residence"], dates["extended"]) == ("eu_gdpr", None, None)
    assert dates["due_on"] == waiting.due_on.isoformat()
    assert len(dates["explanation"]) > 1


def test_request_when_opened_with_a_residence_then_follows_its_statute(shop: Shop, owner: User, now: datetime) -> None:
    promise(shop, now, regimes=["eu_gdpr", "us_ca"], promised=None)
    person = ("--email", "ada@example.com", "--identity-proved-by", "olga")

    opened = run("open_request", "small-shop", "access", *person, "--residence", "us-ca")

    asked = SubjectRequest.objects.get()
    assert (opened["regime"], asked.residence) == ("us_ca", "US-CA")
    assert date.fromisoformat(opened["due_on"]) == timezone.now().date() + timedelta(days=45)


def test_request_when_opened_with_a_residence_that_is_none_then_is_refused(shop: Shop) -> None:
    with pytest.raises(CommandError, match="US-CA"):
        run("open_request", "small-shop", "access", "--email", "ada@example.com", "--residence", "Bavaria")

    assert not SubjectRequest.objects.exists()


@pytest.mark.parametrize("command", ["extend_request", "pause_request", "resume_request"])
def test_command_when_the_member_of_staff_works_elsewhere_then_is_refused(
    waiting: SubjectRequest, other_shop: Shop, command: str
) -> None:
    shops.give_role(User.objects.create_user("nina"), Membership.Role.OWNER, other_shop)
    more = {"extend_request": ["--reason", "x"], "pause_request": ["--why", "fee", "--reason", "x"]}.get(command, [])

    with pytest.raises(CommandError, match="may not decide"):
        run(command, waiting.reference, *more, "--as", "nina")
    with pytest.raises(CommandError, match="no request"):
        run(command, "XX-0000-0000", *more)
