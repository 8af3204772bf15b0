"""Let a request go on without a source that was disconnected: before it answered, or while a run waits for it."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError

from dsr.lifecycle import State
from dsr.management.commands.show_request import shown
from dsr.management.json_command import JsonCommand, the_releaser, the_request
from dsr.models import PlanStep
from dsr.workflow import erasure, gathering


class Command(JsonCommand):
    """``go_on_without REFERENCE SOURCE --as STAFF``: the copy will say that this place was not searched. What an erasure or a
    correction still has to do there is left to a colleague (``done_by_hand``)."""

    help = "Answer a request without a source that was disconnected, or leave to a colleague what is to be done there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference")
        parser.add_argument("source")
        parser.add_argument("--as", dest="staff", required=True, help="the member of staff who decides")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        subject_request = the_request(options["reference"])
        actor = the_releaser(options["staff"], subject_request)
        run = subject_request.source_runs.filter(source__name=options["source"]).first()
        if run is None:
            names = ", ".join(subject_request.source_runs.values_list("source__name", flat=True)) or "none"
            raise CommandError(f"{subject_request.reference} does not ask {options['source']!r}. It asks: {names}.")
        step = PlanStep.objects.filter(plan__subject_request=subject_request, source=run.source).select_related(
            "plan__subject_request", "source__shop"
        )
        if subject_request.state == State.FULFILLING and (waiting := step.order_by("-plan__number").first()):
            erasure.hand_over(waiting, actor=actor, now=now)
        else:
            gathering.go_on_without(run, actor=actor, now=now)
        subject_request.refresh_from_db()
        return shown(subject_request)
