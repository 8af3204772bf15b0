"""An erasure in a real browser: staff read, freeze, approve and see it proved; the customer reads the letter."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dsr.models import Shop, SubjectRequest
from dsr.workflow import verification
from tests.browser.conftest import Visit
from tests.browser.test_staff import PASSWORD, sign_in
from tests.conftest import work_off
from tests.erasing.conftest import connect_for_writing, url  # noqa: F401  (a fixture)
from tests.promising import promise
from tests.workflow.test_erasure_plans import erasure

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(shop: Shop, url: str, owner: User) -> SubjectRequest:  # noqa: F811
    """Ada's wish in review, by a policy that wants the reference typed and names its backups."""
    owner.set_password(PASSWORD)
    owner.save()
    now = timezone.now()
    source = connect_for_writing(shop, url, now)
    backups = [{"key": "nightly", "what": "Copies of the shop", "every_days": 1, "kept_days": 35}]
    promise(shop, now, approval={"typed_reference": ["erasure"]}, backups=backups)
    return erasure(source, owner, now)


def test_erasure_when_walked_from_the_plan_to_the_letter_then_every_page_is_clean(
    visit: Visit, asked: SubjectRequest, owner: User
) -> None:
    sign_in(visit, owner)
    visit.press(asked.reference)
    visit.press("See the plan")
    assert visit.heading() == "What would become of each record"
    visit.look("staff-60-plan")
    assert visit.small_targets(24) == []

    visit.press("Freeze this plan")
    visit.page.get_by_label("Type the reference of this request").fill(asked.reference)
    visit.look("staff-61-frozen")
    visit.press("Approve the plan")
    work_off(asked)
    visit.open(f"/staff/requests/{asked.reference}/plan/")
    assert visit.heading() == "What became of each record"
    visit.look("staff-62-proved")

    now = timezone.now()
    link = verification.new_link(asked, expires_at=asked.package.expires_at, now=now)
    visit.open(link.partition("privacy.example")[2])
    visit.press("Open my request")
    assert visit.heading() == "We have done what you asked"
    visit.look("portal-60-letter")
