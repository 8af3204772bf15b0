"""Somebody whose records are out of use is in no marketing list: what says that they take marketing must be set off with it."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.contrib.auth.models import User

from dsr.lifecycle import State
from dsr.models import KeptRecord, Shop, Source
from dsr.records import Action
from dsr.workflow import connections, erasure_approval, source_checks
from dsr.workflow.actors import COMMAND, SYSTEM, staff
from dsr.workflow.erasure_approval import PlanRefused
from tests.erasing.conftest import SMALL_SHOP, carry_out, connect_for_writing, rows, wish
from tests.promising import promise
from tests.workflow.test_erasure_plans import GOING, KEEPING

DATASET = (SMALL_SHOP / "shop.yaml").read_text()
SPEAKING = "name: subscribed, data_categories: [user.privacy_preferences]"
LOCKED = {**KEEPING, "key": "letters", "record_classes": ["newsletter_subscription"], "at_once": []}
LEFT_ON, SET_OFF = "{ip: 0.0.0.0}", "{ip: 0.0.0.0, subscribed: false}"


def texts(deactivate: str) -> dict[str, str]:
    """The small shop, whose newsletter is taken out of use so."""
    overlay = (SMALL_SHOP / "shop.dsr.yaml").read_text()
    said = overlay.replace("newsletter: {", f"newsletter: {{deactivate: {deactivate}, ")
    dataset = DATASET.replace("name: subscribed, data_categories: [user.behavior]", SPEAKING)
    assert (said != overlay, dataset != DATASET) == (True, True)
    return {"dataset_text": dataset, "overlay_text": said}


@pytest.fixture
def locking(shop: Shop, url: str, now: datetime) -> Source:
    """A shop that locks newsletter subscriptions away, and leaves on what says that the person takes the newsletter."""
    source = connect_for_writing(shop, url, now, **texts(LEFT_ON))
    going = {**GOING, "record_classes": ["account", "gift_recipient"]}
    promise(shop, now, retention=[KEEPING, LOCKED, going])
    return source


def test_check_when_a_record_out_of_use_would_still_take_marketing_then_says_so_with_the_line_that_ends_it(
    locking: Source, owner: User, now: datetime, url: str
) -> None:
    (alarm,) = source_checks.check_source(locking, actor=SYSTEM, now=now).alarms

    assert (alarm["code"], alarm["place"]) == ("no_rule", "small_shop.newsletter.subscribed")
    assert alarm["cure"].startswith("deactivate: {subscribed: false}  (")

    names = {"dataset_name": "shop.yaml", "overlay_name": "shop.dsr.yaml"}
    connections.change_source(locking, **texts(SET_OFF), **names, actor=COMMAND, now=now)
    assert source_checks.check_source(locking, actor=SYSTEM, now=now).alarms == []

    assert ("ada@example.com", True) in [row[:2] for row in rows(url)["newsletter"]]
    asked = carry_out(wish(locking.shop, owner, now), owner, now)

    assert asked.state == State.FULFILLED
    assert KeptRecord.objects.get(collection="newsletter").action == "deactivate"
    assert [row[:2] for row in rows(url)["newsletter"]] == [("ada@example.com", False), ("bela@example.org", False)]


def test_erasure_when_a_record_out_of_use_would_still_take_marketing_then_changes_nothing(
    locking: Source, owner: User, now: datetime, url: str
) -> None:
    before = rows(url)

    asked = carry_out(wish(locking.shop, owner, now), owner, now)

    assert asked.state == State.APPROVED
    assert (
        "small_shop.newsletter.subscribed: it says that a person takes marketing"
        in asked.jobs.get(kind="erase").error_text
    )
    assert rows(url) == before


def test_colleague_when_taking_a_record_out_of_use_would_leave_marketing_on_then_is_refused(
    shop: Shop, url: str, owner: User, now: datetime
) -> None:
    source = connect_for_writing(shop, url, now, **texts(LEFT_ON))
    asked = wish(shop, owner, now)

    with pytest.raises(PlanRefused, match=r"would still say that the person takes marketing \(subscribed\)"):
        erasure_approval.change_outcome(
            asked, source=source, collection="newsletter", action=Action.DEACTIVATE, reason="A voucher.",
            until=date(2027, 5, 1), actor=staff(owner), now=now,
        )  # fmt: skip
