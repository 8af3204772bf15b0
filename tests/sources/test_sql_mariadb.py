"""What a real MariaDB returns: its own kinds of value and name, and whose row equals whose under its collations."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing

import pytest

from dsr.records import Action, Identity, IdentityKind, Person, PlanRow, Portable, Record
from dsr.sources import registry
from dsr.sources.base import Condition, SourceError
from dsr.sources.sql_engine import engine_for
from dsr.sources.sql_statements import Statements, shape_of, values_of
from tests.mariadb import MariaDbServer, connected, database_of, run, running_server
from tests.sources.test_reach import dataset_of

ADA = Person((Identity(IdentityKind.EMAIL, "ada@example.com"),))

TYPES: list[tuple[str, str, Portable]] = [
    ("text", "'Zoë – ☃ 😀 <b>=1+1'", "Zoë – ☃ 😀 <b>=1+1"),
    ("varchar(20) CHARACTER SET latin1", "'Zoë €'", "Zoë €"),
    ("varchar(20) CHARACTER SET utf16", "'😀'", "😀"),
    ("text", "NULL", None),
    ("text", "''", ""),
    ("char(5)", "'ab'", "ab"),
    ("tinyint(1)", "1", 1),
    ("tinyint(1)", "7", 7),
    ("bit(1)", "b'1'", 1),
    ("bit(64)", "b'1111111111111111111111111111111111111111111111111111111111111111'", "18446744073709551615"),
    ("int(6) ZEROFILL", "42", "000042"),
    ("bigint", "9007199254740992", 9007199254740992),
    ("bigint", "-9223372036854775808", "-9223372036854775808"),
    ("bigint unsigned", "18446744073709551615", "18446744073709551615"),
    ("decimal(30, 4)", "12345678901234567890.1", "12345678901234567890.1000"),
    ("float", "1.5", 1.5),
    ("double", "0.1", 0.1),
    ("year", "2024", 2024),
    ("date", "'2024-02-29'", "2024-02-29"),
    ("date", "'0000-00-00'", "0000-00-00"),
    ("date", "'2024-00-00'", "2024-00-00"),
    ("datetime", "'0000-00-00 00:00:00'", "0000-00-00T00:00:00"),
    ("datetime", "'2024-01-02 03:04:05'", "2024-01-02T03:04:05"),
    ("datetime(6)", "'2024-01-02 03:04:05.12'", "2024-01-02T03:04:05.120000"),
    ("timestamp NULL", "'2024-07-01 12:00:00'", "2024-07-01T10:00:00"),
    ("time", "'838:59:59'", "838:59:59"),
    ("time(3)", "'-01:00:00.5'", "-01:00:00.500000"),
    ("enum('glad','sad')", "'sad'", "sad"),
    ("set('a','b','c')", "'c,a'", "a,c"),
    ("json", """'{"a": [1, 12345678901234567890]}'""", '{"a": [1, 12345678901234567890]}'),
    ("varbinary(9)", "x'00ff'", "AP8="),
    ("binary(4)", "x'00ff'", "AP8AAA=="),
    ("blob", "x'00ff'", "AP8="),
    ("uuid", "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
    ("inet6", "'::1'", "::1"),
    ("point", "POINT(1, 2)", "AAAAAAEBAAAAAAAAAAAA8D8AAAAAAAAAQA=="),
]  # fmt: skip


def gathered(url: str, dataset: str, person: Person = ADA) -> list[Record]:
    with registry.open_source("sql", "shop", url, registry.load(dataset)) as source:
        return list(source.gather(source.locate(person, {})))


def ids(records: Sequence[Record], collection: str) -> list[Portable]:
    return [record.values["id"] for record in records if record.key.collection == collection]


def test_every_type_comes_out_without_loss(mariadb_url: str) -> None:
    columns = ", ".join(f"c{n} {kind}" for n, (kind, _, _) in enumerate(TYPES))
    given = ", ".join(written for _, written, _ in TYPES)
    run(mariadb_url, f"SET time_zone = '+02:00', sql_mode = ''; CREATE TABLE person (email varchar(99), {columns});"
        f"INSERT INTO person VALUES ('ada@example.com', {given})")  # fmt: skip
    names = " ".join(f"c{n}" for n in range(len(TYPES)))

    record = gathered(mariadb_url, dataset_of("shop", f"person: email@email {names}"))[0]

    assert list(record.values.values())[1:] == [expected for _, _, expected in TYPES]


def test_the_settings_of_the_server_change_nothing(mariadb_server: MariaDbServer, mariadb_url: str) -> None:
    run(mariadb_url, "CREATE TABLE person (id int, email varchar(99), seen timestamp, code char(4));"
        " SET time_zone = '+00:00';"
        " INSERT INTO person VALUES (1, 'o\\'ada@example.com', '2024-07-01 12:00:00', 'ab')")  # fmt: skip
    odd = "SET GLOBAL sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,HIGH_NOT_PRECEDENCE'"
    mariadb_server.run(f"{odd}; SET GLOBAL time_zone = '-07:00'")
    try:
        who = Person(
            (Identity(IdentityKind.EMAIL, "o'ada@example.com"), Identity(IdentityKind.EMAIL, "\\' OR 1=1 -- "))
        )
        records = gathered(mariadb_url, dataset_of("shop", "person: id* email@email seen code"), who)
    finally:
        mariadb_server.run("SET GLOBAL sql_mode = DEFAULT; SET GLOBAL time_zone = DEFAULT")

    assert [list(each.values.values()) for each in records] == [[1, "o'ada@example.com", "2024-07-01T12:00:00", "ab"]]


def test_an_address_meets_in_any_case_and_no_other_letter(mariadb_url: str) -> None:
    for number, collation in enumerate(
        ("utf8mb4_general_ci", "utf8mb4_bin", "utf8mb4_unicode_520_ci", "latin1_swedish_ci")
    ):
        charset = collation.partition("_")[0]
        run(mariadb_url, f"CREATE TABLE p{number} (id int, email varchar(99) CHARACTER SET {charset} COLLATE {collation});"
            f"INSERT INTO p{number} VALUES (1, 'Zoë@Example.com'), (2, 'zoe@example.com'), (3, 'ZOË@example.com  ')")  # fmt: skip
    who = Person((Identity(IdentityKind.EMAIL, "zoë@example.com"),))

    for number in range(4):
        assert ids(gathered(mariadb_url, dataset_of("shop", f"p{number}: id* email@email"), who), f"p{number}") == [
            1,
            3,
        ]


def test_links_that_differ_by_case_or_spaces_bring_nobody_elses_row(mariadb_url: str) -> None:
    run(mariadb_url, """
        CREATE TABLE person (code varchar(20) COLLATE utf8mb4_nopad_bin PRIMARY KEY, email varchar(99));
        CREATE TABLE buy (id int PRIMARY KEY, person varchar(20) COLLATE utf8mb4_general_ci, KEY (person));
        INSERT INTO person VALUES ('AB1', 'ada@example.com'), ('ab1', 'bela@example.org'), ('AB1 ', 'cleo@example.org'),
            ('ÁB1', 'dora@example.org');
        INSERT INTO buy VALUES (1, 'AB1'), (2, 'ab1'), (3, 'AB1 '), (4, 'ÁB1'), (5, 'AB1');
    """)  # fmt: skip
    tables = "person: code* email@email\nbuy: id* person>person.code"

    assert ids(gathered(mariadb_url, dataset_of("shop", tables)), "buy") == [1, 5]
    bela = Person((Identity(IdentityKind.EMAIL, "bela@example.org"),))
    assert ids(gathered(mariadb_url, dataset_of("shop", tables), bela), "buy") == [2]


def test_a_customer_number_is_its_own_in_every_letter(mariadb_url: str) -> None:
    run(mariadb_url, "CREATE TABLE person (id int PRIMARY KEY, number varchar(20) COLLATE utf8mb4_general_ci);"
        "INSERT INTO person VALUES (1, 'AB1'), (2, 'ab1'), (3, ' AB1 '), (4, 'ÀB1')")  # fmt: skip
    who = Person((Identity(IdentityKind.CUSTOMER_NUMBER, "AB1"),))

    assert ids(gathered(mariadb_url, dataset_of("shop", "person: id* number@customer_number"), who), "person") == [1, 3]


def test_a_number_is_no_text_that_begins_with_it(mariadb_url: str) -> None:
    run(mariadb_url, """
        CREATE TABLE person (id int PRIMARY KEY, email varchar(99), ref varchar(20));
        CREATE TABLE note (id int PRIMARY KEY, person int, KEY (person));
        CREATE TABLE word (id int PRIMARY KEY, person varchar(20), KEY (person));
        INSERT INTO person VALUES (7, 'ada@example.com', '7abc'), (0, 'bela@example.org', 'abc');
        INSERT INTO note VALUES (1, 7), (2, 0); INSERT INTO word VALUES (1, '7'), (2, '7abc'), (3, '07'), (4, '7.0');
    """)  # fmt: skip
    by_id = dataset_of("shop", "person: id* email@email ref\nnote: id* person>person.id\nword: id* person>person.id")
    by_ref = dataset_of("shop", "person: id email@email ref*\nnote: id* person>person.ref")

    assert [ids(gathered(mariadb_url, by_id), name) for name in ("note", "word")] == [[1], [1]]
    assert ids(gathered(mariadb_url, by_ref), "note") == []
    bela = Person((Identity(IdentityKind.EMAIL, "bela@example.org"),))
    assert ids(gathered(mariadb_url, by_ref, bela), "note") == []


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        ("bigint unsigned", "18446744073709551615", "18446744073709551614"),
        ("bigint", "9007199254740993", "9007199254740992"),
        ("int(6) ZEROFILL", "42", "43"),
        ("decimal(10,2)", "7.10", "7.11"),
        ("binary(16)", "x'00ff10aabbccddeeff00112233445566'", "x'00ff10aabbccddeeff00112233445567'"),
        ("varbinary(9)", "x'ff'", "x'fe'"),
        ("uuid", "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'", "'6ba7b810-9dad-11d1-80b4-00c04fd430c9'"),
        ("varchar(20) CHARACTER SET latin1", "'Zoë'", "'zoe'"),
        ("varchar(20) CHARACTER SET koi8r", "'жук'", "'Жук'"),
        ("enum('glad','sad')", "'glad'", "'sad'"),
        ("datetime(6)", "'2024-01-02 03:04:05.120000'", "'2024-01-02 03:04:05.12001'"),
        ("date", "'2024-01-02'", "'2024-01-03'"),
    ],
)
def test_references_of_any_type_are_followed(mariadb_url: str, kind: str, first: str, second: str) -> None:
    run(mariadb_url, f"""
        CREATE TABLE person (code {kind}, email varchar(99)); INSERT INTO person VALUES ({first}, 'ada@example.com'),
            ({second}, 'bela@example.org');
        CREATE TABLE buy (id int PRIMARY KEY, code {kind}); INSERT INTO buy VALUES (1, {first}), (2, {second});
        CREATE TABLE pair (code {kind}, id int, word varchar(9), PRIMARY KEY (code, id));
        INSERT INTO pair VALUES ({first}, 1, 'hers'), ({second}, 2, 'his');
        CREATE TABLE part (id int PRIMARY KEY, code {kind}, pair int);
        INSERT INTO part VALUES (11, {first}, 1), (12, {second}, 1), (13, {first}, 2);
    """)  # fmt: skip
    tables = """person: code* email@email
        buy: id* code>person.code
        pair: code*>buy.code id*>buy.id word
        part: id* code>pair.code pair>pair.id"""

    found = gathered(mariadb_url, dataset_of("shop", tables))

    assert (ids(found, "buy"), ids(found, "pair"), ids(found, "part")) == ([1], [1], [11])


def test_a_zerofilled_and_a_decimal_column_refer_to_a_plain_number(mariadb_url: str) -> None:
    run(mariadb_url, """
        CREATE TABLE person (id int(6) ZEROFILL PRIMARY KEY, email varchar(99));
        INSERT INTO person VALUES (42, 'ada@example.com'), (43, 'bela@example.org');
        CREATE TABLE buy (id int PRIMARY KEY, person int); INSERT INTO buy VALUES (1, 42), (2, 43);
        CREATE TABLE bill (id int PRIMARY KEY, person decimal(10,2)); INSERT INTO bill VALUES (1, 42), (2, 43);
    """)  # fmt: skip
    tables = "person: id* email@email\nbuy: id* person>person.id\nbill: id* person>person.id"

    found = gathered(mariadb_url, dataset_of("shop", tables))

    assert (ids(found, "buy"), ids(found, "bill")) == ([1], [1])


def test_columns_of_different_character_sets_are_compared_all_the_same(mariadb_url: str) -> None:
    run(mariadb_url, """
        CREATE TABLE person (code varchar(20) COLLATE utf8mb4_bin PRIMARY KEY, email varchar(99));
        INSERT INTO person VALUES ('Zoë', 'ada@example.com'), ('日本', 'ada@example.com'), ('zoë', 'bela@example.org');
        CREATE TABLE buy (id int PRIMARY KEY, person varchar(20) CHARACTER SET latin1, place varchar(20)
            COLLATE utf8mb4_unicode_ci);
        INSERT INTO buy VALUES (1, 'Zoë', 'x'), (2, 'zoë', 'x'), (3, 'Zoe', 'y'), (4, 'Zoë', 'z');
        CREATE TABLE place (code varchar(20) COLLATE utf8mb4_general_ci PRIMARY KEY, id int);
        INSERT INTO place VALUES ('x', 1), ('y', 2), ('z', 3);
    """)  # fmt: skip
    tables = "person: code* email@email\nbuy: id* person>person.code place>place.code\nplace: code* id"

    found = gathered(mariadb_url, dataset_of("shop", tables))

    assert (ids(found, "buy"), ids(found, "place")) == ([1, 4], [1, 3])
    assert [bool(each.shared) for each in found if each.key.collection == "place"] == [True, False]


def test_odd_names_and_other_databases_of_the_server_are_read(mariadb_server: MariaDbServer, mariadb_url: str) -> None:
    other = database_of(mariadb_url) + "_crm"
    run(mariadb_url, f"""
        CREATE TABLE `order` (`key` int PRIMARY KEY, `e mail%` varchar(99), `se``lect` int, `Größe` int);
        INSERT INTO `order` VALUES (1, 'ada@example.com', 2, 3), (2, 'bela@example.org', 2, 3);
        CREATE DATABASE {other}; CREATE TABLE {other}.`group` (`rank` int PRIMARY KEY, `order` int);
        INSERT INTO {other}.`group` VALUES (5, 1), (6, 2);
    """)  # fmt: skip
    dataset = f"""
