"""The section *Partners told* and the form behind its buttons."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dsr.keyring import KeyRing
from dsr.lifecycle import State
from dsr.models import Membership, RecipientInstruction, Shop, SubjectRequest
from dsr.workflow import forgetting, recipients, shops
from dsr.workflow.actors import COMMAND
from dsr.workflow.recipients import AnswerRefused
from tests.conftest import ADA, ask
from tests.partners import forget, of, publish


@pytest.fixture
def now() -> datetime:
    return timezone.now() - timedelta(days=20)


@pytest.fixture
def told(shop: Shop, owner: User, now: datetime) -> SubjectRequest:
    profile = publish(shop, now)
    asked = ask(shop, ADA, now, owner)
    with transaction.atomic():
        recipients.instruct(asked, profile.recipients, now=now)
    return asked


@pytest.fixture
def rita(reviewer: User) -> Client:
    client = Client()
    client.force_login(reviewer)
    return client


def page_of(told: SubjectRequest) -> str:
    return f"/staff/requests/{told.reference}/"


def form_of(told: SubjectRequest, key: str) -> str:
    return f"{page_of(told)}recipients/{of(told, key).pk}/"


def test_request_when_partners_were_told_then_each_has_its_line_button_and_days(
    told: SubjectRequest, rita: Client
) -> None:
    page = rita.get(page_of(told)).content.decode()

    assert "Partners told" in page
    assert "3 partners pending" in page
    assert page.count("20 days without one") == 3
    assert [page.count(form_of(told, key)) for key in ("carrier", "letters", "pay")] == [1, 1, 1]
    assert "Letters &amp; Sons" in page
    assert "Courts" not in page


def test_request_when_nobody_was_told_then_the_section_is_not_there(shop: Shop, owner: User, rita: Client) -> None:
    asked = ask(shop, ADA, timezone.now(), owner)

    assert "Partners told" not in rita.get(page_of(asked)).content.decode()


def test_answer_when_written_down_then_the_line_says_so(told: SubjectRequest, rita: Client, reviewer: User) -> None:
    assert "It has done it" in rita.get(form_of(told, "carrier")).content.decode()

    rita.post(form_of(told, "carrier"), {"said": "cannot", "why": "Customs law."})

    page = rita.get(page_of(told)).content.decode()
    assert "“Customs law.”" in page
    assert page.count("20 days without one") == 2
    assert "Put right" in page
    assert "2 partners pending" in page
    assert of(told, "carrier").answered_by == f"staff:{reviewer.pk}"


def test_partner_when_told_by_hand_then_it_waits_for_the_answer_from_now_on(told: SubjectRequest, rita: Client) -> None:
    rita.post(form_of(told, "carrier"), {"said": "told"})

    assert of(told, "carrier").state == "sent"
    assert "0 days without one" in rita.get(page_of(told)).content.decode()
    assert "I have told it" not in rita.get(form_of(told, "carrier")).content.decode()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "Choose what it said"),
        ({"said": "fax"}, "Choose what it said"),
        ({"said": "cannot"}, "Say why it cannot"),
        ({"said": "cannot", "why": "x" * 501}, "at most 500 characters"),
    ],
)
def test_form_when_not_whole_then_says_what_is_missing(
    told: SubjectRequest, rita: Client, sent: dict[str, str], said: str
) -> None:
    page = rita.post(form_of(told, "pay"), sent).content.decode()

    assert said in page
    assert recipients.pending(told) == 3


def test_form_when_of_another_shop_or_without_a_token_then_nothing_is_written(
    told: SubjectRequest, other_shop: Shop, reviewer: User
) -> None:
    stranger = User.objects.create_user("stan")
    shops.give_role(stranger, Membership.Role.REVIEWER, other_shop)
    foreign, strict = Client(), Client(enforce_csrf_checks=True)
    foreign.force_login(stranger)
    strict.force_login(reviewer)

    answers = [each.post(form_of(told, "pay"), {"said": "done"}).status_code for each in (foreign, strict, Client())]

    assert answers == [404, 403, 302]
    assert recipients.pending(told) == 3


def test_form_when_the_request_is_forgotten_then_it_says_so(told: SubjectRequest, rita: Client) -> None:
    address = form_of(told, "pay")
    forget(told)

    page = rita.post(address, {"said": "done"}, follow=True).content.decode()

    assert "has been forgotten" in page
    assert "Record answer" not in page
    assert RecipientInstruction.objects.pending().count() == 3


def test_request_when_forgotten_before_an_answer_then_that_never_came_and_nobody_owes_one(
    own_ring: KeyRing, told: SubjectRequest, rita: Client, now: datetime
) -> None:
    recipients.answer(of(told, "pay"), RecipientInstruction.Answer.DONE, actor=COMMAND, now=now)
    recipients.told(of(told, "letters"), actor=COMMAND, now=now)
    open_page = rita.get(page_of(told)).content.decode()
    assert ("2 partners pending" in open_page, open_page.count("days without one")) == (True, 2)
    told.state = State.FULFILLED
    told.save()
    later = now + timedelta(days=3000)

    assert forgetting.forget_expired(later).forgotten == (told.reference,)

    page = rita.get(page_of(told)).content.decode()
    assert ("pending" in page, page.count("days without one")) == (False, 0)
    closed = f'Closed <time datetime="{later:%Y-%m-%d}"'
    assert [page.count(each) for each in ("Never answered", "Never told", closed)] == [1, 1, 2]
    assert list(RecipientInstruction.objects.pending()) == []
    for key, before in (("carrier", "to_send"), ("letters", "sent")):
        with pytest.raises(AnswerRefused, match="nobody knows any more whom it was about"):
            recipients.told(of(told, key), actor=COMMAND, now=later)
        assert of(told, key).state == before


def test_request_when_three_partners_were_told_then_it_asks_the_database_no_more_than_for_one(
    told: SubjectRequest, rita: Client
) -> None:
    rita.get(page_of(told))
    with CaptureQueriesContext(connection) as three:
        rita.get(page_of(told))
    RecipientInstruction.objects.exclude(recipient="carrier").delete()
    with CaptureQueriesContext(connection) as one:
        rita.get(page_of(told))

    assert len(three) == len(one)
