"""The evidence pack of an erasure or a correction: plan, proof, letter, chain, for those who trust nobody and have Python.

It holds no personal data but the reference: records are named by their digests, and what people typed is left out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from dsr.exports import check_audit
from dsr.exports.letter import letter_json
from dsr.exports.zip_stream import zip_stream
from dsr.lifecycle import State
from dsr.models import AuditStream, ErasurePlan, SubjectRequest
from dsr.policy.decide import STAFF
from dsr.workflow import anchors, erasure_approval, erasure_steps, letters, signatures
from dsr.workflow.transitions import WrongState

FORMAT = "dsr-evidence"
VERSION = 1
TYPED = "(what a colleague wrote is left out here)"


def pack(subject_request: SubjectRequest, *, now: datetime) -> Iterator[bytes]:
    """The ZIP, piece by piece. Raises WrongState before the request is fulfilled, KeyDestroyed once it is forgotten."""
    files = contents(subject_request, now=now)
    return zip_stream((name, len(content), iter((content,))) for name, content in files.items())


def contents(subject_request: SubjectRequest, *, now: datetime) -> dict[str, bytes]:
    """Every file by its name, the manifest last."""
    plan = erasure_approval.newest(subject_request)
    if subject_request.state != State.FULFILLED or plan is None:
        raise WrongState(f"{subject_request.reference} is {subject_request.state}: there is no proof to pack yet.")
    files = {
        "chain.json": _json(anchors.statement_of(AuditStream.objects.get(subject_request=subject_request))),
        "plan.json": _json(_plan(plan)),
        "proof.json": _json(_proof(plan)),
        "letter.json": _letter(subject_request, now),
        "check_audit.py": Path(check_audit.__file__).read_bytes(),
    }
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "reference": subject_request.reference,
        "shop": subject_request.shop.slug,
        "made_at": now.isoformat(),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    return files | {"manifest.json": _json(signatures.signed(manifest))}


def _plan(plan: ErasurePlan) -> dict[str, Any]:
    """What was approved, record by record, in the form of which the fingerprint can be reckoned again."""
    records = [[*each.id, each.group] for each in erasure_approval.records_of(plan)]
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


def _proof(plan: ErasurePlan) -> dict[str, Any]:
    """What was found when everything was looked at again."""
    steps = []
    for step in plan.steps.select_related("source", "plan__subject_request"):
        rows = erasure_steps.rows_of(step)
        steps.append(
            {
                "source": step.source.name,
                "state": step.state,
                "ledger_intent": step.intent,
                "ledger_outcome": step.outcome,
                "applied_at": step.applied_at.isoformat() if step.applied_at else None,
                "proved_at": step.proved_at.isoformat() if step.proved_at else None,
                "outcomes": [_scrubbed(each) for each in step.outcomes],
                "proof": step.proof,
                "records": [[each.row.key.collection, each.row.key.digest, each.outcome] for each in rows],
            }
        )
    return {"steps": steps, "totals": letters.totals_of(plan)}


def _letter(subject_request: SubjectRequest, now: datetime) -> bytes:
    letter = letters.letter_of(subject_request, today=now.date(), typed=False)
    if letter is None:
        raise WrongState(f"{subject_request.reference} is not proved.")
    said = json.loads(letter_json(letter))
    for partner in said["partners"]:
        partner["words"] = partner["words"].partition(": “")[0]
    for change in said["corrections"]:
        change["before"] = change["after"] = TYPED
    for refusal in said["refused"]:
        refusal["statement"] = TYPED if refusal["statement"] else ""
    return _json(said)


def _scrubbed(outcome: Mapping[str, Any]) -> dict[str, Any]:
    return {**outcome, "sentence": TYPED} if str(outcome["rule"]).startswith(f"{STAFF}:") else dict(outcome)


def _json(content: object) -> bytes:
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, default=str).encode()
