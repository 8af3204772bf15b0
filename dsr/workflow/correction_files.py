"""Proofs that belong to a wish: told by their content alone, sealed as they come, opened by staff, and every look is logged."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from dsr.models import CorrectionFile, CorrectionItem, SubjectRequest
from dsr.workflow import audit, corrections, sealing
from dsr.workflow.actors import Actor
from dsr.workflow.file_kinds import LARGEST_ANSWER, FileRefused, kind_of, name_in_one_line

MOST_FILES = 5
PURPOSE, NAME = "correction-file", "correction-file-name"


@dataclass(frozen=True, slots=True)
class Proof:
    """One file: its number, the name it came by, and its size in bytes."""

    pk: int
    name: str
    size: int


@transaction.atomic(durable=True)
def add(
    subject_request: SubjectRequest, item: CorrectionItem, *, name: str, content: bytes, actor: Actor, now: datetime
) -> None:
    """Keep a proof with a wish that nobody decided about; the same file again changes nothing.

    Raises FileRefused, whose message follows the file's name, and WrongState.
    """
    kind_of(content)
    corrections.lock_in_review(subject_request)
    item.refresh_from_db()
    if item.state != CorrectionItem.State.OPEN:
        raise FileRefused("comes too late: it was decided about this already.")
    digest = hashlib.sha256(content).hexdigest()
    if item.files.filter(sha256=digest).exists():
        return
    if item.files.count() >= MOST_FILES:
        raise FileRefused(f"is one too many: at most {MOST_FILES} belong to one wish.")
    kept = CorrectionFile.objects.filter(item__subject_request=subject_request).aggregate(all=Sum("size"))["all"] or 0
    if kept + len(content) > LARGEST_ANSWER:
        raise FileRefused(f"does not fit: all files together may have {LARGEST_ANSWER // 1_000_000} MB.")
    CorrectionFile.objects.create(
        item=item,
        sha256=digest,
        size=len(content),
        sealed_name=sealing.seal_for(subject_request, name_in_one_line(name).encode(), purpose=NAME),
        sealed=sealing.seal_for(subject_request, content, purpose=PURPOSE),
        made_at=now,
    )
    audit.record(subject_request, "correction.proof_added", actor=actor, now=now, facts={"number": item.number})


def of(subject_request: SubjectRequest, item: CorrectionItem) -> list[Proof]:
    """The proofs of a wish, in the order they came. Raises KeyDestroyed once they are forgotten."""
    return [
        Proof(
            each.pk,
            sealing.unseal_for(subject_request, bytes(each.sealed_name), purpose=NAME).decode(),
            each.size,
        )
        for each in item.files.defer("sealed")
    ]


@transaction.atomic(durable=True)
def opened(subject_request: SubjectRequest, file: CorrectionFile, *, actor: Actor, now: datetime) -> tuple[str, bytes]:
    """A proof's name and content, for a member of staff; the look is a fact of the request. Raises KeyDestroyed."""
    name = sealing.unseal_for(subject_request, bytes(file.sealed_name), purpose=NAME).decode()
    content = sealing.unseal_for(subject_request, bytes(file.sealed), purpose=PURPOSE)
    facts: dict[str, audit.Fact] = {"number": file.item.number}
    audit.record(subject_request, "correction.proof_opened", actor=actor, now=now, facts=facts)
    return name, content
