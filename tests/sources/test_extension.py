from __future__ import annotations

from pathlib import Path

from dsr.sources import registry
from dsr.sources.extension import extended
from dsr.sources.revision import Link, choices_of

HERE = Path("tests/small_shop")
DATASET, OVERLAY = (HERE / "shop.yaml").read_text(), (HERE / "shop.dsr.yaml").read_text()
DRAFT = """\
dataset:
  - fides_key: web
    collections:
      - name: customers
        fields:
          - {name: email, data_categories: [system.operations]}
          - {name: shoe_size, data_categories: [user.demographic.profile]}  # 0.60 a guess
      - name: repairs
        fields:
          - {name: id, data_categories: [system.operations], fides_meta: {primary_key: true}}
          - name: customer_id
            data_categories: [user.unique_id]
            fides_meta: {references: [{dataset: web, field: customers.id, direction: from}, {dataset: web, field: gone.id}]}
"""
ABOUT = "collections:\n  repairs: {record_class: repair, ownership: owned}\n  customers: {record_class: person}\n"


def test_extended_when_the_database_holds_more_then_only_that_is_added() -> None:
    extension = extended(DATASET, OVERLAY, DRAFT, ABOUT)

    before = {each.name: each for each in choices_of(DATASET, OVERLAY)}
    after = {each.name: each for each in choices_of(extension.dataset_text, extension.overlay_text)}
    assert extension.added == {("customers", "shoe_size"), ("repairs", "id"), ("repairs", "customer_id")}
    assert after.keys() - before.keys() == {"repairs"}
    assert {name: after[name] for name in before if name != "customers"} == {
        name: each for name, each in before.items() if name != "customers"
    }
    assert after["customers"].columns[:-1] == before["customers"].columns
    assert [line for line in DATASET.splitlines() if line not in extension.dataset_text.splitlines()] == []
    assert "repairs" in registry.load(extension.dataset_text, extension.overlay_text).graph.collections


def test_extended_when_a_new_table_refers_to_a_declared_one_then_it_leads_into_the_dataset_it_joins() -> None:
    extension = extended(DATASET, OVERLAY, DRAFT, ABOUT)

    repairs = choices_of(extension.dataset_text, extension.overlay_text)[-1]
    assert repairs.columns[1].links == (Link("small_shop", "customers.id", "from"),)
    assert (repairs.record_class, repairs.ownership) == ("repair", "owned")


def test_extended_when_nothing_is_new_then_the_texts_stay() -> None:
    extension = extended(DATASET, OVERLAY, DATASET, OVERLAY)

    assert (extension.dataset_text, extension.overlay_text, extension.added) == (DATASET, OVERLAY, frozenset())
