"""A record whose key tells who somebody is gets another key once it stays for its own time, and is known by that from then on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User

from dsr.models import KeptRecord, Shop, SubjectRequest
from dsr.workflow import finishing, ledgers
from tests.erasing.conftest import carry_out, change, connect_for_writing, rows, wish
from tests.promising import promise
from tests.workflow.test_erasure_plans import GOING, KEEPING

LETTERS = {**KEEPING, "key": "letters", "record_classes": ["newsletter_subscription"]}
UNDELIVERED = {
    "key": "undelivered", "record_class": "order", "until_fact": "ordered_on", "blocks": ["newsletter_subscription"],
}  # fmt: skip
LOST = ("digest", "sealed_key", "key_month", "action", "rule", "event", "until", "review_on", "afterwards")


@pytest.fixture
def blocked(shop: Shop, url: str, owner: User, now: datetime) -> SubjectRequest:
    """Ada's erasure: her newsletter, whose key is her address, waits for an order that has just been delivered."""
    connect_for_writing(shop, url, now)
    change(url, "UPDATE orders SET placed_on = NULL WHERE id = 11")
    going = {**GOING, "record_classes": ["account", "gift_recipient"]}
    promise(shop, now, retention=[KEEPING, LETTERS, going], blockers=[UNDELIVERED])
    asked = carry_out(wish(shop, owner, now), owner, now)
    assert KeptRecord.objects.get(collection="newsletter").event == "closed:undelivered"
    change(url, "UPDATE orders SET placed_on = '2025-05-05' WHERE id = 11")
    return asked


def letter_keys(url: str) -> list[str]:
    return sorted(row[0] for row in rows(url)["newsletter"])


def test_record_when_its_key_told_who_somebody_was_then_is_found_again_by_its_new_one(
    blocked: SubjectRequest, url: str, now: datetime
) -> None:
    assert letter_keys(url) == ["ada@example.com", "bela@example.org"]
    before = KeptRecord.objects.get(collection="newsletter")

    moved = finishing.finish(blocked.shop, now=now, execute=True)

    after = KeptRecord.objects.get(collection="newsletter")
    assert (moved.refused, moved.moved_on["shop", "newsletter"]) == ({}, 1)
    assert "ada@example.com" not in letter_keys(url)
    assert (before.digest != after.digest, after.rule) == (True, "letters")
    again = finishing.finish(blocked.shop, now=now, execute=True)
    assert (again.refused, again.gone.total(), again.stays["shop", "newsletter"]) == ({}, 0, 1)


def test_record_when_a_night_ended_before_it_noted_the_new_key_then_the_next_knows_the_row_by_it(
    blocked: SubjectRequest, url: str, now: datetime
) -> None:
    before = KeptRecord.objects.filter(collection="newsletter").values(*LOST).get()
    finishing.finish(blocked.shop, now=now, execute=True)
    keys = letter_keys(url)
    number = max(entry.number for entry in ledgers.ledger().entries())
    KeptRecord.objects.filter(collection="newsletter").update(**before, intent=number)

    again = finishing.finish(blocked.shop, now=now, execute=True)

    kept = KeptRecord.objects.get(collection="newsletter")
    assert (again.refused, again.erased.total(), again.gone.total()) == ({}, 0, 0)
    assert (kept.state, kept.rule, kept.intent) == (KeptRecord.State.WAITING, "letters", None)
    assert len(letter_keys(url)) == len(keys) == 2
    ended = finishing.finish(blocked.shop, now=datetime(2050, 1, 1, tzinfo=UTC), execute=True)
    assert ended.given_away.total() == 0
