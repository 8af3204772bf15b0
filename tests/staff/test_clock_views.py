"""A request's clock on the staff side: why this date, extend once, ask and wait, go on, acknowledge. The mail is shown first."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from dsr.models import ClockPause, Extension, Membership, Notice, Shop, SubjectRequest
from dsr.workflow import clocks, shops
from dsr.workflow.actors import staff
from tests.conftest import ADA, ask
from tests.promising import promise
from tests.staff.conftest import signed_in, text

REASON = "Your data lies in seven places & one of them is a card index."
QUESTION = "Which of your two accounts do you mean?"
STEPS = ["extend", "pause", "resume", "acknowledge"]
SENT = {"reason": QUESTION, "why": "identity"}


@pytest.fixture
def european(shop: Shop, owner: User) -> SubjectRequest:
    """Ada's request of yesterday under the EU's month."""
    yesterday = timezone.now() - timedelta(days=1)
    promise(shop, yesterday - timedelta(days=1), regimes=["eu_gdpr"], promised=None)
    return ask(shop, ADA, yesterday, owner)


def path(subject_request: SubjectRequest, step: str = "") -> str:
    return f"/staff/requests/{subject_request.reference}/{step + '/' if step else ''}"


def words(response: object) -> str:
    """The page as it is read."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text(response))).split())


def test_extension_when_a_reason_is_given_then_first_the_mail_is_shown_and_nothing_sent(
    desk: Client, european: SubjectRequest
) -> None:
    page = words(desk.post(path(european, "extend"), {"reason": REASON}))

    assert "Send this mail?" in page
    assert REASON in page
    assert (Extension.objects.count(), Notice.objects.filter(kind="extended").count()) == (0, 0)


def test_extension_when_sent_twice_then_there_is_one_and_one_mail(desk: Client, european: SubjectRequest) -> None:
    before = european.due_on
    sent = {"reason": REASON, "send": "1"}

    answers = [desk.post(path(european, "extend"), sent, follow=True) for _ in range(2)]

    european.refresh_from_db()
    assert european.due_on > before + timedelta(days=50)
    assert (Extension.objects.count(), Notice.objects.filter(kind="extended").count()) == (1, 1)
    assert ["was extended already" in words(each) for each in answers] == [False, True]


def test_extension_when_it_was_made_then_the_page_says_from_when_to_when_and_why(
    desk: Client, european: SubjectRequest, owner: User
) -> None:
    clocks.extend(european, reason=REASON, actor=staff(owner), now=timezone.now())

    page = text(desk.get(path(european)))

    assert "First date, before it was extended" in page
    assert REASON in html.unescape(page)
    assert 'href="' + path(european, "extend") not in page


def test_extension_when_no_longer_time_is_allowed_then_the_page_says_so_and_offers_no_form(
    desk: Client, gathered: SubjectRequest
) -> None:
    page = text(desk.get(path(gathered, "extend")))

    assert 'class="notice notice-late"' in page
    assert "<textarea" not in page


@pytest.mark.parametrize("step", ["extend", "pause"])
@pytest.mark.parametrize(("reason", "told"), [("", "Say why"), ("  ", "Say why"), ("x" * 2001, "at most 2000")])
def test_reason_when_it_is_missing_or_a_book_then_it_is_told_above_and_at_the_field(
    desk: Client, european: SubjectRequest, step: str, reason: str, told: str
) -> None:
    page = text(desk.post(path(european, step), {"why": "identity", "reason": reason, "send": "1"}))

    assert page.count(told) == 2
    assert (Extension.objects.count(), ClockPause.objects.count()) == (0, 0)


def test_reason_when_somebody_goes_back_to_change_it_then_it_is_still_there(
    desk: Client, european: SubjectRequest
) -> None:
    page = words(desk.post(path(european, "extend"), {"reason": REASON, "edit": "1"}))

    assert "Take longer" in page
    assert REASON in page


