"""The only code that writes a request's state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from dsr.lifecycle import CLOSED_STATES, RequestType, State, Step, next_state
from dsr.models import SubjectRequest
from dsr.workflow import audit, sealing, shops
from dsr.workflow.actors import Actor
from dsr.workflow.audit import Fact


class WrongState(Exception):
    """The request may not take this step now: the table forbids it, or somebody was faster."""


def advance(
    subject_request: SubjectRequest,
    step: Step,
    *,
    action: str,
    actor: Actor,
    now: datetime,
    facts: Mapping[str, Fact] | None = None,
    **changes: object,
) -> None:
    """Move a request in the caller's transaction and write the fact; ``changes`` are other columns set with the state.

    The update names the old state, so that of two callers one moves the request and the other gets WrongState.
    """
    old = State(subject_request.state)
    new = next_state(old, step, RequestType(subject_request.type))
    if new is None:
        raise WrongState(f"{subject_request.reference} is {old.value}; it cannot {step.value.replace('_', ' ')}.")
    if new in CLOSED_STATES:
        changes["closed_at"] = now
        changes = _with_expiry(subject_request, now) | changes
    moved = SubjectRequest.objects.filter(pk=subject_request.pk, state=old).update(state=new, **changes)
    if not moved:
        raise WrongState(f"{subject_request.reference} has just been moved by somebody else.")
    subject_request.state = new.value
    for name, value in changes.items():
        setattr(subject_request, name, value)
    audit.record(subject_request, action, actor=actor, now=now, facts=facts)


def _with_expiry(subject_request: SubjectRequest, now: datetime) -> dict[str, object]:
    """A request that has ended holds what it held for as long as the profile says, and no longer."""
    if sealing.is_forgotten(subject_request):
        return {}
    days = shops.profile_in(subject_request.policy_version).record_retention_days
    sealing.postpone_forgetting(subject_request, (now + timedelta(days=days)).date())
    return {"key_month": subject_request.key_month, "wrapped_key": subject_request.wrapped_key}
