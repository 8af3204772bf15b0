"""The rules of sense for a profile: what is well written and still cannot be meant."""

from __future__ import annotations

import re
from collections.abc import Callable
from zoneinfo import available_timezones

import phonenumbers

from dsr.policy.reading import ProfileReader
from dsr.policy.schema import Profile
from dsr.yaml_text import nearest

PREFIX = re.compile(r"[A-Z0-9]{2,4}")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def check(profile: Profile, reader: ProfileReader) -> None:
    """Complain to ``reader`` of everything in the profile that cannot be meant."""
    for rule in RULES:
        rule(profile, reader)


def _identity(profile: Profile, reader: ProfileReader) -> None:
    """What the shop is called and where it is."""
    if profile.reference_prefix and not PREFIX.fullmatch(profile.reference_prefix):
        message = f"'{profile.reference_prefix}' cannot begin a reference"
        complain(reader, "reference_prefix", message, "two to four capital letters or digits")
    if not COLOUR.fullmatch(profile.accent):
        complain(reader, "accent", f"'{profile.accent}' is no colour", "a colour such as #334155")
    if profile.time_zone and profile.time_zone not in available_timezones():
        close = nearest(profile.time_zone, available_timezones())
        complain(reader, "time_zone", f"unknown time zone '{profile.time_zone}'{close}", "such as Europe/Paris")
    if profile.country and profile.country not in phonenumbers.SUPPORTED_REGIONS:
        message = f"unknown country '{profile.country}'{nearest(profile.country, phonenumbers.SUPPORTED_REGIONS)}"
        complain(reader, "country", message, "two capital letters (ISO 3166) such as US")


def _spans(profile: Profile, reader: ProfileReader) -> None:
    """Days for which something of ours is kept."""
    for key, days in (("record_retention_days", profile.record_retention_days), ("package_days", profile.package_days)):
        if days < 1:
            complain(reader, key, f"{days} days is no time", "a whole number of days above 0")


def _twins(profile: Profile, reader: ProfileReader) -> None:
    """Two items of one name."""
    for place in ("categories", "subject_classes", "message_classes", "message_channels", "recipients", "retention",
                  "blockers", "backups", "statements"):  # fmt: skip
        first: dict[str, int | None] = {}
        for item in getattr(profile, place):
            line = getattr(item, "line", None)
            if item.key in first:
                message = f"'{item.key}' stands twice in {place}; first in line {first[item.key]}"
                reader.complain(line, f"{place}.{item.key}", message, "another key")
            elif item.key:
                first[item.key] = line


RULES: tuple[Callable[[Profile, ProfileReader], None], ...] = (_identity, _spans, _twins)


def complain(reader: ProfileReader, place: str, message: str, expected: str) -> None:
    """A problem at a place of the file, with the line of its key."""
    reader.complain(reader.lines.get(place), place, message, expected)
