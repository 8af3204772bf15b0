"""``simulate_policy``: what is told, and what is never told."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from dsr.management.commands.simulate_policy import content, lines
from dsr.models import Shop, Source
from dsr.policy.outcome_change import Change, How
from dsr.policy.simulation import Broken, Report, Tally
from dsr.workflow.simulation import Simulated

CHANGES = (
    Tally(Change("order", "keep", "keep", How.LONGER, "tax", "tax", "7 years", "10 years", ("CJ-04",)), 12_345, 4_000),
    Tally(Change("repair", "deactivate", "delete", How.SHORTER, "repairs", "gone", "2 years", "", ()), 3, 2),
    Tally(Change("", "keep", "no_rule", How.RULE_LOST, "notes", "", "", "", ()), 1, 1),
)
BROKEN = (
    Broken("CJ-04", 12_345, 4_000, ("records of the class order: kept longer",), ("We keep orders until ….",)),
    Broken("CJ-09", 0, 0, ("the rule notes named it, and nothing in the draft does",), ()),
)
FOUND = Simulated(
    3, True, ("crm", "shop"), ("card index",), Report(5_000, 20_000, 12_349, 4_002, CHANGES, BROKEN, ("",))
)
NOTHING = Simulated(1, False, (), (), Report(0, 0, 0, 0, (), (), ()))


@pytest.fixture
def draft(shop: Shop, tmp_path: Path) -> Path:
    """A file with what the shop promises already."""
    file = tmp_path / "draft.yaml"
    file.write_text(shop.policy_versions.get().text)
    return file


class Terminal(StringIO):
    """Something that a person watches."""

    def isatty(self) -> bool:
        return True


def run(*arguments: object) -> tuple[str, str]:
    out, told = StringIO(), StringIO()
    call_command("simulate_policy", *map(str, arguments), stdout=out, stderr=told)
    return out.getvalue(), told.getvalue()


def test_simulate_when_there_are_changes_then_tells_each_in_words() -> None:
    assert lines(FOUND) == [
        "20,000 records of 5,000 people in crm, shop.",
        "Another outcome than by version 3: 12,349 records of 4,002 people.",
        "The shop promised that changes concern only what is collected after them; older records are spared.",
        "  order: kept (tax, 7 years) → kept (tax, 10 years), stays longer: 12,345 records of 4,000 people",
        "  repair: kept locked away (repairs, 2 years) → deleted (gone), goes sooner: 3 records of 2 people",
        "  (no class): kept (notes) → no rule, no rule any more: 1 record of 1 person",
        "CJ-04 breaks in 12,345 records of 4,000 people: records of the class order: kept longer.",
        "      Customers read: We keep orders until ….",
        "CJ-09 breaks in the text alone: the rule notes named it, and nothing in the draft does.",
        "The draft has no retention rule for: (no class).",
        "Not counted, because a person is asked: card index.",
    ]


def test_simulate_when_nothing_changes_then_says_so() -> None:
    assert lines(NOTHING) == [
        "0 records of 0 people in no source.",
        "Another outcome than by version 1: 0 records of 0 people.",
        "No promise breaks.",
    ]


def test_simulate_when_json_then_names_everything() -> None:
    told = json.loads(json.dumps(content("small-shop", date(2026, 11, 23), FOUND)))
    assert (told["shop"], told["today"], told["version_in_force"]) == ("small-shop", "2026-11-23", 3)
    assert told["changes"][0] == {
        "record_class": "order", "before": "keep", "after": "keep", "how": "kept_longer", "rule_before": "tax",
        "rule_after": "tax", "period_before": "7 years", "period_after": "10 years", "promises": ["CJ-04"],
        "records": 12_345, "people": 4_000,
    }  # fmt: skip
    assert told["broken_promises"][0] == {
        "promise": "CJ-04", "records": 12_345, "people": 4_000,
        "reasons": ["records of the class order: kept longer"], "sentences": ["We keep orders until ….",],
    }  # fmt: skip
    assert (told["record_classes_without_rule"], told["not_counted"]) == ([""], ["card index"])


def test_simulate_when_run_then_tells_progress_apart_and_names_nobody(source: Source, draft: Path) -> None:
    out, told = run("small-shop", "--profile", draft, "--json")
    assert (json.loads(out)["people"], json.loads(out)["records"]) == (2, 13)
    assert [line.strip() for line in told.splitlines()] == [
        "asking the shop's databases",
        "judged 13 records of 2 people",
    ]
    assert "ada@example.com" not in (out + told).lower()


def test_simulate_when_the_terminal_is_watched_then_one_line_changes(source: Source, draft: Path) -> None:
    terminal = Terminal()
    arguments = ("small-shop", "--profile", str(draft), "--today", "2027-01-31")
    call_command("simulate_policy", *arguments, stdout=StringIO(), stderr=terminal)
    assert [line.strip() for line in terminal.getvalue().split("\r")] == [
        "asking the shop's databases",
        "judged 13 records of 2 people",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [(b"shop: [", "not valid YAML"), (b"shop: x", "'name' is missing"), (b"\xff\xfe\x00", "not a text in UTF-8")],
)
def test_simulate_when_the_draft_cannot_be_read_then_says_why(
    source: Source, draft: Path, text: bytes, message: str
) -> None:
    draft.write_bytes(text)
    with pytest.raises(CommandError, match=message):
        run("small-shop", "--profile", draft)


def test_simulate_when_the_file_or_the_shop_is_missing_then_says_so(draft: Path) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.yaml cannot be read: No such file"):
        run("small-shop", "--profile", draft.parent / "nowhere.yaml")
    with pytest.raises(CommandError, match="no-shop"):
        run("no-shop", "--profile", draft)
