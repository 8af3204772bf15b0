"""A request's dates for staff: each with its meaning and statute, the sentences that explain them, and the drawing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from dsr.clocks.arithmetic import day_of
from dsr.clocks.regimes import Cited, NotCovered, Rule, UnknownRegime, rule_for
from dsr.clocks.words import RightCode
from dsr.keyring import KeyDestroyed
from dsr.models import ClockPause, Extension, SubjectRequest
from dsr.policy.schema import Profile
from dsr.staff.time_line import Mark, Span, drawn
from dsr.web.term_words import period_words
from dsr.workflow import clocks, reckoning


@dataclass(frozen=True, slots=True)
class Citation:
    """What a statute asks for, and where."""

    words: str
    length: str
    source: str


def of(subject_request: SubjectRequest, profile: Profile, today: date) -> dict[str, Any]:
    """Everything that a page says about a request's dates."""
    deadlines = clocks.deadlines_of(subject_request)
    marks = sorted(_marks(subject_request, profile, today), key=lambda each: each.on)
    pauses = [_pause(each, profile.time_zone) for each in subject_request.pauses.all()]
    spans = [_span(each, today) for each in pauses]
    rule = _rule(subject_request, profile)
    return {
        "regime": reckoning.title_of(subject_request.regime),
        "explanation": deadlines.explanation,
        "marks": marks,
        "line": drawn(marks, spans, today),
        "pauses": pauses,
        "open_pause": next((each for each in pauses if each["until"] is None), None),
        "extension": _extension(subject_request),
        "citations": list(_citations(rule)) if rule else [],
        "is_unacknowledged": subject_request.is_unacknowledged(today),
        "needs_acknowledgement": subject_request.is_open
        and subject_request.acknowledged_at is None
        and subject_request.acknowledge_by is not None,
    }


def _marks(subject_request: SubjectRequest, profile: Profile, today: date) -> Iterator[Mark]:
    it, dates = subject_request, clocks.deadlines_of(subject_request)
    yield Mark("Received", day_of(it.received_at, profile.time_zone))
    if dates.acknowledge_by:
        yield _acknowledgement(it, dates.acknowledge_by, profile, today)
    if dates.internal_target and dates.internal_target != it.due_on:
        yield Mark("Our own aim", dates.internal_target)
    if dates.extend_notice_by and dates.extended_to is None and dates.extend_notice_by != it.due_on:
        yield Mark("Last day to tell the person that it takes longer", dates.extend_notice_by)
    if dates.respond_by and dates.respond_by != it.due_on:
        yield Mark("First date, before it was extended", dates.respond_by)
    late = it.is_overdue(today)
    yield Mark("Answer", it.due_on, "late" if late else "main", "this date binds")
    if dates.latest_lawful and dates.latest_lawful > it.due_on:
        yield Mark("Latest lawful day", dates.latest_lawful, note="by the reading that leaves the most time")
    if it.closed_at:
        yield Mark("Closed", day_of(it.closed_at, profile.time_zone), "done")


def _acknowledgement(it: SubjectRequest, by: date, profile: Profile, today: date) -> Mark:
    if it.acknowledged_at is None:
        return Mark("Acknowledge", by, "late" if it.is_unacknowledged(today) else "soon", "not done yet")
    told = day_of(it.acknowledged_at, profile.time_zone)
    return Mark("Acknowledge", by, "done", "done late" if told > by else "done in time")


def _pause(pause: ClockPause, zone: str) -> dict[str, Any]:
    return {
        "why": pause.get_why_display(),
        "reason": _reason(pause),
        "since": day_of(pause.asked_at, zone),
        "until": day_of(pause.answered_at, zone) if pause.answered_at else None,
    }


def _extension(subject_request: SubjectRequest) -> dict[str, Any] | None:
    found = Extension.objects.select_related("subject_request").filter(subject_request=subject_request).first()
    if found is None:
        return None
    return {
        "from_on": found.from_on,
        "until_on": found.until_on,
        "reason": _reason(found),
        "is_mailed": found.notice_id,
    }


def _reason(change: ClockPause | Extension) -> str:
    try:
        return clocks.reason_of(change)
    except KeyDestroyed:
        return ""


def _span(pause: dict[str, Any], today: date) -> Span:
    return Span("In the shaded days we waited for the person.", pause["since"], pause["until"] or today)


def _rule(subject_request: SubjectRequest, profile: Profile) -> Rule | None:
    received_on = day_of(subject_request.received_at, profile.time_zone)
    try:
        return rule_for(subject_request.regime, RightCode(subject_request.type), received_on)
    except (UnknownRegime, NotCovered):  # The shop's own promise stands in no statute.
        return None


def _citations(rule: Rule) -> Iterator[Citation]:
    named: tuple[tuple[str, Cited | None], ...] = (
        ("Acknowledge within", rule.acknowledge),
        ("Answer within", rule.respond),
        ("Longer by", rule.extend),
        ("Appeal answered within", rule.appeal),
    )
    for words, cited in named:
        if cited is not None:
            yield Citation(words, period_words(cited.period), cited.citation)
