"""The bare log of a request goes when its own time is over: 24 months after it was closed (11 CCR 7101(a)).

By then what the request held is long forgotten (``forgetting.py``). Its rows and its chain go in one transaction, the chain
whole, by a function of the database that acts with the owner's rights and looks at the dates for itself; a signed tombstone
stays. How many months it is stands in our own profile (``dsr/own/own.policy.yaml``).
"""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files

from django.db import connection, transaction
from django.db.models import Max, Q

from dsr.clocks.arithmetic import add_months
from dsr.models import AuditStream, SubjectRequest, SubjectRequestQuerySet
from dsr.policy.loader import parse_profile
from dsr.workflow import audit, forgetting, tombstones
from dsr.workflow.actors import SYSTEM

RECORD_CLASS = "request_log"
NOT_COUNTED = "request.forgotten"
"""Having been forgotten is nothing that was done for the request. The database's own function knows this word too."""


def remove_expired(now: datetime) -> list[str]:
    """Remove every log whose time is over, each in a transaction of its own; returns the shops, one for each log."""
    due = _due(now).filter(forgotten_at__isnull=False)
    return [shop for number in due.values_list("pk", flat=True) if (shop := _remove(number, now)) is not None]


def would_remove(now: datetime) -> list[str]:
    """What ``remove_expired`` would return after ``forget_expired``. Changes nothing."""
    forgotten = Q(forgotten_at__isnull=False) | Q(key_month__lt=forgetting.month_of(now))
    due = _due(now).filter(forgotten).select_related("shop")
    return [each.shop.slug for each in due if not forgetting.is_needed(each, now)]


def months_kept() -> int:
    """How long our own profile keeps the bare log."""
    profile = parse_profile(files("dsr").joinpath("own/own.policy.yaml").read_text(encoding="utf-8"), "own.policy.yaml")
    rule = next(each for each in profile.retention if RECORD_CLASS in each.record_classes)
    return rule.keep.months if rule.keep else 0


def _due(now: datetime) -> SubjectRequestQuerySet:
    since = datetime.combine(add_months(now.date(), -months_kept()), now.timetz(), tzinfo=now.tzinfo or UTC)
    done = Max("audit_stream__entries__at", filter=~Q(audit_stream__entries__action=NOT_COUNTED))
    closed = SubjectRequest.objects.closed().filter(closed_at__lt=since)
    return closed.annotate(last_at=done).filter(last_at__lt=since).order_by("pk")


@transaction.atomic(durable=True)
def _remove(number: int, now: datetime) -> str | None:
    """Remove one request's log; None when somebody else did, or it is needed again."""
    waiting = SubjectRequest.objects.select_for_update(of=("self",)).select_related("shop").filter(pk=number)
    subject_request = waiting.first()
    if subject_request is None or forgetting.is_needed(subject_request, now):
        return None
    stream = AuditStream.objects.select_for_update().get(subject_request=subject_request)
    last = stream.entries.exclude(action=NOT_COUNTED).aggregate(at=Max("at"))["at"]
    tombstones.put(stream, last_at=last, now=now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT dsr_audit_remove(%s)", [stream.pk])
    subject_request.delete()
    shop = subject_request.shop
    facts: dict[str, audit.Fact] = {"shop": shop.slug, "entries": stream.length}
    audit.record_for_shop(shop, "shop.log_expired", actor=SYSTEM, now=now, facts=facts)
    return shop.slug
