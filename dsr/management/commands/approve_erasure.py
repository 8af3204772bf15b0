"""Approve the frozen plan of an erasure, by its fingerprint."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from dsr.management.json_command import JsonCommand, the_releaser, the_request
from dsr.workflow import erasure_approval


class Command(JsonCommand):
    """``approve_erasure REF --as STAFF --fingerprint …``. The reference that was typed stands for the typed reference."""

    help = "Let the frozen plan of an erasure be run, once the person's time to stop it is over."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference")
        parser.add_argument("--as", dest="username", required=True, help="the member of staff who approves")
        parser.add_argument("--fingerprint", required=True, help="of the plan that was read; 16 digits are enough")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        subject_request = the_request(options["reference"])
        plan = erasure_approval.approve(
            subject_request,
            fingerprint=options["fingerprint"],
            typed_reference=options["reference"],
            actor=the_releaser(options["username"], subject_request),
            now=now,
        )
        return {
            "reference": subject_request.reference,
            "plan": plan.number,
            "fingerprint": plan.fingerprint,
            "runs_from": plan.runs_from,
            "state": subject_request.state,
        }
