"""What the plan's pages show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from dsr.exports.same_but_day import Said, Together, together
from dsr.lifecycle import RequestType
from dsr.models import ErasurePlan, PlanStep, SubjectRequest
from dsr.policy.correction import BESIDE, CORRECTION, HISTORY, LEFT_ALONE
from dsr.policy.otherwise import rule_name
from dsr.policy.plan import Planned
from dsr.policy.promises import known_promises
from dsr.policy.simulation_words import OUTCOMES
from dsr.staff.plan_forms import ApproveForm
from dsr.web.term_words import plain
from dsr.workflow import correction_plans, erasure_approval, erasure_plans, erasure_steps, holds, letters, shops
from dsr.workflow.erasure_plans import Drawn

EVENTS = {
    "hold_lifted": "the hold is lifted",
    "last_owner_erased": "the other person is erased too",
    "date_known": "somebody finds out the day it counts from",
}
FOLLOWS = {"delete": "then deleted", "anonymise": "then made anonymous"}


LEFT = {HISTORY: "left as it was", LEFT_ALONE: "left as it was", BESIDE: "left as it was"}
"""Of a correction, by the rule's name."""


@dataclass(frozen=True, slots=True)
class Line:
    """Records of which the same becomes. ``said`` is as ``erasure_approval.judged`` writes it."""

    title: str
    place: str
    source_id: int
    collection: str
    records: int
    said: dict[str, Any]
    outcome: str
    until: date | None
    end: str
    then: str
    digest: str = ""
    stays: tuple[str, ...] = ()
    wishes: str = ""


def of_drawn(subject_request: SubjectRequest, drawn: Drawn) -> dict[str, Any]:
    """The plan as it would be now."""
    outcomes = [erasure_approval.outcome_of(group) for group in drawn.plan.groups]
    totals = [(OUTCOMES[action], records) for action, records in drawn.plan.totals.most_common()]
    return {
        "totals": totals,
        "records": len(drawn.plan.records),
        "lines": _together(_lines(subject_request, outcomes)),
        "fingerprint": erasure_approval.fingerprint_of(subject_request, drawn),
        "holds": [
            (each, holds.ground_of(each))
            for each in subject_request.holds.filter(lifted_at=None).select_related("source", "subject_request")
        ],
        "changes": correction_plans.change_lines(subject_request, drawn),
        "own_decisions": subject_request.outcome_changes.count(),
    }


def of_frozen(subject_request: SubjectRequest, plan: ErasurePlan, form: ApproveForm) -> dict[str, Any]:
    """The plan as it was frozen, and how far its run is."""
    profile = shops.profile_in(subject_request.policy_version)
    counted: Counter[str] = Counter()
    for outcome in plan.outcomes:
        counted[outcome["action"]] += outcome["records"]
    form.fields["typed_reference"].required = subject_request.type in profile.approval.typed_reference
    is_over = plan.state in (ErasurePlan.State.RUNNING, ErasurePlan.State.PROVED)
    return {
        "frozen_lines": _together(_lines(subject_request, plan.outcomes)),
        "frozen_totals": [(OUTCOMES[action], records) for action, records in counted.most_common()],
        "proof_totals": [(OUTCOMES[action], records) for action, records in letters.totals_of(plan).items()]
        if is_over
        else [],
        "steps": _steps(plan) if is_over else (),
        "approve_form": form,
        "asks_reference": subject_request.type in profile.approval.typed_reference,
        "asks_second": subject_request.type in profile.approval.second_person,
        "cooling_off_days": profile.approval.cooling_off_days if subject_request.type == RequestType.ERASURE else 0,
        "zone": profile.time_zone,
        "changed": letters.change_lines(plan) if is_over else (),
        "is_waiting": plan.runs_from is not None and plan.runs_from > timezone.now(),
    }


