"""Reads a policy profile from YAML and reports every mistake at once, each with its place and what was expected."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from dsr.policy.schema import Category, Complaints, Contacts, Profile

PROFILES = Path(__file__).parent / "profiles"
KNOWN = frozenset(
    [
        "shop",
        "name",
        "reference_prefix",
        "accent",
        "time_zone",
        "country",
        "locale",
        "contacts",
        "complaints",
        "respond_within",
        "rights",
        "searched_note",
        "categories",
        "record_retention_days",
        "package_days",
    ]
)
REQUIRED = ("shop", "name", "reference_prefix", "time_zone", "country", "categories")


class ProfileError(Exception):
    """Everything that is wrong with a profile; ``problems`` are sentences for people."""

    def __init__(self, name: str, problems: list[str]) -> None:
        super().__init__(f"{name}: " + "; ".join(problems))
        self.problems = problems


@lru_cache(maxsize=64)
def parse_profile(text: str, name: str = "profile") -> Profile:
    """The profile that ``text`` (YAML) describes. Raises ProfileError with every problem found."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ProfileError(name, [f"not valid YAML: {error}"]) from None
    if not isinstance(content, Mapping):
        raise ProfileError(name, ["the file must hold one mapping with the keys of a profile"])
    problems = _problems(content)
    if problems:
        raise ProfileError(name, problems)
    return _build(content)


def default_profile(shop: str, name: str) -> str:
    """The text of a plain profile for a shop that has published none yet."""
    content = yaml.safe_load((PROFILES / "default.yaml").read_text())
    prefix = re.sub(r"[^A-Z]", "", name.upper())[:2].ljust(2, "X")
    content |= {"shop": shop, "name": name, "reference_prefix": prefix}
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def _problems(content: Mapping[str, Any]) -> list[str]:
    found = [f"unknown key {key!r}" for key in content if key not in KNOWN]
    found += [f"{key} is missing" for key in REQUIRED if not content.get(key)]
    try:
        ZoneInfo(str(content.get("time_zone", "UTC")))
    except (ZoneInfoNotFoundError, ValueError):
        found.append(f"time_zone {content.get('time_zone')!r} is not a zone such as America/New_York")
    if not re.fullmatch(r"[A-Z0-9]{2,4}", str(content.get("reference_prefix", "XX"))):
        found.append("reference_prefix must be two to four capital letters or digits")
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", str(content.get("accent", "#334155"))):
        found.append("accent must be a colour such as #334155")
    months = (content.get("respond_within") or {}).get("months", 1)
    if not isinstance(months, int) or not 1 <= months <= 3:
        found.append("respond_within.months must be 1, 2 or 3")
    for number, category in enumerate(content.get("categories") or [], 1):
        for key in ("key", "title", "sentence"):
            if not isinstance(category, Mapping) or not category.get(key):
                found.append(f"categories[{number}].{key} is missing")
    return found


def _build(content: Mapping[str, Any]) -> Profile:
    contacts, complaints = content.get("contacts") or {}, content.get("complaints") or {}
    return Profile(
        shop=content["shop"],
        name=content["name"],
        reference_prefix=content["reference_prefix"],
        accent=content.get("accent", "#334155"),
        time_zone=content["time_zone"],
        country=content["country"],
        locale=content.get("locale", "en-US"),
        contacts=Contacts(
            emails=tuple(contacts.get("emails") or ()),
            phones=tuple(contacts.get("phones") or ()),
            phone_hours=contacts.get("phone_hours") or "",
            postal_address=tuple(contacts.get("postal_address") or ()),
            website=contacts.get("website") or "",
            policy_url=contacts.get("policy_url") or "",
        ),
        complaints=Complaints(body=complaints.get("body") or "", url=complaints.get("url") or ""),
        categories=tuple(_category(each) for each in content["categories"]),
        rights=dict(content.get("rights") or {"access": True}),
        respond_months=(content.get("respond_within") or {}).get("months", 1),
        record_retention_days=content.get("record_retention_days", 90),
        package_days=content.get("package_days", 14),
    )


def _category(content: Mapping[str, Any]) -> Category:
    return Category(
        key=content["key"],
        title=content["title"],
        sentence=content["sentence"],
        purpose=content.get("purpose") or "",
        recipients=tuple(content.get("recipients") or ()),
        record_classes=tuple(content.get("record_classes") or ()),
        data_categories=tuple(content.get("data_categories") or ()),
    )
