"""Plan, proof and letter in the form of the evidence, and the digests by which the audit log holds them fast.

The forms hold no personal data but the reference: records have names that only this house can make (``sealing.record_namer``),
and what people typed is left out. Whoever changes one afterwards contradicts the digest in the chain.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from dsr.exports.letter import Letter, letter_json
from dsr.models import AuditEntry, ErasurePlan, PlanStep
from dsr.policy.decide import STAFF
from dsr.workflow import erasure_approval, erasure_steps, letters, sealing
from dsr.workflow.signatures import canonical

TYPED = "(what a colleague wrote is left out here)"


def digest_of(form: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical JSON of a form."""
    return hashlib.sha256(canonical(dict(form))).hexdigest()


def plan_form(plan: ErasurePlan) -> dict[str, Any]:
    """What was approved, record by record, in the form of which the fingerprint can be reckoned again.

    Raises KeyDestroyed once the request is forgotten.
    """
    name = sealing.record_namer(plan.subject_request)
    records = [
        [source, collection, name(digest), each.group]
        for each in erasure_approval.records_of(plan)
        for source, collection, digest in (each.id,)
    ]
    return {
        "number": plan.number,
        "fingerprint": plan.fingerprint,
        "as_of": str(plan.as_of),
        "frozen_at": plan.frozen_at.isoformat(),
        "frozen_by": plan.frozen_by,
        "approved_at": plan.approved_at.isoformat() if plan.approved_at else None,
        "approved_by": plan.approved_by,
        "outcomes": [_scrubbed(each) for each in plan.outcomes],
        "records": records,
    }


def proof_form(plan: ErasurePlan) -> dict[str, Any]:
    """What was found when everything was looked at again. Raises KeyDestroyed once the request is forgotten."""
    steps = plan.steps.select_related("source", "plan__subject_request")
    return {"steps": [step_form(step) for step in steps], "totals": letters.totals_of(plan)}


def step_form(step: PlanStep) -> dict[str, Any]:
    """The same of one place. Its digest goes into the log when it is proved, so nothing of it may change from then on: what a
    mended ledger holds under other numbers is said by the chain, and here by those that it had."""
    name = sealing.record_namer(step.plan.subject_request)
    rows = erasure_steps.rows_of(step)
    intent, outcome = _first_numbers(step)
    return {
        "source": step.source.name,
        "state": step.state,
        "ledger_intent": intent,
        "ledger_outcome": outcome,
        "applied_at": step.applied_at.isoformat() if step.applied_at else None,
        "proved_at": step.proved_at.isoformat() if step.proved_at else None,
        "outcomes": [_scrubbed(each) for each in step.outcomes],
        "proof": step.proof,
        "records": [[each.row.key.collection, name(each.row.key.digest), each.outcome] for each in rows],
    }


def _first_numbers(step: PlanStep) -> tuple[int | None, int | None]:
    """The ledger's intent and outcome as they were when the step was proved (``ledger_mending.py``)."""
    request = step.plan.subject_request
    lost = AuditEntry.objects.filter(stream__subject_request=request, action=f"{request.type}.entries_lost")
    facts = lost.filter(facts__source=step.source.name).order_by("number").values_list("facts", flat=True).first()
    return (facts["intent"], facts["outcome"]) if facts else (step.intent, step.outcome)


def letter_form(letter: Letter) -> dict[str, Any]:
    """A letter that was put together without typed words, also without those of recipients and of the person."""
    said: dict[str, Any] = json.loads(letter_json(letter))
    for partner in said["partners"]:
        partner["words"] = partner["words"].partition(": “")[0]
    for change in said["corrections"]:
        change["before"] = change["after"] = TYPED
    for refusal in said["refused"]:
        refusal["statement"] = TYPED if refusal["statement"] else ""
    return said


def _scrubbed(outcome: Mapping[str, Any]) -> dict[str, Any]:
    return {**outcome, "sentence": TYPED} if str(outcome["rule"]).startswith(f"{STAFF}:") else dict(outcome)
