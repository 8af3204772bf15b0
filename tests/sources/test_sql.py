"""What a real PostgreSQL returns: every kind of value, key, name and table, and what never leaves it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import psycopg
import pytest

from dsr.records import Identity, IdentityKind, Person, Portable, Record
from dsr.sources import registry
from dsr.sources.base import FieldPath
from tests.sources.test_reach import dataset_of

ADA = Person((Identity(IdentityKind.EMAIL, "ada@example.com"),))


def filled(url: str, *statements: str) -> str:
    """The database after some statements."""
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement)
    return url


def gathered(url: str, dataset: str, overlay: str = "", person: Person = ADA) -> list[Record]:
    with registry.open_source("sql", "shop", url, registry.load(dataset, overlay)) as source:
        return list(source.gather(source.locate(person, {})))


def values(records: Sequence[Record], column: str) -> list[Portable]:
    return [record.values[column] for record in records]


TYPES: list[tuple[str, str, Portable]] = [
    ("text", "'Zoë – ☃ <b>=1+1'", "Zoë – ☃ <b>=1+1"),
    ("text", "NULL", None),
    ("text", "''", ""),
    ("char(5)", "'ab'", "ab   "),
    ("smallint", "-1", -1),
    ("bigint", "9007199254740992", 9007199254740992),
    ("bigint", "9007199254740993", "9007199254740993"),
    ("bigint", "-9223372036854775808", "-9223372036854775808"),
    ("numeric(30, 4)", "12345678901234567890.1000", "12345678901234567890.1000"),
    ("numeric", "'NaN'", "NaN"),
    ("real", "1.5", 1.5),
    ("double precision", "0.1", 0.1),
    ("double precision", "'-infinity'", "-inf"),
    ("boolean", "true", True),
    ("bytea", "'\\x00ff'", "AP8="),
    ("date", "'2024-02-29'", "2024-02-29"),
    ("date", "'infinity'", "infinity"),
    ("date", "'0044-03-15 BC'", "0044-03-15 BC"),
    ("time", "'23:59:59.5'", "23:59:59.500000"),
    ("timetz", "'12:00:00+05:30'", "12:00:00+05:30"),
    ("timestamp", "'2024-01-02 03:04:05'", "2024-01-02T03:04:05"),
    ("timestamp", "'2024-01-02 03:04:05.12'", "2024-01-02T03:04:05.120000"),
    ("timestamp", "'-infinity'", "-infinity"),
    ("timestamptz", "'2024-07-01 12:00:00.000001+02'", "2024-07-01T10:00:00.000001+00:00"),
    ("timestamptz", "'infinity'", "infinity"),
    ("interval", "'1 month 2 days 03:00'", "P1M2DT3H"),
    ("uuid", "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
    ("inet", "'192.0.2.7'", "192.0.2.7"),
    ("mood", "'glad'", "glad"),
    ("int4range", "'[1,5)'", "[1,5)"),
    ("integer[]", "'{1,NULL,3}'", [1, None, 3]),
    ("bigint[]", "'{9007199254740993}'", ["9007199254740993"]),
    ("numeric[]", "'{1.50}'", ["1.50"]),
    ("text[]", "'{\"a,b\",\"\"}'", ["a,b", ""]),
    ("timestamptz[]", "'{2024-07-01 12:00+02}'", ["2024-07-01T10:00:00+00:00"]),
    ("bytea[]", "ARRAY['\\x00ff'::bytea]", ["AP8="]),
    ("mood[]", "'{glad,sad}'", ["glad", "sad"]),
    ("jsonb", """'{"a": [1, 12345678901234567890, 0.10000000000000000001], "b": null}'""",
     {"a": [1, "12345678901234567890", "0.10000000000000000001"], "b": None}),
    ("json", "'\"text\"'", "text"),
    ("jsonb", "'null'", None),
]  # fmt: skip


def test_every_type_comes_out_without_loss(postgres_url: str) -> None:
    columns = ", ".join(f"c{number} {kind}" for number, (kind, _, _) in enumerate(TYPES))
    written = ", ".join(literal for _, literal, _ in TYPES)
    url = filled(
        postgres_url,
        "CREATE TYPE mood AS ENUM ('glad', 'sad')",
        f"CREATE TABLE things (id int PRIMARY KEY, email text, {columns})",
        f"INSERT INTO things VALUES (1, 'ada@example.com', {written})",
    )
    names = " ".join(f"c{number}" for number in range(len(TYPES)))
    (record,) = gathered(url, dataset_of("shop", f"things: id* email@email {names}"))

    assert [record.values[f"c{number}"] for number in range(len(TYPES))] == [expected for _, _, expected in TYPES]
    assert record.key.columns == (("id", 1),)


def test_the_session_of_the_server_changes_nothing(postgres_url: str) -> None:
    url = filled(
        postgres_url,
        "CREATE TABLE things (id int PRIMARY KEY, email text, at timestamptz, day date, long interval)",
        "INSERT INTO things VALUES (1, 'ada@example.com', '2024-07-01 12:00+02', '2024-02-29', '1 day')",
    )
    odd = f"{url}?options=-c%20TimeZone%3DAsia/Kolkata%20-c%20DateStyle%3DGerman%20-c%20IntervalStyle%3Dsql_standard"
    (record,) = gathered(odd, dataset_of("shop", "things: id* email@email at day long"))

    assert [record.values[name] for name in ("at", "day", "long")] == ["2024-07-01T10:00:00+00:00", "2024-02-29", "P1D"]


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        ("text", "'a\"b\\\\{,}'", "'NULL'"),
        ("uuid", "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'", "'6ba7b811-9dad-11d1-80b4-00c04fd430c8'"),
        ("bigint", "9007199254740993", "9007199254740995"),
        ("numeric", "1.50", "2.5"),
        ("date", "'2024-02-29'", "'2024-03-01'"),
        ("timestamptz", "'2024-02-29 12:00:00.000001+00'", "'2024-03-01 12:00+00'"),
        ("char(8)", "'ada'", "'bela'"),
        ("bytea", "'\\x00ff'", "'\\x01'"),
        ("size", "'small'", "'large'"),
    ],
)
def test_references_of_any_type_are_followed(postgres_url: str, kind: str, first: str, second: str) -> None:
    url = filled(
        postgres_url,
        "CREATE TYPE size AS ENUM ('small', 'large')",
        f"CREATE TABLE customer (id {kind} PRIMARY KEY, email text)",
        f"CREATE TABLE visit (id int PRIMARY KEY, customer_id {kind})",
        f"INSERT INTO customer VALUES ({first}, 'ada@example.com'), ({second}, 'bela@example.com')",
        f"INSERT INTO visit VALUES (1, {first}), (2, {second})",
    )
    found = gathered(url, dataset_of("shop", "customer: id* email@email\nvisit: id* customer_id>customer.id"))

    assert [(record.key.collection, record.key.columns[0][1]) for record in found][1:] == [("visit", 1)]
    assert found[0].values["email"] == "ada@example.com"


def test_a_text_column_may_refer_to_a_number(postgres_url: str) -> None:
    url = filled(
        postgres_url,
        "CREATE TABLE customer (id int PRIMARY KEY, email text)",
        "CREATE TABLE meta (id int PRIMARY KEY, customer_id text)",
        "INSERT INTO customer VALUES (7, 'ada@example.com'), (8, 'bela@example.com')",
        "INSERT INTO meta VALUES (1, '7'), (2, '8'), (3, 'none')",
    )
    found = gathered(url, dataset_of("shop", "customer: id* email@email\nmeta: id* customer_id>customer.id"))

    assert [record.key.columns for record in found] == [(("id", 7),), (("id", 1),)]


def test_names_that_sql_reserves_and_several_schemas_are_read(postgres_url: str) -> None:
    url = filled(
        postgres_url,
        "CREATE SCHEMA sales",
        'CREATE SCHEMA "Old Shop"',
        'CREATE TABLE sales."user" ("order" int PRIMARY KEY, "select" text, "50%" int, "a:b" int, "Größe" int, "q""q" int)',
        'CREATE TABLE "Old Shop"."Group" (id int PRIMARY KEY, "user" int)',
        """INSERT INTO sales."user" VALUES (1, 'ada@example.com', 50, 2, 3, 4)""",
        'INSERT INTO "Old Shop"."Group" VALUES (9, 1), (10, 2)',
    )
    dataset = """
    dataset:
      - fides_key: shop
        fides_meta: {namespace: {schema: sales}}
        collections:
          - name: user
            fields: [{name: order, fides_meta: {primary_key: true}}, {name: select, fides_meta: {identity: email}},
                     {name: "50%"}, {name: "a:b"}, {name: Größe}, {name: 'q"q'}]
          - name: Old Shop.Group
            fields: [{name: id, fides_meta: {primary_key: true}},
                     {name: user, fides_meta: {references: [{dataset: shop, field: user.order}]}}]
    """
    found = gathered(url, dataset)

    assert [(record.key.collection, list(record.values.values())) for record in found] == [
        ("user", [1, "ada@example.com", 50, 2, 3, 4]),
        ("Old Shop.Group", [9, 1]),
    ]
    assert registry.survey("sql", "shop", url, registry.load(dataset)).problems == ()


def test_a_table_without_a_key_gives_each_of_its_equal_rows(postgres_url: str) -> None:
    url = filled(
        postgres_url,
        "CREATE TABLE visit (email text, page text, token text)",
        "INSERT INTO visit VALUES ('ada@example.com', 'b', 'x'), ('ada@example.com', 'a', NULL), ('ada@example.com', 'b', 'x')",
    )
    found = gathered(
        url, dataset_of("shop", "visit: email@email page token"), "collections: {visit: {never_export: [token]}}"
    )

    assert values(found, "page") == ["a", "b", "b"]
    assert [record.held for record in found] == [(), ("token",), ("token",)]
    assert found[1].key == found[2].key
    assert found[0].key.columns == (("email", "ada@example.com"), ("page", "a"))


def test_a_hundred_and_fifty_columns_are_read(postgres_url: str) -> None:
    names = [f"c{number}" for number in range(150)]
    url = filled(
        postgres_url,
        f"CREATE TABLE wide (email text PRIMARY KEY, {', '.join(f'{name} int' for name in names)})",
        f"INSERT INTO wide VALUES ('ada@example.com', {', '.join(map(str, range(150)))})",
    )
    (record,) = gathered(url, dataset_of("shop", f"wide: email*@email {' '.join(names)}"))

    assert [record.values[name] for name in names] == list(range(150))


def test_a_row_that_two_ways_lead_to_comes_once(postgres_url: str) -> None:
    url = filled(
        postgres_url,
        "CREATE TABLE customer (id int PRIMARY KEY, email text)",
        'CREATE TABLE "order" (id int PRIMARY KEY, customer_id int, email text)',
        "INSERT INTO customer VALUES (1, 'ada@example.com')",
        """INSERT INTO "order" VALUES (10, 1, 'ada@example.com'), (11, NULL, 'Ada@Example.com'), (12, 1, NULL), (13, 2, 'b')""",
    )
    found = gathered(
        url, dataset_of("shop", "customer: id* email@email\norder: id* customer_id>customer.id email@email")
    )

    assert values(found[1:], "id") == [10, 11, 12]


def test_secret_values_are_never_asked_for(postgres_url: str) -> None:
    url = filled(
        postgres_url,
        "CREATE TABLE card (number text PRIMARY KEY, email text, pin text, holder text)",
        "INSERT INTO card VALUES ('4111111111111111', 'ada@example.com', NULL, 'Ada')",
    )
    dataset = """
    dataset:
      - fides_key: shop
        collections:
          - name: card
            fields: [{name: number, data_categories: [user.financial.credit_card], fides_meta: {primary_key: true}},
                     {name: email, fides_meta: {identity: email}},
                     {name: pin, data_categories: [user.authorization.credentials]}, {name: holder}]
    """
    (record,) = gathered(url, dataset)

    assert dict(record.values) == {"number": None, "email": "ada@example.com", "pin": None, "holder": "Ada"}
    assert record.held == ("number",)
    assert record.key.columns == (("number", "4111111111111111"),)


CARD = """
    dataset:
      - fides_key: shop
        collections:
          - name: payment
            fields:
              - {name: id, fides_meta: {primary_key: true}}
              - {name: email, fides_meta: {identity: email}}
              - name: details
                fields:
                  - {name: holder, data_categories: [user.name]}
                  - name: cards
                    fields:
                      - {name: number, data_categories: [user.financial.credit_card]}
                      - {name: brand}
