"""Counting the records on the publishing page: only when asked, for nobody's eyes but the owner's, and never for ever."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from django.test import Client

from dsr.models import Shop, Source, SourceCheck
from dsr.policy.outcome_change import Change, How
from dsr.policy.simulation import Broken, Report, Tally
from dsr.staff import what_if
from dsr.workflow import sealing
from dsr.workflow.simulation import Simulated
from tests.staff.conftest import text
from tests.staff.test_publish import BERLIN, PATH, TEXT, numbers

COUNTED = "as if everybody asked for erasure today: 13 records of 2 people. Nothing was written."
LONGER = Change("order", "keep", "keep", How.LONGER, "tax", "tax", "7 years", "10 years", ("CJ-04",))
WHY = ("records of the class order: kept longer",)
FOUND = Simulated(
    3, True, ("shop",), ("card index",),
    Report(50, 2_000, 1_234, 40, (Tally(LONGER, 1_234, 40),), (Broken("CJ-04", 1_234, 40, WHY, ("We keep orders.",)),), ("",)),
)  # fmt: skip


def test_what_if_when_nobody_asks_then_nothing_is_counted(boss: Client, source: Source) -> None:
    page = text(boss.post(PATH, {"text": BERLIN}))
    assert "lays this draft over everybody" in page
    assert COUNTED not in page


def test_what_if_when_asked_then_says_what_would_change_and_publishes_nothing(boss: Client, source: Source) -> None:
    page = text(boss.post(PATH, {"text": BERLIN, "count": "1"}))
    assert COUNTED in page
    assert "Every record in shop was judged by version 1 and by this draft" in page
    assert "No promise would break." in page
    assert numbers(source.shop) == [1]
    assert "ada@example.com" not in page.lower()


def test_what_if_when_the_draft_is_the_version_in_force_then_there_is_nothing_to_count(
    boss: Client, source: Source
) -> None:
    page = text(boss.post(PATH, {"text": TEXT, "count": "1"}))
    assert 'name="count"' not in page
    assert COUNTED not in page


def test_what_if_when_a_database_does_not_answer_then_says_so_and_names_the_command(
    boss: Client, source: Source
) -> None:
    nowhere = sealing.seal_credential("postgresql://nobody@127.0.0.1:1/nowhere", owner=str(source))
    Source.objects.filter(pk=source.pk).update(sealed_url=nowhere)
    page = text(boss.post(PATH, {"text": BERLIN, "count": "1"}))
    assert "The command gives the databases more time:" in page
    assert "manage.py simulate_policy small-shop --profile draft.yaml" in page
    assert COUNTED not in page


def test_what_if_when_it_takes_too_long_then_the_command_is_named(
    boss: Client, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(what_if, "PATIENCE_SECONDS", 0.0)
    page = text(boss.post(PATH, {"text": BERLIN, "count": "1"}))
    assert "There are more people than can be judged while you wait." in page
    assert SourceCheck.objects.count() == 0


def test_what_if_when_there_are_changes_then_each_has_its_row_and_each_promise_its_reason(shop: Shop) -> None:
    page = render_to_string("staff/parts/what_if.html", {"shop": shop, **what_if.shown(FOUND)})
    assert "CJ-04 breaks in 1,234 records of 40 people: records of the class order: kept longer." in page
    assert "Customers read: We keep orders." in page
    assert "<td>kept (tax, 7 years)</td><td>kept (tax, 10 years)</td><td>stays longer</td>" in page
    assert "Not counted, because a person is asked: card index." in page
    assert "older records are spared" in page
    assert "<li>(no class)</li>" in page
