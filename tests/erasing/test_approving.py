"""What is approved is what is run and what the letter says: nothing that was decided otherwise after the freezing gets in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User

from dsr.lifecycle import State
from dsr.models import AuditEntry, ErasurePlan, OutcomeChange, Source, SubjectRequest
from dsr.records import Action
from dsr.workflow import erasure_approval, erasure_plans, letters, sealing
from dsr.workflow.actors import staff
from dsr.workflow.erasure_approval import PlanRefused
from dsr.workflow.transitions import WrongState
from tests.conftest import work_off
from tests.erasing.at_once import on_a_connection_of_its_own, until_somebody_waits
from tests.erasing.conftest import approve, rows

FIRST, OTHER = "We owe you a voucher until May.", "Words that nobody has approved."


def decide(wanted: SubjectRequest, source: Source, owner: User, now: datetime, **otherwise: Any) -> None:
    """A colleague keeps the newsletter until May, and says why."""
    said: dict[str, Any] = {"action": Action.KEEP, "until": date(2027, 5, 1), "reason": FIRST} | otherwise
    erasure_approval.change_outcome(wanted, source=source, collection="newsletter", actor=staff(owner), now=now, **said)


def told(wanted: SubjectRequest) -> set[str]:
    """What the letter says of the newsletter."""
    letter = letters.letter_of(wanted, today=date(2026, 1, 6))
    assert letter is not None
    return {line.sentence for block in letter.blocks for line in block.lines if line.title == "Newsletter"}


def refused(wanted: SubjectRequest, plan: ErasurePlan, owner: User, now: datetime) -> str:
    """Why the plan cannot be approved."""
    with pytest.raises(PlanRefused) as caught:
        erasure_approval.approve(
            wanted, fingerprint=plan.fingerprint, typed_reference=wanted.reference, actor=staff(owner), now=now
        )
    return str(caught.value)


@pytest.mark.parametrize(
    "otherwise", [{"reason": OTHER}, {"until": date(2027, 6, 1)}, {"action": Action.DELETE, "until": None}]
)
def test_plan_when_its_outcome_or_reason_is_changed_after_freezing_then_is_outdated_and_only_the_new_one_is_run(
    wanted: SubjectRequest, connected: Source, owner: User, now: datetime, url: str, otherwise: dict[str, Any]
) -> None:
    decide(wanted, connected, owner, now)
    plan = erasure_approval.freeze(wanted, actor=staff(owner), now=now)
    before = rows(url)

    decide(wanted, connected, owner, now, **otherwise)

    assert "Plan 1 does not hold any more (newsletter: somebody decided otherwise after it was frozen)" in refused(
        wanted, plan, owner, now
    )
    plan.refresh_from_db()
    assert (plan.state, wanted.state, rows(url)) == (ErasurePlan.State.OUTDATED, State.REVIEW, before)
    assert plan.changes == ["newsletter: somebody decided otherwise after it was frozen"]
    again = erasure_approval.freeze(wanted, actor=staff(owner), now=now)
    assert again.fingerprint != plan.fingerprint
    approve(wanted, owner, now)
    work_off(wanted)
    assert wanted.state == State.FULFILLED
    assert told(wanted) == {otherwise.get("reason", FIRST)}


def test_plan_when_a_decision_is_taken_back_after_freezing_then_is_outdated(
    wanted: SubjectRequest, connected: Source, owner: User, now: datetime
) -> None:
    decide(wanted, connected, owner, now)
    plan = erasure_approval.freeze(wanted, actor=staff(owner), now=now)

    erasure_approval.follow_the_rule_again(OutcomeChange.objects.get(), actor=staff(owner), now=now)

    assert "Plan 1 does not hold any more (newsletter: somebody decided otherwise after it was frozen)" in refused(
        wanted, plan, owner, now
    )


def test_reason_when_it_reads_otherwise_at_the_run_then_nothing_is_done_and_the_plan_is_shown_again(
    wanted: SubjectRequest, connected: Source, owner: User, now: datetime, url: str
) -> None:
    decide(wanted, connected, owner, now)
    approve(wanted, owner, now)
    before = rows(url)
    # Past every door: as a hand in our database would.
    sealed = sealing.seal_for(wanted, OTHER.encode(), purpose=erasure_plans.REASON)
    OutcomeChange.objects.update(sealed_reason=sealed)

    work_off(wanted)

    plan = erasure_approval.newest(wanted)
    assert plan is not None
    assert (wanted.state, plan.state, rows(url)) == (State.REVIEW, ErasurePlan.State.OUTDATED, before)
    assert plan.changes == [
        "newsletter: keep (staff-decision): the reason that the person is told is another one than was approved"
    ]


def test_reason_when_it_is_the_same_then_so_is_the_fingerprint_which_does_not_tell_it(
    wanted: SubjectRequest, connected: Source, owner: User, now: datetime
) -> None:
    decide(wanted, connected, owner, now)
    first = erasure_approval.freeze(wanted, actor=staff(owner), now=now)
    again = erasure_approval.freeze(wanted, actor=staff(owner), now=now + timedelta(minutes=1))

    assert first.fingerprint == again.fingerprint
    assert FIRST not in str(first.outcomes)
    approve(wanted, owner, now)
    work_off(wanted)
    assert (wanted.state, told(wanted)) == (State.FULFILLED, {FIRST})


@pytest.mark.django_db(transaction=True)
def test_freezing_when_somebody_decides_while_the_sources_are_looked_at_then_freezes_nothing(
    wanted: SubjectRequest, connected: Source, owner: User, now: datetime, url: str
) -> None:
    decide(wanted, connected, owner, now)
    with psycopg.connect(url) as lock, ThreadPoolExecutor(1) as colleague:
        lock.execute("LOCK TABLE newsletter IN ACCESS EXCLUSIVE MODE")
        freezing = colleague.submit(
            on_a_connection_of_its_own, erasure_approval.freeze, wanted, actor=staff(owner), now=now
        )
        until_somebody_waits(url)
        decide(wanted, connected, owner, now, reason=OTHER)
        lock.rollback()

        with pytest.raises(WrongState, match="decided otherwise"):
            freezing.result()

    assert not ErasurePlan.objects.exists()
    assert not AuditEntry.objects.filter(action="plan.frozen").exists()
