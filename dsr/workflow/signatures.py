"""Statements that this installation signs, so that who can rewrite its database still cannot forge them."""

from __future__ import annotations

import base64
import json
from typing import Any

from dsr import crypto
from dsr.workflow import sealing


def signed(statement: dict[str, Any]) -> dict[str, Any]:
    """The statement with the installation's public key and its signature over the canonical JSON."""
    _, seed = sealing.ring().latest("signing")
    public = base64.b64encode(crypto.public_key(seed)).decode()
    full = {**statement, "public_key": public}
    return {**full, "signature": base64.b64encode(crypto.sign(seed, canonical(full))).decode()}


def public_keys() -> dict[str, bytes]:
    """Every public key that this installation has signed with, by version, for what was signed before the newest was made."""
    return {version: crypto.public_key(seed) for version, seed in sealing.ring().all_versions("signing").items()}


def canonical(statement: dict[str, Any]) -> bytes:
    """The bytes that are signed: sorted keys, no spaces, UTF-8."""
    return json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
