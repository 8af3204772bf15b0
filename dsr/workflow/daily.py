"""What happens once a day: the audit log's heads are anchored, sources checked, people reminded, old things let go."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.db import transaction
from django_q.models import Failure

from dsr.lifecycle import State, Step
from dsr.models import KeptRecord, PackageFile, Shop, SubjectRequest
from dsr.workflow import comebacks, doubt_looks, forgetting, fulfilment, log_expiry, queue, source_checks
from dsr.workflow.actors import SYSTEM
from dsr.workflow.queue import Claim, Work
from dsr.workflow.transitions import advance

UNCONFIRMED_DAYS = 14
"""How long a request waits for its confirmation. A new one may be made at any time."""
FAILURE_DAYS = 30
"""How long the queue's own notes about messages that failed are kept. What is true stands in our jobs."""


def ask(now: datetime) -> None:
    """Have today's work done; asking again on the same day changes nothing."""
    with transaction.atomic():
        queue.enqueue(Work.ANCHOR_AUDIT, target_id=0, now=now, key=f"anchor:{now:%Y-%m-%d}")
        queue.enqueue(Work.TEND_LEDGER, target_id=0, now=now, key=f"ledger:{now:%Y-%m-%d}")
        queue.enqueue(Work.TIDY_UP, target_id=0, now=now, key=f"tidy:{now:%Y-%m-%d}")
        queue.enqueue(Work.FORGET_EXPIRED, target_id=0, now=now, key=f"forget:{now:%Y-%m-%d}")
        queue.enqueue(Work.REMIND_COLLEAGUES, target_id=0, now=now, key=f"remind:{now:%Y-%m-%d}")
        queue.enqueue(Work.REMIND_OWNERS, target_id=0, now=now, key=f"owners:{now:%Y-%m-%d}")
        queue.enqueue(Work.REMIND_RECIPIENTS, target_id=0, now=now, key=f"recipients:{now:%Y-%m-%d}")
        for shop in Shop.objects.filter(kept_records__state=KeptRecord.State.WAITING).distinct():
            queue.enqueue(Work.FINISH_DUE, target_id=shop.pk, now=now, key=f"finish:{shop.pk}:{now:%Y-%m-%d}")
        source_checks.ask_for_tonight(now)
        comebacks.ask_for_tonight(now)
        doubt_looks.ask_for_tonight(now)


def forget(claim: Claim) -> None:
    """Forget what requests held, and remove logs, when their time is over."""
    forgetting.forget_tonight(claim.clock())
    log_expiry.remove_expired(claim.clock())
    with transaction.atomic(durable=True):
        claim.finish()


def tidy_up(claim: Claim) -> None:
    """Close requests that nobody confirmed, remove files past their time, drop ended sessions."""
    now = claim.clock()
    lapse_unconfirmed(now)
    remove_expired_files(now)
    fulfilment.remove_orphans()
    with transaction.atomic(durable=True):
        Session.objects.filter(expire_date__lt=now).delete()
        Failure.objects.filter(stopped__lt=now - timedelta(days=FAILURE_DAYS)).delete()
        claim.finish()


def lapse_unconfirmed(now: datetime) -> None:
    """Close every request that has waited too long for its confirmation, each in a transaction of its own."""
    waiting = SubjectRequest.objects.filter(
        state=State.VERIFYING, identity_checks__isnull=False, received_at__lt=now - timedelta(days=UNCONFIRMED_DAYS)
    ).exclude(identity_checks__expires_at__gt=now)
    for subject_request in waiting.distinct():
        with transaction.atomic(durable=True):
            advance(subject_request, Step.LAPSE, action="request.lapsed", actor=SYSTEM, now=now)


def remove_expired_files(now: datetime) -> None:
    """Delete the sealed files of packages past their time. What they were called and their hashes stay as evidence."""
    for stored_as in PackageFile.objects.filter(package__expires_at__lte=now).values_list("stored_as", flat=True):
        default_storage.delete(stored_as)
