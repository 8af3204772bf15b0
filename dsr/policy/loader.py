"""Reads a policy profile from YAML and reports every mistake at once, each with its line and what was expected."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import yaml

from dsr.policy import sense
from dsr.policy.reading import ProfileReader
from dsr.policy.schema import Profile
from dsr.yaml_text import Node, Problem

PROFILES = Path(__file__).parent / "profiles"
LONGEST_TEXT = 1_000_000
"""Characters; the longest profile that somebody wrote by hand has a fiftieth of that."""


class ProfileError(Exception):
    """Everything that is wrong with a profile; ``problems`` are sentences for people with file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@lru_cache(maxsize=64)
def parse_profile(text: str, file: str = "profile") -> Profile:
    """The profile that ``text`` (YAML) describes. Raises ProfileError with every problem found."""
    profile, problems = read_profile(text, file)
    if profile is None or problems:
        raise ProfileError(problems)
    return profile


def read_profile(text: str, file: str) -> tuple[Profile | None, tuple[Problem, ...]]:
    """The profile as far as it can be read, and every problem in the order of its lines; None when nothing can be read."""
    reader = ProfileReader(file)
    if len(text) > LONGEST_TEXT:
        reader.complain(None, "", f"the file is too long: {len(text)} characters", f"at most {LONGEST_TEXT}")
        return None, tuple(reader.problems)
    root = reader.root(text)
    profile = _profile(reader, root) if root else None
    if profile:
        sense.check(profile, reader)
    return profile, tuple(sorted(reader.problems, key=lambda problem: problem.line or 0))


def _profile(reader: ProfileReader, root: Node) -> Profile | None:
    profile = reader.fill(Profile, root)
    return replace(profile, placed=tuple(reader.placed)) if profile else None


def default_profile(shop: str, name: str) -> str:
    """The text of a plain profile for a shop that has published none yet."""
    content = yaml.safe_load((PROFILES / "default.yaml").read_text())
    prefix = re.sub(r"[^A-Z]", "", name.upper())[:2].ljust(2, "X")
    content |= {"shop": shop, "name": name, "reference_prefix": prefix}
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
