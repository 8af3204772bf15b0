"""Why this date, on both sides, and what staff do to the clock, in a real browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dsr.models import ClockPause, Shop, SubjectRequest
from dsr.workflow import clocks
from dsr.workflow.actors import staff
from tests.browser.conftest import Visit
from tests.browser.test_staff import PASSWORD, sign_in
from tests.conftest import ADA, ask
from tests.promising import promise

pytestmark = pytest.mark.django_db(transaction=True)

REASON = "Your request covers eleven years of orders, and two of the books are on paper."
QUESTION = "Which of your two accounts do you mean?"


@pytest.fixture
def boss(owner: User) -> User:
    owner.set_password(PASSWORD)
    owner.save()
    return owner


@pytest.fixture
def european(shop: Shop, boss: User) -> SubjectRequest:
    """Ada's request of ten days ago under the EU's month, that nobody has acknowledged."""
    moment = timezone.now() - timedelta(days=10)
    body = {"body": "TrustArc", "url": "https://trustarc.example/", "after": ["not_acknowledged"]}
    ten_days = {"acknowledge": {"count": 5, "unit": "calendar_day"}}
    promise(shop, moment - timedelta(days=1), regimes=["eu_gdpr"], escalation=body, promised=ten_days)
    made = ask(shop, ADA, moment, boss)
    SubjectRequest.objects.filter(pk=made.pk).update(acknowledged_at=None)
    made.refresh_from_db()
    return made


def test_staff_when_changing_the_clock_then_every_page_is_clean(
    visit: Visit, european: SubjectRequest, boss: User
) -> None:
    sign_in(visit, boss)
    visit.look("staff-50-queue-unacknowledged")
    visit.press(european.reference)
    visit.page.get_by_text("Why this date?").click()
    visit.look("staff-51-why-this-date")
    visit.press("Acknowledge now")
    visit.page.get_by_text("More", exact=True).click()
    visit.press("Ask the person, and wait")
    visit.press("Show the mail")
    visit.look("staff-52-ask-errors")
    visit.page.get_by_label("What do you ask the person?").fill(QUESTION)
    visit.press("Show the mail")
    visit.look("staff-53-ask-mail")
    visit.press("Ask and let the clock stand still")
    visit.page.get_by_text("Why this date?").click()
    visit.look("staff-54-stands-still")
    visit.press("The person has replied")
    visit.open(f"/staff/requests/{european.reference}/extend/")
    visit.look("staff-55-extend")
    visit.page.get_by_label("Why does it take longer?").fill(REASON)
    visit.press("Show the mail")
    visit.press("Extend and tell the person")
    visit.page.get_by_text("Why this date?").click()
    visit.page.get_by_text("Where that is written").click()
    visit.look("staff-56-extended")
    assert visit.small_targets(24) == []


def test_customer_when_reading_why_this_date_then_the_page_is_clean(
    visit: Visit, european: SubjectRequest, boss: User
) -> None:
    visit.open("/small-shop/see-my-data/")
    visit.page.get_by_label("What email address").fill("ada@example.com")
    visit.press("Continue")
    visit.press("Send request")
    asked = SubjectRequest.objects.latest("pk")
    clocks.extend(asked, reason=REASON, actor=staff(boss), now=timezone.now())
    SubjectRequest.objects.filter(pk=asked.pk).update(
        acknowledge_by=timezone.now().date() - timedelta(days=2), acknowledged_at=None
    )
    visit.page.reload()
    visit.page.get_by_text("Why this date?").click()
    visit.look("portal-31-why-this-date")
    clocks.pause(asked, why=ClockPause.Why.IDENTITY, reason=QUESTION, actor=staff(boss), now=timezone.now())
    visit.page.reload()
    visit.look("portal-32-stands-still")
    visit.page.set_viewport_size({"width": 390, "height": 844})
    assert visit.small_targets(44) == []
