"""The list of what the five shops published, what keeps each promise, and whether it is kept.

The list is ``promises.yaml``; where a promise stands is read from the shop's profile. A promise works when tests prove it and
nothing of it is lacking. That the tests exist is a test's business, because an installation has none.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from dsr.policy.loader import PROFILES, parse_profile
from dsr.policy.schema import Profile

FILE = Path(__file__).parent / "promises.yaml"
KEYS = {"id", "summary", "feature", "tests", "lacks"}

WORKS, NOT_YET, NOT_OFFERED, NOWHERE = "works", "not yet", "not offered", "nowhere"


class BadList(Exception):
    """The list of promises is not well written; the message says where."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise of one shop. ``feature`` is what keeps it, ``tests`` prove that, ``lacks`` says what is still missing."""

    id: str
    shop: str
    summary: str
    feature: str
    tests: tuple[str, ...] = ()
    lacks: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A promise beside its profile: the places that name it, or the reason why it is not offered."""

    promise: Promise
    places: tuple[str, ...]
    reason: str = ""

    @property
    def state(self) -> str:
        """One word: it works, not yet, it is not offered, or it stands nowhere in the profile."""
        if self.reason:
            return NOT_OFFERED
        if not self.places:
            return NOWHERE
        return WORKS if self.promise.tests and not self.promise.lacks else NOT_YET

    def content(self) -> dict[str, Any]:
        """For machines."""
        made = self.promise
        return {
            "promise": made.id,
            "shop": made.shop,
            "summary": made.summary,
            "feature": made.feature,
            "places": list(self.places),
            "tests": list(made.tests),
            "state": self.state,
            "missing": self.reason or made.lacks,
        }


@lru_cache(maxsize=1)
def known_promises() -> tuple[Promise, ...]:
    """All promises in the order of the list. Raises BadList."""
    return read_promises(FILE.read_text(encoding="utf-8"))


def read_promises(text: str) -> tuple[Promise, ...]:
    """The promises of a list in YAML: shops, and each shop's promises. Raises BadList."""
    content = yaml.safe_load(text)
    made = tuple(_promise(shop, each) for shop, promises in content.items() for each in promises)
    twice = [name for name, times in Counter(each.id for each in made).items() if times > 1]
    if twice:
        raise BadList(f"{', '.join(twice)} stands twice in the list of promises.")
    return made


def _promise(shop: str, each: dict[str, Any]) -> Promise:
    said = each.get("id", "a promise without an id")
    if not set(each) <= KEYS or not {"id", "summary", "feature"} <= set(each):
        raise BadList(f"{shop}: {said} needs id, summary and feature, may have tests and lacks, and nothing else.")
    if not each.get("tests") and not each.get("lacks"):
        raise BadList(f"{shop}: {said} names no test, so it must say what it lacks.")
    return Promise(
        each["id"], shop, each["summary"], each["feature"], tuple(each.get("tests", ())), each.get("lacks", "")
    )


def standings(profile: Profile, promises: Iterable[Promise] | None = None) -> tuple[Standing, ...]:
    """Each promise of the profile's shop, and where the profile names it."""
    reasons = {each.promise: each.reason for each in profile.not_offered}
    return tuple(
        Standing(
            each,
            tuple(dict.fromkeys(placed.place for placed in profile.placed if placed.promise == each.id)),
            reasons.get(each.id, ""),
        )
        for each in (known_promises() if promises is None else promises)
        if each.shop == profile.shop
    )


def unknown(profile: Profile) -> tuple[str, ...]:
    """Promises that the profile names and the list does not have for its shop."""
    listed = {each.id for each in known_promises() if each.shop == profile.shop}
    named = {placed.promise for placed in profile.placed} | {each.promise for each in profile.not_offered}
    return tuple(sorted(named - listed))


def published_profiles() -> tuple[Profile, ...]:
    """The shops' own profiles, in the order of the list."""
    shops = dict.fromkeys(each.shop for each in known_promises())
    return tuple(
        parse_profile((PROFILES / f"{shop}.yaml").read_text(encoding="utf-8"), f"{shop}.yaml") for shop in shops
    )


def as_json(standing: Iterable[Standing]) -> str:
    """All of it for machines, the totals first."""
    told = list(standing)
    states = Counter(each.state for each in told)
    totals = {state: states[state] for state in (WORKS, NOT_YET, NOT_OFFERED, NOWHERE)}
    content = {"promises": len(told), "totals": totals, "rows": [each.content() for each in told]}
    return json.dumps(content, indent=2, ensure_ascii=False)
