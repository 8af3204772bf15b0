"""The nightly comparison: kept with its date, told once, ended by its cure, and asked before each erasure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import psycopg
import pytest

from dsr import jobs
from dsr.models import AuditEntry, Job, Shop, Source, SourceCheck
from dsr.workflow import connections, daily, policies, sealing, shops, source_checks
from dsr.workflow.actors import COMMAND, SYSTEM
from dsr.workflow.source_checks import NotAsDescribed
from tests.conftest import HERE, connect
from tests.policy.promised import policy_with

PLUGIN = "CREATE TABLE plugin_log (id integer PRIMARY KEY, line text)"
NIGHT = timedelta(days=1)


@pytest.fixture
def plugin(shop_url: str) -> Iterator[None]:
    """A table that a plug-in made behind our back."""
    with psycopg.connect(shop_url, autocommit=True) as connection:
        connection.execute(PLUGIN)
        yield
        connection.execute("DROP TABLE IF EXISTS plugin_log")


def drop(shop_url: str, table: str) -> None:
    with psycopg.connect(shop_url, autocommit=True) as connection:
        connection.execute(f"DROP TABLE {table}".encode())


def names(check: SourceCheck) -> list[tuple[str, str]]:
    return [(alarm["code"], alarm["place"]) for alarm in check.alarms]


def checked(source: Source, now: datetime) -> SourceCheck:
    return source_checks.check_source(source, actor=SYSTEM, now=now)


def test_a_check_is_kept_with_its_date_and_an_alarm_knows_since_when(
    source: Source, plugin: None, now: datetime
) -> None:
    first = checked(source, now)
    fresh = [len(first.fresh_alarms), source_checks.fresh([source])]
    second = checked(source, now + NIGHT)

    assert names(first) == names(second) == [("undeclared_table", "plugin_log")]
    assert (second.checked_at, second.alarms[0]["since"]) == (now + NIGHT, now.isoformat())
    assert (fresh, len(second.fresh_alarms)) == ([1, 1], 0)
    assert SourceCheck.objects.count() == 1


def test_an_alarm_ends_by_itself_when_its_cause_is_gone(
    source: Source, plugin: None, shop_url: str, now: datetime
) -> None:
    before = names(checked(source, now))
    drop(shop_url, "plugin_log")

    assert (len(before), names(checked(source, now + NIGHT))) == (1, [])


def test_a_description_with_the_cure_ends_the_alarm(source: Source, plugin: None, now: datetime) -> None:
    cure = checked(source, now).alarms[0]["cure"]
    text = (HERE / "small_shop" / "shop.yaml").read_text().rstrip() + "\n      " + cure + "\n"

    overlay = (HERE / "small_shop" / "shop.dsr.yaml").read_text()
    described = {"dataset_text": text, "dataset_name": "shop.yaml", "overlay_text": overlay, "overlay_name": "o.yaml"}

    connections.change_source(source, **described, actor=COMMAND, now=now)

    assert names(checked(source, now)) == []


def test_only_a_change_of_alarms_is_a_fact_of_the_shop(
    source: Source, plugin: None, shop_url: str, now: datetime
) -> None:
    for night in range(3):
        checked(source, now + night * NIGHT)
    drop(shop_url, "plugin_log")
    checked(source, now + 3 * NIGHT)

    facts = [entry.facts for entry in AuditEntry.objects.filter(action="source.checked").order_by("number")]
    assert facts == [{"source": source.pk, "name": "shop", "alarms": count} for count in (1, 0)]


def test_a_database_that_cannot_be_reached_is_told_and_the_older_alarms_stay(
    source: Source, plugin: None, shop_url: str, now: datetime
) -> None:
    checked(source, now)
    elsewhere = sealing.seal_credential(shop_url + "_gone", owner=str(source))
    Source.objects.filter(pk=source.pk).update(sealed_url=elsewhere)
    source.refresh_from_db()

    failed = checked(source, now + NIGHT)

    assert (failed.error_code, failed.checked_at, len(failed.alarms)) == ("unknown_database", now + NIGHT, 1)
    assert source_checks.summary(failed).startswith("could not be checked (shop: there is no such database")


def test_every_active_source_is_checked_once_a_night_by_a_job(
    source: Source, plugin: None, other_shop: Shop, now: datetime
) -> None:
    for hour in range(3):
        daily.ask(now + timedelta(hours=hour))
    asked = Job.objects.filter(kind="check_source")

    jobs.check_source(asked.get().pk)

    assert asked.get().state == "done"
    assert names(SourceCheck.objects.get(source=source)) == [("undeclared_table", "plugin_log")]


def test_an_erasure_does_not_begin_while_an_alarm_stands(
    source: Source, plugin: None, shop_url: str, now: datetime
) -> None:
    with pytest.raises(NotAsDescribed, match="small-shop/shop: 1 alarm"):
        source_checks.check_before_erasure(source.shop, actor=SYSTEM, now=now)
    drop(shop_url, "plugin_log")

    source_checks.check_before_erasure(source.shop, actor=SYSTEM, now=now)

    assert SourceCheck.objects.get().alarms == []


def test_a_changed_type_is_seen_against_what_was_recorded_when_it_was_connected(
    source: Source, shop_url: str, now: datetime
) -> None:
    before = names(checked(source, now))
    with psycopg.connect(shop_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE orders ALTER total TYPE numeric(14, 2)")
        found = checked(source, now)
        connection.execute("ALTER TABLE orders ALTER total TYPE numeric(12, 2)")

    assert (before, names(found)) == ([], [("changed_type", "small_shop.orders.total")])
    assert found.alarms[0]["message"] == "was NUMERIC(12, 2) when it was described and is NUMERIC(14, 2) now"


def test_a_collection_whose_record_class_no_rule_names_is_an_alarm_until_one_does(
    shop: Shop, shop_url: str, now: datetime
) -> None:
    named = ["account", "order", "order_line", "newsletter_subscription"]
    silent = policy_with({"key": "all", "record_classes": named, "then": "delete"})
    policies.publish(shop, profile_text=silent, actor=COMMAND, now=now)
    found = checked(source := connect(shop, "shop", shop_url, now), now)
    assert names(found) == [("no_rule", "small_shop.gifts")]
    assert found.alarms[0]["message"].endswith("names its record class 'gift_recipient'")
    assert found.alarms[0]["cure"].startswith("- {key: gift_recipient, record_classes: [gift_recipient], then: delete}")
    assert found.alarms[0]["file"] == "small-shop.yaml"

    whole = policy_with({"key": "all", "record_classes": [*named, "gift_recipient"], "then": "delete"})
    policies.publish(shop, profile_text=whole, actor=COMMAND, now=now)
    assert names(checked(source, now)) == []


def test_a_collection_without_a_record_class_is_an_alarm_until_its_description_has_one(
    shop: Shop, shop_url: str, now: datetime
) -> None:
    overlay = (HERE / "small_shop" / "shop.dsr.yaml").read_text()
    text = (HERE / "small_shop" / "shop.yaml").read_text()
    described = {"dataset_text": text, "dataset_name": "shop.yaml", "overlay_name": "o.yaml"}
    unclassified = overlay.replace("record_class: order, ", "")
    source, _ = connections.add_source(
        shop, name="shop", url=shop_url, **described, overlay_text=unclassified, actor=COMMAND, now=now
    )
    found = checked(source, now)
    assert names(found) == [("no_rule", "small_shop.orders")]
    assert (found.alarms[0]["file"], found.alarms[0]["line"]) == ("o.yaml", 3)

    connections.change_source(source, **described, overlay_text=overlay, actor=COMMAND, now=now)
    assert names(checked(source, now)) == []


def test_a_column_that_finds_people_in_anonymous_records_is_an_alarm(shop: Shop, shop_url: str, now: datetime) -> None:
    text = (HERE / "small_shop" / "shop.yaml").read_text()
    place = "name: guest_email, data_categories: [user.contact.email]"
    told = text.replace(place, place.replace("user.contact.email", "system.operations"))
    basis = {"code": "CA-d8", "citation": "26 CFR 1.6001-1"}
    orders: dict[str, object] = {
        "key": "orders", "record_classes": ["order"], "keep": {"years": 7}, "from_facts": ["ordered_on"],
        "then": "anonymise", "basis": basis,
    }  # fmt: skip
    rest = ["account", "order_line", "gift_recipient", "newsletter_subscription"]
    others: dict[str, object] = {"key": "rest", "record_classes": rest, "then": "delete"}
    policies.publish(shop, profile_text=policy_with(orders, others), actor=COMMAND, now=now)
    overlay = (HERE / "small_shop" / "shop.dsr.yaml").read_text()
    described = {"dataset_name": "shop.yaml", "overlay_text": overlay, "overlay_name": "o.yaml"}
    source, _ = connections.add_source(
        shop, name="shop", url=shop_url, **described, dataset_text=told, actor=COMMAND, now=now
    )
    found = checked(source, now)
    assert names(found) == [("no_rule", "small_shop.orders.guest_email")]
    assert "the rule 'orders', which makes its records anonymous, does not touch" in found.alarms[0]["message"]

    connections.change_source(source, **described, dataset_text=text, actor=COMMAND, now=now)
    assert names(checked(source, now)) == []


def test_the_profile_says_what_its_policy_names(shop: Shop, now: datetime) -> None:
    profile = shops.profile_of(shop, now)

    assert profile.names("", ("user.contact.email",))
    assert not profile.names("", ("user.contacts",))
    assert not profile.names("no such class", ())
