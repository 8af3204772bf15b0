"""What the five profiles make of records: the promises that a decision keeps, each against the shop's own file."""

from __future__ import annotations

from datetime import date

import pytest
import yaml

from dsr.policy.coverage import Holding
from dsr.policy.decide import RecordFacts, decide
from dsr.policy.lint import lint
from dsr.policy.loader import PROFILES, ProfileError, parse_profile
from dsr.policy.schema import Profile
from dsr.policy.versions import DatedProfile, version_of
from dsr.records import Action

TODAY = date(2026, 11, 23)
FIELDS = {
    "total": ("user.behavior.purchase_history",),
    "name": ("user.name",),
    "email": ("user.contact.email",),
    "phone": ("user.contact.phone_number",),
}


def profile(shop: str, **headings: object) -> Profile:
    """A shop's own file, with some headings replaced."""
    content = yaml.safe_load((PROFILES / f"{shop}.yaml").read_text())
    return parse_profile(yaml.safe_dump(content | headings), f"{shop}.yaml")


def record(record_class: str, **dates: date) -> RecordFacts:
    return RecordFacts(record_class, "customer", dates, FIELDS)


@pytest.mark.parametrize("record_class", ["order", "order_line", "payment", "return"])
def test_past_purchase_at_cali_jewelz_is_locked_away_with_its_last_day_and_loses_how_to_reach_the_person(
    record_class: str,
) -> None:
    decision = decide(profile("cali-jewelz"), record(record_class, ordered_on=date(2024, 5, 6)), today=TODAY)

    assert (decision.action, decision.until) == (Action.DEACTIVATE, date(2031, 5, 6))
    assert decision.at_once_fields == ("email", "phone")
    assert {"CJ-04", "CJ-05"} <= set(decision.promises)
    assert "6 May 2031" in decision.sentence


@pytest.mark.parametrize("record_class", ["account", "address", "wish_list", "profile", "saved_card", "staff_note"])
def test_what_is_no_past_purchase_at_cali_jewelz_goes(record_class: str) -> None:
    decision = decide(profile("cali-jewelz"), record(record_class, collected_on=date(2024, 5, 6)), today=TODAY)

    assert decision.action is Action.DELETE


def test_open_return_at_cali_jewelz_holds_the_purchase_and_says_what_follows() -> None:
    bought = record("order", ordered_on=date(2024, 5, 6))

    decision = decide(profile("cali-jewelz"), bought, open_blockers=("open_return",), today=TODAY)

    assert (decision.action, decision.afterwards) == (Action.KEEP, Action.DEACTIVATE)
    assert "CJ-05" in decision.promises


def test_any_record_at_security_jewelers_goes_at_once_and_no_rule_keeps_a_thing() -> None:
    theirs = profile("security-jewelers")
    classes = [name for rule in theirs.retention for name in rule.record_classes]

    made = {name: decide(theirs, record(name, ordered_on=TODAY), today=TODAY) for name in classes}

    assert len(classes) >= 20
    assert {name for name, decision in made.items() if decision.action is not Action.DELETE} == set()
    assert {decision.promises for decision in made.values()} == {("SJ-03",)}
    assert [finding for finding in lint(theirs) if "more than you promised" in finding.sentence] == []


def test_invoice_that_security_jewelers_would_keep_all_the_same_is_told_with_the_promise() -> None:
    kept = {
        "key": "invoices", "record_classes": ["invoice"], "keep": {"years": 7}, "from_facts": ["issued_on"],
        "then": "delete", "basis": {"code": "CA-d8", "citation": "26 CFR 1.6001-1"}, "promises": ["SJ-03"],
    }  # fmt: skip

    found = lint(profile("security-jewelers", retention=[kept]))

    assert [each.promises for each in found if "more than you promised" in each.sentence] == [("SJ-03",)]


def test_application_at_miniluxe_follows_the_rule_for_applicants_and_not_the_one_for_orders() -> None:
    theirs = profile("miniluxe")
    application = decide(theirs, record("job_application", collected_on=date(2026, 5, 6)), today=TODAY)
    bought = decide(theirs, record("order", ordered_on=date(2026, 5, 6)), today=TODAY)

    assert (application.rule, application.until, application.promises) == (
        "applications",
        date(2027, 5, 6),
        ("ML-02",),
    )
    assert (bought.rule, bought.until) == ("purchases", date(2030, 12, 31))


@pytest.mark.parametrize(("ordered_on", "number"), [(date(2022, 5, 6), 1), (date(2024, 5, 6), 2)])
def test_order_at_miniluxe_is_judged_by_the_policy_of_its_day(ordered_on: date, number: int) -> None:
    versions = (
        DatedProfile(1, date(2020, 1, 1), profile("miniluxe")),
        DatedProfile(2, date(2023, 1, 1), profile("miniluxe")),
    )

    assert version_of(record("order", ordered_on=ordered_on), versions).number == number


@pytest.mark.parametrize(
    ("shop", "promise"), [("timelux-boutique", "TL-19"), ("security-jewelers", "SJ-13"), ("cali-jewelz", "CJ-23")]
)
def test_page_that_speaks_of_a_date_and_shows_none_is_told_to_the_owner(shop: str, promise: str) -> None:
    silent = profile(shop)
    dated = profile(shop, revision={"revised_on": TODAY, "promises": [promise]})

    assert [each.promises for each in lint(silent) if each.place == "revision"] == [(promise,)]
    assert [each for each in lint(dated) if each.place == "revision"] == []


@pytest.mark.parametrize("kind", ["promotion", "aggregate_only"])
def test_recipient_at_world_jewels_that_would_advertise_is_refused_even_for_figures(kind: str) -> None:
    theirs = yaml.safe_load((PROFILES / "world-jewels.yaml").read_text())["recipients"]
    added = {"key": "network", "name": "A network", "kind": kind, "gets": ["user.behavior"]}

    with pytest.raises(ProfileError, match=f"'user.behavior' goes to nobody of the kind '{kind}'"):
        profile("world-jewels", recipients=[*theirs, added])
    assert profile("world-jewels", recipients=[*theirs, added | {"is_allowed": False}])


@pytest.mark.parametrize(("shop", "promise"), [("timelux-boutique", "TL-05"), ("world-jewels", "WJ-10")])
def test_visits_that_a_source_holds_of_people_contradict_what_the_shop_says(shop: str, promise: str) -> None:
    theirs = profile(shop)
    orders, visits = Holding("shop", "shop.orders", "order"), Holding("shop", "shop.visits", "browsing_event")

    untrue = [each for each in lint(theirs, [orders, visits]) if "is not true" in each.sentence]

    assert [each.promises for each in untrue] == [(promise,)]
    assert [each for each in lint(theirs, [orders]) if "is not true" in each.sentence] == []
