from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from dsr.sources.base import SourceError
from dsr.sources.examples import examples, masked


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("ada@example.com", "a•••@e•••.com"),
        ("+1 (617) 555-0101", "+• (•••) •••-••01"),
        ("078-05-1120", "•••-••-••20"),
        ("Ada Lovelace", "A•• L•••"),
        ("02139", "•••••"),
        (date(1984, 5, 17), "••••-••-17"),
        (Decimal("1299.00"), "••••.00"),
        (True, "yes"),
        (7, "•"),
        ("Please ring at the back door, I am at home after six", "P••• r••• a• t•• b••• d…"),
        ("4111 1111 1111 1111", "•••• •••• •••• ••11"),
        ("Zoë@", "Z•••@•••"),
    ],
)
def test_masked_when_it_is_shown_then_nobody_can_be_told_from_it(value: object, shown: str) -> None:
    assert masked(value) == shown


def test_examples_when_a_table_is_read_then_each_column_has_a_few_masked_ones(shop_url: str) -> None:
    found = examples("shop", shop_url, "customers", ("email", "name", "no_such"))

    assert found["email"][0] == "A•••@E•••.com"
    assert found["name"][0] == "A•• L•••"
    assert found["no_such"] == ()


def test_examples_when_a_column_is_not_asked_for_then_it_is_not_read(shop_url: str) -> None:
    assert examples("shop", shop_url, "customers", ("email",)).keys() == {"email"}


def test_examples_when_there_is_no_such_table_then_the_failure_has_a_name(shop_url: str) -> None:
    with pytest.raises(SourceError):
        examples("shop", shop_url, "no_such", ("email",))
