"""A request arrives: by the portal, or logged by staff and commands for a call, a letter, a visit."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from dsr.clocks.deadlines import Course
from dsr.clocks.words import RightCode
from dsr.lifecycle import RequestType, State
from dsr.models import IdentityHash, PolicyVersion, Shop, SubjectRequest
from dsr.policy.schema import Profile
from dsr.records import Identity
from dsr.workflow import audit, clocks, corrections, policies, reckoning, sealing, shops, verification
from dsr.workflow.actors import CUSTOMER, Actor

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: nothing in it is mistaken for something else on the telephone."""

MOST_IDENTITIES = 10


class NotOffered(Exception):
    """The shop's policy does not offer this right."""


class BadIdentities(Exception):
    """None, or more than can belong to one person."""


def take_in(
    *,
    shop: Shop,
    request_type: RequestType,
    identities: tuple[Identity, ...],
    channel: SubjectRequest.Channel,
    now: datetime,
    received_at: datetime | None = None,
    proved_to: Actor | None = None,
    residence: str = "",
    wishes: Sequence[corrections.Asked] = (),
    actor: Actor = CUSTOMER,
) -> SubjectRequest:
    """Take a request in and begin its identity check, in the caller's transaction.

    ``received_at`` is when the shop got it (a letter counts from its arrival, not from its typing in); ``proved_to`` is the
    member of staff to whom the person proved who they are, which goes straight to gathering; ``residence`` is where the
    person lives as ISO 3166 writes it (``DE``, ``US-CA``), empty when that is not known; ``wishes`` are what a
    correction is about. Raises NotOffered, BadIdentities, BadResidence, CorrectionRefused.
    """
    identities = tuple(dict.fromkeys(identities))
    if not 1 <= len(identities) <= MOST_IDENTITIES:
        raise BadIdentities(f"Give between 1 and {MOST_IDENTITIES} ways to find the person.")
    received_at = received_at or now
    policy = policies.in_force(shop, received_at)
    profile = shops.profile_in(policy)
    if not profile.right(request_type.value):
        raise NotOffered(f"{shop.name} does not offer {request_type.value}.")
    residence = reckoning.read_residence(residence)
    subject_request = _new_request(policy, profile, request_type, channel, received_at, residence)
    kept_for = timedelta(days=sealing.MOST_DAYS_OPEN + profile.record_retention_days)
    sealing.give_key(subject_request, (now + kept_for).date())
    subject_request.sealed_identities = sealing.seal_identities(subject_request, identities)
    subject_request.save()
    _index(subject_request, identities)
    audit.open_stream(subject_request)
    audit.record(subject_request, "request.received", actor=actor, now=now, facts=_facts(subject_request, identities))
    corrections.add(subject_request, wishes, actor=actor, now=now)
    if proved_to is not None:
        verification.confirm_by_staff(subject_request, actor=proved_to, now=now)
    else:
        verification.ask(subject_request, now)
    return subject_request


open_request = transaction.atomic(durable=True)(take_in)
"""The same in a transaction of its own."""


def _new_request(
    policy: PolicyVersion,
    profile: Profile,
    request_type: RequestType,
    channel: SubjectRequest.Channel,
    received_at: datetime,
    residence: str,
) -> SubjectRequest:
    """The row with its dates; not saved yet."""
    subject_request = SubjectRequest(
        reference=_new_reference(profile.reference_prefix),
        shop=policy.shop,
        policy_version=policy,
        type=request_type.value,
        state=State.RECEIVED.value,
        channel=channel,
        received_at=received_at,
        residence=residence,
    )
    right, course = RightCode(request_type.value), Course(received_at=received_at)
    clocks.settle(subject_request, reckoning.dates_for(profile, right, residence, course))
    return subject_request


def _facts(subject_request: SubjectRequest, identities: tuple[Identity, ...]) -> dict[str, audit.Fact]:
    return {
        "type": subject_request.type,
        "channel": subject_request.channel,
        "regime": subject_request.regime,
        "due_on": subject_request.due_on.isoformat(),
        "identities": len(identities),
        "policy_version": subject_request.policy_version.number,
    }


def _index(subject_request: SubjectRequest, identities: tuple[Identity, ...]) -> None:
    IdentityHash.objects.bulk_create(
        IdentityHash(
            subject_request=subject_request,
            kind=identity.kind.value,
            digest=sealing.lookup_digest(subject_request, identity),
        )
        for identity in identities
    )


def _new_reference(prefix: str) -> str:
    """For example ``TL-7F3K-29QX``: 40 random bits, so that a reference cannot be guessed from another."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{prefix}-{letters[:4]}-{letters[4:]}"
