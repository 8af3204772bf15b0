from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dsr.sources import registry
from dsr.sources.revision import (
    CollectionChoice,
    ColumnChoice,
    Difference,
    Link,
    choices_of,
    compared,
    revised,
    without_guesses,
)

HERE = Path("tests/small_shop")
DATASET, OVERLAY = (HERE / "shop.yaml").read_text(), (HERE / "shop.dsr.yaml").read_text()


def column(choices: tuple[CollectionChoice, ...], collection: str, name: str) -> ColumnChoice:
    return next(c for each in choices if each.name == collection for c in each.columns if c.name == name)


def chosen(
    choices: tuple[CollectionChoice, ...], collection: str, name: str, **otherwise: object
) -> tuple[CollectionChoice, ...]:
    """The choices with one column chosen otherwise."""
    return tuple(
        replace(
            each,
            columns=tuple(
                replace(c, **otherwise) if c.name == name else c  # type: ignore[arg-type]  # each test names its own
                for c in each.columns
            ),
        )
        if each.name == collection
        else each
        for each in choices
    )


def test_choices_of_when_nothing_is_chosen_otherwise_then_the_texts_stay() -> None:
    choices = choices_of(DATASET, OVERLAY)

    assert [each.name for each in choices] == ["customers", "orders", "order_lines", "gifts", "newsletter"]
    assert revised(DATASET, OVERLAY, choices) == (DATASET, OVERLAY)


@pytest.mark.parametrize(
    "otherwise",
    [
        {"data_categories": ("user.contact.address.street", "user.content")},
        {"identity": "order_number"},
        {"third_party": "gift_recipient"},
        {"is_never_export": True},
        {"links": (Link("small_shop", "customers.id", ""),)},
    ],
    ids=lambda each: next(iter(each)),
)
def test_revised_when_a_column_is_chosen_otherwise_then_the_texts_say_exactly_that(
    otherwise: dict[str, object],
) -> None:
    wanted = chosen(choices_of(DATASET, OVERLAY), "orders", "note", **otherwise)

    dataset, overlay = revised(DATASET, OVERLAY, wanted)

    assert choices_of(dataset, overlay) == wanted
    assert registry.load(dataset, overlay).graph.collections.keys() == {each.name for each in wanted}
    changed = [line for line in DATASET.splitlines() if line not in dataset.splitlines()]
    assert len(changed) <= 1


@pytest.mark.parametrize(
    ("collection", "name", "otherwise"),
    [
        ("customers", "phone", {"identity": ""}),
        ("orders", "customer_id", {"links": ()}),
        ("gifts", "recipient_name", {"third_party": ""}),
    ],
)
def test_revised_when_something_is_taken_back_then_the_texts_no_longer_say_it(
    collection: str, name: str, otherwise: dict[str, object]
) -> None:
    before = choices_of(DATASET, OVERLAY)
    wanted = chosen(before, collection, name, **otherwise)
    assert wanted != before

    assert choices_of(*revised(DATASET, OVERLAY, wanted)) == wanted


def test_revised_when_a_collection_is_chosen_otherwise_then_the_overlay_says_so() -> None:
    wanted = tuple(
        replace(each, record_class="parcel", ownership="", is_skipped=True) if each.name == "order_lines" else each
        for each in choices_of(DATASET, OVERLAY)
    )

    assert choices_of(*revised(DATASET, OVERLAY, wanted)) == wanted


def test_revised_when_there_was_no_overlay_then_one_is_written() -> None:
    wanted = chosen(choices_of(DATASET, ""), "orders", "note", is_never_export=True)

    dataset, overlay = revised(DATASET, "", wanted)

    assert (dataset, overlay) == (DATASET, "collections:\n  orders:\n    never_export:\n    - note\n")


def test_compared_when_two_descriptions_differ_then_each_difference_is_told_once() -> None:
    before = choices_of(DATASET, OVERLAY)
    after = chosen(before, "orders", "note", data_categories=("user.name",), is_never_export=True)
    after = tuple(replace(each, record_class="sale") if each.name == "orders" else each for each in after)[:-1]

    assert list(compared(before, after)) == [
        Difference("orders", "", "record_class", "order", "sale"),
        Difference("orders", "note", "data_categories", "user.content", "user.name"),
        Difference("orders", "note", "is_never_export", "no", "yes"),
        Difference("newsletter", "", "collection", "3 columns", ""),
    ]
    assert list(compared(before, before)) == []


def test_without_guesses_when_a_column_was_decided_then_its_guess_is_gone_and_a_persons_words_stay() -> None:
    dataset = """\
dataset:
  - fides_key: shop
    collections:
      - name: orders  # decide: is it?; 0.41 many reasons
        # decide: is it?
        # Kept by the till
        fields:
          - {name: id, data_categories: [user.unique_id]}  # 0.80 the key
          - {name: note, data_categories: [user.content]}  # decide: whose?; 0.55 long words
          - {name: mark, data_categories: [user.content]}  # 2 of them since 2019
"""
    overlay = "collections:\n  orders:  # 0.95 lines of goods\n    record_class: order  # as the policy says\n"

    after, about = without_guesses(dataset, overlay, {("orders", "note"), ("orders", "mark")}, {"orders"})

    removed = [line for line in dataset.splitlines() if line not in after.splitlines()]
    assert removed == [
        "      - name: orders  # decide: is it?; 0.41 many reasons",
        "        # decide: is it?",
        "          - {name: note, data_categories: [user.content]}  # decide: whose?; 0.55 long words",
    ]
    assert about == "collections:\n  orders:\n    record_class: order  # as the policy says\n"
    assert choices_of(after, about) == choices_of(dataset, overlay)
