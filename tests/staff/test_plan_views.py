"""The plan of an erasure on the staff side: to read, and never taken for something that was done."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dsr.lifecycle import State
from dsr.models import Source, SubjectRequest
from tests.promising import promise
from tests.staff.conftest import text
from tests.workflow.test_erasure_plans import GOING, KEEPING, erasure


@pytest.fixture
def wanted(source: Source, owner: User, now: datetime) -> SubjectRequest:
    """Ada's wish to have her data deleted, in review, by a policy that keeps purchases."""
    promise(source.shop, now, retention=[KEEPING, GOING])
    return erasure(source, owner, now)


def test_plan_when_opened_then_has_every_outcome_with_its_reason_and_says_that_nothing_is_done(
    desk: Client, wanted: SubjectRequest
) -> None:
    page = text(desk.get(f"/staff/requests/{wanted.reference}/plan/"))

    assert "The app cannot carry it out yet: nothing is deleted" in page
    assert "Kept" in page
    assert "We keep this record through 1 February 2027." in page
    assert "26 CFR 1.6001-1" in page
    assert "the other person is erased too" in page
    assert "at once without guest_email" in page
    assert "then made anonymous" in page
    assert not [word for word in ("Ada", "ada@", "Lovelace", "617 555") if word in page]


def test_request_when_it_is_an_erasure_then_leads_to_the_plan_and_offers_no_release(
    desk: Client, wanted: SubjectRequest
) -> None:
    page = text(desk.get(f"/staff/requests/{wanted.reference}/"))

    assert f"/staff/requests/{wanted.reference}/plan/" in page
    assert f"/staff/requests/{wanted.reference}/approve/" not in page
    assert "Read the plan" in page


def test_release_when_posted_all_the_same_then_is_refused_with_words(desk: Client, wanted: SubjectRequest) -> None:
    answer = desk.post(f"/staff/requests/{wanted.reference}/approve/", {"unseen_accepted": "1"}, follow=True)

    wanted.refresh_from_db()
    assert "which the app cannot carry out yet. Nothing was changed." in text(answer)
    assert wanted.state == State.REVIEW


def test_plan_when_it_is_a_copy_that_was_asked_for_then_says_so(desk: Client, gathered: SubjectRequest) -> None:
    answer = desk.get(f"/staff/requests/{gathered.reference}/plan/", follow=True)

    assert "only an erasure has a plan" in text(answer)
    assert f"/staff/requests/{gathered.reference}/approve/" in text(answer)
