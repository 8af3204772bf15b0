"""The plan of an erasure on the staff side: read, decided otherwise, held, frozen, approved, run."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from dsr.lifecycle import State
from dsr.models import ErasurePlan, Hold, Job, KeptRecord, Source, SubjectRequest
from dsr.workflow import erasure_approval, queue
from dsr.workflow.actors import COMMAND
from tests.conftest import work_off
from tests.erasing.conftest import connect_for_writing, rows, url  # noqa: F401  (fixtures)
from tests.promising import promise
from tests.staff.conftest import text
from tests.workflow.test_erasure_plans import GOING, KEEPING, erasure


@pytest.fixture
def wanted(source: Source, owner: User, now: datetime) -> SubjectRequest:
    """Ada's wish to have her data deleted, in review, by a policy that keeps purchases."""
    promise(source.shop, now, retention=[KEEPING, GOING])
    return erasure(source, owner, now)


@pytest.fixture
def changeable(shop, url: str, owner: User, now: datetime) -> SubjectRequest:  # type: ignore[no-untyped-def]  # noqa: F811
    """The same wish in a shop that may be written to."""
    return erasure(connect_for_writing(shop, url, now), owner, now)


def test_plan_when_opened_then_has_every_outcome_with_its_reason(desk: Client, wanted: SubjectRequest) -> None:
    page = text(desk.get(f"/staff/requests/{wanted.reference}/plan/"))

    assert "Kept" in page
    assert "We keep this record through 1 February 2027." in page
    assert "26 CFR 1.6001-1" in page
    assert "the other person is erased too" in page
    assert "at once without guest_email" in page
    assert "then made anonymous" in page
    assert not [word for word in ("Ada", "ada@", "Lovelace", "617 555") if word in page]


def test_rows_when_opened_then_name_records_by_digest_and_say_what_stays(desk: Client, wanted: SubjectRequest) -> None:
    run = wanted.source_runs.get()
    page = text(desk.get(f"/staff/requests/{wanted.reference}/plan/rows/{run.source_id}/orders/"))

    assert "goes now: guest_email" in page
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
    assert "there is no copy to release" in text(answer)
    assert wanted.state == State.REVIEW


def test_plan_when_it_is_a_copy_that_was_asked_for_then_says_so(desk: Client, gathered: SubjectRequest) -> None:
    answer = desk.get(f"/staff/requests/{gathered.reference}/plan/", follow=True)

    assert "only an erasure and a correction have a plan" in text(answer)
    assert f"/staff/requests/{gathered.reference}/approve/" in text(answer)


def test_staff_when_they_freeze_and_approve_then_it_is_run_and_the_page_shows_the_proof(
    desk: Client,
    changeable: SubjectRequest,
    url: str,  # noqa: F811
) -> None:
    plan = f"/staff/requests/{changeable.reference}/plan/"
    before = rows(url)

    assert "Nothing is done before it is approved" in text(desk.post(f"{plan}freeze/", follow=True))
    frozen = erasure_approval.newest(changeable)
    assert frozen is not None
    assert rows(url) == before
    desk.post(f"{plan}approve/", {"fingerprint": frozen.fingerprint, "typed_reference": changeable.reference})
    assert rows(url) == before
    work_off(changeable)

    page = text(desk.get(plan))
    assert changeable.state == State.FULFILLED
    assert "What became of each record" in page
    assert "Done and proved" in page
    assert "<dt>Deleted, looked again</dt><dd>2</dd>" in page
    assert len(rows(url)["customers"]) == 1


def test_approval_when_the_fingerprint_is_of_an_older_plan_then_is_refused(
    desk: Client,
    changeable: SubjectRequest,
    url: str,  # noqa: F811
) -> None:
    plan = f"/staff/requests/{changeable.reference}/plan/"
    desk.post(f"{plan}freeze/")

    answer = desk.post(
        f"{plan}approve/", {"fingerprint": "0" * 64, "typed_reference": changeable.reference}, follow=True
    )

    changeable.refresh_from_db()
    assert "not the fingerprint of the newest plan" in text(answer)
    assert changeable.state == State.REVIEW


