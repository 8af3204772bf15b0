"""Take the longer time that the statute allows, and write to the person why."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from dsr.management.json_command import JsonCommand, the_actor, the_request
from dsr.workflow import clocks


class Command(JsonCommand):
    """``extend_request REF --reason TEXT [--as STAFF]``."""

    help = "Extend a request's time once, before its first date has passed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference")
        parser.add_argument("--reason", required=True, help="as the person will read it")
        parser.add_argument("--as", dest="username", help="the member of staff who decides")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        subject_request = the_request(options["reference"])
        actor = the_actor(options["username"], subject_request)
        extension = clocks.extend(subject_request, reason=options["reason"], actor=actor, now=now)
        return {
            "reference": subject_request.reference,
            "regime": subject_request.regime,
            "from_on": extension.from_on,
            "due_on": subject_request.due_on,
            "is_mailed": extension.notice is not None,
        }
