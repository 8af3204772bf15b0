"""Where a policy version stands in time: in force, still to come, or replaced since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from dsr.models import PolicyVersion
from dsr.workflow import policies


@dataclass(frozen=True, slots=True)
class Standing:
    """``until`` is when the next version begins or began; None when none is known."""

    is_in_force: bool
    is_to_come: bool
    until: datetime | None


def standing_of(version: PolicyVersion, now: datetime) -> Standing:
    """Where the version stands at that moment."""
    begins = version.in_force_from
    later = Q(in_force_from__gt=begins) | Q(in_force_from=begins, number__gt=version.number)
    following = version.shop.policy_versions.filter(later).order_by("in_force_from", "number").first()
    return Standing(
        is_in_force=policies.in_force(version.shop, now).pk == version.pk,
        is_to_come=begins > now,
        until=following.in_force_from if following else None,
    )