def test_page_when_somebody_decided_otherwise_after_freezing_then_says_that_the_plan_does_not_hold_any_more(
    desk: Client,
    changeable: SubjectRequest,
    url: str,  # noqa: F811
) -> None:
    plan, run = f"/staff/requests/{changeable.reference}/plan/", changeable.source_runs.get()
    desk.post(f"{plan}freeze/")
    assert "cannot be approved any more" not in text(desk.get(plan))

    said = {"action": "keep", "reason": "We owe you a voucher.", "until": "2031-05-01"}
    desk.post(f"{plan}change/{run.source_id}/newsletter/", said)

    page = text(desk.get(plan))
    assert "Plan 1 was frozen and cannot be approved any more: something had changed. Nothing was done." in page
    assert "newsletter: somebody decided otherwise after it was frozen" in page
    assert "We owe you a voucher." in page
    assert "staff-decision, version" in page


def test_approval_when_a_second_person_and_the_reference_are_asked_for_then_needs_both(
    desk: Client,
    changeable: SubjectRequest,
    shop,
    now: datetime,
    owner: User,
    url: str,  # type: ignore[no-untyped-def]  # noqa: F811
) -> None:
    approval = {"second_person": ["erasure"], "typed_reference": ["erasure"], "cooling_off_days": 3}
    promise(shop, now + timedelta(minutes=1), approval=approval)
    asked = erasure(changeable.source_runs.get().source, owner, now + timedelta(minutes=2))
    plan = f"/staff/requests/{asked.reference}/plan/"
    desk.post(f"{plan}freeze/")
    frozen = erasure_approval.newest(asked)
    assert frozen is not None

    answer = text(desk.post(f"{plan}approve/", {"fingerprint": frozen.fingerprint}, follow=True))

    assert "A second person must approve" in answer
    erasure_approval.freeze(asked, actor=COMMAND, now=now)  # A plan that names nobody.
    again = erasure_approval.newest(asked)
    assert again is not None
    anonymous = {"fingerprint": again.fingerprint, "typed_reference": asked.reference}
    refused = text(desk.post(f"{plan}approve/", anonymous, follow=True))
    assert "nobody knows who froze the plan" in refused
    mistaken = f"Type the reference {asked.reference}, so that it is surely this request."
    assert (mistaken in answer, mistaken in refused) == (True, False)
    asked.refresh_from_db()
    assert asked.state == State.REVIEW


def test_approval_when_a_second_person_types_the_reference_then_is_taken_and_run(
    desk: Client,
    boss: Client,
    reviewer: User,
    changeable: SubjectRequest,
    shop,
    now: datetime,
    owner: User,
    url: str,  # type: ignore[no-untyped-def]  # noqa: F811
) -> None:
    approval = {"second_person": ["erasure"], "typed_reference": ["erasure"]}
    promise(shop, now + timedelta(minutes=1), approval=approval)
    asked = erasure(changeable.source_runs.get().source, owner, now + timedelta(minutes=2))
    plan, before = f"/staff/requests/{asked.reference}/plan/", rows(url)
    boss.post(f"{plan}freeze/")
    frozen = erasure_approval.newest(asked)
    assert frozen is not None
    said = {"fingerprint": frozen.fingerprint, "typed_reference": asked.reference}

    first = text(boss.post(f"{plan}approve/", said, follow=True))
    mistyped = text(desk.post(f"{plan}approve/", said | {"typed_reference": "SM-0000-0000"}, follow=True))
    asked.refresh_from_db()
    assert (asked.state, rows(url)) == (State.REVIEW, before)
    taken = text(desk.post(f"{plan}approve/", said | {"typed_reference": f" {asked.reference.lower()} "}, follow=True))
    work_off(asked)

    mistaken = f"Type the reference {asked.reference}, so that it is surely this request."
    assert ("A second person must approve" in first, mistaken in first) == (True, False)
    assert (mistaken in mistyped, "A second person must approve" in mistyped) == (True, False)
    assert "Approved. When it is done and proved" in taken
    assert asked.state == State.FULFILLED
    frozen.refresh_from_db()
    assert (frozen.frozen_by, frozen.approved_by) == (f"staff:{owner.pk}", f"staff:{reviewer.pk}")
    assert [row[0] for row in rows(url)["customers"]] == [2]