def _steps(plan: ErasurePlan) -> list[PlanStep]:
    """The steps, each with the files that somebody has to delete by hand."""
    steps = list(plan.steps.select_related("source", "plan__subject_request"))
    for step in steps:
        step.files_left = erasure_steps.left_by_hand(step)  # type: ignore[attr-defined]  # for the template alone
    return steps


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that a decision of one's own would set aside: what it does, and the published promises that it carries out."""

    rule: str
    outcome: str
    promises: tuple[tuple[str, str], ...]


def set_aside(drawn: Drawn, source: str, collection: str, digest: str) -> list[Broken]:
    """The rules by which these records go now, each once."""
    summaries = {each.id: each.summary for each in known_promises()}
    found = {}
    for each in drawn.plan.records:
        if (each.source, each.collection) == (source, collection) and digest in {"", each.digest}:
            said = each.decision
            kept = tuple((name, summaries.get(name, "")) for name in said.promises)
            found[said.rule, said.action] = Broken(rule_name(said.rule), OUTCOMES[said.action], kept)
    return list(found.values())


def rows(records: Iterable[Planned], drawn: Drawn) -> list[Line]:
    """Record by record."""
    found = []
    for each in records:
        said = erasure_approval.judged(each.record_class, each.version, each)
        settled = drawn.settled.get(each.id)
        stays = tuple(f"{name}: {why}" for name, why in settled.stays.items()) if settled else ()
        found.append(_line(said, each.collection, each.source, 0, each.collection, 1, each.digest, stays))
    return found


def _together(lines: Iterable[Line]) -> list[Together[Line]]:
    """Without a hundred lines that differ by their day alone."""
    return list(together(lines, _said))


def _said(line: Line) -> Said:
    said = line.said
    basis = said["basis"]["citation"] if said["basis"] else ""
    why = (said["rule"], said["version"], basis, tuple(said["promises"]), tuple(said["at_once_fields"]))
    alike = (line.source_id, line.collection, line.outcome, line.end, line.then, line.wishes, why)
    return Said(alike, said["sentence"], line.until, line.records)


def _lines(subject_request: SubjectRequest, outcomes: Iterable[dict[str, Any]]) -> list[Line]:
    runs = {run.source.name: run for run in subject_request.source_runs.select_related("source", "dataset_version")}
    found = []
    for each in outcomes:
        own = erasure_plans.reason_of(subject_request, each["rule"])
        said = {**each, "rule": rule_name(each["rule"]), "sentence": each["sentence"] or own}
        run = runs[said["source"]]
        title = run.dataset_version.collections.get(said["collection"], {}).get("title", said["collection"])
        place = run.dataset_version.description["title"]
        found.append(_line(said, title, place, run.source_id, said["collection"], said["records"]))
    return found


def _line(
    said: dict[str, Any],
    title: str,
    place: str,
    source_id: int,
    collection: str,
    records: int,
    digest: str = "",
    stays: tuple[str, ...] = (),
) -> Line:
    event = said["event"]
    return Line(
        title=title,
        place=place,
        source_id=source_id,
        collection=collection,
        records=records,
        said=said,
        outcome=LEFT.get(said["rule"].partition(":")[0]) or OUTCOMES[said["action"]],
        until=date.fromisoformat(said["until"]) if said["until"] else None,
        end=EVENTS.get(event) or (plain(event.replace("closed:", "")) + " has ended" if event else ""),
        then=FOLLOWS.get(said["afterwards"] or "", ""),
        digest=digest,
        stays=stays,
        wishes=_wishes(said["rule"]),
    )


def _wishes(rule: str) -> str:
    """Which wishes a correction of records follows: their rule is ``correction:1.2,3.1``, wish and decision each."""
    name, _, keys = rule.partition(":")
    if name != CORRECTION:
        return ""
    numbers = [key.partition(".")[0] for key in keys.split(",")]
    return f"wish{'es' if len(numbers) > 1 else ''} {', '.join(numbers)}"
