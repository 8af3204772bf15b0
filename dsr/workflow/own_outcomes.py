"""Outcomes that a colleague may decide upon instead of the rule, and why one cannot be taken."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from dsr.lifecycle import RequestType
from dsr.models import Source, SubjectRequest
from dsr.records import Action
from dsr.workflow import chunks, connections, policy_coverage

STAYS = (Action.KEEP, Action.DEACTIVATE)


def not_found(subject_request: SubjectRequest, source: Source, collection: str, digest: str) -> Iterator[str]:
    """Why there is nothing to decide about, in words."""
    run = subject_request.source_runs.filter(source=source).select_related("subject_request").first()
    if run is None or not run.counts.get(collection):
        yield f"No records were found in '{collection}' of {source.name}."
    elif digest and digest not in chunks.digests(run, collection):
        yield f"That record was not found in '{collection}' of {source.name}."


def not_so(
    subject_request: SubjectRequest,
    source: Source,
    collection: str,
    action: Action,
    allowed: Collection[Action],
    reason: str,
    until: date | None,
    today: date,
) -> Iterator[str]:
    """Why a colleague's own decision cannot be taken, in words."""
    if not reason.strip():
        yield "Say why, in words that the person will read."
    is_correction = subject_request.type == RequestType.CORRECTION
    if action not in allowed:
        yield (
            "A record is corrected, or left as it is."
            if is_correction
            else "A record is deleted, made anonymous, taken out of use or kept."
        )
    if not is_correction and action in STAYS and (until is None or until <= today):
        yield "Nothing is kept without an end: give the last day on which it stays."
    if action not in STAYS and until is not None:
        yield "Only what stays has a last day."
    if action is Action.DEACTIVATE:
        yield from _not_out_of_use(source, collection)


def _not_out_of_use(source: Source, collection: str) -> Iterator[str]:
    """Why a record of a collection cannot be taken out of use."""
    described = connections.described_by(connections.current_version(source))
    if collection not in described.graph.collections or not described.overlay.of(collection).deactivate:
        yield (
            f"{source.name} says nowhere how a record of {collection} is taken out of use (deactivate, in its overlay). Keep it."
        )
    elif left := policy_coverage.switches_left_on(described, collection):
        yield (
            f"A record of {collection} that is taken out of use would still say that the person takes marketing "
            f"({', '.join(left)}). Set that as well in the overlay of {source.name} (deactivate), or decide otherwise."
        )
