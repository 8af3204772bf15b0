"""Profiles, rules and records for the tests of decisions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import yaml

from dsr.policy.decide import RecordFacts
from dsr.policy.loader import default_profile, parse_profile
from dsr.policy.schema import Profile
from dsr.policy.terms import Basis, BlockerRule, Length, RetentionRule, Then

TAX = Basis("CA-d8", "26 CFR 1.6001-1")
PLAIN = parse_profile(default_profile("shop", "Shop"), "shop")
FIELDS = {
    "id": ("system.operations",),
    "total": ("user.financial",),
    "email": ("user.contact.email",),
    "gift_message": ("user.content.private",),
}


def promised(*rules: RetentionRule, **changes: Any) -> Profile:
    """A profile with these retention rules; ``changes`` replace its other fields."""
    return replace(PLAIN, retention=rules, **changes)


def keeping(years: int = 7, **changes: Any) -> RetentionRule:
    """Orders are kept ``years`` from ``ordered_on`` and then made anonymous."""
    rule = RetentionRule("orders", ("order",), Then.ANONYMISE, Length(years=years), ("ordered_on",), basis=TAX)
    return replace(rule, **changes)


def removing(**changes: Any) -> RetentionRule:
    """Orders go at once."""
    return replace(RetentionRule("gone", ("order",), Then.DELETE), **changes)


def order(ordered_on: date | None = date(2024, 5, 6), **changes: Any) -> RecordFacts:
    """An order of that day."""
    return replace(RecordFacts("order", "customer", {"ordered_on": ordered_on}, FIELDS), **changes)


def open_return(**changes: Any) -> BlockerRule:
    """Orders wait for an open return."""
    return replace(BlockerRule("return", "return", "closed_on", ("order", "return")), **changes)


def policy_with(*rules: dict[str, object], **changes: object) -> str:
    """The small shop's text with these retention rules instead of its own; ``changes`` replace its other keys."""
    content = yaml.safe_load(default_profile("small-shop", "Small Shop"))
    text: str = yaml.safe_dump(content | {"retention": list(rules)} | changes, sort_keys=False)
    return text