def test_person_when_the_time_to_stop_it_runs_then_nothing_is_done_before_its_end(
    desk: Client,
    changeable: SubjectRequest,
    shop,
    now: datetime,
    owner: User,
    url: str,  # type: ignore[no-untyped-def]  # noqa: F811
) -> None:
    promise(shop, now + timedelta(minutes=1), approval={"cooling_off_days": 3})
    asked = erasure(changeable.source_runs.get().source, owner, now + timedelta(minutes=2))
    plan, before = f"/staff/requests/{asked.reference}/plan/", rows(url)
    desk.post(f"{plan}freeze/")
    frozen = erasure_approval.newest(asked)
    assert frozen is not None

    desk.post(f"{plan}approve/", {"fingerprint": frozen.fingerprint})
    work_off(asked)

    assert (asked.state, rows(url)) == (State.APPROVED, before)
    assert "Until then the person may stop it" in text(desk.get(plan))
    job = Job.objects.get(subject_request=asked, kind="erase")
    assert job.run_after > timezone.now() + timedelta(days=2)
    queue.sweep(timezone.now())
    assert rows(url) == before


def test_outcome_when_staff_decide_otherwise_then_the_person_is_told_and_the_plan_follows(
    desk: Client,
    changeable: SubjectRequest,
    url: str,  # noqa: F811
) -> None:
    run = changeable.source_runs.get()
    place = f"/staff/requests/{changeable.reference}/plan/change/{run.source_id}/newsletter/"

    refused = text(desk.post(place, {"action": "keep", "reason": "We still owe you an issue."}))
    answer = desk.post(
        place, {"action": "keep", "reason": "We still owe you an issue.", "until": "2027-12-31"}, follow=True
    )

    assert "Nothing is kept without an end" in refused
    assert "We still owe you an issue." in text(answer)
    assert "31 December 2027" in text(answer)
    desk.post(f"/staff/requests/{changeable.reference}/plan/freeze/")
    frozen = erasure_approval.newest(changeable)
    assert frozen is not None
    assert [each["action"] for each in frozen.outcomes if each["collection"] == "newsletter"] == ["keep"]


def test_outcome_when_staff_are_about_to_decide_otherwise_then_see_which_promise_that_breaks(
    desk: Client,
    changeable: SubjectRequest,
    url: str,  # noqa: F811
) -> None:
    run = changeable.source_runs.get()
    place = f"/staff/requests/{changeable.reference}/plan/change/{run.source_id}"

    orders, newsletter = text(desk.get(f"{place}/orders/")), text(desk.get(f"{place}/newsletter/"))

    assert "by the rule <code>purchases</code>, which carries out what the shop published:" in orders
    assert "<strong>SM-01</strong>" in orders
    assert "by the rule <code>rest</code>. It carries out no published promise." in newsletter


def test_hold_when_placed_after_the_approval_then_the_record_stays_and_says_why(
    desk: Client,
    changeable: SubjectRequest,
    url: str,  # noqa: F811
) -> None:
    plan = f"/staff/requests/{changeable.reference}/plan/"
    run = changeable.source_runs.get()
    desk.post(f"{plan}freeze/")
    place = f"{plan}hold/{run.source_id}/newsletter/"
    assert "Say on which ground" in text(desk.post(place, {"ground": ""}))

    desk.post(place, {"ground": "Court of Boston, 12-345", "until": ""})
    page = text(desk.get(plan))

    assert "Court of Boston, 12-345" in page
    hold = Hold.objects.get()
    desk.post(f"{plan}holds/{hold.pk}/lift/")
    hold.refresh_from_db()
    assert hold.lifted_at is not None
    assert KeptRecord.objects.count() == 0
    assert ErasurePlan.objects.get().state == ErasurePlan.State.FROZEN
