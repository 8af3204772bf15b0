"""Two who decide at the same moment: of two decisions about the same, one counts, and the other is told."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from dsr.models import Source, SubjectRequest
from dsr.workflow import corrections, erasure_approval
from dsr.workflow.actors import staff
from dsr.workflow.correction_places import CorrectionRefused
from dsr.workflow.corrections import Asked
from dsr.workflow.erasure_approval import PlanRefused
from tests.conftest import work_off
from tests.correcting.conftest import Kind, accept, carry_out, rows, wish

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"
MOST_LOOKS = 400


def test_wish_when_two_read_it_and_both_decide_then_the_second_is_told_and_the_first_is_written(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, "King"))
    stale = wanted.correction_items.get()
    accept(wanted, owner, now, 1, "customers", {"last_name": "King"})
    plan = erasure_approval.freeze(wanted, actor=staff(owner), now=now)

    with pytest.raises(CorrectionRefused, match="Somebody else decided about wish 1 meanwhile"):
        corrections.refuse(wanted, stale, ground="is_right", actor=staff(owner), now=now)

    erasure_approval.approve(
        wanted, fingerprint=plan.fingerprint, typed_reference=wanted.reference, actor=staff(owner), now=now
    )
    work_off(wanted)
    assert rows(url)["customers"][0][3] == "King"
    assert wanted.correction_items.get().state == "accepted"


def test_wish_when_decided_anew_then_what_was_frozen_before_is_outdated(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, "King"))
    accept(wanted, owner, now, 1, "customers", {"last_name": "King"})
    before = erasure_approval.freeze(wanted, actor=staff(owner), now=now).fingerprint

    accept(wanted, owner, now, 1, "customers", {"last_name": "Byron"})

    assert erasure_approval.freeze(wanted, actor=staff(owner), now=now).fingerprint != before
    carry_out(wanted, owner, now)
    assert rows(url)["customers"][0][3] == "Byron"


def test_refusal_when_its_words_are_changed_after_freezing_then_the_plan_cannot_be_approved_any_more(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, "King"), Asked(Kind.NAME, "Byron"))
    accept(wanted, owner, now, 1, "customers", {"last_name": "King"})

    def refuse(words: str) -> None:
        second = wanted.correction_items.get(number=2)
        corrections.refuse(wanted, second, ground="no_proof", reason=words, actor=staff(owner), now=now)

    refuse("We asked for a proof.")
    plan, before = erasure_approval.freeze(wanted, actor=staff(owner), now=now), rows(url)
    refuse("Words that nobody has approved.")

    with pytest.raises(PlanRefused, match="Plan 1 does not hold any more"):
        erasure_approval.approve(
            wanted, fingerprint=plan.fingerprint, typed_reference=wanted.reference, actor=staff(owner), now=now
        )
    plan.refresh_from_db()
    assert (plan.changes, rows(url)) == (["wish 2 was decided otherwise after it was frozen"], before)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("numbers", "why"),
    [
        ((1, 1), "Somebody else decided about wish 1 meanwhile. Look at it again."),
        ((1, 2), "says already what customers.last_name shall be, and it is something else."),
    ],
)
def test_decisions_when_both_are_under_way_then_one_counts(
    connected: Source, owner: User, now: datetime, numbers: tuple[int, int], why: str
) -> None:
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, "King"), Asked(Kind.NAME, "Byron"))

    def decide(number: int, name: str) -> str:
        try:
            accept(SubjectRequest.objects.get(pk=wanted.pk), owner, now, number, "customers", {"last_name": name})
        except CorrectionRefused as refused:
            return str(refused)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic(), connection.cursor() as cursor:
            SubjectRequest.objects.select_for_update().get(pk=wanted.pk)
            running = [pool.submit(decide, *each) for each in zip(numbers, ("King", "Byron"), strict=True)]
            waiting = 0
            for _ in range(MOST_LOOKS):
                cursor.execute(WAITING)
                waiting = cursor.fetchone()[0]
                if waiting == 2 or any(each.done() for each in running):
                    break
                time.sleep(0.05)
        told = sorted(each.result() for each in running)

    assert waiting == 2
    assert told[0] == ""
    assert why in told[1]
    assert len(corrections.wanted_of(wanted)) == 1