"""


@pytest.mark.parametrize("kind", ["jsonb", "text"])
@pytest.mark.parametrize(
    ("written", "left", "held"),
    [
        (
            {"holder": "Ada", "cards": [{"number": "4111", "brand": "V"}, {"number": None}]},
            {"holder": "Ada", "cards": [{"number": None, "brand": "V"}, {"number": None}]},
            ("details.cards.number",),
        ),
        ({"cards": {"number": "4111"}}, {"cards": {"number": None}}, ("details.cards.number",)),
        ({"cards": []}, {"cards": []}, ()),
        ({"holder": "Ada"}, {"holder": "Ada"}, ()),
        ([{"cards": ["4111", {"number": "4111"}]}], [{"cards": [None, {"number": None}]}], ("details.cards.number",)),
        ([1, "4111"], [None, None], ("details.cards.number",)),
        ("4111", None, ("details",)),
        ({"cards": {"number": "4111"}, "more": "x" * 300_000}, None, ("details",)),
    ],
)
def test_secrets_inside_a_document_stay_there(
    postgres_url: str, kind: str, written: object, left: object, held: tuple[str, ...]
) -> None:
    url = filled(postgres_url, f"CREATE TABLE payment (id int PRIMARY KEY, email text, details {kind})")
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO payment VALUES (1, 'ada@example.com', %s)", (json.dumps(written),))
    (record,) = gathered(url, CARD)
    details = record.values["details"]
    whole = json.loads(details) if isinstance(details, str) else details

    if record.oversized:  # a text is read whatever its size
        assert record.held == ("details.cards.number",)
        assert b"4111" not in record.oversized["details"]
        return
    assert (whole, record.held) == (left, held)
    assert held == () or "4111" not in str(record)


def test_a_text_that_should_be_a_document_and_is_none_is_held(postgres_url: str) -> None:
    url = filled(
        postgres_url,
        "CREATE TABLE payment (id int PRIMARY KEY, email text, details text)",
        "INSERT INTO payment VALUES (1, 'ada@example.com', 'number: 4111')",
    )
    (record,) = gathered(url, CARD)

    assert (record.values["details"], record.held) == (None, ("details",))


@pytest.mark.parametrize(
    ("kind", "written", "raw"),
    [
        ("text", "repeat('é', 200000)", "é".encode() * 200_000),
        ("bytea", "decode(repeat('00ff', 150000), 'hex')", b"\x00\xff" * 150_000),
        ("jsonb", "jsonb_build_array(repeat('x', 300000))", b'["' + b"x" * 300_000 + b'"]'),
    ],
)
def test_a_value_too_large_for_a_chunk_travels_beside_its_row(
    postgres_url: str, kind: str, written: str, raw: bytes
) -> None:
    url = filled(
        postgres_url,
        f"CREATE TABLE files (id int PRIMARY KEY, email text, body {kind})",
        f"INSERT INTO files VALUES (1, 'ada@example.com', {written})",
    )
    (record,) = gathered(url, dataset_of("shop", "files: id* email@email body"))
    digest = hashlib.sha256(raw).hexdigest()

    assert record.oversized == {"body": raw}
    assert record.values["body"] == {"$file": f"files/{digest}", "bytes": len(raw)}


def test_rows_come_in_the_overlays_order_and_then_by_key(postgres_url: str) -> None:
    url = filled(
        postgres_url,
        "CREATE TABLE visit (id int PRIMARY KEY, email text, at int)",
        "INSERT INTO visit VALUES (3, 'ada@example.com', 1), (1, 'ada@example.com', 2), (2, 'ada@example.com', 1)",
    )
    dataset = dataset_of("shop", "visit: id* email@email at")

    assert values(gathered(url, dataset), "id") == [1, 2, 3]
    assert values(gathered(url, dataset, "collections: {visit: {order_by: [at]}}"), "id") == [2, 3, 1]


def test_one_moment_of_the_shop_is_seen_whatever_happens_meanwhile(postgres_url: str) -> None:
    url = filled(
        postgres_url,
        "CREATE TABLE visit (id int PRIMARY KEY, email text)",
        "INSERT INTO visit VALUES (1, 'ada@example.com')",
    )
    with registry.open_source(
        "sql", "shop", url, registry.load(dataset_of("shop", "visit: id* email@email"))
    ) as source:
        located = source.locate(ADA, {})
        filled(url, "INSERT INTO visit VALUES (2, 'ada@example.com')")
        before = values(list(source.gather(located)), "id")

    assert before == [1]
    assert values(gathered(url, dataset_of("shop", "visit: id* email@email")), "id") == [1, 2]


def test_a_source_cannot_write(postgres_url: str) -> None:
    url = filled(
        postgres_url,
        "CREATE TABLE log (entry text)",
        "CREATE FUNCTION noted(entry text) RETURNS text LANGUAGE sql AS 'INSERT INTO log VALUES (entry) RETURNING entry'",
        "CREATE TABLE visit (id int PRIMARY KEY, email text)",
        "INSERT INTO visit VALUES (1, 'ada@example.com')",
        "CREATE VIEW seen AS SELECT id, noted(email) AS email FROM visit",
    )
    with pytest.raises(registry.SourceError) as caught:
        gathered(url, dataset_of("shop", "seen: id* email@email"))

    assert caught.value.permanent
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM log").fetchone() == (0,)


def test_a_gather_that_is_left_early_harms_no_later_one(postgres_url: str) -> None:
    url = filled(
        postgres_url,
        "CREATE TABLE visit (id int PRIMARY KEY, email text)",
        "INSERT INTO visit SELECT g, 'ada@example.com' FROM generate_series(1, 20000) g",
    )
    with registry.open_source(
        "sql", "shop", url, registry.load(dataset_of("shop", "visit: id* email@email"))
    ) as source:
        located = source.locate(ADA, {})
        rows = source.gather(located)
        first = next(iter(rows))
        rows.close()  # type: ignore[attr-defined]  # a generator, as every gather is
    assert first.values["id"] == 1
    assert len(gathered(url, dataset_of("shop", "visit: id* email@email"))) == 20_000


def test_links_are_lent_as_they_are_found(postgres_url: str) -> None:
    url = filled(
        postgres_url,
        "CREATE TABLE customer (id int PRIMARY KEY, email text)",
        "CREATE TABLE letter (id int PRIMARY KEY, customer_id text)",
        "INSERT INTO customer VALUES (7, 'ada@example.com'), (8, 'bela@example.com')",
        "INSERT INTO letter VALUES (1, '7'), (2, '8')",
    )
    shop = dataset_of("shop", "customer: id* email@email")
    letters = registry.load(dataset_of("letters", "letter: id* customer_id>shop/customer.id"), others=(shop,))
    path = FieldPath("shop", "customer", "id")
    with registry.open_source("sql", "shop", url, registry.load(shop), exposed=letters.needed_links) as source:
        links = source.locate(ADA, {}).links
    with registry.open_source("sql", "letters", url, letters) as source:
        found = list(source.gather(source.locate(ADA, links)))

    assert list(links) == [path]
    assert [record.key.columns for record in found] == [(("id", 1),)]
