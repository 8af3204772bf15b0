"""The plan of an erasure: every record that was found has its outcome, its rule and its day, and nothing is changed."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from io import StringIO

import psycopg
import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from dsr.lifecycle import RequestType
from dsr.models import Shop, Source, SubjectRequest
from dsr.policy.plan import Plan
from dsr.records import Action
from dsr.workflow import erasure_approval, intake, plans
from dsr.workflow.actors import staff
from dsr.workflow.transitions import WrongState
from tests.conftest import ADA, ask, connect, work_off
from tests.promising import promise

TODAY = date(2026, 1, 6)
KEEPING = {
    "key": "purchases",
    "record_classes": ["order", "order_line"],
    "keep": {"years": 7},
    "from_facts": ["ordered_on"],
    "meanwhile": "deactivated",
    "at_once": ["user.contact"],
    "then": "anonymise",
    "basis": {"code": "CA-d8", "citation": "26 CFR 1.6001-1"},
    "is_published": True,
    "sentence": {"en": "Purchases stay through {until}."},
    "promises": ["SM-01"],
}
GOING = {"key": "rest", "record_classes": ["account", "gift_recipient", "newsletter_subscription"], "then": "delete"}


def erasure(source: Source, owner: User, now: datetime) -> SubjectRequest:
    """Ada's wish to have her data deleted, in review."""
    asked = intake.open_request(
        shop=source.shop,
        request_type=RequestType.ERASURE,
        identities=(ADA,),
        channel=SubjectRequest.Channel.PHONE,
        proved_to=staff(owner),
        now=now,
    )
    work_off(asked)
    return asked


def shown(plan: Plan) -> dict[str, list[tuple[str, str, str, int]]]:
    """By collection: the action, the rule, the last day and how many records."""
    found: dict[str, list[tuple[str, str, str, int]]] = {}
    for group in plan.groups:
        said = group.decision
        line = (said.action.value, said.rule, str(said.until or ""), group.records)
        found.setdefault(group.collection, []).append(line)
    return found


def everything(url: str) -> list[tuple[object, ...]]:
    """Every row of the shop's database."""
    tables = ["customers", "orders", "order_lines", "gifts", "newsletter"]
    with psycopg.connect(url) as connection:
        return [row for name in tables for row in connection.execute(f"SELECT * FROM {name} ORDER BY 1")]


def test_plan_when_drawn_then_every_record_has_its_outcome_and_a_line_the_day_of_its_order(
    source: Source, owner: User, now: datetime, shop_url: str
) -> None:
    promise(source.shop, now, retention=[KEEPING, GOING])
    asked, before = erasure(source, owner, now), everything(shop_url)

    drawn = plans.draw(asked, today=TODAY)

    assert shown(drawn.plan) == {
        "customers": [("delete", "rest", "", 1)],
        # One is Cleo's too, who was sent it; the other Ada was sent by Bela.
        "gifts": [("keep", "shared-record", "", 2)],
        "newsletter": [("delete", "rest", "", 1)],
        "order_lines": [
            ("keep", "purchases", "2027-02-01", 2),
            ("keep", "purchases", "2033-11-01", 1),
        ],
        "orders": [
            ("keep", "purchases", "2027-02-01", 1),
            ("keep", "purchases", "2033-11-01", 1),
        ],
    }
    assert drawn.plan.totals == {Action.DELETE: 2, Action.KEEP: 7}
    assert (drawn.by_hand, drawn.unsearched, drawn.plan.unruled) == ({}, (), ())
    orders = [each for each in drawn.plan.groups if each.collection == "orders"]
    assert orders[0].decision.at_once_fields == ("guest_email",)
    assert orders[0].decision.sentence == (
        # The rule speaks of deactivated records, and this database has no way to deactivate one.
        "We keep this record through 1 February 2027. We do not keep the parts of it that are not needed for that."
    )
    assert everything(shop_url) == before


