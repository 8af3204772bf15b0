"""Answers between two pages of a form: in the visitor's session on our side, sealed, because they name a person."""

from __future__ import annotations

import base64
import json
from typing import Any

from django.http import HttpRequest

from dsr import crypto
from dsr.workflow import sealing

KEY = "answers"


def keep(request: HttpRequest, name: str, answers: dict[str, Any]) -> None:
    """Remember the answers under ``name``."""
    version, key = sealing.ring().latest("credentials")
    sealed = crypto.seal(key, json.dumps(answers).encode(), context=f"answers:{name}")
    request.session[f"{KEY}:{name}"] = [version, base64.b64encode(sealed).decode()]


def kept(request: HttpRequest, name: str) -> dict[str, Any]:
    """The remembered answers; empty when there are none."""
    held = request.session.get(f"{KEY}:{name}")
    if held is None:
        return {}
    key = sealing.ring().key("credentials", held[0])
    answers: dict[str, Any] = json.loads(crypto.unseal(key, base64.b64decode(held[1]), context=f"answers:{name}"))
    return answers


def forget(request: HttpRequest, name: str) -> None:
    """Drop the answers."""
    request.session.pop(f"{KEY}:{name}", None)
