"""Ask the person something and let the clock stand still until they reply."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from dsr.management.json_command import JsonCommand, the_actor, the_request
from dsr.models import ClockPause
from dsr.workflow import clocks


class Command(JsonCommand):
    """``pause_request REF --why clarification|identity|fee|authority --reason TEXT [--as STAFF]``."""

    help = "Mail a question to the person; the time stands still where the statute lets it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference")
        parser.add_argument("--why", required=True, choices=ClockPause.Why.values)
        parser.add_argument("--reason", required=True, help="the question, as the person will read it")
        parser.add_argument("--as", dest="username", help="the member of staff who asks")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        subject_request = the_request(options["reference"])
        actor = the_actor(options["username"], subject_request)
        why = ClockPause.Why(options["why"])
        made = clocks.pause(subject_request, why=why, reason=options["reason"], actor=actor, now=now)
        return {"reference": subject_request.reference, "why": made.why, "asked_at": made.asked_at}
