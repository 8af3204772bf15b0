"""Mails to a shop's owners about a request's dates: nearly late, late, not acknowledged in time. Once for each step and date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from dsr.clocks.arithmetic import day_of
from dsr.models import ClockReminder, Notice, SubjectRequest
from dsr.policy.schema import Profile
from dsr.workflow import audit, notices, shops
from dsr.workflow.actors import SYSTEM
from dsr.workflow.queue import Claim

Step = ClockReminder.Step
FURTHEST_ZONE = timedelta(hours=14)
"""Where the day begins first, ahead of UTC."""


def remind_owners(claim: Claim) -> None:
    """Mail about every date that is near or has passed, each request in a transaction of its own. Running again mails nobody
    twice."""
    now = claim.clock()
    last_day = (now + FURTHEST_ZONE).date()
    candidates = SubjectRequest.objects.open().filter(
        Q(pk__in=SubjectRequest.objects.nearly_late(last_day).values("pk"))
        | Q(pk__in=SubjectRequest.objects.overdue(last_day).values("pk"))
        | Q(pk__in=SubjectRequest.objects.unacknowledged(last_day).values("pk"))
    )
    for number in candidates.order_by("pk").values_list("pk", flat=True):
        _remind(number, now)
    with transaction.atomic(durable=True):
        claim.finish()


def steps_due(subject_request: SubjectRequest, today: date) -> Iterator[tuple[Step, date]]:
    """What the owners have to know of today, each with the date that it is about."""
    if subject_request.is_overdue(today):
        yield Step.LATE, subject_request.due_on
    elif subject_request.is_nearly_late(today):
        yield Step.NEARLY_LATE, subject_request.due_on
    if subject_request.is_unacknowledged(today) and subject_request.acknowledge_by is not None:
        yield Step.ACKNOWLEDGEMENT_LATE, subject_request.acknowledge_by


def _remind(number: int, now: datetime) -> None:
    with transaction.atomic(durable=True):
        waiting = SubjectRequest.objects.select_for_update(of=("self",), skip_locked=True).open()
        subject_request = waiting.select_related("shop", "policy_version__shop").filter(pk=number).first()
        if subject_request is None:
            return
        profile = shops.profile_in(subject_request.policy_version)
        for step, about_on in steps_due(subject_request, day_of(now, profile.time_zone)):
            _, is_new = ClockReminder.objects.get_or_create(
                subject_request=subject_request, step=step, about_on=about_on, defaults={"made_at": now}
            )
            if is_new:
                _write(subject_request, profile, step, about_on, now)


def _write(subject_request: SubjectRequest, profile: Profile, step: Step, about_on: date, now: datetime) -> None:
    addresses = shops.owner_addresses(subject_request.shop, profile)
    context = {
        "step": step.value,
        "about_on": about_on,
        "link": f"{settings.DSR_BASE_URL}/staff/requests/{subject_request.reference}/",
    }
    for address in addresses:
        notices.write_to(address, subject_request, Notice.Kind.DUE_REMINDER, now=now, context=context)
    facts: dict[str, audit.Fact] = {
        "step": step.value,
        "about_on": about_on.isoformat(),
        "owners": len(addresses),
    }
    audit.record(subject_request, "clock.reminded", actor=SYSTEM, now=now, facts=facts)
