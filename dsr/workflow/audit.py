"""The audit log: written in the transaction of the fact, chained, and unable to hold personal data.

Each action lists the keys it may carry. They are ids, counts, codes, dates and names out of a shop's schema; there is no
free text. A chain proves tampering only against somebody who cannot rewrite all of it, so the heads are signed and anchored
outside the database every day.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from dsr.models import AuditEntry, AuditStream, Shop, SubjectRequest
from dsr.workflow.actors import Actor

Fact = str | int | bool | None

ACTIONS: dict[str, frozenset[str]] = {
    action: frozenset(keys.split())
    for action, keys in {
        "shop.added": "shop",
        "shop.files_replaced": "shop source name files",
        "shop.log_expired": "shop entries",
        "shop.erased_are_back": "shop identifiers new",
        "shop.backup_tried": "shop backup on worked",
        "shop.doubts_looked_for": "shop source found settled",
        "shop.doubt_taken_up": "doubt source collection field because",
        "shop.doubt_dismissed": "doubt source collection field because ground",
        "shop.replayed": "shop entries records refused unreachable strangers gone",
        "policy.published": "shop number digest in_force_from is_material notices",
        "source.connected": "shop source name kind version",
        "source.changed": "shop source name version origin columns decided changed",
        "shop.files_placed": "shop source name",
        "source.drafted": "shop source name tables columns",
        "source.checked": "source name alarms",
        "source.disconnected": "shop source name",
        "source.reconnected": "shop source name version",
        "request.received": "type channel regime due_on identities policy_version",
        "identity.asked": "method",
        "identity.confirmed": "method",
        "identity.accepted": "identities",
        "identity.learnt": "source via kind step count",
        "identity.viewed": "identities",
        "identity.code_wrong": "count",
        "gathering.started": "sources",
        "source.searched": "source records",
        "source.delayed": "source code",
        "source.failed": "source code",
        "source.retried": "source",
        "source.left_out": "source",
        "source.asked_again": "source round",
        "match.asked": "source count",
        "match.viewed": "source collection",
        "match.answered": "source collection answer",
        "gathering.finished": "records sources",
        "task.made": "source task due_on",
        "task.mailed": "source task",
        "task.reminded": "source task number",
        "task.opened": "source task",
        "task.handed_over": "source task",
        "task.answered": "source task result files",
        "task.called_off": "source task",
        "job.retried": "kind",
        "findings.viewed": "source collection",
        "findings.reopened": "why",
        "file.opened": "source file",
        "finding.marked": "source collection field kind ground one_row",
        "finding.unmarked": "source collection field kind one_row",
        "request.acknowledged": "is_late",
        "request.extended": "regime from_on due_on is_mailed",
        "clock.paused": "regime why",
        "clock.resumed": "regime due_on",
        "clock.reminded": "step about_on owners",
        "request.assigned": "owner",
        "request.approved": "records withheld redacted",
        "outcome.changed": "source collection action one_row",
        "plan.frozen": "number fingerprint records delete anonymise deactivate correct keep",
        "plan.approved": "number fingerprint runs_from",
        "plan.outdated": "number changes",
        "hold.placed": "source collection records until",
        "hold.lifted": "records",
        "erasure.started": "number steps",
        "erasure.written_down": "source segment",
        "erasure.applied": "source segment records",
        "erasure.proved": "source delete anonymise deactivate keep gone new further files files_left sha256",
        "erasure.failed": "source code",
        "erasure.by_hand": "source",
        "erasure.handed_over": "source",
        "erasure.recalled": "segment",
        "erasure.entries_lost": "source intent outcome",
        "erasure.written_anew": "source intent outcome",
        "correction.asked": "number kind has_place",
        "correction.proof_added": "number",
        "correction.proof_opened": "number",
        "correction.decided": "number decision ground fields",
        "correction.disputed": "number",
        "correction.started": "number steps",
        "correction.written_down": "source segment",
        "correction.applied": "source segment records",
        "correction.proved": "source correct keep gone new further sha256",
        "correction.failed": "source code",
        "correction.by_hand": "source",
        "correction.handed_over": "source",
        "correction.recalled": "segment",
        "correction.entries_lost": "source intent outcome",
        "correction.written_anew": "source intent outcome",
        "record.finished": "source collection records action",
        "request.refused": "ground",
        "request.withdrawn": "",
        "request.lapsed": "",
        "request.kept_readable": "until",
        "request.forgotten": "month rows",
        "fulfilment.started": "",
        "request.fulfilled": "",
        "letter.issued": "number pending plan_sha256 proof_sha256 letter_sha256",
        "package.made": "files records manifest_sha256",
        "package.downloaded": "file",
        "package.failed": "code",
        "recipient.instructed": "recipient kind way due_on",
        "recipient.asked": "recipient way",
        "recipient.opened": "recipient",
        "recipient.reminded": "recipient number",
        "recipient.answered": "recipient answer",
        "notice.made": "kind",
        "notice.sent": "kind",
    }.items()
}
LONGEST_TEXT = 200


class NotAllowedInAudit(Exception):
    """Somebody tried to write a fact that the action does not list."""


def open_stream(subject_request: SubjectRequest) -> AuditStream:
    """The chain of a new request."""
    return AuditStream.objects.create(name=f"request:{subject_request.public_id}", subject_request=subject_request)


def record(
    subject_request: SubjectRequest,
    action: str,
    *,
    actor: Actor,
    now: datetime,
    facts: Mapping[str, Fact] | None = None,
) -> AuditEntry:
    """Add one fact about a request to its chain, in the caller's transaction."""
    return _append(f"request:{subject_request.public_id}", action, actor=actor, now=now, facts=facts or {})


