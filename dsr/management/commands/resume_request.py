"""The person has replied: the clock goes on."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from dsr.management.json_command import JsonCommand, the_actor, the_request
from dsr.workflow import clocks


class Command(JsonCommand):
    """``resume_request REF [--as STAFF]``."""

    help = "Let a paused request's time run on, because the person has replied."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference")
        parser.add_argument("--as", dest="username", help="the member of staff who got the reply")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        subject_request = the_request(options["reference"])
        clocks.resume(subject_request, actor=the_actor(options["username"], subject_request), now=now)
        return {"reference": subject_request.reference, "due_on": subject_request.due_on}
