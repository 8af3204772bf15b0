"""Shops that promise something particular: the plain profile with some of its headings replaced."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import yaml

from dsr.models import PolicyVersion, Shop
from dsr.workflow import policies
from dsr.workflow.actors import COMMAND


def promise(shop: Shop, now: datetime, **headings: Any) -> PolicyVersion:
    """Let the shop promise this from now on; ``None`` takes a heading away."""
    content = yaml.safe_load(policies.in_force(shop, now).text) | headings
    text = yaml.safe_dump({key: said for key, said in content.items() if said is not None}, sort_keys=False)
    return policies.publish(shop, profile_text=text, actor=COMMAND, now=now)
