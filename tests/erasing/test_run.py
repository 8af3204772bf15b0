"""A run: what the plan says is done, nothing else, and the proof is what was found afterwards."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.contrib.auth.models import User

from dsr.lifecycle import State
from dsr.models import AuditEntry, ErasurePlan, KeptRecord, PlanStep, Shop, SubjectRequest
from dsr.records import Action
from dsr.workflow import erasure_approval, ledgers, letters
from dsr.workflow.actors import staff
from dsr.workflow.erasure_approval import PlanRefused
from tests.erasing.conftest import SMALL_SHOP, carry_out, connect_for_writing, rows, wish


def test_erasure_when_approved_then_does_what_the_plan_says_and_leaves_everybody_else_alone(
    wanted: SubjectRequest, owner: User, now: datetime, url: str
) -> None:
    before = rows(url)

    carry_out(wanted, owner, now)

    after = rows(url)
    assert wanted.state == State.FULFILLED
    # Ada's account and newsletter are gone; her orders stay without her account and without how to reach her.
    assert after["customers"] == [row for row in before["customers"] if row[0] == 2]
    assert after["newsletter"] == [row for row in before["newsletter"] if row[0] == "bela@example.org"]
    assert [(row[0], row[1], row[2], row[3], row[4]) for row in after["orders"]] == [
        (10, None, None, *before["orders"][0][3:5]),
        (11, None, None, *before["orders"][1][3:5]),
        before["orders"][2][:5],
    ]
    assert (after["order_lines"], after["gifts"]) == (before["order_lines"], before["gifts"])


def test_erasure_when_done_then_is_proved_kept_with_day_and_rule_and_written_down(
    wanted: SubjectRequest, owner: User, now: datetime
) -> None:
    carry_out(wanted, owner, now)

    plan = erasure_approval.newest(wanted)
    assert plan is not None
    assert plan.state == ErasurePlan.State.PROVED
    step = plan.steps.get()
    assert step.state == PlanStep.State.PROVED
    assert (step.proof["gone"], step.proof["new"]) == (0, 0)
    assert sorted((each.collection, each.until, each.rule) for each in KeptRecord.objects.all()) == [
        ("gifts", None, "shared-record"),
        ("gifts", None, "shared-record"),
        ("order_lines", date(2027, 2, 1), "purchases"),
        ("order_lines", date(2027, 2, 1), "purchases"),
        ("order_lines", date(2033, 11, 1), "purchases"),
        ("orders", date(2027, 2, 1), "purchases"),
        ("orders", date(2033, 11, 1), "purchases"),
    ]
    kinds = [entry.body.split(b'"kind":"')[1].split(b'"')[0] for entry in ledgers.ledger().entries()][-3:]
    assert kinds == [b"intent", b"outcome", b"suppression"]
    said = list(AuditEntry.objects.filter(stream__subject_request=wanted).values_list("action", flat=True))
    assert said[said.index("plan.frozen") :] == [
        "plan.frozen", "plan.approved", "erasure.started", "erasure.written_down", "erasure.applied", "erasure.proved",
        "letter.issued", "request.fulfilled", "notice.made", "notice.sent",
    ]  # fmt: skip


def test_record_when_staff_take_it_out_of_use_then_stays_so_until_its_day_and_the_letter_says_it(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    overlay = (SMALL_SHOP / "shop.dsr.yaml").read_text().replace(
        "newsletter: {record_class: newsletter_subscription,",
        "newsletter: {deactivate: {subscribed: false}, record_class: newsletter_subscription,",
    )  # fmt: skip
    source = connect_for_writing(shop, url, now, overlay_text=overlay)
    wanted = wish(shop, owner, now)
    said = {"source": source, "action": Action.DEACTIVATE, "reason": "We owe you a voucher.", "actor": staff(owner)}
    assert ("ada@example.com", True) in [row[:2] for row in rows(url)["newsletter"]]

    with pytest.raises(PlanRefused, match="says nowhere how a record of customers is taken out of use"):
        erasure_approval.change_outcome(wanted, collection="customers", until=date(2027, 5, 1), now=now, **said)
    with pytest.raises(PlanRefused, match="Nothing is kept without an end"):
        erasure_approval.change_outcome(wanted, collection="newsletter", now=now, **said)
    erasure_approval.change_outcome(wanted, collection="newsletter", until=date(2027, 5, 1), now=now, **said)
    carry_out(wanted, owner, now)

    assert wanted.state == State.FULFILLED
    assert ("ada@example.com", False) in [row[:2] for row in rows(url)["newsletter"]]
    kept = KeptRecord.objects.get(collection="newsletter")
    assert (kept.action, kept.until) == ("deactivate", date(2027, 5, 1))
    letter = letters.letter_of(wanted, today=now.date())
    assert letter is not None
    (block,) = [block for block in letter.blocks if "Deactivated" in block.title]
    assert [line.title for line in block.lines] == ["Newsletter"]
