"""Decide otherwise than the rule about records of an erasure or a correction, or let them follow the rule again."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError

from dsr.management.json_command import JsonCommand, refuse_unheeded, the_day, the_releaser, the_request
from dsr.records import Action
from dsr.workflow import erasure_approval

RULE = "rule"
"""Not an outcome: what the policy says of them."""


class Command(JsonCommand):
    """``change_outcome REF --source … --collection … [--record …] --outcome … --reason … [--until DAY] --as STAFF``."""

    help = "Decide otherwise than the policy's rule about records that were found; the person reads the reason."

    def add_arguments(self, parser: ArgumentParser) -> None:
        outcomes = dict.fromkeys(each.value for some in erasure_approval.OUTCOMES.values() for each in some)
        parser.add_argument("reference")
        parser.add_argument("--source", required=True, help="the source that holds them, by its name")
        parser.add_argument("--collection", required=True, help="the table, as the dataset calls it")
        parser.add_argument("--record", default="", help="its digest (plan_erasure --rows); without one, every record")
        parser.add_argument(
            "--outcome", required=True, choices=(*outcomes, RULE), help=f"{RULE}: take an earlier decision back"
        )
        parser.add_argument("--reason", default="", help="why, in words that the person will read")
        parser.add_argument("--until", type=the_day, help="of what stays: the last day on which it does")
        parser.add_argument("--as", dest="staff", required=True, help="the member of staff who decides")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        if options["outcome"] == RULE:
            refuse_unheeded(options, "reason until", f"with --outcome {RULE}: the rule says why and until when.")
        subject_request = the_request(options["reference"])
        if subject_request.type not in erasure_approval.OUTCOMES:
            asks = f"{subject_request.reference} asks for {subject_request.type}"
            raise CommandError(f"{asks}: nothing is erased or corrected for it, so no outcome can be changed.")
        actor = the_releaser(options["staff"], subject_request)
        where = {"collection": options["collection"], "digest": options["record"]}
        run = subject_request.source_runs.filter(source__name=options["source"]).select_related("source__shop").first()
        if run is None:
            names = ", ".join(subject_request.source_runs.values_list("source__name", flat=True)) or "none"
            raise CommandError(f"{subject_request.reference} does not ask {options['source']!r}. It asks: {names}.")
        if options["outcome"] == RULE:
            change = subject_request.outcome_changes.filter(source=run.source, **where).first()
            if change is None:
                raise CommandError("Nobody decided otherwise about that, so it follows the rule already.")
            erasure_approval.follow_the_rule_again(change, actor=actor, now=now)
        else:
            erasure_approval.change_outcome(
                subject_request, source=run.source, action=Action(options["outcome"]), reason=options["reason"],
                until=options["until"], actor=actor, now=now, **where,
            )  # fmt: skip
        said = {
            "source": options["source"],
            "collection": options["collection"],
            "record": options["record"] or "every",
        }
        return {
            "reference": subject_request.reference,
            **said,
            "outcome": options["outcome"],
            "until": options["until"],
        }
