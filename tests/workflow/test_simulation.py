"""A draft laid over the small shop, beside the version in force: sources merged person by person, and versions as promised."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from dsr.models import Shop, Source
from dsr.policy.outcome_change import How
from dsr.policy.schema import Profile
from dsr.policy.terms import NoticeDuty
from dsr.workflow import policies, shops
from dsr.workflow import simulation as simulations
from dsr.workflow.actors import COMMAND
from dsr.workflow.simulation import Simulated, simulate
from tests.conftest import connect
from tests.policy.promised import keeping, removing

TODAY = date(2026, 11, 23)
EVERY_CLASS = ("account", "order", "order_line", "gift_recipient", "newsletter_subscription")


class Told(list[tuple[int, int]]):
    def __call__(self, people: int, records: int) -> None:
        self.append((people, records))


def draft_of(shop: Shop, **changes: object) -> Profile:
    """The published profile with other retention rules: everything goes, orders are kept seven years."""
    rules = (removing(record_classes=tuple(name for name in EVERY_CLASS if name != "order")), keeping(7))
    published = shops.profile_in(shop.policy_versions.latest("number"))
    return replace(published, retention=rules, **changes)  # type: ignore[arg-type]  (fields by name)


def counts(found: Simulated) -> dict[tuple[str, str], tuple[int, int]]:
    return {
        (tally.change.record_class, tally.change.after): (tally.records, tally.people) for tally in found.report.tallies
    }


def test_every_record_of_everybody_is_judged(source: Source) -> None:
    found = simulate(source.shop, draft_of(source.shop), today=TODAY, tell=Told())
    assert (found.version, found.sources, found.unasked, found.spares_the_past) == (1, ("shop",), (), False)
    assert (found.report.people, found.report.records) == (2, 13)
    assert {tally.change.how for tally in found.report.tallies} == {How.RULE_FOUND}
    assert counts(found) == {
        ("account", "delete"): (2, 2),
        ("order", "keep"): (3, 2),
        ("order_line", "delete"): (4, 2),
        ("gift_recipient", "delete"): (2, 2),
        ("newsletter_subscription", "delete"): (2, 2),
    }


def test_day_decides(source: Source) -> None:
    found = simulate(source.shop, draft_of(source.shop), today=date(2028, 1, 1), tell=Told())
    assert (counts(found)["order", "keep"], counts(found)["order", "anonymise"]) == ((2, 2), (1, 1))


def test_rows_of_two_databases_are_one_persons(source: Source, shop_url: str, now: datetime) -> None:
    connect(source.shop, "another", shop_url, now)
    found = simulate(source.shop, draft_of(source.shop), today=TODAY, tell=Told())
    assert found.sources == ("another", "shop")
    assert (found.report.people, found.report.records, found.report.touched_people) == (2, 26, 2)
    assert counts(found)["account", "delete"] == (4, 2)


def test_progress_is_told_at_the_beginning_on_the_way_and_at_the_end(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulations, "PEOPLE_PER_WORD", 1)
    told = Told()
    simulate(source.shop, draft_of(source.shop), today=TODAY, tell=told)
    assert told == [(0, 0), (1, 8), (2, 13), (2, 13)]


def test_word_that_ends_it_leaves_no_database_waiting(
    source: Source, shop_url: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Enough(Exception):
        pass

    def tell(people: int, _records: int) -> None:
        if people:
            raise Enough

    monkeypatch.setattr(simulations, "PEOPLE_PER_WORD", 1)
    connect(source.shop, "another", shop_url, now)
    with pytest.raises(Enough):
        simulate(source.shop, draft_of(source.shop), today=TODAY, tell=tell)
    assert simulate(source.shop, draft_of(source.shop), today=TODAY, tell=Told()).report.people == 2


def test_shop_without_sources_has_nobody(shop: Shop) -> None:
    found = simulate(shop, draft_of(shop), today=TODAY, tell=Told())
    assert (found.report.people, found.report.records, found.sources) == (0, 0, ())


def test_nothing_is_written(source: Source) -> None:
    before = list(source.shop.policy_versions.values())
    assert simulate(source.shop, draft_of(source.shop), today=TODAY, tell=Told()).report.records == 13
    assert list(source.shop.policy_versions.values()) == before


def test_version_that_has_not_begun_is_not_the_one_in_force(source: Source) -> None:
    shop = source.shop
    text = shop.policy_versions.get().text
    for day in (1, 2):
        policies.publish(
            shop, profile_text=f"{text}\n# {day}\n", actor=COMMAND, now=datetime(2026, 12, day, tzinfo=UTC)
        )
    assert simulate(shop, draft_of(shop), today=TODAY, tell=Told()).version == 1
    assert simulate(shop, draft_of(shop), today=date(2026, 12, 1), tell=Told()).version == 2
    assert simulate(shop, draft_of(shop), today=date(2026, 12, 5), tell=Told()).version == 3


def test_draft_that_concerns_only_new_data_says_nothing_of_the_past_until_it_is_published(source: Source) -> None:
    duty = NoticeDuty(only_new_data=True)
    found = simulate(source.shop, draft_of(source.shop, on_policy_change=duty), today=TODAY, tell=Told())
    assert (found.spares_the_past, found.report.changed_records) == (False, 13)
