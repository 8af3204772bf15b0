"""By which version a record is judged: the request's, unless the shop promised better when it was collected (ML-18)."""

from __future__ import annotations

from datetime import date

import pytest
import yaml

from dsr.policy.decide import decide
from dsr.policy.loader import PROFILES, parse_profile
from dsr.policy.schema import Profile
from dsr.policy.terms import NoticeDuty
from dsr.policy.versions import DatedProfile, collected_day, version_for, version_of
from dsr.records import Action
from tests.policy.promised import order, promised


def dated(number: int, in_force_from: date, only_new_data: bool = False) -> DatedProfile:
    profile = promised(on_policy_change=NoticeDuty(only_new_data=only_new_data))
    return DatedProfile(number, in_force_from, profile)


PLAIN = (dated(1, date(2020, 1, 1)), dated(2, date(2023, 1, 1)), dated(3, date(2026, 1, 1)))
PROMISING = (dated(1, date(2020, 1, 1), True), dated(2, date(2023, 1, 1), True), dated(3, date(2026, 1, 1), True))
MIXED = (dated(1, date(2020, 1, 1)), dated(2, date(2023, 1, 1), True), dated(3, date(2026, 1, 1)))
JUDGED = [
    (PLAIN, date(2021, 1, 1), None, 3),
    (PLAIN, date(2021, 1, 1), 2, 2),
    (PROMISING, date(2019, 1, 1), None, 1),
    (PROMISING, date(2022, 12, 31), None, 1),
    (PROMISING, date(2023, 1, 1), None, 2),
    (PROMISING, date(2026, 5, 1), None, 3),
    (PROMISING, date(2026, 5, 1), 2, 2),
    (PROMISING, None, None, 3),
    (PROMISING, None, 2, 2),
    (MIXED, date(2021, 1, 1), None, 2),
    (MIXED, date(2021, 1, 1), 1, 1),
    (MIXED, date(2024, 1, 1), None, 2),
    (MIXED, date(2026, 1, 1), None, 3),
]


@pytest.mark.parametrize(("versions", "collected_on", "requested", "expected"), JUDGED)
def test_version_of_a_record_is_the_requests_unless_its_collection_was_promised_better(
    versions: tuple[DatedProfile, ...], collected_on: date | None, requested: int | None, expected: int
) -> None:
    asked = None if requested is None else versions[requested - 1]
    assert version_for(collected_on, tuple(reversed(versions)), asked).number == expected


def test_of_versions_that_begin_together_the_later_published_counts() -> None:
    versions = (dated(1, date(2020, 1, 1), True), dated(2, date(2020, 1, 1), True))
    assert version_for(date(2021, 1, 1), versions).number == 2


COLLECTED = [
    ({}, None),
    ({"ordered_on": None}, None),
    ({"ordered_on": date(2024, 5, 6), "paid_on": date(2024, 5, 5), "closed_on": None}, date(2024, 5, 5)),
    ({"ordered_on": date(2024, 5, 6), "collected_on": date(2024, 6, 1)}, date(2024, 6, 1)),
    ({"ordered_on": date(2024, 5, 6), "collected_on": None}, date(2024, 5, 6)),
]


@pytest.mark.parametrize(("dates", "expected"), COLLECTED)
def test_record_was_collected_when_it_says_or_at_its_earliest_fact(
    dates: dict[str, date | None], expected: date | None
) -> None:
    assert collected_day(dates) == expected


def test_record_is_judged_by_the_day_it_says_or_its_earliest_fact() -> None:
    assert version_of(order(date(2022, 5, 6)), PROMISING).number == 1
    assert version_of(order(date(2022, 5, 6), collected_on=date(2023, 5, 6)), PROMISING).number == 2
    assert version_of(order(None), PROMISING).number == 3
    assert version_of(order(date(2022, 5, 6)), PLAIN, PLAIN[1]).number == 2


def miniluxe(years: int, promise: dict[str, object]) -> Profile:
    """MiniLuxe's profile with orders kept for so long and with that word about changes."""
    kept = {
        "key": "orders", "record_classes": ["order"], "keep": {"years": years}, "from_facts": ["ordered_on"],
        "then": "anonymise", "basis": {"code": "CA-d8", "citation": "26 CFR 1.6001-1"},
    }  # fmt: skip
    content = yaml.safe_load((PROFILES / "miniluxe.yaml").read_text())
    return parse_profile(yaml.safe_dump(content | {"retention": [kept], "on_policy_change": promise}), "miniluxe.yaml")


ML_18: dict[str, object] = {"only_new_data": True}
CHANGED = [
    # what version 1 promised, when the order was placed -> the version that judges it, what becomes of it in 2026
    (ML_18, date(2022, 5, 6), 1, Action.ANONYMISE),
    (ML_18, date(2024, 5, 6), 2, Action.KEEP),
    ({}, date(2022, 5, 6), 2, Action.KEEP),
    ({}, date(2024, 5, 6), 2, Action.KEEP),
]


@pytest.mark.parametrize(("promise", "ordered_on", "number", "action"), CHANGED)
def test_record_from_before_a_change_is_judged_by_the_version_in_force_when_it_was_collected(
    promise: dict[str, object], ordered_on: date, number: int, action: Action
) -> None:
    versions = (
        DatedProfile(1, date(2020, 1, 1), miniluxe(3, promise)),
        DatedProfile(2, date(2023, 1, 1), miniluxe(7, promise)),
    )
    version = version_of(order(ordered_on), versions)
    assert version.number == number
    assert decide(version.profile, order(ordered_on), today=date(2026, 11, 23)).action == action
