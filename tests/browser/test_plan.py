"""The plan of an erasure in a real browser."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dsr.models import Source
from tests.browser.conftest import Visit
from tests.browser.test_staff import PASSWORD, sign_in
from tests.promising import promise
from tests.workflow.test_erasure_plans import GOING, KEEPING, erasure

pytestmark = pytest.mark.django_db(transaction=True)


def test_staff_when_reading_the_plan_then_the_page_is_clean(visit: Visit, source: Source, owner: User) -> None:
    owner.set_password(PASSWORD)
    owner.save()
    promise(source.shop, timezone.now(), retention=[KEEPING, GOING])
    asked = erasure(source, owner, timezone.now())
    sign_in(visit, owner)

    visit.press(asked.reference)
    visit.press("See the plan")

    assert visit.heading() == "What would become of each record"
    visit.look("staff-60-plan")
    assert visit.small_targets(24) == []
