"""A record class of a connected source without a rule is an error, and so is a collection without a class."""

from __future__ import annotations

import pytest
import yaml

from dsr.policy.coverage import Gap, Holding, LookUp, Switch, gaps, left_on, survivors
from dsr.policy.terms import Meanwhile, RetentionRule, Then
from tests.policy.promised import keeping, promised, removing

ORDERS = Holding("shop", "shop.orders", "order", "shop.dsr.yaml", 4)
REPAIRS = Holding("shop", "shop.repairs", "repair", "shop.dsr.yaml", 9)
NOTES = Holding("crm", "crm.notes", "", "crm.dsr.yaml", None)


def test_collection_whose_class_a_rule_names_is_no_gap() -> None:
    assert list(gaps(promised(keeping()), [ORDERS])) == []
    assert [gap.holding for gap in gaps(promised(), [ORDERS])] == [ORDERS]


def test_every_class_without_a_rule_is_named_with_the_line_that_would_settle_it() -> None:
    returns = Holding("shop", "shop.returns", "return")
    found = list(gaps(promised(keeping(line=31), removing(line=40), removing()), [ORDERS, REPAIRS, returns]))
    assert [gap.holding for gap in found] == [REPAIRS, returns]
    assert found[0] == Gap(
        REPAIRS,
        "no retention rule of the policy of Shop names its record class 'repair'",
        "- {key: repair, record_classes: [repair], then: delete}  (under retention:, or with keep, from_facts and basis)",
        "shop.yaml",
        40,
    )
    assert yaml.safe_load(found[0].cure.partition("  (")[0]) == [
        {"key": "repair", "record_classes": ["repair"], "then": "delete"}
    ]


def test_collection_about_people_without_a_class_is_a_gap_in_its_own_description() -> None:
    found = list(gaps(promised(keeping()), [NOTES]))
    assert [(gap.file, gap.line) for gap in found] == [("crm.dsr.yaml", None)]
    assert found[0].cure.startswith("record_class: order  (")
    assert str(found[0]).startswith("crm: crm.notes: it holds data about people and has no record class")


def test_policy_without_rules_proposes_a_word_of_ours() -> None:
    assert next(gaps(promised(), [NOTES])).cure.startswith("record_class: account  (")


EMAIL = Holding("shop", "shop.orders.email", "order", "shop.yaml", 12)


@pytest.mark.parametrize("categories", [(), ("system.operations",), ("username",)])
def test_column_that_finds_a_person_in_an_anonymous_record_is_a_gap(categories: tuple[str, ...]) -> None:
    (found,) = survivors(promised(keeping()), [LookUp(EMAIL, categories)])
    assert (found.holding, found.file, found.line) == (EMAIL, "shop.yaml", 12)
    assert found.message == (
        "people are found by it, and the rule 'orders', which makes its records anonymous, does not touch its data "
        f"categories ({', '.join(categories) or 'none'})"
    )
    assert list(survivors(promised(keeping()), [LookUp(EMAIL, ("user.unique_id",))])) == []


def test_column_that_finds_a_person_is_no_gap_where_the_record_goes_or_its_category_does() -> None:
    lookup = LookUp(EMAIL, ("system.documents.passport",))
    assert len(list(survivors(promised(removing(), keeping()), [lookup]))) == 1
    assert list(survivors(promised(keeping(then=Then.DELETE)), [lookup])) == []
    assert list(survivors(promised(keeping(), never_export=("system.documents",)), [lookup])) == []
    assert list(survivors(promised(keeping(record_classes=("note",))), [lookup])) == []


WANTS = Switch(
    Holding("shop", "shop.orders.wants", "order", "shop.dsr.yaml", 4), "wants", ("user.privacy_preferences",)
)
LOCKED = keeping(meanwhile=Meanwhile.DEACTIVATED)


def test_column_that_takes_marketing_in_a_record_that_is_out_of_use_is_a_gap_with_two_ways_out() -> None:
    (found,) = left_on(promised(LOCKED), [WANTS])

    assert (found.holding, found.file, found.line) == (WANTS.holding, "shop.dsr.yaml", 4)
    assert found.message == (
        "it says that a person takes marketing, and stays so in records that the rule 'orders' takes out of use"
    )
    assert found.cure.startswith("deactivate: {wants: false}  (")
    taken = keeping(meanwhile=Meanwhile.DEACTIVATED, at_once=("user.privacy_preferences",))
    assert list(left_on(promised(taken), [WANTS])) == []
    assert len(list(left_on(promised(taken, LOCKED), [WANTS]))) == 1


@pytest.mark.parametrize(
    "rule", [keeping(), removing(), keeping(meanwhile=Meanwhile.DEACTIVATED, record_classes=("note",))]
)
def test_column_that_takes_marketing_is_no_gap_where_no_rule_takes_its_record_out_of_use(rule: RetentionRule) -> None:
    assert list(left_on(promised(rule), [WANTS])) == []
