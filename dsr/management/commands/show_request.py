"""A request as data."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from dsr.management.json_command import JsonCommand, the_request
from dsr.models import Extension, SubjectRequest
from dsr.workflow import clocks, dashboard, erasure_approval, timeline


class Command(JsonCommand):
    """``show_request REF``."""

    help = "Show where a request stands."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        return shown(the_request(options["reference"]))


def shown(subject_request: SubjectRequest) -> dict[str, Any]:
    """The request's state, its sources and its story."""
    return {
        "reference": subject_request.reference,
        "shop": subject_request.shop.slug,
        "type": subject_request.type,
        "state": subject_request.state,
        "received_at": subject_request.received_at,
        "due_on": subject_request.due_on,
        "dates": _dates(subject_request),
        "sources": [
            {
                "name": run.source.name,
                "state": run.state,
                "records": run.records,
                "error": run.error_text or None,
            }
            for run in dashboard.progress(subject_request).runs
        ],
        "run": _run(subject_request),
        "learnt": [
            {"kind": each.kind, "source": each.source.name, "via": each.via, "step": each.step}
            for each in subject_request.learnt_identities.select_related("source")
        ],
        "same_person": [
            {
                "number": each.pk,
                "source": each.source.name,
                "collection": each.collection,
                "answer": each.answer or None,
            }
            for each in subject_request.match_questions.select_related("source")
        ],
        "timeline": [
            {"at": event.at, "event": event.action, "by": event.actor, "sentence": event.sentence}
            for event in timeline.for_staff(subject_request)
        ],
    }


def _run(subject_request: SubjectRequest) -> list[dict[str, Any]]:
    """How far each source is that an erasure or a correction changes."""
    plan = erasure_approval.newest(subject_request)
    return [
        {
            "source": step.source.name,
            "state": step.state,
            "records_done": step.progress.get("done", 0),
            "records": step.progress.get("of", 0),
            "error": step.error_text or None,
        }
        for step in (plan.steps.select_related("source") if plan else ())
    ]


def _dates(subject_request: SubjectRequest) -> dict[str, Any]:
    extension = Extension.objects.filter(subject_request=subject_request).first()
    return {
        "regime": subject_request.regime,
        "residence": subject_request.residence or None,
        "acknowledge_by": subject_request.acknowledge_by,
        "acknowledged_at": subject_request.acknowledged_at,
        "target_on": subject_request.target_on,
        "due_on": subject_request.due_on,
        "is_paused": subject_request.is_paused,
        "latest_lawful_on": subject_request.latest_lawful_on,
        "extended": {"from_on": extension.from_on, "until_on": extension.until_on} if extension else None,
        "pauses": [
            {"why": each.why, "asked_at": each.asked_at, "answered_at": each.answered_at}
            for each in subject_request.pauses.all()
        ],
        "explanation": list(clocks.deadlines_of(subject_request).explanation),
    }
