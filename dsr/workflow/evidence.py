"""The evidence pack of an erasure or a correction: plan, proof, letter, chain, for those who trust nobody and have Python.

It holds no personal data but the reference (``evidence_forms.py``). What it cannot prove stands in ``docs/evidence.md``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from dsr.exports import check_audit
from dsr.exports.zip_stream import zip_stream
from dsr.lifecycle import RequestType, State
from dsr.models import AuditStream, SubjectRequest
from dsr.workflow import anchors, erasure_approval, evidence_forms, signatures
from dsr.workflow.transitions import WrongState

FORMAT = "dsr-evidence"
VERSION = 2
PROVED = (RequestType.ERASURE, RequestType.CORRECTION)


def pack(subject_request: SubjectRequest, *, now: datetime) -> Iterator[bytes]:
    """The ZIP, piece by piece. Raises WrongState before the request is fulfilled, KeyDestroyed once it is forgotten."""
    files = contents(subject_request, now=now)
    return zip_stream((name, len(content), iter((content,))) for name, content in files.items())


def contents(subject_request: SubjectRequest, *, now: datetime) -> dict[str, bytes]:
    """Every file by its name, the manifest last."""
    if subject_request.type not in PROVED:
        name = subject_request.reference
        raise WrongState(
            f"{name} changes nothing in a database (its kind is {subject_request.type}), so there is nothing to prove. "
            f"verify_audit {name} --export DIR writes its audit log."
        )
    plan = erasure_approval.newest(subject_request)
    if subject_request.state != State.FULFILLED or plan is None:
        raise WrongState(f"{subject_request.reference} is {subject_request.state}: there is no proof to pack yet.")
    chain = anchors.statement_of(AuditStream.objects.get(subject_request=subject_request))
    issued = [each["facts"]["number"] for each in chain["entries"] if each["action"] == "letter.issued"]
    if not issued:
        raise WrongState(
            f"{subject_request.reference} was answered before the digests of plan, proof and letter were written into the audit "
            "log, so there is nothing that a pack could prove. verify_audit --export writes its chain alone."
        )
    files = {
        "chain.json": _json(chain),
        "plan.json": _json(evidence_forms.plan_form(plan)),
        "proof.json": _json(evidence_forms.proof_form(plan)),
        **dict(_letters(subject_request, issued[-1])),
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


def _letters(subject_request: SubjectRequest, last: int) -> Iterator[tuple[str, bytes]]:
    """The newest letter of those that the chain speaks of, and beside it the ones that it replaced."""
    for each in subject_request.issued_letters.filter(number__lte=last):
        yield ("letter.json" if each.number == last else f"letter-{each.number}.json"), _json(each.content)


def _json(content: object) -> bytes:
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, default=str).encode()
