"""When a shop's owners are mailed about a request's dates, and that nobody is twice."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from dsr import jobs
from dsr.models import ClockReminder, Job, Membership, Notice, Shop, SubjectRequest
from dsr.workflow import audit, clock_reminders, daily, notices, queue, shops
from tests.conftest import ADA, ask

pytestmark = pytest.mark.django_db(transaction=True)
NEARLY, LATE, UNACKNOWLEDGED = "nearly_late", "late", "ack_late"


@pytest.fixture
def waiting(shop: Shop, owner: User, now: datetime) -> SubjectRequest:
    """Ada's request of 6 January with dates of its own: aim on the 20th, due on the 23rd."""
    owner.email = "olga@shop.example"
    owner.save()
    asked = ask(shop, ADA, now, owner)
    dates = {"target_on": date(2026, 1, 20), "due_on": date(2026, 1, 23), "acknowledge_by": None}
    SubjectRequest.objects.filter(pk=asked.pk).update(**dates, acknowledged_at=now)
    asked.refresh_from_db()
    return asked


def on_day(number: int, now: datetime) -> None:
    """The daily job, so many days after 6 January."""
    moment = now + timedelta(days=number)
    daily.ask(moment)
    job = Job.objects.get(key=f"owners:{moment:%Y-%m-%d}")
    queue.perform(job.pk, clock_reminders.remind_owners, queue.leave_it_parked, lambda: moment)


def mails(subject_request: SubjectRequest) -> list[dict[str, str]]:
    return [notices.read(each) for each in subject_request.notices.filter(kind=Notice.Kind.DUE_REMINDER)]


def steps(subject_request: SubjectRequest) -> list[str]:
    return [each.step for each in ClockReminder.objects.filter(subject_request=subject_request).order_by("pk")]


def test_owners_when_the_aim_comes_and_the_date_passes_then_are_mailed_once_each(
    waiting: SubjectRequest, now: datetime
) -> None:
    told = []
    for number in range(1, 25):
        on_day(number, now)
        on_day(number, now)
        told += [(number, step) for step in steps(waiting)[len(told) :]]

    assert told == [(14, NEARLY), (18, LATE)]
    assert [mail["to"] for mail in mails(waiting)] == ["olga@shop.example"] * 2
    facts = [entry.facts for entry in audit.entries_of(waiting) if entry.action == "clock.reminded"]
    assert facts == [
        {"step": NEARLY, "about_on": "2026-01-23", "owners": 1},
        {"step": LATE, "about_on": "2026-01-23", "owners": 1},
    ]


def test_mail_when_written_then_names_reference_and_date_and_nobody(waiting: SubjectRequest, now: datetime) -> None:
    on_day(14, now)

    (mail,) = mails(waiting)
    assert f"the answer to request {waiting.reference} is due on Friday 23 January" in mail["text"]
    assert f"https://privacy.example/staff/requests/{waiting.reference}/" in mail["text"]
    assert "ada" not in json.dumps(mail).lower()


def test_owners_when_the_date_moves_then_hear_of_the_new_one(waiting: SubjectRequest, now: datetime) -> None:
    on_day(14, now)
    moved = {"target_on": date(2026, 2, 20), "due_on": date(2026, 2, 23)}
    SubjectRequest.objects.filter(pk=waiting.pk).update(**moved)

    on_day(20, now)
    on_day(45, now)

    assert [(each.step, each.about_on) for each in ClockReminder.objects.order_by("pk")] == [
        (NEARLY, date(2026, 1, 23)),
        (NEARLY, date(2026, 2, 23)),
    ]


def test_owners_when_nobody_told_the_person_in_time_then_are_mailed(waiting: SubjectRequest, now: datetime) -> None:
    SubjectRequest.objects.filter(pk=waiting.pk).update(acknowledge_by=date(2026, 1, 9), acknowledged_at=None)

    on_day(3, now)
    assert steps(waiting) == []
    on_day(4, now)
    on_day(5, now)

    assert steps(waiting) == [UNACKNOWLEDGED]
    assert "nobody told the person by Friday 9 January" in mails(waiting)[0]["text"]


def test_owners_when_the_clock_stands_still_then_are_left_alone(waiting: SubjectRequest, now: datetime) -> None:
    SubjectRequest.objects.update(is_paused=True)

    on_day(14, now)
    on_day(18, now)
    assert steps(waiting) == []
    SubjectRequest.objects.update(is_paused=False)
    on_day(19, now)

    assert steps(waiting) == [LATE]


def test_owners_when_the_request_is_closed_then_are_left_alone(waiting: SubjectRequest, now: datetime) -> None:
    SubjectRequest.objects.filter(pk=waiting.pk).update(state="withdrawn", closed_at=now)

    on_day(20, now)

    assert steps(waiting) == []


def test_owners_when_they_are_of_another_shop_then_are_not_mailed(
    waiting: SubjectRequest, other_shop: Shop, now: datetime
) -> None:
    for name, role, where in (
        ("nina", Membership.Role.OWNER, other_shop),
        ("rolf", Membership.Role.REVIEWER, waiting.shop),
        ("otto", Membership.Role.OWNER, waiting.shop),
    ):
        shops.give_role(User.objects.create_user(name, email=f"{name}@shop.example"), role, where)

    on_day(14, now)

    assert [mail["to"] for mail in mails(waiting)] == ["olga@shop.example", "otto@shop.example"]


def test_owners_when_none_has_an_address_then_the_step_is_noted_all_the_same(
    waiting: SubjectRequest, now: datetime
) -> None:
    User.objects.update(email="")

    on_day(14, now)

    assert (steps(waiting), mails(waiting)) == ([NEARLY], [])
    assert [entry.facts["owners"] for entry in audit.entries_of(waiting) if entry.action == "clock.reminded"] == [0]


def test_owners_when_the_day_has_begun_elsewhere_alone_then_are_not_mailed(
    waiting: SubjectRequest, now: datetime
) -> None:
    late_evening = datetime(2026, 1, 19, 23, 30, tzinfo=now.tzinfo)

    on_day(0, late_evening)

    assert steps(waiting) == []  # The shop is in UTC, where it is still the 19th.


def test_job_when_run_by_name_then_is_done(db: None, now: datetime) -> None:
    daily.ask(now)
    job = Job.objects.get(kind="remind_owners")

    jobs.remind_owners(job.pk)

    job.refresh_from_db()
    assert job.state == "done"
