"""The five profiles beside what the five shops hold: nothing to mend but what the published text itself lacks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dsr.demo.shops import SHOPS, DemoShop
from dsr.policy.coverage import Gap
from dsr.policy.lint import Severity, lint
from dsr.policy.loader import parse_profile
from dsr.policy.schema import Profile
from dsr.policy.terms import Instruct, Telling
from dsr.web.policy_changes import changes
from dsr.workflow import policy_coverage
from tests.demo.test_datasets import described

every_shop = pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.slug)


def profile_of(shop: DemoShop) -> Profile:
    return parse_profile(shop.profile.read_text(), shop.profile.name)


def gaps(shop: DemoShop, profile: Profile) -> Iterator[Gap]:
    """What the profile does not say of the shop's own database and of its newsletter."""
    for name, description in zip(("shop", "newsletter"), described(shop), strict=True):
        yield from policy_coverage.gaps_in(name, description, profile)


@every_shop
def test_profile_when_read_by_a_careful_reader_then_nothing_keeps_it_from_being_published(shop: DemoShop) -> None:
    errors = [str(each) for each in lint(profile_of(shop)) if each.severity is Severity.ERROR]

    assert errors == []


@every_shop
def test_profile_when_the_demo_registers_it_then_only_the_newsletters_sender_has_got_a_mailbox(shop: DemoShop) -> None:
    published, registered = profile_of(shop), parse_profile(shop.promised(), shop.slug)

    told = [each for each in registered.recipients if each.instruct and each.instruct.address]
    assert [(each.key, each.instruct) for each in told] == [
        (told[0].key, Instruct(Telling.EMAIL, "privacy@letters.example"))
    ]
    assert "newsletter_subscription" in told[0].gets
    assert [str(each) for each in changes(published, registered)] == [
        f"Who gets what: {told[0].name}: instruct: nothing → instruct: way email, address privacy@letters.example"
    ]


@every_shop
def test_profile_when_held_against_what_the_shop_holds_then_every_record_class_has_its_rule(shop: DemoShop) -> None:
    assert [str(gap) for gap in gaps(shop, profile_of(shop))] == []