def test_pause_when_asked_and_answered_then_the_page_says_what_stands_still_and_since_when(
    desk: Client, european: SubjectRequest
) -> None:
    shown = words(desk.post(path(european, "pause"), SENT))
    asked = words(desk.post(path(european, "pause"), {**SENT, "send": "1"}, follow=True))
    resumed = words(desk.post(path(european, "resume"), follow=True))
    again = words(desk.post(path(european, "resume"), follow=True))

    assert QUESTION in shown
    assert "The clock stands still since" in asked
    assert QUESTION in asked
    assert "The clock goes on." in resumed
    assert "does not stand still" in again
    assert ClockPause.objects.count() == 1


def test_pause_when_the_law_has_none_then_it_is_told_and_the_question_is_not_lost(
    desk: Client, shop: Shop, owner: User
) -> None:
    promise(shop, timezone.now(), regimes=["us_ca"], promised=None)
    californian = ask(shop, ADA, timezone.now(), owner)

    page = words(desk.post(path(californian, "pause"), {**SENT, "send": "1"}))

    assert "goes on while the person is asked" in page
    assert QUESTION in page
    assert ClockPause.objects.count() == 0


def test_acknowledgement_when_it_is_late_then_it_is_marked_until_the_button_is_pressed(
    desk: Client, european: SubjectRequest
) -> None:
    SubjectRequest.objects.update(acknowledge_by=timezone.now().date() - timedelta(days=2), acknowledged_at=None)
    late = words(desk.get(path(european)))
    pressed = words(desk.post(path(european, "acknowledge"), follow=True))

    assert "Nobody told the person by" in late
    assert "Nobody told the person by" not in pressed
    assert "was acknowledged already" in words(desk.post(path(european, "acknowledge"), follow=True))


def test_dates_when_a_statute_binds_then_its_name_sentences_and_citation_are_there(
    desk: Client, european: SubjectRequest
) -> None:
    page = words(desk.get(path(european)))

    assert "Why this date?" in page
    for sentence in clocks.deadlines_of(european).explanation:
        assert sentence in page
    assert "Where that is written Answer within 1 month" in page


def test_dates_when_the_shop_promised_them_itself_then_the_policy_is_named(
    desk: Client, shop: Shop, owner: User
) -> None:
    promise(shop, timezone.now(), promised={"respond": {"count": 10, "unit": "calendar_day"}})
    asked = ask(shop, ADA, timezone.now(), owner)

    assert "it is what the policy, version 2, promises" in words(desk.get(path(asked)))


def test_drawing_when_shown_then_it_has_a_title_a_description_and_no_style(
    desk: Client, european: SubjectRequest
) -> None:
    page = text(desk.get(path(european)))

    drawing = page[page.index('<svg width="100%"') : page.index("</figure>")]
    assert "<title" in drawing
    assert "Answer, " in drawing[drawing.index("<desc") : drawing.index("</desc>")]
    assert "style=" not in drawing


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_step_when_somebody_of_another_shop_tries_then_the_request_is_not_there(
    european: SubjectRequest, other_shop: Shop, step: str, method: str
) -> None:
    user = User.objects.create_user("otto")
    shops.give_role(user, Membership.Role.OWNER, other_shop)

    code = getattr(signed_in(user), method)(path(european, step), {**SENT, "send": "1"}).status_code

    assert code == (405 if method == "get" and step in ("resume", "acknowledge") else 404)
    assert (Extension.objects.count(), ClockPause.objects.count()) == (0, 0)


@pytest.mark.parametrize("step", STEPS)
def test_step_when_the_request_is_closed_then_it_is_told_and_nothing_happens(
    desk: Client, european: SubjectRequest, step: str, close: Callable[[SubjectRequest], None]
) -> None:
    close(european)

    page = words(desk.post(path(european, step), {**SENT, "send": "1"}, follow=True))

    assert "its clock has ended" in page
    assert (Extension.objects.count(), ClockPause.objects.count()) == (0, 0)


@pytest.fixture
def close(now: datetime) -> Callable[[SubjectRequest], None]:
    return lambda it: SubjectRequest.objects.filter(pk=it.pk).update(state="withdrawn", closed_at=now) and None
