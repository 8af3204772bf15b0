"""The staff member's journey in a real browser, from the door to a released answer."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from dsr.models import Job, SubjectRequest
from tests.browser.conftest import Visit
from tests.conftest import ADA, ask, work_off

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a long enough password"


@pytest.fixture
def boss(owner: User) -> User:
    owner.set_password(PASSWORD)
    owner.save()
    return owner


@pytest.fixture
def waiting(source: Any, boss: User) -> SubjectRequest:
    """Ada's request in review, with something else that is stuck and something that is late."""
    late = ask(source.shop, ADA, timezone.now().replace(year=2025), boss)
    late.source_runs.update(state="failed", error_code="unavailable", error_text="The database cannot be reached.")
    Job.objects.filter(subject_request=late).update(state="parked", error_text="The database cannot be reached.")
    made = ask(source.shop, ADA, timezone.now(), boss)
    work_off(made)
    return made


def sign_in(visit: Visit, user: User) -> None:
    visit.open("/staff/")
    visit.page.get_by_label("User name").fill(user.username)
    visit.page.get_by_label("Password").fill(PASSWORD)
    visit.press("Sign in")


def test_staff_when_walking_from_the_door_to_a_release_then_every_page_is_clean(
    visit: Visit, waiting: SubjectRequest, boss: User
) -> None:
    visit.open("/staff/")
    visit.look("staff-01-door")
    sign_in(visit, boss)
    visit.look("staff-02-queue")
    visit.press(waiting.reference)
    visit.look("staff-03-request")
    assert "ada@example.com" not in visit.page.content()
    visit.press("Show (this is logged)")
    assert "ada@example.com" in visit.page.content()
    visit.page.get_by_role("link", name="Customers").click()
    visit.look("staff-04-findings")
    visit.page.get_by_label("What").last.select_option("name")
    visit.page.get_by_label("Ground").last.select_option("security")
    visit.page.get_by_role("button", name="Leave out").last.click()
    assert "kept back for security" in visit.page.content()
    visit.press(waiting.reference)
    visit.press("Approve")
    visit.look("staff-05-approve")
    visit.page.get_by_label("Release without anybody having looked").check()
    visit.press("Release the answer")
    work_off(waiting)
    visit.page.reload()
    visit.look("staff-06-delivered")
    visit.press("Verify the chain")
    assert "are as they were written" in visit.page.content()


def test_every_other_page_of_the_desk_is_clean(visit: Visit, waiting: SubjectRequest, boss: User) -> None:
    sign_in(visit, boss)
    pages = {
        "staff-07-done": "/staff/?tab=done",
        "staff-08-log": "/staff/requests/new/",
        "staff-09-sources": "/staff/sources/",
        "staff-10-connect": "/staff/sources/add/",
        "staff-11-jobs": "/staff/jobs/",
        "staff-12-refuse": f"/staff/requests/{waiting.reference}/refuse/",
        "staff-13-no-such": "/staff/requests/XX-0000/",
    }
    for name, path in pages.items():
        if name == "staff-13-no-such":
            visit.complaints.clear()
        visit.open(path)
        visit.look(name)
    visit.complaints = [each for each in visit.complaints if "404" not in each]
    assert visit.small_targets(24) == []


def test_the_keys_press_what_is_on_the_page(visit: Visit, waiting: SubjectRequest, boss: User) -> None:
    sign_in(visit, boss)
    visit.page.keyboard.press("/")
    focused = visit.page.evaluate("document.activeElement.id")
    visit.page.keyboard.press("Escape")
    visit.page.locator("h1").click()
    visit.page.keyboard.press("j")
    visit.page.keyboard.press("j")
    with visit.page.expect_navigation():
        visit.page.keyboard.press("Enter")
    opened = visit.heading()
    with visit.page.expect_navigation():
        visit.page.keyboard.press("a")

    waiting.refresh_from_db()
    assert focused == "search"
    assert waiting.reference in opened
    assert waiting.owner == boss


def test_the_desk_works_without_javascript(
    visit_without_script: Visit, waiting: SubjectRequest, boss: User, settings: Settings
) -> None:
    visit = visit_without_script
    sign_in(visit, boss)
    visit.press(waiting.reference)
    visit.press("Approve")
    visit.page.get_by_label("Release without anybody having looked").check()
    visit.press("Release the answer")

    waiting.refresh_from_db()
    assert waiting.state == "approved"
