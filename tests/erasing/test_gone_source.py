"""A source that is gone for good does not keep a run open for ever: a colleague takes it over, and what is done stays done."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from dsr.exports.check_audit import pack_faults
from dsr.lifecycle import State
from dsr.models import AuditEntry, Job, KeptRecord, PlanStep, Shop, SubjectRequest
from dsr.workflow import connections, erasure, erasure_approval, evidence, letters, plans
from dsr.workflow.actors import COMMAND, staff
from dsr.workflow.transitions import WrongState
from tests.conftest import work_off
from tests.erasing.conftest import approve, carry_out, rows, wish
from tests.erasing.test_order_of_sources import mailer, nicks  # noqa: F401  (a fixture)

STUBBORN = """
CREATE TRIGGER back AFTER DELETE ON prefs WHEN OLD.id < 100 BEGIN
    INSERT INTO prefs VALUES (OLD.id + 100, OLD.customer_id, OLD.nick); END;
CREATE TRIGGER again AFTER DELETE ON prefs WHEN OLD.id > 99 BEGIN
    INSERT INTO prefs VALUES (OLD.id + 100, OLD.customer_id, OLD.nick); END;
"""


def disconnect(shop: Shop, now: datetime) -> None:
    connections.disconnect_source(shop.sources.get(name="zmailer"), actor=COMMAND, now=now)


@pytest.fixture
def stuck(shop: Shop, mailer: Path, owner: User, now: datetime, url: str) -> SubjectRequest:  # noqa: F811
    """Ada's erasure, begun: the mailer puts back what is deleted, and the shop waits for it."""
    with sqlite3.connect(mailer) as connection:
        connection.executescript(STUBBORN)
    before = rows(url)
    asked = carry_out(wish(shop, owner, now), owner, now)
    assert (asked.state, rows(url), "Countess" in nicks(mailer)) == (State.FULFILLING, before, True)
    return asked


def step_of(asked: SubjectRequest, name: str = "zmailer") -> PlanStep:
    steps = PlanStep.objects.select_related("plan__subject_request", "source__shop")
    return steps.get(plan__subject_request=asked, source__name=name)


def go_on(asked: SubjectRequest, now: datetime) -> None:
    erasure.go_on(asked, now + timedelta(minutes=5))
    work_off(asked)


def test_run_when_a_source_is_gone_for_good_then_a_colleague_takes_it_over_and_the_rest_is_done_and_proved(
    stuck: SubjectRequest,
    mailer: Path,  # noqa: F811
    owner: User,
    now: datetime,
    url: str,
) -> None:
    disconnect(stuck.shop, now)
    mailer.unlink()
    go_on(stuck, now)
    assert (stuck.state, step_of(stuck).error_code) == (State.FULFILLING, "disconnected")
    assert "leave it to a colleague" in step_of(stuck).error_text

    erasure.hand_over(step_of(stuck), actor=staff(owner), now=now + timedelta(minutes=6))
    work_off(stuck)

    assert (stuck.state, step_of(stuck).state, step_of(stuck, "shop").state) == (State.FULFILLING, "by_hand", "proved")
    assert "ada@example.com" not in str(rows(url)["customers"]).lower()
    erasure.by_hand_done(step_of(stuck), actor=staff(owner), now=now + timedelta(minutes=7))
    work_off(stuck)

    assert stuck.state == State.FULFILLED
    letter = letters.letter_of(stuck, today=now.date())
    assert letter is not None
    assert letter.by_hand == ("Mailer",)
    assert sorted(set(KeptRecord.objects.values_list("source__name", "collection"))) == [
        ("shop", "gifts"), ("shop", "order_lines"), ("shop", "orders"),
    ]  # fmt: skip
    said = AuditEntry.objects.filter(stream__subject_request=stuck, action="erasure.handed_over")
    assert [(each.facts, each.actor) for each in said] == [({"source": "zmailer"}, f"staff:{owner.pk}")]
    assert list(pack_faults(evidence.contents(stuck, now=now))) == []


def test_step_when_its_source_is_connected_or_it_is_done_then_is_left_to_nobody(
    stuck: SubjectRequest, owner: User, now: datetime
) -> None:
    with pytest.raises(WrongState, match="Put right what its step says, and let the run go on"):
        erasure.hand_over(step_of(stuck), actor=staff(owner), now=now)

    disconnect(stuck.shop, now)
    job = Job.objects.filter(subject_request=stuck, kind="erase")
    job.update(state=Job.State.RUNNING)
    with pytest.raises(WrongState, match="under way at this moment"):
        erasure.hand_over(step_of(stuck), actor=staff(owner), now=now)
    assert step_of(stuck).state != "by_hand"

    job.update(state=Job.State.PARKED)
    erasure.hand_over(step_of(stuck), actor=staff(owner), now=now)
    with pytest.raises(WrongState, match="a colleague was asked already"):
        erasure.hand_over(step_of(stuck), actor=staff(owner), now=now)


def test_command_when_the_run_cannot_go_on_without_a_source_then_leaves_it_to_a_colleague_who_says_when_it_is_done(
    stuck: SubjectRequest, owner: User, now: datetime
) -> None:
    with pytest.raises(CommandError, match="zmailer is connected"):
        call_command("go_on_without", stuck.reference, "zmailer", "--as", "olga", stdout=StringIO())
    disconnect(stuck.shop, now)

    call_command("go_on_without", stuck.reference, "zmailer", "--as", "olga", stdout=StringIO())
    work_off(stuck)
    assert step_of(stuck, "shop").state == "proved"
    call_command("done_by_hand", stuck.reference, "zmailer", "--as", "olga", stdout=StringIO())
    work_off(stuck)

    assert stuck.state == State.FULFILLED
    with pytest.raises(CommandError, match="waits for nobody"):
        call_command("done_by_hand", stuck.reference, "zmailer", "--as", "olga", stdout=StringIO())


def test_plan_when_a_source_is_disconnected_after_it_answered_then_leaves_it_to_a_colleague_and_says_so(
    shop: Shop,
    mailer: Path,  # noqa: F811
    owner: User,
    now: datetime,
) -> None:
    asked = wish(shop, owner, now)
    assert plans.draw(asked, today=now.date()).by_hand == {}
    disconnect(shop, now)
    mailer.unlink()

    drawn = plans.draw(asked, today=now.date())
    assert (dict(drawn.by_hand), drawn.hindrances) == ({"zmailer": 1}, [])
    carry_out(asked, owner, now)

    assert (asked.state, step_of(asked).state, step_of(asked, "shop").state) == (State.FULFILLING, "by_hand", "proved")


def test_plan_when_a_source_is_disconnected_after_approval_then_is_shown_again_with_what_that_means(
    shop: Shop,
    mailer: Path,  # noqa: F811
    owner: User,
    now: datetime,
    url: str,
) -> None:
    asked, before = wish(shop, owner, now), rows(url)
    approve(asked, owner, now)
    disconnect(shop, now)

    work_off(asked)

    assert (asked.state, rows(url)) == (State.REVIEW, before)
    plan = erasure_approval.newest(asked)
    assert plan is not None
    assert plan.changes == ["zmailer was disconnected: 1 records there wait for a colleague"]
