"""A planned row that is somebody else's by now is left as it is, with what hangs on it, in every database."""

from __future__ import annotations

import pytest

from dsr.records import Action, PlanRow, Portable, RecordKey
from dsr.sources import registry, whose
from tests.contract.databases import Plain

DATASET = """
dataset:
  - fides_key: shop
    collections:
      - name: buyer
        fields:
          - {name: id, fides_meta: {primary_key: true, data_type: integer}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email}}
          - {name: name, data_categories: [user.name]}
      - name: purchase
        fields:
          - {name: id, fides_meta: {primary_key: true, data_type: integer}}
          - {name: buyer_id, fides_meta: {data_type: integer, references: [{dataset: shop, field: buyer.id, direction: from}]}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email}}
          - {name: note}
"""
TABLES = """
CREATE TABLE buyer (id integer PRIMARY KEY, email varchar(60), name varchar(60));
CREATE TABLE purchase (id integer PRIMARY KEY, buyer_id integer, email varchar(60), note varchar(60));
"""
FILL = """
INSERT INTO buyer VALUES (1, 'ada@example.com', 'Ada'), (2, 'bela@example.org', 'Bela');
INSERT INTO purchase VALUES (10, 1, NULL, 'a ring'), (11, NULL, 'ada@example.com', 'a chain'), (20, 2, NULL, 'a watch');
"""
DESCRIBED = registry.load(DATASET)
MANY = 1_200


@pytest.fixture
def shop(plain: Plain) -> Plain:
    plain.run(TABLES)
    plain.run(FILL)
    return plain


def planned(collection: str, number: int, action: Action, /, **values: Portable) -> PlanRow:
    """A row of a plan, as it was when it was planned."""
    telling = whose.prints(DESCRIBED, collection, values)
    changes = {} if action is Action.DELETE else {"note": "[erased]"}
    return PlanRow(RecordKey("shop", collection, (("id", number),)), action, changes, telling)


def everything(email: str = "ada@example.com") -> list[PlanRow]:
    return [
        planned("buyer", 1, Action.DELETE, email=email),
        planned("purchase", 10, Action.DELETE, buyer_id=1),
        planned("purchase", 11, Action.ANONYMISE, email=email),
    ]


def test_rows_when_they_are_theirs_then_go_whatever_the_spelling(shop: Plain) -> None:
    plan = everything("Ada@Example.com ")
    with registry.open_writable_source("sql", "shop", shop.url, DESCRIBED) as source:
        assert list(source.strangers(plan)) == []
        outcomes = list(source.apply(plan))
        assert list(source.unmet(plan)) == []

    assert [outcome.rows for outcome in outcomes] == [1, 1, 1]
    assert shop.rows("SELECT id FROM buyer") == [(2,)]
    assert shop.rows("SELECT id, note FROM purchase ORDER BY id") == [(11, "[erased]"), (20, "a watch")]


def test_rows_when_their_number_was_given_again_then_stay_with_what_hangs_on_them(shop: Plain) -> None:
    shop.run("UPDATE buyer SET email = 'zoe@stranger.org' WHERE id = 1;")
    shop.run("UPDATE purchase SET email = 'zoe@stranger.org' WHERE id = 11;")
    before = shop.rows("SELECT * FROM buyer ORDER BY id"), shop.rows("SELECT * FROM purchase ORDER BY id")
    with registry.open_writable_source("sql", "shop", shop.url, DESCRIBED) as source:
        outcomes = list(source.apply(everything()))
        strangers = {(key.collection, key.columns) for key in source.strangers(everything())}
        assert list(source.unmet(everything())) == []

    assert [outcome.rows for outcome in outcomes] == [0, 0, 0]
    assert (shop.rows("SELECT * FROM buyer ORDER BY id"), shop.rows("SELECT * FROM purchase ORDER BY id")) == before
    assert strangers == {("buyer", (("id", 1),)), ("purchase", (("id", 10),)), ("purchase", (("id", 11),))}


def test_row_when_nobody_was_named_and_now_somebody_is_then_stays(shop: Plain) -> None:
    plan = [planned("purchase", 20, Action.ANONYMISE)]
    with registry.open_writable_source("sql", "shop", shop.url, DESCRIBED) as source:
        assert [outcome.rows for outcome in source.apply(plan)] == [0]

    assert shop.rows("SELECT note FROM purchase WHERE id = 20") == [("a watch",)]


def test_one_among_many_when_it_is_somebody_elses_then_it_alone_stays(shop: Plain) -> None:
    filled = ", ".join(f"({number}, NULL, 'ada@example.com', 'x')" for number in range(100, 100 + MANY))
    shop.run(f"INSERT INTO purchase VALUES {filled};")
    plan = [planned("purchase", number, Action.DELETE, email="ada@example.com") for number in range(100, 100 + MANY)]
    shop.run("UPDATE purchase SET email = 'zoe@stranger.org' WHERE id = 700;")
    with registry.open_writable_source("sql", "shop", shop.url, DESCRIBED) as source:
        outcomes = list(source.apply(plan))

    assert sum(outcome.rows for outcome in outcomes) == MANY - 1
    assert shop.rows("SELECT id FROM purchase WHERE id > 99") == [(700,)]


def test_one_among_many_owners_when_it_is_somebody_elses_then_stays_with_what_hangs_on_it(shop: Plain) -> None:
    numbers = range(100, 100 + MANY)
    buyers = ", ".join(f"({number}, 'ada@example.com', 'Ada')" for number in numbers)
    purchases = ", ".join(f"({number}, {number}, NULL, 'x')" for number in numbers)
    shop.run(f"INSERT INTO buyer VALUES {buyers}; INSERT INTO purchase VALUES {purchases};")
    plan = [planned("buyer", number, Action.DELETE, email="ada@example.com") for number in numbers]
    plan += [planned("purchase", number, Action.DELETE, buyer_id=number) for number in numbers]
    shop.run("UPDATE buyer SET email = 'zoe@stranger.org' WHERE id = 700;")
    with registry.open_writable_source("sql", "shop", shop.url, DESCRIBED) as source:
        outcomes = list(source.apply(plan))

    assert sum(outcome.rows for outcome in outcomes) == 2 * (MANY - 1)
    assert shop.rows("SELECT id FROM buyer WHERE id > 99") == [(700,)]
    assert shop.rows("SELECT id FROM purchase WHERE id > 99") == [(700,)]
