"""What the policy pages show beside the policy itself: warnings, differences, the text line by line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.contrib.auth.models import User

from dsr.models import PolicyVersion, Shop
from dsr.policy.lint import Finding
from dsr.policy.schema import Profile
from dsr.policy.weight import Weight
from dsr.web.policy_changes import changes
from dsr.web.standing import Standing, standing_of
from dsr.workflow import policy_lint, shops


@dataclass(frozen=True, slots=True)
class Row:
    """One version in the list."""

    version: PolicyVersion
    who: str
    standing: Standing


def rows(shop: Shop, now: datetime) -> list[Row]:
    """Every version of a shop's policy, newest first."""
    versions = list(shop.policy_versions.select_related("shop").order_by("-number"))
    names = who(versions)
    return [Row(each, names[each.published_by], standing_of(each, now)) for each in versions]


def who(versions: Iterable[PolicyVersion]) -> dict[str, str]:
    """Whoever published them, by the word of the audit log: a user name, or what stands for one."""
    return names_of({each.published_by for each in versions})


def names_of(words: set[str]) -> dict[str, str]:
    """Of each word of the audit log for somebody: a user name, or what stands for one."""
    numbers = {int(number) for word in words if (number := word.partition(":")[2])}
    names = {str(person.pk): person.get_username() for person in User.objects.filter(pk__in=numbers)}
    return {word: _named(word, names) for word in words}


def _named(word: str, names: Mapping[str, str]) -> str:
    kind, _, number = word.partition(":")
    if not number:
        return f"a {kind}"
    return names.get(number, f"staff member {number}") + (", by command" if kind == "command" else "")


def warnings(profile: Profile, shop: Shop) -> list[Finding]:
    """What a careful reader of the policy would mend, who knows what the shop's sources hold."""
    return list(policy_lint.findings_of(profile, shop))


def difference(before: PolicyVersion, after: PolicyVersion) -> dict[str, Any]:
    """In plain words, and the texts line by line."""
    changes = difference_of(shops.profile_in(before), shops.profile_in(after))
    return {**changes, "unified": unified(before.text, after.text)}


def difference_of(before: Profile, after: Profile) -> dict[str, Any]:
    """What the later profile promises differently, by headings, and how much of it takes something away."""
    found = changes(before, after)
    chapters = [(title, list(group)) for title, group in groupby(found, key=lambda each: each.chapter)]
    return {"changes": chapters, "less": sum(each.weight is Weight.LESS for each in found)}


def unified(before: str, after: str) -> str:
    """The two texts as a difference of lines; empty when they are alike."""
    return "\n".join(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2))
