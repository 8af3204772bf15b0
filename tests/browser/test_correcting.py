"""A correction in a real browser: the customer says what is wrong, staff decide beside what was found, the letter tells it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dsr.models import Shop, SubjectRequest
from dsr.workflow import verification
from tests.browser.conftest import Visit
from tests.browser.test_staff import PASSWORD, sign_in
from tests.conftest import work_off
from tests.correcting.conftest import connect, url  # noqa: F401  (a fixture)
from tests.promising import promise

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def changeable(shop: Shop, url: str, owner: User) -> Shop:  # noqa: F811
    """A shop whose records may be corrected, and which names its backups."""
    owner.set_password(PASSWORD)
    owner.save()
    now = timezone.now()
    connect(shop, url, now)
    promise(shop, now, backups=[{"key": "nightly", "what": "Copies of the shop", "every_days": 1, "kept_days": 35}])
    return shop


def test_correction_when_walked_from_the_first_page_to_the_letter_then_every_page_is_clean(
    visit: Visit, changeable: Shop, owner: User
) -> None:
    visit.open(f"/{changeable.slug}/")
    visit.press("Correct something")
    visit.look("portal-70-what-is-wrong")
    visit.page.get_by_label("What does it say now?").first.fill("Lovelace")
    visit.page.get_by_label("What should it say?").first.fill("King")
    visit.page.get_by_label("How can we see that?").first.fill("I married in May.")
    visit.press("Continue")
    visit.page.get_by_label("What email address do you use").fill("ada@example.com")
    visit.press("Continue")
    assert visit.heading() == "Check your answers"
    visit.look("portal-71-check")
    visit.press("Send request")
    asked = SubjectRequest.objects.get()
    link = verification.new_link(asked, expires_at=timezone.now().replace(year=2099), now=timezone.now())
    visit.open(link.partition("privacy.example")[2])
    visit.press("Yes, this is my request")
    work_off(asked)
    visit.open(f"/{changeable.slug}/requests/{asked.reference}/")
    visit.press("Look at what we found, and point at what is wrong")
    visit.look("portal-73-point")
    visit.press("Your request")
    visit.press("Look at what you told us, and add a proof")
    proof = {"name": "certificate.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 married in May"}
    visit.page.get_by_label("A proof, if you have one").set_input_files([proof])
    visit.press("Send it (my name)")
    visit.look("portal-74-proof")
    assert "certificate.pdf" in visit.page.inner_text("main")

    sign_in(visit, owner)
    visit.press(asked.reference)
    visit.press("Decide what is right")
    visit.look("staff-70-wishes")
    visit.press("Decide wish 1")
    visit.look("staff-71-wish")
    assert visit.small_targets(24) == []
    assert "certificate.pdf" in visit.page.inner_text("main")
    visit.page.get_by_label("Only a part of it?").fill("We write no maiden names.")
    visit.page.get_by_label("On which ground is that part not followed?").select_option("is_right")
    visit.press("Follow this wish")
    visit.press("See the plan")
    visit.look("staff-72-plan")
    visit.press("Freeze this plan")
    visit.press("Approve the plan")
    work_off(asked)
    visit.open(f"/staff/requests/{asked.reference}/")
    visit.look("staff-73-done")

    visit.open(link.partition("privacy.example")[2])
    visit.press("Open my request")
    assert visit.heading() == "We have gone through what you told us"
    visit.look("portal-72-letter")
    visit.press("say what you hold against this")
    visit.page.get_by_label("What do you hold against this?").fill("It was my name all the same.")
    visit.press("Send it (my name)")
    visit.look("portal-75-statement")
    assert "Replace what I said" in visit.page.inner_text("main")
