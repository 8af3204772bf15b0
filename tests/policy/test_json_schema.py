"""The form that editors check is the form that the loader reads."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from dsr.policy.json_schema import json_schema
from dsr.policy.loader import PROFILES
from tests.policy.test_loader import PLAIN, WHOLE

ROOT = Path(__file__).parent.parent.parent
PUBLISHED = ROOT / "docs" / "policy.schema.json"
VALIDATOR = Draft202012Validator(json_schema())


def said_of(text: str) -> list[str]:
    """Where an editor would underline something, in the order of the file's places."""
    found = VALIDATOR.iter_errors(as_an_editor_reads(yaml.safe_load(text)))
    return sorted(".".join(map(str, each.absolute_path)) for each in found)


def as_an_editor_reads(value: Any) -> Any:
    """Days are text to an editor."""
    if isinstance(value, dict):
        return {key: as_an_editor_reads(each) for key, each in value.items()}
    if isinstance(value, list):
        return [as_an_editor_reads(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def test_published_schema_when_read_then_is_what_the_code_makes() -> None:
    Draft202012Validator.check_schema(json_schema())
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == json_schema(), (
        "Write it anew: manage.py lint_policy --schema > docs/policy.schema.json"
    )


@pytest.mark.parametrize("file", sorted(PROFILES.glob("*.yaml")), ids=lambda file: file.stem)
def test_profile_that_we_ship_then_fits_and_names_the_schema(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    first = text.splitlines()[0]

    assert said_of(text) == []
    assert (file.parent / first.removeprefix("# yaml-language-server: $schema=")).resolve() == PUBLISHED


@pytest.mark.parametrize("text", [PLAIN, WHOLE])
def test_profile_that_the_loader_takes_then_fits(text: str) -> None:
    assert said_of(text) == []


MISTAKES = [
    ("rights: {acess: {}}", ["rights"]),
    ("rights: {access: {channels: [fax]}}", ["rights.access.channels.0"]),
    ("rights: {access: {code: access}}", ["rights.access"]),
    ("regimes: [us_cal]", ["regimes.0"]),
    ("promised: {respond: {count: 1}}", ["promised.respond"]),
    ("promised: {respond: {count: -1, unit: month}}", ["promised.respond"]),
    ("retention: [{key: a, record_classes: order, then: delete}]", ["retention.0.record_classes"]),
    ("retention: [{key: a, record_classes: [order]}]", ["retention.0"]),
    ("retention: [{key: a, record_classes: [order], then: delete, promises: [cj4]}]", ["retention.0.promises.0"]),
    ("age: {under: thirteen}", ["age"]),
    ("package_days: true", ["package_days"]),
    ("line: 3", [""]),
    ("placed: []", [""]),
]


@pytest.mark.parametrize(("text", "places"), MISTAKES)
def test_mistake_when_typed_then_is_underlined_where_it_stands(text: str, places: list[str]) -> None:
    assert said_of(PLAIN + text) == places


def test_profile_with_twenty_mistakes_then_does_not_fit() -> None:
    assert said_of((Path(__file__).parent / "twenty_mistakes.yaml").read_text(encoding="utf-8")) != []
