"""Data in doubt at the desk: on a phone and on a desk's screen, and without a script."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dsr.models import Doubt, Source, SubjectRequest
from tests.browser.conftest import Visit
from tests.browser.test_staff import PASSWORD, sign_in
from tests.doubts.conftest import Do, connected, do, look, url  # noqa: F401  (fixtures)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def boss(owner: User) -> User:
    owner.set_password(PASSWORD)
    owner.save()
    return owner


def test_doubts_when_worked_through_then_every_page_is_clean(
    visit: Visit,
    connected: Source,  # noqa: F811
    do: Do,  # noqa: F811
    boss: User,
) -> None:
    sign_in(visit, boss)
    visit.open("/staff/doubts/")
    visit.look("doubts-01-nobody-looks")
    do("UPDATE customers SET card_until = '2099-01-01' WHERE number = 'C-2'")
    look(connected, timezone.now())
    visit.open("/staff/")
    visit.press("Data in doubt")
    assert visit.heading() == "Data that may be wrong or old"
    visit.look("doubts-02-waiting")
    visit.page.get_by_text("Leave as it is").first.click()
    visit.look("doubts-03-leave")
    assert visit.small_targets(24) == []
    do("DELETE FROM addresses")
    do("UPDATE customers SET bounced_at = NULL, phone = '1', confirmed_on = NULL, card_until = NULL")
    do("UPDATE houses SET city = 'Boston'")
    look(connected, timezone.now())
    visit.open("/staff/doubts/")
    visit.look("doubts-04-nothing")


def test_doubts_when_there_is_no_script_then_are_left_and_looked_into_all_the_same(
    visit_without_script: Visit,
    connected: Source,  # noqa: F811
    boss: User,
) -> None:
    look(connected, timezone.now())
    visit = visit_without_script
    sign_in(visit, boss)
    visit.open("/staff/doubts/")
    card = visit.page.get_by_role("row").filter(has_text="Card valid until").first
    card.get_by_text("Leave as it is").click()
    card.get_by_label("Why?").select_option("history")
    with visit.page.expect_navigation():
        card.get_by_role("button", name="Leave it").click()
    assert "Left as it is." in visit.page.locator("main").inner_text()
    missing = visit.page.get_by_role("row").filter(has_text="Postcode").first
    with visit.page.expect_navigation():
        missing.get_by_role("button", name="Look into it").click()

    assert "A correction is open" in visit.page.locator("main").inner_text()
    assert visit.heading().startswith(SubjectRequest.objects.get().reference)
    assert set(Doubt.objects.exclude(state="open").values_list("state", flat=True)) == {"dismissed", "taken_up"}
