"""A draft laid over the small shop, beside the version in force: sources merged person by person, and versions as promised."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from dsr.models import Shop, Source
from dsr.policy.outcome_change import Change, How
from dsr.policy.schema import Profile
from dsr.policy.terms import NoticeDuty
from dsr.workflow import connections, policies, shops
from dsr.workflow import simulation as simulations
from dsr.workflow.actors import COMMAND
from dsr.workflow.simulation import Simulated, simulate
from tests.conftest import connect
from tests.policy.promised import keeping, policy_with, removing

TODAY = date(2026, 11, 23)
EVERY_CLASS = ("account", "order", "order_line", "gift_recipient", "newsletter_subscription")


class Told(list[tuple[int, int]]):
    def __call__(self, people: int, records: int) -> None:
        self.append((people, records))


@pytest.fixture
def ruled(source: Source, now: datetime) -> Shop:
    """The small shop with a second version, by which everything goes at once."""
    everything = {"key": "everything", "record_classes": list(EVERY_CLASS), "then": "delete", "promises": ["SJ-03"]}
    policies.publish(source.shop, profile_text=policy_with(everything), actor=COMMAND, now=now)
    return source.shop


def draft_of(shop: Shop, **changes: object) -> Profile:
    """The published profile with other retention rules: orders are kept seven years, everything else goes."""
    rules = (removing(record_classes=tuple(name for name in EVERY_CLASS if name != "order")), keeping(7))
    published = shops.profile_in(shop.policy_versions.latest("number"))
    return replace(published, retention=rules, **changes)  # type: ignore[arg-type]  (fields by name)


def counts(found: Simulated) -> dict[tuple[str, str], tuple[int, int]]:
    return {
        (tally.change.record_class, tally.change.after): (tally.records, tally.people) for tally in found.report.tallies
    }


def test_every_record_of_everybody_is_judged(ruled: Shop) -> None:
    found = simulate(ruled, draft_of(ruled), today=TODAY, tell=Told())
    assert (found.version, found.sources, found.unasked, found.spares_the_past) == (2, ("shop",), (), False)
    assert (found.report.people, found.report.records) == (2, 13)
    assert (found.report.changed_records, found.report.touched_people) == (3, 2)
    assert [tally.change for tally in found.report.tallies] == [
        Change("order", "delete", "keep", How.LONGER, "everything", "orders", "", "7 years", ("SJ-03",))
    ]
    (broken,) = found.report.broken
    assert (broken.promise, broken.records, broken.people) == ("SJ-03", 3, 2)


def test_draft_that_is_silent_is_told_by_class(ruled: Shop) -> None:
    silent = replace(draft_of(ruled), retention=(keeping(7),))
    found = simulate(ruled, silent, today=TODAY, tell=Told())
    assert found.report.unruled == ("account", "gift_recipient", "newsletter_subscription", "order_line")
    assert counts(found) == {
        ("account", "no_rule"): (2, 2),
        ("order", "keep"): (3, 2),
        ("order_line", "no_rule"): (4, 2),
        ("gift_recipient", "no_rule"): (2, 2),
        ("newsletter_subscription", "no_rule"): (2, 2),
    }


def test_draft_that_is_silent_about_a_class_without_records_is_told_too(
    shop: Shop, now: datetime, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "bench.db") as database:
        database.execute("CREATE TABLE repairs (id integer PRIMARY KEY, email text)")
    dataset = """
    dataset:
      - fides_key: bench
        collections:
          - name: repairs
            fields:
              - {name: id, fides_meta: {primary_key: true, data_type: integer}}
              - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}
    """
    connections.add_source(
        shop, name="bench", url=f"sqlite:///{tmp_path}/bench.db", dataset_text=dataset, dataset_name="bench.yaml",
        overlay_text="collections: {repairs: {record_class: repair}}", overlay_name="o.yaml", actor=COMMAND, now=now,
    )  # fmt: skip
    draft = draft_of(shop)
    assert simulate(shop, draft, today=TODAY, tell=Told()).report.unruled == ("repair",)
    ruled = replace(draft, retention=(*draft.retention, removing(key="repairs", record_classes=("repair",))))
    assert simulate(shop, ruled, today=TODAY, tell=Told()).report.unruled == ()


def test_day_decides(ruled: Shop) -> None:
    found = simulate(ruled, draft_of(ruled), today=date(2028, 1, 1), tell=Told())
    assert counts(found) == {("order", "keep"): (2, 2), ("order", "anonymise"): (1, 1)}


def test_rows_of_two_databases_are_one_persons(ruled: Shop, shop_url: str, now: datetime) -> None:
    connect(ruled, "another", shop_url, now)
    found = simulate(ruled, draft_of(ruled), today=TODAY, tell=Told())
    assert found.sources == ("another", "shop")
    assert (found.report.people, found.report.records, found.report.touched_people) == (2, 26, 2)
    assert counts(found)["order", "keep"] == (6, 2)


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


def test_version_that_has_not_begun_is_not_the_one_in_force(ruled: Shop) -> None:
    text = ruled.policy_versions.latest("number").text
    for day in (1, 2):
        moment = datetime(2026, 12, day, tzinfo=UTC)
        policies.publish(ruled, profile_text=f"{text}\n# {day}\n", actor=COMMAND, now=moment)
    draft = draft_of(ruled)
    assert simulate(ruled, draft, today=TODAY, tell=Told()).version == 2
    assert simulate(ruled, draft, today=date(2026, 12, 1), tell=Told()).version == 3
    assert simulate(ruled, draft, today=date(2026, 12, 5), tell=Told()).version == 4


def test_draft_spares_the_past_only_when_that_was_promised(ruled: Shop, now: datetime) -> None:
    duty = NoticeDuty(only_new_data=True)
    draft = draft_of(ruled, on_policy_change=duty)
    assert simulate(ruled, draft, today=TODAY, tell=Told()).report.changed_records == 3
    everything = {"key": "everything", "record_classes": list(EVERY_CLASS), "then": "delete"}
    text = policy_with(everything, on_policy_change={"only_new_data": True})
    policies.publish(ruled, profile_text=text, actor=COMMAND, now=now)
    found = simulate(ruled, draft, today=date(2026, 11, 1), tell=Told())
    assert (found.version, found.spares_the_past) == (3, True)
    assert counts(found) == {("order", "keep"): (1, 1)}
