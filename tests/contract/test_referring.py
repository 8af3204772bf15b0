"""Which rows refer to some rows, each told with what it refers to, in every database."""

from __future__ import annotations

from dsr.records import RecordKey
from dsr.sources import registry
from tests.contract.databases import Plain
from tests.contract.test_whose import DESCRIBED, MANY, shop  # noqa: F401  (a fixture)

WORDS = registry.load("""
dataset:
  - fides_key: shop
    collections:
      - name: buyer
        fields:
          - {name: code, fides_meta: {primary_key: true}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {identity: email}}
      - name: purchase
        fields:
          - {name: id, fides_meta: {primary_key: true, data_type: integer}}
          - {name: buyer_code, fides_meta: {references: [{dataset: shop, field: buyer.code, direction: from}]}}
""")


def told(url: str, keys: list[RecordKey], described: registry.Description = DESCRIBED) -> list[tuple[object, object]]:
    with registry.open_writable_source("sql", "shop", url, described) as source:
        pairs = [(key.columns[0][1], record.values["id"]) for key, record in source.referring(keys)]
    return sorted(pairs, key=str)


def buyer(number: int) -> RecordKey:
    return RecordKey("shop", "buyer", (("id", number),))


def test_rows_when_others_refer_to_some_of_them_then_each_is_told_with_those(shop: Plain) -> None:  # noqa: F811
    shop.run(
        "INSERT INTO buyer VALUES (3, 'cleo@example.net', 'Cleo'); INSERT INTO purchase VALUES (12, 1, NULL, 'a box');"
    )

    assert told(shop.url, [buyer(1), buyer(2), buyer(3), buyer(4)]) == [(1, 10), (1, 12), (2, 20)]
    assert told(shop.url, [buyer(3)]) == told(shop.url, [RecordKey("shop", "purchase", (("id", 10),))]) == []


def test_rows_when_they_are_many_then_all_that_refer_to_them_are_told(shop: Plain) -> None:  # noqa: F811
    numbers = range(1_000, 1_000 + MANY)
    shop.run("".join(f"INSERT INTO buyer VALUES ({each}, NULL, 'Ada');" for each in numbers))
    shop.run("".join(f"INSERT INTO purchase VALUES ({each}, {each}, NULL, 'a box');" for each in numbers))

    assert told(shop.url, [buyer(each) for each in numbers]) == [(each, each) for each in numbers]


def test_rows_when_the_database_takes_two_spellings_for_one_then_what_refers_by_either_is_told(plain: Plain) -> None:
    plain.run(
        "CREATE TABLE buyer (code varchar(20) PRIMARY KEY, email varchar(60));"
        "CREATE TABLE purchase (id integer PRIMARY KEY, buyer_code varchar(20));"
        "INSERT INTO buyer VALUES ('ada', NULL), ('bela', NULL);"
        "INSERT INTO purchase VALUES (10, 'ada'), (11, 'ADA'), (20, 'bela');"
    )
    keys = [RecordKey("shop", "buyer", (("code", code),)) for code in ("ada", "bela")]
    is_one = bool(plain.rows("SELECT 1 FROM buyer WHERE code = 'ADA'"))

    assert told(plain.url, keys, WORDS) == [("ada", 10), *([("ada", 11)] if is_one else []), ("bela", 20)]
