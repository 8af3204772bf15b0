"""The customer's journey in a real browser: from choosing a shop to holding the copy, with and without JavaScript."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from dsr import jobs
from dsr.models import Job, Notice, Shop, Source, SubjectRequest
from dsr.policy.loader import PROFILES
from dsr.workflow import review, shops
from dsr.workflow.actors import COMMAND, staff
from tests.browser.conftest import Visit
from tests.conftest import connect, work_off
from tests.portal.conftest import code_in, link_in, newest_mail

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def jeweller(shop_url: str) -> Shop:
    """One of the five demo shops, with three places to ask."""
    made = [
        shops.add_shop(
            slug=slug,
            name=name,
            profile_text=(PROFILES / f"{slug}.yaml").read_text(),
            actor=COMMAND,
            now=timezone.now(),
        )
        for slug, name in (("cali-jewelz", "Cali Jewelz"), ("timelux-boutique", "TimeLux Boutique"))
    ]
    for name in ("shop", "newsletter", "repairs"):
        connect(made[1], name, shop_url, timezone.now())
    return made[1]


@pytest.fixture
def demo(settings: Settings) -> None:
    """The outbox is there, as it is after ``make run``."""
    settings.DSR_DEMO = True


def ask(visit: Visit, email: str) -> SubjectRequest:
    """From the question to the status page."""
    visit.open("/timelux-boutique/see-my-data/")
    visit.page.get_by_label("What email address").fill(email)
    visit.press("Continue")
    visit.press("Send request")
    return SubjectRequest.objects.latest("pk")


def do_next_job(subject_request: SubjectRequest, kind: str) -> None:
    """One job of a kind, as a worker would do it."""
    job = Job.objects.filter(subject_request=subject_request, state="ready", kind=kind).earliest("pk")
    getattr(jobs, job.kind)(job.pk)


def test_customer_when_walking_from_the_first_page_to_the_copy_then_every_page_is_clean(
    visit: Visit, jeweller: Shop, owner: User, demo: None
) -> None:
    visit.open("/")
    visit.look("portal-01-shops")
    visit.press("TimeLux Boutique")
    visit.look("portal-02-start")
    visit.press("See what we hold about you")
    visit.look("portal-03-find")
    visit.page.get_by_label("What email address").fill("ada@example.com")
    visit.page.get_by_text("I used another email").click()
    visit.page.get_by_label("Other email addresses").fill("a.very.long.old.address@subdomain.example-mailbox.org")
    visit.look("portal-04-find-more")
    visit.press("Continue")
    visit.look("portal-05-check-answers")
    visit.press("Change email")
    assert visit.page.get_by_label("What email address").input_value() == "ada@example.com"
    visit.press("Continue")
    visit.press("Send request")
    asked = SubjectRequest.objects.get()
    assert visit.heading() == "Please confirm your email"
    visit.look("portal-06-please-confirm")

    visit.press("Read the emails it sent")
    visit.look("portal-07-outbox")
    visit.press(newest_mail(asked)["subject"])
    visit.look("portal-08-mail")
    visit.open(link_in(newest_mail(asked)))
    visit.look("portal-09-is-this-your-request")
    visit.press("Yes, this is my request")
    assert visit.heading() == "We are collecting your data"
    do_next_job(asked, "gather_source")
    visit.page.get_by_role("heading", name="1 of 3 places answered").wait_for()
    assert visit.page.get_by_role("status").text_content() == "1 of 3 places answered"
    visit.look("portal-10-collecting")
    work_off(asked)
    visit.page.get_by_role("heading", name="We are checking it").wait_for()
    visit.page.get_by_text("Why this date?").click()
    visit.look("portal-11-checking")

    review.approve(asked, actor=staff(owner), now=timezone.now())
    visit.page.reload()
    assert visit.heading() == "We are making your copy ready"
    work_off(asked)
    visit.page.get_by_role("heading", name="Ready for you until").wait_for()
    visit.page.get_by_text("Single files").click()
    visit.look("portal-12-ready")
    with visit.page.expect_download() as fetched:
        visit.control("Everything (ZIP)").click()
    assert fetched.value.suggested_filename == f"{asked.reference}.zip"
    assert fetched.value.path().read_bytes()[:2] == b"PK"


def test_customer_when_something_goes_wrong_then_every_page_is_kind_and_clean(
    visit: Visit, jeweller: Shop, owner: User
) -> None:
    visit.open("/timelux-boutique/see-my-data/")
    visit.page.get_by_label("What email address").fill("ada lovelace")
    visit.page.get_by_text("I used another email").click()
    visit.page.get_by_label("Phone numbers").fill("12")
    visit.press("Continue")
    assert visit.page.title().startswith("Error: ")
    assert visit.page.evaluate("document.activeElement.className") == "error-summary"
    visit.look("portal-20-find-errors")
    visit.page.locator(".error-summary a").first.click()
    assert visit.page.evaluate("document.activeElement.id") == "id_email"

    asked = ask(visit, "ada@example.com")
    visit.page.get_by_label("Enter the six-digit code").fill("12")
    visit.press("Confirm")
    visit.look("portal-21-code-error")
    visit.press("Send it again")
    visit.look("portal-22-look-at-your-email")
    visit.open("/timelux-boutique/requests/")
    visit.look("portal-23-check-a-request")
    review.refuse(asked, ground="repeated", actor=staff(owner), now=timezone.now())
    visit.open(f"/timelux-boutique/requests/{asked.reference}/")
    visit.look("portal-24-refused")


def test_pages_that_are_not_there_when_seen_then_they_are_clean(visit: Visit, jeweller: Shop) -> None:
    visit.open("/timelux-boutique/confirm/forged/")
    visit.look("portal-25-link-does-not-work")
    visit.open("/no-such-shop/")
    visit.look("portal-26-not-found")

    # The browser reports both answers of 404, as it should.
    assert [each for each in visit.complaints if "404" not in each] == []
    visit.complaints.clear()


def test_mail_when_shown_as_a_mail_program_would_then_it_is_clean(visit: Visit, jeweller: Shop, demo: None) -> None:
    ask(visit, "ada@example.com")
    visit.open(f"/dev/outbox/{Notice.objects.latest('pk').pk}/html/")

    visit.page.screenshot(path="var/screenshots/mail-confirm-1280-light.png", full_page=True)
    assert visit.page.locator("a").first.inner_text() == "Confirm my request"
    # A mail names no icon, so the browser asks for one by itself.
    assert [each for each in visit.complaints if "404" not in each] == []
    visit.complaints.clear()


def test_code_when_typed_on_the_page_then_the_request_is_confirmed(visit: Visit, jeweller: Shop) -> None:
    asked = ask(visit, "ada@example.com")

    visit.page.get_by_label("Enter the six-digit code").fill(code_in(newest_mail(asked)))
    visit.press("Confirm")

    assert visit.heading() == "We are collecting your data"


def test_targets_when_measured_on_a_phone_then_none_is_lower_than_44_pixels(visit: Visit, jeweller: Shop) -> None:
    visit.page.set_viewport_size({"width": 390, "height": 844})
    pages = ["/", "/timelux-boutique/", "/timelux-boutique/see-my-data/", "/timelux-boutique/requests/"]
    small = {}
    for path in pages:
        visit.open(path)
        small[path] = visit.small_targets(44)
    ask(visit, "ada@example.com")
    small["status"] = visit.small_targets(44)

    assert small == {path: [] for path in (*pages, "status")}


def test_customer_without_script_when_walking_the_road_then_it_leads_to_the_copy(
    visit_without_script: Visit, source: Source, owner: User
) -> None:
    visit = visit_without_script
    visit.open("/")
    visit.press("See what we hold about you")
    visit.press("Continue")
    assert visit.page.title().startswith("Error: ")
    visit.page.get_by_label("What email address").fill("ada@example.com")
    visit.press("Continue")
    visit.press("Send request")
    asked = SubjectRequest.objects.get()
    visit.open(link_in(newest_mail(asked)))
    visit.press("Yes, this is my request")
    work_off(asked)
    visit.press("Refresh this page")
    assert visit.heading() == "We are checking it"
    review.approve(asked, actor=staff(owner), now=timezone.now())
    work_off(asked)
    visit.page.reload()

    with visit.page.expect_download() as fetched:
        visit.page.locator("a.btn-primary").click()

    assert fetched.value.suggested_filename.startswith(f"{asked.reference}-copy.")
