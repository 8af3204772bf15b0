"""A policy that is silent about what the connected sources hold is not published."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dsr.models import DatasetVersion, Shop, Source
from dsr.workflow import connections, policies, policy_coverage, shops
from dsr.workflow.actors import COMMAND
from dsr.workflow.policies import NotPublished
from tests.conftest import HERE
from tests.policy.promised import policy_with

HELD = ["account", "order", "order_line", "gift_recipient", "newsletter_subscription"]


def text_for(*record_classes: str) -> str:
    return policy_with({"key": "all", "record_classes": list(record_classes), "then": "delete"})


def test_policy_that_is_silent_about_a_record_class_is_not_published(source: Source, now: datetime) -> None:
    shop, later = source.shop, now + timedelta(days=1)
    silent = text_for(*(name for name in HELD if name not in ("order", "gift_recipient")))
    with pytest.raises(NotPublished) as caught:
        policies.publish(shop, profile_text=silent, actor=COMMAND, now=later)
    assert str(caught.value).startswith("The policy does not say what becomes of everything that Small Shop holds. ")
    assert "shop: small_shop.orders: no retention rule" in str(caught.value)
    assert "- {key: gift_recipient, record_classes: [gift_recipient], then: delete}" in str(caught.value)
    assert "newsletter" not in str(caught.value)
    assert shop.policy_versions.count() == 1
    assert policies.publish(shop, profile_text=text_for(*HELD), actor=COMMAND, now=later).number == 2


def test_what_is_not_connected_needs_no_rule(source: Source, now: datetime) -> None:
    Source.objects.filter(pk=source.pk).update(is_active=False)
    made = policies.publish(source.shop, profile_text=text_for("order"), actor=COMMAND, now=now + timedelta(days=1))
    assert made.number == 2


def test_shop_without_sources_may_say_little(shop: Shop, now: datetime) -> None:
    assert policies.publish(shop, profile_text=text_for("order"), actor=COMMAND, now=now).number == 2


def test_collection_that_nobody_classified_is_its_descriptions_mistake(
    shop: Shop, shop_url: str, now: datetime
) -> None:
    overlay = (HERE / "small_shop" / "shop.dsr.yaml").read_text().replace("record_class: order, ", "")
    text = (HERE / "small_shop" / "shop.yaml").read_text()
    described = {"dataset_text": text, "dataset_name": "shop.yaml", "overlay_text": overlay, "overlay_name": "o.yaml"}
    connections.add_source(shop, name="shop", url=shop_url, **described, actor=COMMAND, now=now)
    gaps = policy_coverage.gaps_of(shop, shops.profile_of(shop, now))
    assert [gap.holding.place for gap in gaps] == ["small_shop.orders"]
    without_orders = text_for(*(name for name in HELD if name != "order"))
    assert policies.publish(shop, profile_text=without_orders, actor=COMMAND, now=now).number == 2


def test_description_that_no_longer_holds_is_told(source: Source, now: datetime) -> None:
    DatasetVersion.objects.filter(source=source).update(dataset_text="dataset: []")
    with pytest.raises(NotPublished, match="What the sources hold cannot be told"):
        policies.publish(source.shop, profile_text=text_for(*HELD), actor=COMMAND, now=now + timedelta(days=1))
