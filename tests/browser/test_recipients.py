"""A recipient's way from the link to the thanks on a phone, and staff's section about all of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from dsr.models import SubjectRequest
from dsr.workflow import recipients, shops
from dsr.workflow.actors import COMMAND
from tests.browser.conftest import Visit
from tests.browser.test_staff import PASSWORD, sign_in
from tests.conftest import ADA, ask
from tests.partners import link_of, of, publish

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told(owner: User) -> SubjectRequest:
    """Three were told twenty days ago, and nobody has answered."""
    now = timezone.now() - timedelta(days=20)
    shop = shops.add_shop(slug="small-shop", name="Small Shop", actor=COMMAND, now=now)
    profile = publish(shop, now)
    asked = ask(shop, ADA, now, owner)
    with transaction.atomic():
        recipients.instruct(asked, profile.recipients, now=now)
    return asked


def test_partner_when_walking_from_the_link_to_the_thanks_then_staff_read_the_answer_and_every_page_is_clean(
    visit: Visit, told: SubjectRequest, owner: User
) -> None:
    visit.page.set_viewport_size({"width": 390, "height": 844})
    visit.open(link_of(told))
    visit.look("partner-01-cover")
    visit.press("See whom it is about")
    assert ADA.value in visit.page.locator("main").inner_text()
    visit.look("partner-02-answer")
    visit.page.get_by_label("We cannot delete it").check()
    visit.press("Send this answer")
    visit.look("partner-03-problem")
    visit.page.get_by_label("If you cannot: why?").fill("Tax law makes us keep invoices until the end of 2033.")
    visit.press("Send this answer")
    visit.look("partner-04-thanks")
    assert visit.heading() == "Thank you: this has been answered"

    owner.set_password(PASSWORD)
    owner.save()
    sign_in(visit, owner)
    visit.open(f"/staff/requests/{told.reference}/")
    visit.look("partner-05-request")
    assert "until the end of 2033" in visit.page.locator("#live").inner_text()
    with visit.page.expect_navigation():
        visit.page.get_by_role("link", name="Record answer").first.click()
    visit.look("partner-06-record")
    visit.page.get_by_label("What did it say?").select_option("nothing_held")
    visit.press("Write it down")
    assert of(told, "carrier").answer == "nothing_held"
