"""The story of a request in sentences: what the person reads, what staff read, from the same facts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from dsr.models import (
    AuditEntry,
    ClockPause,
    ClockReminder,
    CorrectionItem,
    FindingMark,
    IdentityCheck,
    MatchQuestion,
    Notice,
    RecipientInstruction,
    SubjectRequest,
)
from dsr.records import IdentityKind
from dsr.workflow import audit, reopening
from dsr.workflow.queue import Work

FOR_STAFF = {
    "request.received": "Received by {channel}; due {due_on}",
    "identity.asked": "Link and code mailed",
    "identity.confirmed": "Identity confirmed ({method})",
    "identity.accepted": "{identities} more identifiers proved; searching again",
    "identity.learnt": "{source}: {via} revealed {count} more ({kind}), step {step}",
    "identity.viewed": "Identifiers opened",
    "identity.code_wrong": "Wrong code, try {count}",
    "gathering.started": "Gathering from {sources} sources",
    "source.searched": "{source}: {records} records",
    "source.delayed": "{source}: no answer yet ({code}), trying again",
    "source.failed": "{source}: failed ({code})",
    "source.retried": "{source}: asked again",
    "source.left_out": "{source}: disconnected before it answered; going on without it",
    "source.asked_again": "{source}: searched again by what others revealed",
    "match.asked": "{source}: {count} rows with a weak match; same person?",
    "match.viewed": "Compared a weak match: {source}, {collection}",
    "match.answered": "{source}, {collection}: {answer}",
    "task.made": "{source}: a colleague is asked, by {due_on}",
    "task.mailed": "{source}: link mailed to the colleague",
    "task.reminded": "{source}: the colleague was reminded, time {number}",
    "task.opened": "{source}: the colleague opened the task",
    "task.handed_over": "{source}: the task was given to somebody else",
    "task.answered": "{source}: {result}, with {files} files",
    "task.called_off": "{source}: the colleague's task was called off",
    "job.retried": "Tried again: {job}",
    "gathering.finished": "Gathered {records} records from {sources} sources",
    "findings.viewed": "Opened {source}, {collection}",
    "findings.reopened": "What was put away was opened for an hour: {why}",
    "file.opened": "Opened a file of {source}",
    "finding.marked": "{kind} in {one_row}: {source}, {collection} {field} ({ground})",
    "finding.unmarked": "Included again in {one_row}: {source}, {collection} {field}",
    "request.acknowledged": "Receipt acknowledged {is_late}",
    "request.extended": "Extended from {from_on} to {due_on}; {is_mailed}",
    "clock.paused": "Question to the person ({why}); the clock stands still",
    "clock.resumed": "The person replied; due {due_on}",
    "clock.reminded": "Owners reminded: {step} ({about_on})",
    "request.assigned": "Owner changed",
    "request.approved": "Approved: {records} records, {redacted} values hidden, {withheld} records left out",
    "outcome.changed": "{source}, {collection}: {action} for {one_row}, decided otherwise than the rule",
    "plan.frozen": "Plan {number} frozen: {delete} to delete, {anonymise} to make anonymous, {deactivate} to deactivate, "
    "{keep} to keep",
    "plan.frozen.correction": "Plan {number} frozen: {correct} to correct, {keep} to leave as they are",
    "plan.approved": "Plan {number} approved; runs from {runs_from}",
    "plan.outdated": "Plan {number} is outdated, nothing was done: {changes} differences",
    "hold.placed": "{source}, {collection}: a hold forbids any change of {records} records {until}",
    "hold.lifted": "Hold lifted from {records} records",
    "erasure.started": "Erasure begun in {steps} places",
    "erasure.written_down": "{source}: written into the ledger, segment {segment}",
    "erasure.applied": "{source}: done with {records} records, not proved yet",
    "erasure.proved": "{source}: looked again: {delete} deleted, {anonymise} made anonymous, {deactivate} deactivated, "
    "{keep} kept",
    "erasure.failed": "{source}: not done ({code})",
    "erasure.by_hand": "{source}: done by hand",
    "erasure.handed_over": "{source}: disconnected, left to a colleague",
    "erasure.recalled": "Our database was put back from a backup and had lost this: the erasure ledger says that the erasure "
    "was written down (entry {segment}), and it was done again",
    "erasure.entries_lost": "{source}: of its entries {intent} and {outcome} the erasure ledger had lost the last or both",
    "erasure.written_anew": "{source}: written into the ledger anew, entries {intent} and {outcome}",
    "correction.asked": "Wish {number}: something about {kind} is said to be wrong",
    "correction.proof_added": "Wish {number}: a file was handed in as proof",
    "correction.proof_opened": "Wish {number}: a proof was opened",
    "correction.decided": "Wish {number}: {decision}",
    "correction.decided.ground": "Wish {number}: {decision}, as {ground}",
    "correction.disputed": "Wish {number}: what the person holds against it stands beside the answer",
    "correction.started": "Correction begun in {steps} places",
    "correction.written_down": "{source}: written into the ledger, segment {segment}",
    "correction.applied": "{source}: {records} records corrected, not proved yet",
    "correction.proved": "{source}: looked again: {correct} corrected, {keep} left as they were",
    "correction.failed": "{source}: not done ({code})",
    "correction.by_hand": "{source}: done by hand",
    "correction.handed_over": "{source}: disconnected, left to a colleague",
    "correction.recalled": "Our database was put back from a backup and had lost this: the ledger says that the correction was "
    "written down (entry {segment}), and it was done again",
    "correction.entries_lost": "{source}: of its entries {intent} and {outcome} the erasure ledger had lost the last or both",
    "correction.written_anew": "{source}: written into the ledger anew, entries {intent} and {outcome}",
    "record.finished": "{source}, {collection}: time over, {records} records: {action}",
    "request.refused": "Refused ({ground})",
    "request.withdrawn": "Withdrawn by the person",
    "request.lapsed": "Lapsed without confirmation",
    "request.kept_readable": "Still needed, so what it holds is kept through {until}",
    "request.forgotten": "Its time was over ({month}): what it held is forgotten",
    "fulfilment.started": "Writing the package",
    "letter.issued": "Letter {number} issued; answers of others still missing: {pending}",
    "package.made": "Package of {files} files, {records} records",
    "package.failed": "The package could not be made ({code})",
    "package.downloaded": "Downloaded: {file}",
    "request.fulfilled": "Answered",
    "recipient.instructed": "{recipient} is to be told ({kind}, {way}), answer by {due_on}",
    "recipient.asked": "{recipient} was told ({way})",
    "recipient.opened": "{recipient} opened what it was told",
    "recipient.reminded": "{recipient} was reminded, time {number}",
    "recipient.answered": "{recipient} answered: {answer}",
    "notice.made": "Mail written: {kind}",
    "notice.sent": "Mail sent: {kind}",
}
FOR_THE_PERSON = {
    "request.received": "We received your request.",
    "identity.asked": "We sent you a link and a code to confirm it.",
    "identity.confirmed": "The request was confirmed.",
    "request.acknowledged": "We told you that we have it.",
    "request.extended": "We need longer: the answer is due on {due_on}, not on {from_on}.",
    "clock.paused": "We asked you a question; until you reply the time for our answer stands still.",
    "clock.resumed": "We have your reply; the answer is due on {due_on}.",
    "gathering.started": "We began to collect your data from {sources} places.",
    "source.left_out": "One place can no longer be asked; our answer says so.",
    "gathering.finished": "We finished collecting.",
    "request.approved": "We checked what we found.",
    "plan.approved": "We decided what becomes of each record; we begin on {runs_from} at the earliest.",
    "plan.outdated": "Something had changed, so nothing was done yet; we look at it again.",
    "erasure.started": "We began to carry it out in {steps} places.",
    "erasure.proved": "One place is done, and we looked again to be sure.",
    "correction.asked": "You told us that something about {kind} is wrong.",
    "correction.proof_added": "You handed in a file about what you told us, number {number}.",
    "correction.decided": "We decided about what you told us, number {number}: {decision}.",
    "correction.disputed": "What you hold against our answer, number {number}, stands beside it.",
    "correction.started": "We began to correct it in {steps} places.",
    "correction.proved": "One place is done, and we looked again to be sure.",
    "request.refused": "We could not do this.",
    "request.withdrawn": "You took the request back.",
    "request.lapsed": "The request was closed because it was not confirmed.",
    "letter.issued": "We wrote the letter (number {number}).",
    "package.made": "Your copy was made.",
    "request.forgotten": "We removed what we had collected for this request.",
    "package.downloaded": "A file was downloaded: {file}.",
}
WORDS: dict[str, dict[audit.Fact, str]] = {
    "kind": {
        **{each.value: f"“{each.label}”" for each in Notice.Kind},
        **{each.value: each.label for each in FindingMark.Kind},
        **{each.value: each.value.replace("_", " ").replace("email", "e-mail") for each in IdentityKind},
        RecipientInstruction.Kind.ERASE.value: "delete",
        RecipientInstruction.Kind.CORRECT.value: "correct",
        RecipientInstruction.Kind.DISPUTE.value: "keep a statement",
        **{each.value: each.label.removeprefix("My ").lower() for each in CorrectionItem.Kind},
    },
    "decision": {each.value: each.label.lower() for each in CorrectionItem.State},
    "ground": {
        "is_right": "what stands there is right",
        "no_proof": "nothing shows that it is wrong",
        "history": "it says what was so at the time",
        "not_held": "nothing we hold says this",
        "decided_before": "the same was decided before",
        "misuse": "somebody seems to deceive us",
    },
    "method": {each.value: each.label.lower() for each in IdentityCheck.Method},
    "channel": {each.value: each.label.lower() for each in SubjectRequest.Channel},
    "answer": {
        each.value: each.label.lower()
        for group in (MatchQuestion.Answer, RecipientInstruction.Answer)
        for each in group
    },
    "way": {each.value: each.label.lower() for each in RecipientInstruction.Way},
    "result": {"found": "the colleague answered", "nothing": "the colleague found nothing"},
    "is_late": {True: "late", False: "in time"},
    "is_mailed": {True: "the person was written to", False: "there is no address to write to: tell the person"},
    "why": {each.value: each.label.lower() for group in (ClockPause.Why, reopening.Why) for each in group},
    "step": {each.value: each.label.lower() for each in ClockReminder.Step},
    "one_row": {True: "one record", False: "every record"},
}
"""Codes of the audit log in words; whatever is not here only loses its underscores."""
JOBS: dict[audit.Fact, str] = {
    Work.SEND_INSTRUCTION.value: "telling a recipient",
    Work.GATHER_SOURCE.value: "asking a source",
    Work.SEND_NOTICE.value: "sending a mail",
    Work.MAKE_PACKAGE.value: "writing the copy",
    Work.ISSUE_LETTER.value: "writing the letter anew",
    Work.ERASE.value: "carrying out the plan",
}
"""The kinds of jobs; one is called as what a recipient is asked to do."""
Words = Callable[[str, audit.Fact], str]
ONE_OF_MANY = re.compile(r"\b1 (more )?(record|row|source|value|file|identifier|place)s\b")


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the story. ``digest`` is the fact's link in the chain."""

    at: datetime
    sentence: str
    actor: str
    action: str
    digest: str
    facts: Mapping[str, audit.Fact]