dataset:
  - fides_key: shop
    collections:
      - name: order
        fields:
          - {{name: key, fides_meta: {{primary_key: true}}}}
          - {{name: "e mail%", fides_meta: {{identity: email}}}}
          - {{name: "se`lect"}}
          - {{name: Größe}}
      - name: {other}.group
        fields:
          - {{name: rank, fides_meta: {{primary_key: true}}}}
          - {{name: order, fides_meta: {{references: [{{dataset: shop, field: order.key}}]}}}}
"""
    try:
        with registry.open_source("sql", "shop", mariadb_url, registry.load(dataset)) as source:
            assert source.check() == []
            found = [tuple(record.values.values()) for record in source.gather(source.locate(ADA, {}))]
    finally:
        mariadb_server.run(f"DROP DATABASE {other}")

    assert found == [(1, "ada@example.com", 2, 3), (5, 1)]


def test_one_moment_of_the_shop_is_seen_and_nothing_can_be_written(mariadb_url: str) -> None:
    run(mariadb_url, "CREATE TABLE person (id int PRIMARY KEY, email varchar(99)) ENGINE=InnoDB;"
        "INSERT INTO person VALUES (1, 'ada@example.com')")  # fmt: skip
    with registry.open_source(
        "sql", "shop", mariadb_url, registry.load(dataset_of("shop", "person: id* email@email"))
    ) as source:
        run(mariadb_url, "INSERT INTO person VALUES (2, 'ada@example.com')")
        assert source.count(source.locate(ADA, {})) == {"person": 1}
        connection = source._connection  # type: ignore[attr-defined]
        with pytest.raises(Exception, match="READ ONLY transaction"):
            connection.exec_driver_sql("DELETE FROM person")


def test_a_gather_that_is_left_early_harms_no_later_one(mariadb_url: str) -> None:
    run(mariadb_url, "CREATE TABLE person (id int PRIMARY KEY, email varchar(99));"
        "INSERT INTO person SELECT seq, 'ada@example.com' FROM seq_1_to_20000")  # fmt: skip
    dataset = registry.load(dataset_of("shop", "person: id* email@email"))
    with registry.open_source("sql", "shop", mariadb_url, dataset) as source:
        assert next(source.gather(source.locate(ADA, {}))).values["id"] == 1

    with registry.open_source("sql", "shop", mariadb_url, dataset) as source:
        assert source.count(source.locate(ADA, {})) == {"person": 20_000}


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        ("int", "seq"), ("bigint unsigned", "seq"), ("decimal(10,0)", "seq"),
        ("uuid", "CONCAT('00000000-0000-0000-0000-', LPAD(seq, 12, '0'))"),
        ("binary(16)", "UNHEX(MD5(seq))"), ("varchar(20) CHARACTER SET latin1", "CONCAT('C', seq)"),
        ("varchar(20) COLLATE utf8mb4_unicode_ci", "CONCAT('C', seq)"), ("varchar(20) COLLATE utf8mb4_bin", "CONCAT('C', seq)"),
        ("datetime", "'2020-01-01' + INTERVAL seq SECOND"),
    ],
)  # fmt: skip
def test_an_index_serves_a_reference_of_any_type(mariadb_url: str, kind: str, made: str) -> None:
    run(mariadb_url, f"CREATE TABLE buy (id int PRIMARY KEY, person {kind}, KEY by_person (person));"
        f"INSERT INTO buy SELECT seq, {made} FROM seq_1_to_5000; ANALYZE TABLE buy")  # fmt: skip
    with closing(connected(mariadb_url)) as raw, raw.cursor() as cursor:
        cursor.execute("SELECT person FROM buy WHERE id < 2000")
        listed = [(value,) for (value,) in cursor.fetchall()][:1500]
    description = registry.load(dataset_of("shop", "buy: id* person@customer_number"))
    from_links = [Condition(("person",), listed[:40], "")]
    engine = engine_for(mariadb_url)
    with engine.connect() as connection:
        statement = Statements(description, engine.dialect).count("buy", shape_of(from_links))
        raw_cursor = connection.connection.cursor()
        raw_cursor.execute("EXPLAIN " + statement.text, statement.arguments(values_of(from_links)))
        plan = raw_cursor.fetchall()

    assert [(row[3], row[5]) for row in plan] == [("range", "by_person")]


def test_table_that_a_crash_left_damaged_is_told_in_words_and_read_once_it_is_repaired() -> None:
    dataset = registry.load(dataset_of("shop", "person: id* email@email"))
    with running_server("--myisam-recover-options=OFF") as server:
        server.run("CREATE DATABASE shop CHARACTER SET utf8mb4")
        url = server.url("shop")
        run(url, "CREATE TABLE person (id int PRIMARY KEY, email varchar(99)) ENGINE=MyISAM;"
            "INSERT INTO person SELECT seq, 'ada@example.com' FROM seq_1_to_500; FLUSH TABLES")  # fmt: skip
        index = server.folder / "data" / "shop" / "person.MYI"
        os.truncate(index, 200)
        with pytest.raises(SourceError) as caught, registry.open_source("sql", "shop", url, dataset) as source:
            list(source.gather(source.locate(ADA, {})))
        run(url, "REPAIR TABLE person USE_FRM")
        with registry.open_source("sql", "shop", url, dataset) as source:
            assert len(list(source.gather(source.locate(ADA, {})))) == 500

    assert "a table or its index is damaged, and must be repaired first" in str(caught.value)
    assert (caught.value.code, caught.value.permanent) == ("failed", True)


@pytest.mark.parametrize("kind", ["binary(4)", "varbinary(20)"])
def test_row_when_its_key_is_binary_then_is_found_again_and_goes_alone(mariadb_url: str, kind: str) -> None:
    run(mariadb_url, f"CREATE TABLE person (id {kind} PRIMARY KEY, email varchar(99));"
        "INSERT INTO person VALUES (x'00ff0a27', 'ada@example.com'), (x'00ff0a5c', 'bela@example.com')")  # fmt: skip
    described = registry.load(dataset_of("shop", "person: id* email@email"))
    (row,) = gathered(mariadb_url, dataset_of("shop", "person: id* email@email"))

    with registry.open_writable_source("sql", "shop", mariadb_url, described) as source:
        (outcome,) = source.apply([PlanRow(row.key, Action.DELETE)])
        left = list(source.unmet([PlanRow(row.key, Action.DELETE)]))

    assert (outcome.rows, left) == (1, [])
    with closing(connected(mariadb_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT hex(id), email FROM person")
        assert list(cursor.fetchall()) == [("00FF0A5C", "bela@example.com")]
