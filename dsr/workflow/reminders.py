"""Reminders to colleagues: at half the time, the day before, and on each day overdue for a while."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction

from dsr.clocks.arithmetic import day_of
from dsr.models import ManualTask
from dsr.workflow import manual_tasks, shops
from dsr.workflow.queue import Claim

MOST_DAYS_OVERDUE = 7
"""After so many days of asking, another mail helps nobody: staff see the task on the request and in the queue."""


def remind_colleagues(claim: Claim) -> None:
    """Mail everybody whose task asks for it today, each in a transaction of its own. Running again mails nobody twice."""
    now = claim.clock()
    for number in ManualTask.objects.open().values_list("pk", flat=True):
        _remind_if_due(number, now)
    with transaction.atomic(durable=True):
        claim.finish()


def reminder_days(made_on: date, due_on: date) -> Iterator[date]:
    """The days on which an unanswered task is mailed about again, in order."""
    half = made_on + (due_on - made_on) / 2
    eve = due_on - timedelta(days=1)
    if half > made_on:
        yield half
    if eve > max(half, made_on):
        yield eve
    yield from (due_on + timedelta(days=late) for late in range(1, MOST_DAYS_OVERDUE + 1))


def _remind_if_due(number: int, now: datetime) -> None:
    with transaction.atomic(durable=True):
        waiting = ManualTask.objects.select_for_update(of=("self",), skip_locked=True).open()
        task = waiting.select_related("source_run__subject_request__policy_version__shop").filter(pk=number).first()
        if task is None:
            return
        zone = shops.profile_in(task.source_run.subject_request.policy_version).time_zone
        today, made_on = day_of(now, zone), day_of(task.made_at, zone)
        last = task.reminded_on or made_on
        # A day that was missed, because nothing ran, is made up for once.
        if any(last < day <= today for day in reminder_days(made_on, task.due_on)):
            manual_tasks.remind(task, today=today, now=now)
