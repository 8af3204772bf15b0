"""The page about writing a policy: its blocks are one profile that can be published as it stands."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from dsr.policy.decide import RecordFacts, decide
from dsr.policy.lint import lint
from dsr.policy.loader import parse_profile
from dsr.policy.terms import RetentionRule
from tests.policy.test_json_schema import said_of

PAGE = (Path(__file__).parent.parent.parent / "docs" / "writing_a_policy.md").read_text(encoding="utf-8")
WRITTEN = "".join(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))


def test_blocks_of_the_page_then_are_a_profile_without_a_mistake() -> None:
    profile = parse_profile(WRITTEN, "writing_a_policy.md")

    assert profile.name == "Corner Gems"
    assert [str(each) for each in lint(profile, ())] == []
    assert said_of(WRITTEN) == []


def test_every_class_of_the_page_then_has_its_rule() -> None:
    profile = parse_profile(WRITTEN, "writing_a_policy.md")
    classes = {name for category in profile.categories for name in category.record_classes}
    today = profile.revision.revised_on
    assert today is not None

    for name in classes:
        decide(profile, RecordFacts(name), today=today)
    assert "order" in classes


def test_table_of_a_rule_then_has_every_key_that_is_not_plain() -> None:
    table = PAGE[PAGE.index("| key | means |") : PAGE.index("Of several rules")]
    keys = re.findall(r"^\| `(\w+)`", table, re.MULTILINE)
    plain = {"key", "record_classes", "promises", "line"}

    assert set(keys) == {each.name for each in fields(RetentionRule)} - plain


def test_sentences_of_the_lint_that_the_page_quotes_then_are_its_own() -> None:
    source = (Path(__file__).parent.parent.parent / "dsr" / "policy" / "lint.py").read_text(encoding="utf-8")
    quoted = re.findall(r"^\| \*(.+?)\* \|", PAGE, re.MULTILINE)

    assert len(quoted) == 7
    for sentence in quoted:
        for part in sentence.split("…"):
            assert part.strip(" ,") in source