def for_staff(subject_request: SubjectRequest) -> list[Event]:
    """Every fact, oldest first."""
    return _events(subject_request, FOR_STAFF, _words)


def for_the_person(subject_request: SubjectRequest) -> list[Event]:
    """What concerns the person, oldest first; who among the staff did it is not said."""
    return _events(subject_request, FOR_THE_PERSON, _words_for_the_person)


def _events(subject_request: SubjectRequest, sentences: dict[str, str], words: Words) -> list[Event]:
    told = [entry for entry in audit.entries_of(subject_request) if entry.action in sentences]
    return [
        Event(
            each.at, _sentence(_pattern(sentences, each), each, words), each.actor, each.action, each.digest, each.facts
        )
        for each in told
    ]


def _pattern(sentences: Mapping[str, str], entry: AuditEntry) -> str:
    """A plan that was frozen says other things of a correction than of an erasure; some decisions have a ground."""
    of_correction = sentences.get(f"{entry.action}.correction") if "correct" in entry.facts else None
    with_ground = sentences.get(f"{entry.action}.ground") if entry.facts.get("ground") else None
    return of_correction or with_ground or sentences[entry.action]


def _sentence(pattern: str, entry: AuditEntry, words: Words) -> str:
    facts = {key: words(key, fact) for key, fact in entry.facts.items()}
    facts["job"] = JOBS.get(entry.facts.get("kind"), facts.get("kind", ""))
    sentence = " ".join(pattern.format_map(facts).split())
    return ONE_OF_MANY.sub(r"1 \1\2", sentence)


def _words(key: str, fact: audit.Fact) -> str:
    known = WORDS.get(key, {}).get(fact)
    if known is None and key in ("ground", "code"):
        return str(fact).replace("_", " ")
    return known or str(fact)


def _words_for_the_person(key: str, fact: audit.Fact) -> str:
    """Days as one says them."""
    if not key.endswith("_on") and key != "runs_from":
        return _words(key, fact)
    on = date.fromisoformat(str(fact))
    return f"{on.day} {on:%B} {on.year}"
