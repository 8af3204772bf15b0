"""Answers between two pages of a form: in the visitor's session on our side, sealed, because they name a person.

They are sealed by the key of the month in which the session ends at the latest: that key is destroyed soon after, so that what
somebody typed and never sent can be read in no old dump of ours.
"""

from __future__ import annotations

import base64
import json
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from dsr import crypto
from dsr.keyring import KeyDestroyed
from dsr.workflow import sealing

KEY = "answers"


def keep(request: HttpRequest, name: str, answers: dict[str, Any]) -> None:
    """Remember the answers under ``name``."""
    ends_on = (timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE)).date()
    sealed = crypto.seal(sealing.ring().month_key(ends_on), json.dumps(answers).encode(), context=f"answers:{name}")
    request.session[f"{KEY}:{name}"] = [ends_on.isoformat(), base64.b64encode(sealed).decode()]


def kept(request: HttpRequest, name: str) -> dict[str, Any]:
    """The remembered answers; empty when there are none, or their month is over."""
    held = request.session.get(f"{KEY}:{name}")
    if held is None:
        return {}
    try:
        key = sealing.ring().month_key(date.fromisoformat(held[0]))
    except (KeyDestroyed, ValueError):  # The other one: a session that began before these were sealed by month.
        return {}
    answers: dict[str, Any] = json.loads(crypto.unseal(key, base64.b64decode(held[1]), context=f"answers:{name}"))
    return answers


def forget(request: HttpRequest, name: str) -> None:
    """Drop the answers."""
    request.session.pop(f"{KEY}:{name}", None)
