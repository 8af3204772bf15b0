"""Why this date? What the person reads of their request's clock, and who hears them when it was not kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dsr.clocks.arithmetic import day_of
from dsr.clocks.regimes import NotCovered, UnknownRegime, rule_for
from dsr.clocks.words import RightCode
from dsr.keyring import KeyDestroyed
from dsr.models import ClockPause, Extension, SubjectRequest
from dsr.policy.schema import Profile
from dsr.web.term_words import sentence
from dsr.workflow import clocks, reckoning


def of(subject_request: SubjectRequest, promised: Profile, now: datetime, *, is_proved: bool) -> dict[str, Any]:
    """Everything that the page says about dates. What was asked and why it takes longer is for the person alone."""
    pause = clocks.open_pause(subject_request)
    extension = Extension.objects.select_related("subject_request").filter(subject_request=subject_request).first()
    escalation = clocks.escalation_of(subject_request, now=now)
    return {
        "because": clocks.deadlines_of(subject_request).explanation_for_person,
        "regime": reckoning.title_of(subject_request.regime),
        "citation": _citation(subject_request, promised),
        "open_pause": pause,
        "question": _reason(pause) if pause and is_proved else "",
        "extension": extension,
        "extension_reason": _reason(extension) if extension and is_proved else "",
        "is_unacknowledged": subject_request.is_unacknowledged(day_of(now, promised.time_zone)),
        "escalation": escalation,
        "escalation_sentence": escalation
        and (
            sentence(escalation.sentence, promised.locale)
            or f"You may turn to {escalation.body}, who listens when a shop does not."
        ),
    }


def _citation(subject_request: SubjectRequest, promised: Profile) -> str:
    received_on = day_of(subject_request.received_at, promised.time_zone)
    try:
        rule = rule_for(subject_request.regime, RightCode(subject_request.type), received_on)
    except (UnknownRegime, NotCovered):  # The shop's own promise stands in no statute.
        return ""
    return rule.respond.citation if rule.respond else ""


def _reason(change: ClockPause | Extension) -> str:
    try:
        return clocks.reason_of(change)
    except KeyDestroyed:
        return ""