def test_plan_when_the_time_has_passed_then_what_was_kept_goes(source: Source, owner: User, now: datetime) -> None:
    promise(source.shop, now, retention=[KEEPING, GOING])
    asked = erasure(source, owner, now)

    on_the_last_day = plans.draw(asked, today=date(2027, 2, 1)).plan
    a_day_later = plans.draw(asked, today=date(2027, 2, 2)).plan

    assert on_the_last_day.totals == {Action.DELETE: 2, Action.KEEP: 7}
    assert a_day_later.totals == {Action.DELETE: 2, Action.ANONYMISE: 3, Action.KEEP: 4}
    assert on_the_last_day.fingerprint(str) != a_day_later.fingerprint(str)


def test_plan_when_a_rule_is_missing_then_says_so_and_does_nothing_with_those_records(
    shop: Shop, owner: User, now: datetime, shop_url: str
) -> None:
    # A policy that was there before the database: later ones could not be published without these rules.
    promise(shop, now, retention=[KEEPING, {**GOING, "record_classes": ["account"]}])
    asked = erasure(connect(shop, "shop", shop_url, now), owner, now)

    plan = plans.draw(asked, today=TODAY).plan

    assert [(each.collection, each.records) for each in plan.unruled] == [("gifts", 2), ("newsletter", 1)]
    assert "no retention rule for records of the class 'gift_recipient'" in plan.unruled[0].problem
    assert plan.totals == {Action.DELETE: 1, Action.KEEP: 5}


def test_fingerprint_when_drawn_again_then_is_the_same_and_follows_the_rules(
    source: Source, owner: User, now: datetime
) -> None:
    promise(source.shop, now, retention=[KEEPING, GOING])
    first, again = (plans.draw(erasure(source, owner, now), today=TODAY).plan for _ in range(2))
    promise(source.shop, now + timedelta(hours=1), retention=[{**KEEPING, "keep": {"years": 8}}, GOING])
    longer = plans.draw(erasure(source, owner, now + timedelta(hours=2)), today=TODAY).plan

    assert first.fingerprint(str) == again.fingerprint(str)
    assert longer.fingerprint(str) != first.fingerprint(str)


def test_plan_when_it_is_no_erasure_or_not_all_is_found_then_is_refused(
    source: Source, owner: User, now: datetime
) -> None:
    copy = ask(source.shop, ADA, now, owner)
    waiting = intake.open_request(
        shop=source.shop,
        request_type=RequestType.ERASURE,
        identities=(ADA,),
        channel=SubjectRequest.Channel.PHONE,
        proved_to=staff(owner),
        now=now,
    )

    with pytest.raises(plans.NoPlan, match="only an erasure and a correction have a plan"):
        plans.draw(copy, today=TODAY)
    with pytest.raises(WrongState, match="needs every source's answer"):
        plans.draw(waiting, today=TODAY)


def test_command_when_asked_then_prints_the_plan_without_a_value_of_the_person(
    source: Source, owner: User, now: datetime
) -> None:
    promise(source.shop, now, retention=[KEEPING, GOING])
    asked = erasure(source, owner, now)
    out = StringIO()

    call_command("plan_erasure", asked.reference, "--rows", stdout=out)

    said = json.loads(out.getvalue())
    assert said["totals"] == {"delete": 2, "keep": 7}
    assert len(said["rows"]) == 9
    assert said["fingerprint"] == erasure_approval.fingerprint_of(
        asked, plans.draw(asked, today=date.fromisoformat(said["as_of"]))
    )
    assert not [word for word in ("Ada", "ada@", "Lovelace", "617 555") if word in out.getvalue()]


def test_command_when_it_is_no_erasure_then_says_so(gathered: SubjectRequest) -> None:
    with pytest.raises(CommandError, match="only an erasure and a correction have a plan"):
        call_command("plan_erasure", gathered.reference, stdout=StringIO())
