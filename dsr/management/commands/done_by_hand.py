"""Say that a source which only a person can change was changed for an erasure or a correction."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError

from dsr.management.commands.show_request import shown
from dsr.management.json_command import JsonCommand, the_releaser, the_request
from dsr.models import PlanStep
from dsr.workflow import erasure


class Command(JsonCommand):
    """``done_by_hand REFERENCE SOURCE --as STAFF``: the person reads that a person did it, and told us so."""

    help = "Say that what only a person can change was changed for an erasure or a correction."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference")
        parser.add_argument("source")
        parser.add_argument("--as", dest="staff", required=True, help="the member of staff who did it, or was told so")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        subject_request = the_request(options["reference"])
        actor = the_releaser(options["staff"], subject_request)
        steps = PlanStep.objects.filter(plan__subject_request=subject_request, state=PlanStep.State.BY_HAND)
        step = steps.filter(source__name=options["source"]).select_related("plan__subject_request", "source").first()
        if step is None:
            names = ", ".join(steps.values_list("source__name", flat=True)) or "nothing"
            raise CommandError(
                f"{options['source']!r} waits for nobody's word. {subject_request.reference} waits for: {names}."
            )
        erasure.by_hand_done(step, actor=actor, now=now)
        subject_request.refresh_from_db()
        return shown(subject_request)
