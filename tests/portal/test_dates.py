"""Why this date? What the person reads of the clock, of a question, of a longer time, and of whom to turn to."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dsr.models import ClockPause, Shop, SubjectRequest
from dsr.workflow import clocks
from dsr.workflow.actors import staff
from tests.portal.conftest import Visitor, newest_mail, status_address
from tests.promising import promise

REASON = "Your data lies in seven places."
QUESTION = "Which of your two accounts do you mean?"
BODY = {"body": "TrustArc", "url": "https://trustarc.example/", "after": ["not_acknowledged"]}


@pytest.fixture
def european(shop: Shop) -> Shop:
    """The small shop under the EU's month, with an outside body."""
    promise(shop, timezone.now() - timedelta(days=2), regimes=["eu_gdpr"], escalation=BODY, promised=None)
    return shop


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def confirmed(visitor: Visitor) -> SubjectRequest:
    """Ada asks and confirms in this browser."""
    made = visitor.ask("ada@example.com")
    link = re.search(r"https://privacy\.example(/\S+/confirm/\S+/)", newest_mail(made)["text"])
    assert link is not None
    assert visitor.client.post(link[1]).status_code == 302
    made.refresh_from_db()
    return made


def test_status_when_a_request_is_open_then_it_explains_its_date_sentence_by_sentence(
    visitor: Visitor, european: Shop
) -> None:
    made = visitor.ask("ada@example.com")

    page = words(visitor.read(status_address(made)))

    assert "Why this date?" in page
    for sentence in clocks.deadlines_of(made).explanation_for_person:
        assert sentence in page
    assert "what we promised then (version 2)" in page


def test_status_when_it_takes_longer_then_only_the_person_reads_why(
    visitor: Visitor, european: Shop, owner: User
) -> None:
    made = confirmed(visitor)
    clocks.extend(made, reason=REASON, actor=staff(owner), now=timezone.now())

    page = words(visitor.read(status_address(made)))

    assert f"told you why: “{REASON}”" in page
    assert "The first date was" in page


def test_status_when_the_person_was_asked_then_only_who_proved_it_reads_the_question(
    visitor: Visitor, european: Shop, owner: User
) -> None:
    unproved = visitor.ask("ada@example.com")
    clocks.pause(unproved, why=ClockPause.Why.IDENTITY, reason=QUESTION, actor=staff(owner), now=timezone.now())
    asked = words(visitor.read(status_address(unproved)))
    proved = confirmed(visitor)
    clocks.pause(proved, why=ClockPause.Why.IDENTITY, reason=QUESTION, actor=staff(owner), now=timezone.now())

    page = words(visitor.read(status_address(proved)))

    assert ("stands still" in asked, QUESTION in asked) == (True, False)
    assert ("stands still" in page, QUESTION in page) == (True, True)


@pytest.mark.parametrize(("days_late", "is_named"), [(1, True), (0, False)])
def test_status_when_nobody_acknowledged_in_time_then_the_outside_body_is_named(
    visitor: Visitor, european: Shop, days_late: int, is_named: bool
) -> None:
    made = visitor.ask("ada@example.com")
    today = timezone.now().date()
    SubjectRequest.objects.update(acknowledge_by=today - timedelta(days=days_late), acknowledged_at=None)

    page = visitor.read(status_address(made))

    assert ("We should have told you by" in page) == is_named
    assert ('<a href="https://trustarc.example/" rel="noopener">Go to TrustArc</a>' in page) == is_named


def test_status_when_it_was_acknowledged_then_no_outside_body_is_named(visitor: Visitor, european: Shop) -> None:
    made = visitor.ask("ada@example.com")
    yesterday = timezone.now() - timedelta(days=1)
    SubjectRequest.objects.update(acknowledge_by=yesterday.date(), acknowledged_at=yesterday)

    page = visitor.read(status_address(made))

    assert "We should have told you" not in page
    assert "Go to TrustArc" not in page


def test_status_when_the_answer_is_late_then_it_says_so_and_still_explains_the_date(
    visitor: Visitor, european: Shop
) -> None:
    made = visitor.ask("ada@example.com")
    SubjectRequest.objects.update(due_on=timezone.now().date() - timedelta(days=1))

    page = words(visitor.read(status_address(made)))

    assert "We should have answered by" in page
    assert "Why this date?" in page
    assert "at the latest" not in page
