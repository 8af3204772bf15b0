"""When a colleague is reminded, and that nobody is twice on one day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from dsr.models import Job, ManualTask, Notice, Shop, SubjectRequest
from dsr.workflow import audit, daily, queue
from dsr.workflow.reminders import remind_colleagues, reminder_days
from tests.conftest import ADA, ask
from tests.manual_places import add_workshop, link_of, mails, task_of

pytestmark = pytest.mark.django_db(transaction=True)
REMINDER = Notice.Kind.TASK_REMINDER


@pytest.fixture
def waiting(shop: Shop, owner: User, now: datetime) -> SubjectRequest:
    add_workshop(shop, now)
    return ask(shop, ADA, now, owner)


def on_day(number: int, now: datetime) -> None:
    """The daily job, so many days after the task was made."""
    moment = now + timedelta(days=number)
    daily.ask(moment)
    job = Job.objects.get(key=f"remind:{moment:%Y-%m-%d}")
    queue.perform(job.pk, remind_colleagues, queue.leave_it_parked, lambda: moment)


def test_days_when_a_week_is_given_then_half_the_eve_and_a_week_late() -> None:
    days = list(reminder_days(date(2026, 1, 6), date(2026, 1, 13)))

    assert days[:3] == [date(2026, 1, 9), date(2026, 1, 12), date(2026, 1, 14)]
    assert days[-1] == date(2026, 1, 20)
    assert len(days) == 9


@pytest.mark.parametrize("length", range(1, 61))
def test_days_when_any_time_is_given_then_none_is_the_first_the_due_or_twice(length: int) -> None:
    made = date(2026, 1, 6)
    due = made + timedelta(days=length)

    days = list(reminder_days(made, due))

    assert days == sorted(set(days))
    assert made not in days
    assert due not in days or length == 1


def test_colleague_when_silent_then_is_mailed_on_each_of_these_days_and_no_other(
    waiting: SubjectRequest, now: datetime
) -> None:
    told = []
    for number in range(1, 20):
        before = len(mails(waiting, REMINDER))
        on_day(number, now)
        on_day(number, now)
        told += [number] * (len(mails(waiting, REMINDER)) - before)

    assert told == [3, 6, 8, 9, 10, 11, 12, 13, 14]
    assert task_of(waiting).reminders == 9
    assert [entry.action for entry in audit.entries_of(waiting)].count("task.reminded") == 9


def test_colleague_when_days_were_missed_then_one_mail_makes_up_for_them(
    waiting: SubjectRequest, now: datetime
) -> None:
    on_day(9, now)

    (mail,) = mails(waiting, REMINDER)
    assert "was due on" in mail["text"]
    assert "ada" not in mail["text"].lower().replace("wanda", "")
    assert link_of(waiting, REMINDER) != link_of(waiting)


def test_colleague_when_the_task_is_closed_then_is_left_alone(waiting: SubjectRequest, now: datetime) -> None:
    ManualTask.objects.update(state=ManualTask.State.CALLED_OFF)

    on_day(9, now)

    assert mails(waiting, REMINDER) == []


def test_due_day_when_the_requests_own_is_near_then_lies_before_it(shop: Shop, owner: User, now: datetime) -> None:
    place = add_workshop(shop, now)
    place.manual_place.days = 60
    place.manual_place.save()

    asked = ask(shop, ADA, now, owner)

    assert task_of(asked).due_on == asked.due_on - timedelta(days=2)
