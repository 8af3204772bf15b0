"""What a shop promised, as its customers read it and as its owner does, in a real browser."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dsr.models import Shop
from dsr.policy.loader import PROFILES
from dsr.workflow import shops
from dsr.workflow.actors import COMMAND
from tests.browser.conftest import Visit
from tests.browser.test_staff import PASSWORD, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def jeweller(db: None) -> Shop:
    text = (PROFILES / "cali-jewelz.yaml").read_text()
    return shops.add_shop(slug="cali-jewelz", name="Cali Jewelz", profile_text=text, actor=COMMAND, now=timezone.now())


@pytest.fixture
def boss(owner: User, jeweller: Shop) -> User:
    owner.set_password(PASSWORD)
    owner.save()
    return owner


def test_customer_when_reading_what_was_promised_then_the_page_is_clean(visit: Visit, jeweller: Shop) -> None:
    visit.open("/cali-jewelz/")
    visit.press("What we promised")
    assert visit.heading() == "What we promised"
    visit.look("portal-30-what-we-promised")
    visit.page.set_viewport_size({"width": 390, "height": 844})
    assert visit.small_targets(44) == []


def test_owner_when_reading_the_policy_then_every_page_is_clean(visit: Visit, boss: User) -> None:
    shops.add_shop(slug="small-shop", name="Small Shop", actor=COMMAND, now=timezone.now())
    sign_in(visit, boss)
    visit.press("Policy")
    visit.look("staff-40-policies")
    visit.press("Cali Jewelz")
    visit.look("staff-41-policy-versions")
    visit.press("1")
    assert visit.heading() == "Cali Jewelz, version 1"
    visit.look("staff-42-policy-version")
    assert visit.small_targets(24) == []


def test_owner_when_publishing_then_every_page_is_clean(visit: Visit, boss: User) -> None:
    sign_in(visit, boss)
    visit.open("/staff/policy/cali-jewelz/publish/")
    visit.look("staff-43-publish")
    box = visit.page.get_by_label("or its text")
    text = box.input_value()
    box.fill(text.replace("America/Los_Angeles", "Mars/Olympus"))
    visit.press("See what would change")
    assert visit.page.evaluate("document.activeElement.className") == "error-summary"
    visit.look("staff-44-publish-errors")
    longer = text.replace("America/Los_Angeles", "America/New_York").replace("keep: {years: 7}", "keep: {years: 9}")
    visit.page.get_by_label("or its text").fill(longer)
    visit.press("See what would change")
    visit.look("staff-45-publish-check")
    visit.press("Count the records")
    visit.look("staff-45-publish-counted")
    visit.press("Publish")
    visit.look("staff-46-published")
    visit.press("What changed in version 2")
    visit.look("staff-47-difference")
    assert visit.small_targets(24) == []
