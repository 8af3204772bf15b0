"""Classifying a source in a real browser: with the keys, with the mouse, and without any script."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import expect

from dsr import jobs
from dsr.models import DatasetDraft, DraftColumn, Job, Shop, Source
from dsr.workflow import connections, drafting, drafts
from dsr.workflow.actors import COMMAND
from tests.browser.conftest import Visit
from tests.browser.test_staff import boss, sign_in  # noqa: F401  # a fixture of the neighbouring journey
from tests.conftest import ADA, ask, work_off

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def draft(source: Any) -> DatasetDraft:
    """A draft with two columns of a table open, one of them unsure."""
    made = drafts.open_draft(source, now=timezone.now())
    orders = DraftColumn.objects.filter(collection__draft=made, collection__name="orders")
    orders.filter(name="note").update(
        decided_at=None, confidence=0.41, reason="Long words, no pattern in 40 values.", question="Who writes this?"
    )
    orders.filter(name="total").update(decided_at=None, confidence=0.95, reason="The name and its type say so.")
    return made


def column(draft: DatasetDraft, name: str) -> DraftColumn:
    return DraftColumn.objects.get(collection__draft=draft, collection__name="orders", name=name)


def test_classify_when_walked_through_then_every_page_is_clean(visit: Visit, draft: DatasetDraft, boss: User) -> None:  # noqa: F811
    sign_in(visit, boss)
    visit.open(f"/staff/sources/{draft.source_id}/classify/")
    visit.look("staff-20-classify")
    visit.press("Go on with orders")
    visit.look("staff-21-columns")
    assert visit.small_targets(24) == [], visit.small_targets(24)
    visit.page.get_by_label("What note holds").fill("Privat message")
    visit.press("Save changes")
    assert "Did you mean “Private message”?" in visit.page.content()
    visit.look("staff-22-columns-error")
    visit.page.get_by_label("What note holds").fill("Private message")
    visit.press("Confirm these 6 and go on")
    visit.open(f"/staff/sources/{draft.source_id}/classify/publish/")
    visit.page.get_by_text("The texts, line by line").click()
    visit.look("staff-23-publish")
    visit.press("Publish")
    visit.look("staff-24-versions")
    visit.press("What changed in version 2")
    visit.look("staff-25-difference")
    visit.open("/staff/sources/")
    visit.look("staff-26-sources")

    assert draft.source.versions.count() == 2


def test_the_keys_when_pressed_then_columns_are_settled_without_leaving_the_page(
    visit: Visit,
    draft: DatasetDraft,
    boss: User,  # noqa: F811
) -> None:
    sign_in(visit, boss)
    visit.open(f"/staff/sources/{draft.source_id}/columns/orders/?show=open")
    keys = visit.page.keyboard
    keys.press("j")
    with visit.page.expect_response("**/columns/orders/**"):
        keys.press("Enter")
    expect(visit.page.get_by_label("Select note")).to_be_focused()
    with visit.page.expect_response("**/columns/orders/**"):
        keys.press("b")
    expect(visit.page.locator("[data-count=needing]")).to_have_text("0")

    assert (column(draft, "total").is_decided, column(draft, "total").is_changed) == (True, False)
    assert column(draft, "note").data_categories == ["user.demographic.date_of_birth"]


def test_classify_without_javascript_when_columns_are_ticked_then_they_are_settled(
    visit_without_script: Visit,
    draft: DatasetDraft,
    boss: User,  # noqa: F811
) -> None:
    visit = visit_without_script
    sign_in(visit, boss)
    visit.open(f"/staff/sources/{draft.source_id}/columns/orders/")
    visit.page.get_by_label("Select note").check()
    visit.page.get_by_label("Selected columns hold").fill("Private message")
    visit.press("Apply to selected")

    assert column(draft, "note").data_categories == ["user.content.private"]
    assert not column(draft, "total").is_decided


def test_a_source_without_a_description_when_listed_then_it_says_that_nobody_looks_there(
    visit: Visit,
    source: Source,
    boss: User,  # noqa: F811
) -> None:
    given = {"name": "newsletter-of-last-year", "url": connections.url_of(source)}
    drafting.connect_undescribed(source.shop, **given, actor=COMMAND, now=timezone.now())
    connections.disconnect_source(source, actor=COMMAND, now=timezone.now())
    sign_in(visit, boss)
    visit.open("/staff/sources/")
    visit.look("staff-32-sources-of-all-kinds")

    assert "not searched yet" in visit.page.content()
    assert "Connect again" in visit.page.content()


def test_a_database_when_only_its_address_is_known_then_it_is_drafted_classified_and_searched(
    visit: Visit,
    shop: Shop,
    shop_url: str,
    boss: User,  # noqa: F811
) -> None:
    sign_in(visit, boss)
    visit.open("/staff/sources/add/")
    visit.look("staff-27-connect")
    visit.page.get_by_label("Name").fill("web")
    visit.page.get_by_label("Address", exact=True).fill(shop_url)
    visit.page.get_by_label("I have no description yet").check()
    visit.press("Connect")
    visit.look("staff-28-drafting")
    source = Source.objects.get(name="web")
    jobs.draft_source(Job.objects.get(kind="draft_source", target_id=source.draft.pk).pk)
    visit.open(f"/staff/sources/{source.pk}/classify/")
    visit.look("staff-29-drafted")
    visit.open(f"/staff/sources/{source.pk}/columns/orders/")
    visit.look("staff-30-drafted-columns")
    visit.open(f"/staff/sources/{source.pk}/classify/")
    visit.press("Confirm all above 90 %")
    visit.press("Publish")
    visit.look("staff-31-first-version")
    if visit.page.get_by_label("Publish as proposed").count():
        visit.page.get_by_label("Publish as proposed").check()
    visit.press("Publish")

    asked = ask(shop, ADA, timezone.now(), boss)
    work_off(asked)
    assert asked.source_runs.get().records > 3
