"""What would become of every record of a person who asked for erasure, or of those that a correction concerns."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError

from dsr.clocks.arithmetic import day_of
from dsr.management.json_command import JsonCommand, refuse_unheeded, the_releaser, the_request
from dsr.policy.plan import Group
from dsr.workflow import erasure_approval, plans, shops
from dsr.workflow.correction_plans import DrawnCorrection


class Command(JsonCommand):
    """``plan_erasure REF [--rows] [--freeze --as STAFF]``. Without ``--freeze`` it only reads what was gathered."""

    help = "Show what would become of every record of an erasure, or of those that a correction concerns, and why."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference")
        parser.add_argument("--rows", action="store_true", help="every record by its digest, too")
        parser.add_argument(
            "--freeze", action="store_true", help="look at every source now and keep the plan for approval"
        )
        parser.add_argument("--as", dest="username", help="the member of staff who freezes it")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        subject_request = the_request(options["reference"])
        if options["freeze"]:
            refuse_unheeded(options, "rows", "with --freeze: ask for them without, before or afterwards.")
            if not options["username"]:
                raise CommandError("Say who freezes it: --as STAFF.")
            plan = erasure_approval.freeze(
                subject_request, actor=the_releaser(options["username"], subject_request), now=now
            )
            return {
                "reference": subject_request.reference,
                "plan": plan.number,
                "fingerprint": plan.fingerprint,
                "as_of": plan.as_of,
                "outcomes": plan.outcomes,
            }
        refuse_unheeded(options, "username", "without --freeze: to look needs nobody's name.")
        today = day_of(now, shops.profile_in(subject_request.policy_version).time_zone)
        drawn = plans.draw(subject_request, today=today)
        said = {
            "reference": subject_request.reference,
            "policy_version": subject_request.policy_version.number,
            "as_of": today,
            "fingerprint": erasure_approval.fingerprint_of(subject_request, drawn),
            "totals": dict(sorted(drawn.plan.totals.items())),
            "outcomes": [_shown(group) for group in drawn.plan.groups],
            "without_a_rule": [
                {"source": each.source, "collection": each.collection, "records": each.records, "problem": each.problem}
                for each in drawn.plan.unruled
            ],
            "by_hand": dict(drawn.by_hand),
            "not_searched": list(drawn.unsearched),
            "in_batches": drawn.in_batches,
            "not_reached": dict(drawn.unreached),
            "hindrances": drawn.hindrances,
            "look_at": list(drawn.looks) if isinstance(drawn, DrawnCorrection) else [],
            "only_copied": drawn.copied,
        }
        if options["rows"]:
            said["rows"] = [
                {
                    "source": each.source,
                    "collection": each.collection,
                    "digest": each.digest,
                    "action": each.decision.action,
                }
                for each in drawn.plan.records
            ]
        return said


def _shown(group: Group) -> dict[str, Any]:
    decision = group.decision
    return {
        "source": group.source,
        "collection": group.collection,
        "record_class": group.record_class,
        "records": group.records,
        "action": decision.action,
        "fields": list(decision.fields),
        "at_once_fields": list(decision.at_once_fields),
        "until": decision.until,
        "event": decision.event or None,
        "review_on": decision.review_on,
        "afterwards": decision.afterwards,
        "rule": decision.rule,
        "judged_by_version": group.version,
        "basis": {"code": decision.basis.code, "citation": decision.basis.citation} if decision.basis else None,
        "promises": list(decision.promises),
        "sentence": decision.sentence,
        "reasons": list(decision.reasons),
    }