def record_for_shop(
    shop: Shop, action: str, *, actor: Actor, now: datetime, facts: Mapping[str, Fact] | None = None
) -> AuditEntry:
    """Add one fact about a shop's set-up to the shop's own chain, in the caller's transaction."""
    AuditStream.objects.get_or_create(name=f"shop:{shop.slug}")
    return _append(f"shop:{shop.slug}", action, actor=actor, now=now, facts=facts or {})


def chain_digest(
    stream: str, number: int, at: str, action: str, actor: str, facts: Mapping[str, Fact], previous: str
) -> str:
    """SHA-256 over the canonical JSON (sorted keys, no spaces, UTF-8) of everything an entry says."""
    body = {
        "stream": stream,
        "number": number,
        "at": at,
        "action": action,
        "actor": actor,
        "facts": dict(facts),
        "previous": previous,
    }
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def moment(at: datetime) -> str:
    """A moment as the chain writes it: UTC with microseconds."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def entries_of(subject_request: SubjectRequest) -> Iterator[AuditEntry]:
    """A request's facts, oldest first."""
    yield from AuditEntry.objects.filter(stream__subject_request=subject_request).order_by("number")


def _append(stream_name: str, action: str, *, actor: Actor, now: datetime, facts: Mapping[str, Fact]) -> AuditEntry:
    _refuse_what_is_not_listed(action, facts)
    stream = AuditStream.objects.select_for_update().get(name=stream_name)
    number = stream.length + 1
    digest = chain_digest(stream.name, number, moment(now), action, str(actor), facts, stream.head)
    entry = AuditEntry.objects.create(
        stream=stream,
        number=number,
        at=now,
        action=action,
        actor=str(actor),
        facts=dict(facts),
        previous=stream.head,
        digest=digest,
    )
    AuditStream.objects.filter(pk=stream.pk).update(length=number, head=digest)
    return entry


def _refuse_what_is_not_listed(action: str, facts: Mapping[str, Fact]) -> None:
    allowed = ACTIONS.get(action)
    if allowed is None:
        raise NotAllowedInAudit(f"{action} is not an action of the audit log")
    for key, value in facts.items():
        if key not in allowed:
            raise NotAllowedInAudit(f"{action} may not carry {key!r}")
        if isinstance(value, str) and ("@" in value or len(value) > LONGEST_TEXT):
            raise NotAllowedInAudit(f"{key!r} of {action} looks like free text or an address")
