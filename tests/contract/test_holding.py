"""Rows found by what they refer to, whether or not that is there: in every database, of any number and type of key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dsr.sources import registry
from dsr.sources.base import Columns, Link, WritableSource
from tests.contract.databases import Plain

DATASET = """
dataset:
  - fides_key: shop
    collections:
      - name: buyer
        fields:
          - {name: id, fides_meta: {primary_key: true, data_type: integer}}
          - {name: code}
      - name: purchase
        fields:
          - {name: id, fides_meta: {primary_key: true, data_type: integer}}
          - {name: buyer_id, fides_meta: {data_type: integer, references: [{dataset: shop, field: buyer.id, direction: from}]}}
          - {name: clerk_id, fides_meta: {data_type: integer}}
          - {name: code}
          - {name: note}
      - name: trace
        fields:
          - {name: code, fides_meta: {references: [{dataset: shop, field: buyer.code, direction: from}]}}
          - {name: note}
"""
TABLES = """
CREATE TABLE buyer (id integer PRIMARY KEY, code varchar(20));
CREATE TABLE purchase (id integer PRIMARY KEY, buyer_id integer, clerk_id integer, code varchar(20), note varchar(20),
    FOREIGN KEY (clerk_id) REFERENCES buyer (id));
CREATE TABLE trace (code varchar(20), note varchar(20));
"""
FILL = """
INSERT INTO buyer VALUES (7, 'clerk');
INSERT INTO purchase VALUES (10, 1, 7, 'A1', 'a ring'), (11, 1, NULL, NULL, NULL), (20, 2, 7, 'a1', 'a watch');
INSERT INTO trace VALUES ('A1', 'one'), ('A1', 'one'), ('A1', 'two'), ('a1', 'other'), (NULL, 'none');
"""
BUYERS: Columns = ("purchase", ("buyer_id",))


@pytest.fixture
def source(plain: Plain) -> Iterator[WritableSource]:
    plain.run(TABLES)
    plain.run(FILL)
    with registry.open_writable_source("sql", "shop", plain.url, registry.load(DATASET)) as opened:
        yield opened


def test_rows_when_what_they_refer_to_is_gone_then_are_found_by_it(source: WritableSource) -> None:
    found = list(source.holding({BUYERS: [(1,), (3,)]}, (), 100))

    assert sorted((where, record.key.columns, record.values["note"]) for where, record in found) == [
        (BUYERS, (("id", 10),), "a ring"),
        (BUYERS, (("id", 11),), None),
    ]
    besides = {record.key.digest for _, record in found if record.values["note"]}
    assert [record.key.columns for _, record in source.holding({BUYERS: [(1,)]}, besides, 100)] == [(("id", 11),)]
    assert len(list(source.holding({BUYERS: [(1,), (2,)]}, (), 2))) == 2


def test_rows_when_many_values_are_looked_for_then_are_found_among_them(source: WritableSource) -> None:
    found = list(source.holding({BUYERS: [(number,) for number in range(2, 12_000)]}, (), 100))

    assert [record.key.columns for _, record in found] == [(("id", 20),)]


def test_rows_when_they_have_no_key_then_equal_ones_are_found_together_and_case_tells_them_apart(
    source: WritableSource,
) -> None:
    found = [record.values["note"] for _, record in source.holding({("trace", ("code",)): [("A1",)]}, (), 100)]

    assert sorted(map(str, found)) == ["one", "one", "two"]


def test_rows_when_several_columns_are_looked_at_then_all_must_hold(source: WritableSource) -> None:
    both: Columns = ("purchase", ("buyer_id", "code"))

    found = list(source.holding({both: [(1, "A1"), (2, "A1"), (1, "x")]}, (), 100))

    assert [record.key.columns for _, record in found] == [(("id", 10),)]


def test_references_are_those_declared_and_those_that_the_database_keeps(source: WritableSource) -> None:
    assert set(source.references()) == {
        Link("purchase", ("buyer_id",), "buyer", ("id",)),
        Link("purchase", ("clerk_id",), "buyer", ("id",)),
        Link("trace", ("code",), "buyer", ("code",)),
    }


def test_rows_when_what_they_refer_to_is_of_another_type_then_what_cannot_stand_there_is_not_looked_for(
    source: WritableSource,
) -> None:
    odd = ["abc", "", "1 ", 2**40, -(2**70), 1.5, True, "é"]
    found = list(source.holding({BUYERS: [(each,) for each in [*odd, "2"]]}, (), 100))

    assert (("id", 20),) in {record.key.columns for _, record in found}
