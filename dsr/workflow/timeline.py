"""The story of a request in sentences: what the person reads, what staff read, from the same facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dsr.models import AuditEntry, SubjectRequest
from dsr.workflow import audit

FOR_STAFF = {
    "request.received": "Received by {channel}; due {due_on}",
    "identity.asked": "Link and code mailed",
    "identity.confirmed": "Identity confirmed ({method})",
    "identity.accepted": "{identities} more identifiers proved; searching again",
    "identity.viewed": "Identifiers opened",
    "identity.code_wrong": "Wrong code, try {count}",
    "gathering.started": "Gathering from {sources} sources",
    "source.searched": "{source}: {records} records",
    "source.delayed": "{source}: no answer yet ({code}), trying again",
    "source.failed": "{source}: failed ({code})",
    "source.retried": "{source}: asked again",
    "job.retried": "Tried again: {kind}",
    "gathering.finished": "Gathered {records} records from {sources} sources",
    "findings.viewed": "Opened {source}, {collection}",
    "finding.marked": "{kind} in {source}, {collection} {field} ({ground})",
    "finding.unmarked": "Included again: {source}, {collection} {field}",
    "request.assigned": "Owner changed",
    "request.approved": "Approved: {records} records, {redacted} redactions, {withheld} left out",
    "request.refused": "Refused ({ground})",
    "request.withdrawn": "Withdrawn by the person",
    "request.lapsed": "Lapsed without confirmation",
    "fulfilment.started": "Writing the package",
    "package.made": "Package of {files} files, {records} records",
    "package.failed": "The package could not be made ({code})",
    "package.downloaded": "Downloaded: {file}",
    "request.fulfilled": "Answered",
    "notice.made": "Mail written: {kind}",
    "notice.sent": "Mail sent: {kind}",
}
FOR_THE_PERSON = {
    "request.received": "We received your request.",
    "identity.asked": "We sent you a link and a code to confirm it.",
    "identity.confirmed": "The request was confirmed.",
    "gathering.started": "We began to collect your data from {sources} places.",
    "gathering.finished": "All places answered.",
    "request.approved": "We checked what we found.",
    "request.refused": "We could not do this.",
    "request.withdrawn": "You took the request back.",
    "request.lapsed": "The request was closed because it was not confirmed.",
    "package.made": "Your copy was made.",
    "package.downloaded": "A file was downloaded: {file}.",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the story."""

    at: datetime
    sentence: str
    actor: str
    action: str


def for_staff(subject_request: SubjectRequest) -> list[Event]:
    """Every fact, oldest first."""
    return _events(subject_request, FOR_STAFF)


def for_the_person(subject_request: SubjectRequest) -> list[Event]:
    """What concerns the person, oldest first; who among the staff did it is not said."""
    return _events(subject_request, FOR_THE_PERSON)


def _events(subject_request: SubjectRequest, sentences: dict[str, str]) -> list[Event]:
    told = [entry for entry in audit.entries_of(subject_request) if entry.action in sentences]
    return [Event(each.at, _sentence(sentences[each.action], each), each.actor, each.action) for each in told]


def _sentence(pattern: str, entry: AuditEntry) -> str:
    return " ".join(pattern.format_map(entry.facts).split())
