"""Erased people of whom records stay: what their requests found is put away, and opens for an hour to who says why.

The entry of the audit log is the opening: without one there is none, and who opened what, when and why stands where nobody can
change it. Whose role allows it is asked by ``web/access``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import models, transaction

from dsr.keyring import KeyDestroyed
from dsr.models import AuditEntry, SubjectRequest
from dsr.workflow import audit, sealing
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
    """True for a closed request of somebody who was erased and of whom records still stay: that erasure and every other.

    What was forgotten holds nothing that could be put away; an open request costs no question.
    """
    if subject_request.is_open:
        return False
    try:
        person = sealing.person_of(subject_request, country="")
    except KeyDestroyed:
        return False
    # By what it is sealed with, not by its hashes: those of another month are made with another key.
    digests = [each for it in person.identities for each in sealing.identity_digests(subject_request.shop, it)]
    theirs = SubjectRequest.objects.filter(identity_hashes__digest__in=digests, identity_hashes__is_verified=True)
    return theirs.put_away().exists()


def is_reopened(subject_request: SubjectRequest, *, user: User, now: datetime) -> bool:
    """Whether this member of staff said why within the last hour."""
    said = AuditEntry.objects.filter(stream__subject_request=subject_request, action=ACTION, actor=str(staff(user)))
    return said.filter(at__gt=now - LASTS).exists()
