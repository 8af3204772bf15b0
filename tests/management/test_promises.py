"""``promises``: the five shops' promises and whether each is kept."""

from __future__ import annotations

import json
from datetime import datetime
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.test import override_settings

from dsr.policy.loader import PROFILES
from dsr.policy.promise_page import page
from dsr.workflow import shops
from dsr.workflow.actors import COMMAND


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("promises", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_promises_when_one_shop_is_named_then_its_own_are_told_with_what_is_lacking() -> None:
    told = said("--shop", "cali-jewelz").splitlines()

    assert len(told) == 27
    assert told[3] == "CJ-04  works        What belongs to a past purchase is not deleted."
    assert told[0].startswith("CJ-01  not yet      Mails, mailings and calls can each be ended by writing. (An opt-out")
    assert told[26].startswith("26 promises: ")


def test_promises_when_asked_for_data_then_every_row_has_places_tests_and_state() -> None:
    told = json.loads(said("--json"))

    assert (told["promises"], len(told["rows"]), sum(told["totals"].values())) == (98, 98, 98)
    kept = next(row for row in told["rows"] if row["promise"] == "ML-18")
    assert (kept["shop"], kept["places"], kept["state"], kept["missing"]) == (
        "miniluxe",
        ["on_policy_change"],
        "works",
        "",
    )
    assert len(kept["tests"]) == 2


@pytest.mark.django_db
def test_promises_when_the_policy_in_force_no_longer_names_one_then_it_stands_nowhere_and_the_exit_code_is_1(
    now: datetime,
) -> None:
    content = yaml.safe_load((PROFILES / "world-jewels.yaml").read_text())
    del content["on_policy_change"]
    text = yaml.safe_dump(content)
    shops.add_shop(slug="world-jewels", name="World Jewels", profile_text=text, actor=COMMAND, now=now)
    out = StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("promises", "--shop", "world-jewels", stdout=out)

    assert ended.value.code == 1
    assert [line[:17].strip() for line in out.getvalue().splitlines() if "nowhere" in line[:20]] == ["WJ-11  nowhere"]


@pytest.mark.django_db
def test_promises_when_there_is_no_list_for_a_shop_then_it_names_those_there_are() -> None:
    with pytest.raises(
        CommandError, match="no list of promises for 'corner-shop'; there is one for timelux-boutique, "
    ):
        said("--shop", "corner-shop")


def test_promises_when_told_to_write_then_the_page_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()

    with override_settings(BASE_DIR=tmp_path):
        said("--write")

    assert (tmp_path / "docs" / "promises.md").read_text() == page()
