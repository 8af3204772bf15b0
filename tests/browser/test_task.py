"""A colleague's way through a manual task in a real browser, on a phone and without script, and staff's pages about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dsr.models import SubjectRequest
from dsr.policy.loader import PROFILES
from dsr.workflow import shops
from dsr.workflow.actors import COMMAND
from tests.browser.conftest import Visit
from tests.browser.test_staff import PASSWORD, sign_in
from tests.conftest import ADA, ask
from tests.manual_places import PDF, add_workshop, link_of, task_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting(owner: User) -> SubjectRequest:
    """A request of a shop whose only place is a workshop."""
    shop = shops.add_shop(
        slug="timelux-boutique",
        name="TimeLux Boutique",
        profile_text=(PROFILES / "timelux-boutique.yaml").read_text(),
        actor=COMMAND,
        now=timezone.now(),
    )
    add_workshop(shop, timezone.now())
    return ask(shop, ADA, timezone.now(), owner)


@pytest.fixture
def card(tmp_path: Path) -> Path:
    path = tmp_path / "a card with a rather long name, scanned in the workshop on a rainy Tuesday.pdf"
    path.write_bytes(PDF)
    return path


def test_colleague_when_walking_from_the_link_to_the_thanks_then_every_page_is_clean(
    visit: Visit, waiting: SubjectRequest, card: Path
) -> None:
    visit.page.set_viewport_size({"width": 390, "height": 844})
    visit.open(link_of(waiting))
    visit.look("task-01-cover")
    visit.press("Open the task")
    assert "ada@example.com" in visit.page.locator("main").inner_text()
    visit.look("task-02-task")
    assert visit.small_targets(44) == []
    visit.press("Continue")
    visit.look("task-03-problem")
    visit.page.get_by_label("Files").set_input_files(card)
    visit.page.get_by_label("Your name").fill("Wanda Wickersham-Featherstonehaugh")
    visit.press("Keep and add another file")
    visit.look("task-04-files")
    visit.page.get_by_label("What you found").fill("A card of 2019.\nThe ring was made wider.")
    visit.press("Continue")
    visit.look("task-05-check")
    visit.press("Send this answer")
    visit.look("task-06-thanks")
    assert visit.heading() == "Thank you: this has been answered"
    waiting.refresh_from_db()
    assert waiting.state == "review"


def test_colleague_when_the_browser_runs_no_script_then_nothing_found_can_be_said(
    visit_without_script: Visit, waiting: SubjectRequest
) -> None:
    visit = visit_without_script
    visit.open(link_of(waiting))
    visit.press("Open the task")
    visit.page.get_by_label("Your name").fill("Wanda")
    visit.press("I found nothing")
    assert "Nothing was found" in visit.page.locator("main").inner_text()
    visit.press("Send this answer")

    waiting.refresh_from_db()
    assert waiting.state == "review"
    assert task_of(waiting).has_found is False


def test_staff_when_looking_at_a_place_and_its_task_then_every_page_is_clean(
    visit: Visit, waiting: SubjectRequest, owner: User
) -> None:
    owner.set_password(PASSWORD)
    owner.save()
    sign_in(visit, owner)
    visit.open("/staff/sources/manual/")
    visit.look("staff-place")
    visit.open(f"/staff/requests/{waiting.reference}/")
    assert "A colleague is asked" in visit.page.locator("main").inner_text()
    visit.open(f"/staff/requests/{waiting.reference}/tasks/{task_of(waiting).pk}/")
    visit.look("staff-task")


def test_owner_when_handing_in_exported_files_then_every_page_is_clean(
    visit: Visit, waiting: SubjectRequest, owner: User, tmp_path: Path
) -> None:
    export = tmp_path / "visitors of the fair.csv"
    export.write_text("No;E-mail\n1;ada@example.com\n1;2;3\n")
    owner.set_password(PASSWORD)
    owner.save()
    sign_in(visit, owner)
    visit.open("/staff/sources/")
    visit.press("Hand in exported files")
    visit.page.get_by_label("Files").set_input_files(export)
    visit.page.get_by_label("Name").fill("fair")
    visit.press("Hand in")
    assert "line 3: has 3 cells where the header has 2" in visit.page.locator("main").inner_text()
    visit.look("staff-files-problem")
    export.write_text("No;E-mail\n1;ada@example.com\n")
    visit.page.get_by_label("Files").set_input_files(export)
    visit.press("Hand in")
    visit.open("/staff/sources/")
    visit.look("staff-sources-of-all-kinds")
    visit.press("files that were handed in")
    visit.look("staff-files")
