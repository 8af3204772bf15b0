"""Versions of what a shop promised: publishing one, and which is in force at a moment.

A version is never changed and never withdrawn; the database refuses it. One that was published for a later day is overtaken by
publishing another for that day or before it. Of two that begin at the same moment the later published counts.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from dsr.clocks.arithmetic import day_of
from dsr.models import PolicyVersion, Shop
from dsr.policy.lint import Severity, lint
from dsr.policy.loader import parse_profile
from dsr.policy.schema import Profile
from dsr.workflow import audit, policy_coverage
from dsr.workflow.actors import Actor
from dsr.workflow.connections import Refused

PLACEMENTS = ("policy_page", "home_page", "email", "post")
"""Where customers can be told of a change."""


class NotPublished(Exception):
    """The version may not be published so; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class NoticeProof:
    """That customers were told of a change: where (one of PLACEMENTS) and on which day."""

    placement: str
    told_on: date


@transaction.atomic(durable=True)
def publish(
    shop: Shop,
    *,
    profile_text: str,
    actor: Actor,
    now: datetime,
    in_force_from: datetime | None = None,
    is_material: bool = False,
    proofs: tuple[NoticeProof, ...] = (),
) -> PolicyVersion:
    """Put a new version of a shop's promises in force from ``in_force_from`` (now); the same text again changes nothing.

    Raises ProfileError with every mistake of the text, and NotPublished when the moment lies before a request that another
    version was promised to, when the profile has an error of ``policy.lint`` or is silent about records that the connected
    sources hold, or when customers had to be told of a material change (WJ-11) and no proof of it is given.
    """
    profile = parse_profile(profile_text, shop.slug)
    Shop.objects.select_for_update().get(pk=shop.pk)
    begins_at = in_force_from or now
    before = in_force(shop, begins_at)
    if before.text == profile_text:
        return before
    _refuse_rewriting_the_past(shop, begins_at, now)
    _refuse_errors(profile)
    _refuse_silence(shop, profile)
    if is_material:
        _refuse_unless_told(parse_profile(before.text, shop.slug), profile, proofs, begins_at, now)
    version = PolicyVersion(
        shop=shop, text=profile_text, in_force_from=begins_at, is_material=is_material, notice_proofs=_stored(proofs)
    )
    return _write(version, actor=actor, now=now)


def publish_first(shop: Shop, *, profile_text: str, actor: Actor, now: datetime) -> PolicyVersion:
    """Give a new shop its first version, in the caller's transaction. Raises ProfileError."""
    parse_profile(profile_text, shop.slug)
    return _write(PolicyVersion(shop=shop, text=profile_text, in_force_from=now), actor=actor, now=now)


def in_force(shop: Shop, moment: datetime) -> PolicyVersion:
    """The version in force at a moment; before the first one began, the first: there is no other word of the shop."""
    versions = shop.policy_versions.order_by("-in_force_from", "-number")
    found = versions.filter(in_force_from__lte=moment).first() or versions.last()
    if found is None:
        raise PolicyVersion.DoesNotExist(f"{shop.slug} has published no policy.")
    return found


def _write(version: PolicyVersion, *, actor: Actor, now: datetime) -> PolicyVersion:
    version.number = version.shop.policy_versions.count() + 1
    version.digest = hashlib.sha256(version.text.encode()).hexdigest()
    version.published_at, version.published_by = now, str(actor)
    version.save()
    facts: dict[str, audit.Fact] = {
        "shop": version.shop.slug,
        "number": version.number,
        "digest": version.digest,
        "in_force_from": version.in_force_from.isoformat(),
        "is_material": version.is_material,
        "notices": len(version.notice_proofs),
    }
    audit.record_for_shop(version.shop, "policy.published", actor=actor, now=now, facts=facts)
    return version


def _refuse_rewriting_the_past(shop: Shop, begins_at: datetime, now: datetime) -> None:
    """What was in force when a request arrived was promised to its person; no later publication may say otherwise."""
    if begins_at >= now:
        return
    promised = shop.subject_requests.filter(received_at__gte=begins_at).order_by("-received_at").first()
    if promised is not None:
        raise NotPublished(
            f"{shop.name} received {promised.reference} after {begins_at:%Y-%m-%d %H:%M} UTC under another version. "
            "Let the new one begin later than that request, or now."
        )


def _refuse_errors(profile: Profile) -> None:
    """Promises that nobody could use, or periods without a ground, are no version of a policy."""
    errors = [each for each in lint(profile) if each.severity is Severity.ERROR]
    if errors:
        raise NotPublished(" ".join(f"{each.place}: {each.sentence} {each.cure}" for each in errors))


def _refuse_silence(shop: Shop, profile: Profile) -> None:
    """A record class of a connected source without a rule is an error, never a default. A collection that has no class yet
    is its description's mistake, not the policy's, and an alarm there."""
    try:
        gaps = policy_coverage.gaps_of(shop, profile)
    except Refused as refused:
        raise NotPublished(f"What the sources hold cannot be told: {refused}") from None
    silent = {gap.holding.record_class: gap for gap in gaps if gap.holding.record_class}
    if silent:
        raise NotPublished(
            f"The policy does not say what becomes of everything that {profile.name} holds. "
            + " ".join(f"{gap}." for gap in silent.values())
        )


def _refuse_unless_told(
    before: Profile, after: Profile, proofs: tuple[NoticeProof, ...], begins_at: datetime, now: datetime
) -> None:
    """Whoever promised to tell customers of a material change has to show that it was done (WJ-11)."""
    today, begins_on = day_of(now, after.time_zone), day_of(begins_at, after.time_zone)
    for proof in proofs:
        if proof.placement not in PLACEMENTS:
            raise NotPublished(f"{proof.placement!r} is no place for a notice; there are {', '.join(PLACEMENTS)}.")
        if proof.told_on > today:
            raise NotPublished(f"The notice of {proof.told_on} lies in the future: publish when customers were told.")
    for duty in (before.on_policy_change, after.on_policy_change):
        # The published page is the change itself; a notice is what leads customers there.
        promised = [place for place in duty.placements if place != "policy_page"]
        told = [proof for proof in proofs if proof.placement in promised]
        if promised and not told:
            raise NotPublished(
                f"{after.name} promised to tell customers of a material change by {' or '.join(promised)}. "
                f"Give the place and day on which that was done, such as {promised[0]}={today}."
            )
        if told and duty.is_before and not any(proof.told_on < begins_on for proof in told):
            raise NotPublished(
                f"{after.name} promised to tell customers before a change. The first notice was given on "
                f"{min(proof.told_on for proof in told)}; let the version begin on a later day."
            )


def _stored(proofs: tuple[NoticeProof, ...]) -> list[dict[str, str]]:
    return [{"placement": each.placement, "told_on": each.told_on.isoformat()} for each in proofs]
