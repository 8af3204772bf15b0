"""Erased people of whom records stay: what their request found is put away, and opens for an hour to who says why.

The entry of the audit log is the opening: without one there is none, and who opened what, when and why stands where nobody can
change it. Whose role allows it is asked by ``web/access``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import models, transaction

from dsr.models import AuditEntry, SubjectRequest
from dsr.workflow import audit
from dsr.workflow.actors import staff

ACTION = "findings.reopened"
LASTS = timedelta(hours=1)


class Why(models.TextChoices):
    """For what records that only had to stay are looked at again."""

    TAX_AUDIT = "tax_audit", "A tax audit asks for it"
    AUTHORITY_ASKS = "authority_asks", "An authority or a court asks for it"
    COMPLAINT = "complaint", "A complaint or a claim is to be answered"
    PERSON_ASKS_AGAIN = "person_asks_again", "The person asks again"


@transaction.atomic(durable=True)
def reopen(subject_request: SubjectRequest, why: Why, *, user: User, now: datetime) -> None:
    """Open what is put away to this member of staff, from ``now`` on for an hour. Logged each time."""
    audit.record(subject_request, ACTION, actor=staff(user), now=now, facts={"why": why.value})


def is_put_away(subject_request: SubjectRequest) -> bool:
    """True for an erasure that is done and left records which still stay; an open request costs no question."""
    return not subject_request.is_open and SubjectRequest.objects.filter(pk=subject_request.pk).put_away().exists()


def is_reopened(subject_request: SubjectRequest, *, user: User, now: datetime) -> bool:
    """Whether this member of staff said why within the last hour."""
    said = AuditEntry.objects.filter(stream__subject_request=subject_request, action=ACTION, actor=str(staff(user)))
    return said.filter(at__gt=now - LASTS).exists()
