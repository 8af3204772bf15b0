"""A request's timeline as staff read it: who did it by name, which the audit log itself never says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User

from dsr.exports.letter import ChangeLine
from dsr.models import SubjectRequest
from dsr.workflow import audit, erasure_approval, letters, timeline
from dsr.workflow.timeline import Event

KINDS = {
    "system": "by itself",
    "customer": "the person",
    "command": "a command",
    "colleague": "the colleague",
    "recipient": "the recipient",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One fact. ``who`` is a name or what stands for one; ``digest`` its link in the chain. ``changes``: what a correction wrote,
    which the log itself never holds; gone once it is forgotten."""

    at: datetime
    sentence: str
    who: str
    digest: str
    changes: tuple[ChangeLine, ...] = ()


def of(subject_request: SubjectRequest) -> list[Line]:
    """Every fact, oldest first."""
    return [line for line, _ in with_facts(subject_request)]


def with_facts(subject_request: SubjectRequest) -> list[tuple[Line, Mapping[str, audit.Fact]]]:
    """Every line with what the log says, for a page that tells a part of the story."""
    events = timeline.for_staff(subject_request)
    names = _names(events)
    changes = _changes(subject_request, events)
    return [
        (
            Line(each.at, _sentence(each, names), _who(each.actor, names), each.digest, changes.get(each.digest, ())),
            each.facts,
        )
        for each in events
    ]


def _changes(subject_request: SubjectRequest, events: list[Event]) -> dict[str, tuple[ChangeLine, ...]]:
    """Old and new beside the fact that a place was proved."""
    proved = [each for each in events if each.action == "correction.proved"]
    plan = erasure_approval.newest(subject_request) if proved else None
    if plan is None:
        return {}
    return {each.digest: tuple(letters.change_lines(plan, source=str(each.facts["source"]))) for each in proved}


def _names(events: list[Event]) -> dict[str, str]:
    """Staff number to user name, of those who occur; somebody who left keeps their number."""
    numbers = {each.actor.partition(":")[2] for each in events}
    numbers |= {str(each.facts["owner"]) for each in events if each.facts.get("owner")}
    people = User.objects.filter(pk__in=[int(number) for number in numbers if number])
    return {str(person.pk): person.get_username() for person in people}


def _sentence(event: Event, names: Mapping[str, str]) -> str:
    if event.action != "request.assigned":
        return event.sentence
    owner = event.facts["owner"]
    return f"Given to {_named(str(owner), names)}" if owner else "Given to nobody"


def _who(actor: str, names: Mapping[str, str]) -> str:
    kind, _, number = actor.partition(":")
    if not number:
        return KINDS.get(kind, kind)
    return _named(number, names) + (", by command" if kind == "command" else "")


def _named(number: str, names: Mapping[str, str]) -> str:
    return names.get(number, f"staff member {number}")
