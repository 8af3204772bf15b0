"""What a person holds against a refusal: it stands beside the answer, and goes to whoever got what is contested.

11 CCR 7023(f) lets a person whose wish was refused put a statement beside it. A recipient that got the same kind of data is
sent the statement, so that whoever reads the one reads the other. One that was told already and gets another statement is
told again.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from dsr.lifecycle import State
from dsr.models import CorrectionItem, RecipientInstruction, SubjectRequest
from dsr.policy.terms import Recipient
from dsr.workflow import correction_places, corrections, recipients, shops
from dsr.workflow.actors import Actor
from dsr.workflow.correction_places import CorrectionRefused
from dsr.workflow.corrections import Item

DISPUTABLE = (CorrectionItem.State.REFUSED, CorrectionItem.State.PARTLY)


@transaction.atomic(durable=True)
def attach(
    subject_request: SubjectRequest, item: CorrectionItem, statement: str, *, actor: Actor, now: datetime
) -> None:
    """Put what the person holds against a refusal beside it; once the request is answered, recipients are told at once
    and the letter is written anew.

    Raises CorrectionRefused, and DoesNotExist once the request is forgotten, for its wishes go with it.
    """
    # Whoever is told when the request is closed gets what was said until then; what comes later is told at once.
    state = SubjectRequest.objects.select_for_update(of=("self",)).get(pk=subject_request.pk).state
    corrections.lock(item)
    if item.state not in DISPUTABLE:
        raise CorrectionRefused(["A statement of disagreement stands beside a refusal."])
    if not statement.strip():
        raise CorrectionRefused(["Write down what is held against it."])
    if len(statement.strip()) > corrections.LONGEST_STATEMENT:
        raise CorrectionRefused([f"Write at most {corrections.LONGEST_STATEMENT} characters."])
    corrections.dispute(subject_request, item, statement, actor, now)
    if state == State.FULFILLED:
        tell_recipients(subject_request, now=now)
        recipients.ask_for_letter(subject_request, now)


def tell_recipients(subject_request: SubjectRequest, *, now: datetime) -> None:
    """Have everybody told who got what a statement is about, in the caller's transaction."""
    said = [each for each in corrections.items(subject_request) if each.statement]
    for recipient in shops.profile_in(subject_request.policy_version).recipients if said else ():
        texts = {
            f"{each.row.get_kind_display().removeprefix('My ').capitalize()}, wish {each.row.number}": each.statement
            for each in said
            if _gets(subject_request, recipient, each)
        }
        if texts:
            kind = RecipientInstruction.Kind.DISPUTE
            recipients.instruct(subject_request, [recipient], now=now, changes=texts, kind=kind)


def _gets(subject_request: SubjectRequest, recipient: Recipient, item: Item) -> bool:
    """Whether it got records that hold what the wish is about."""
    found = correction_places.candidates(subject_request, item.row)
    categories = sorted({category for each in found for category in each.categories})
    return recipients.gets(recipient, sorted({each.record_class for each in found}), categories)
