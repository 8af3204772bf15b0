"""Where the person is told what became of a correction: no link goes to a mailbox that nobody proved, or that is itself wrong.

On the shop's own initiative nobody proved anything: staff named the records. Then the mail says that something was looked at,
not what, and how to object; who wants to read the letter asks for it.
"""

from __future__ import annotations

from dsr.lifecycle import RequestType, State
from dsr.models import IdentityCheck, SubjectRequest
from dsr.records import IdentityKind, normalise_email
from dsr.workflow import correction_places, corrections, notices, sealing, shops

Channel = SubjectRequest.Channel
ANSWERED_IN = (State.REVIEW, State.APPROVED, State.FULFILLING, State.FULFILLED)


def mailbox(subject_request: SubjectRequest) -> str:
    """The mailbox that a link may go to: one that was proved and stays as it is, else the one that the person confirmed by.
    Empty where there is none. Raises KeyDestroyed."""
    checks = subject_request.identity_checks.filter(method=IdentityCheck.Method.EMAIL)
    has_confirmed = checks.exclude(confirmed_at=None).exists()
    if subject_request.channel == Channel.SHOP and not has_confirmed:
        return ""
    country = shops.profile_in(subject_request.policy_version).country
    proved = list(sealing.proved_person(subject_request, country).values(IdentityKind.EMAIL))
    going = _going(subject_request)
    staying = [each for each in proved if normalise_email(each) not in going]
    return next(iter(staying or (proved if has_confirmed else ())), "")


def unproved_mailbox(subject_request: SubjectRequest) -> str:
    """Where, on the shop's own initiative, is told that something was done, without a link: the first address that does not go.
    Empty of every other request. Raises KeyDestroyed."""
    if subject_request.type != RequestType.CORRECTION or subject_request.channel != Channel.SHOP:
        return ""
    going = _going(subject_request)
    return next((each for each in notices.addresses(subject_request) if normalise_email(each) not in going), "")


def must_be_written_to(subject_request: SubjectRequest) -> bool:
    """Whether no mail can tell the person what becomes of it, so that staff write a letter. Raises KeyDestroyed."""
    if subject_request.type != RequestType.CORRECTION or subject_request.state not in ANSWERED_IN:
        return False
    return not (mailbox(subject_request) or unproved_mailbox(subject_request))


def _going(subject_request: SubjectRequest) -> set[str]:
    """The addresses that were accepted to be wrong."""
    return {
        normalise_email(before)
        for each in corrections.wanted_of(subject_request)
        for kind, before, _ in correction_places.identifying(each)
        if kind is IdentityKind.EMAIL
    }
