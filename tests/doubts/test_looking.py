"""What a look finds in each kind of database, where it goes on, and whose the rows are."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

from dsr.records import Identity, IdentityKind, RecordKey
from dsr.sources import registry
from dsr.sources.base import SourceError
from dsr.sources.doubts import Because, DoubtRule
from dsr.sources.sql_doubts import DoubtLook, open_look
from tests.doubts.conftest import DATASET, OVERLAY, SCHEMA, Do
from tests.mariadb import run

TODAY = date(2026, 1, 6)
DESCRIBED = registry.load(DATASET, OVERLAY)


def rule(collection: str, field: str, because: str) -> DoubtRule:
    rules = DESCRIBED.overlay.of(collection).doubts
    return next(each for each in rules if (each.field, each.because) == (field, because))


def keys(look: DoubtLook, collection: str, field: str, because: str) -> list[tuple[object, ...]]:
    found = look.beyond(collection, rule(collection, field, because), None, TODAY, most=100, stretch=100)
    assert found.end is None
    return [tuple(value for _, value in record.key.columns) for record in found.rows]


@pytest.mark.parametrize(
    ("collection", "field", "because", "found"),
    [
        ("customers", "email", "wrong", [("C-1",), ("C-4",)]),
        ("customers", "card_until", "outdated", [("C-1",)]),
        ("customers", "phone", "outdated", [("C-1",)]),
        ("customers", "phone", "incomplete", [("C-3",)]),
        ("addresses", "postcode", "incomplete", [("C-1", 2), ("C-2", 1), ("C-2", 2)]),
        ("houses", "city", "incomplete", [(1,), (2,)]),
    ],
)
def test_rows_when_their_values_are_in_doubt_then_are_found_and_no_others(
    place: tuple[str, Do], collection: str, field: str, because: str, found: list[tuple[object, ...]]
) -> None:
    with open_look("shop", place[0], DESCRIBED, "US") as look:
        assert keys(look, collection, field, because) == found


def test_look_when_it_may_pass_few_rows_then_goes_on_where_it_stopped_and_meets_each_row_once(
    place: tuple[str, Do],
) -> None:
    incomplete = rule("addresses", "postcode", "incomplete")
    met: list[tuple[object, ...]] = []
    ends: list[tuple[object, ...]] = []
    after: RecordKey | None = None
    with open_look("shop", place[0], DESCRIBED, "US") as look:
        while True:
            found = look.beyond("addresses", incomplete, after, TODAY, most=100, stretch=2)
            met += [tuple(value for _, value in record.key.columns) for record in found.rows]
            if found.end is None:
                break
            after = found.end
            ends.append(tuple(value for _, value in after.columns))

    assert ends == [("C-1", 2), ("C-2", 2)]
    assert met == [("C-1", 2), ("C-2", 1), ("C-2", 2)]


def test_look_when_it_may_find_few_then_ends_with_the_last_that_it_found(place: tuple[str, Do]) -> None:
    incomplete = rule("addresses", "postcode", "incomplete")
    with open_look("shop", place[0], DESCRIBED, "US") as look:
        first = look.beyond("addresses", incomplete, None, TODAY, most=2, stretch=100)
        assert first.end is not None
        second = look.beyond("addresses", incomplete, first.end, TODAY, most=2, stretch=100)

    assert [len(first.rows), len(second.rows), second.end] == [2, 1, None]
    assert first.end == first.rows[-1].key


def test_rows_when_looked_at_again_then_those_alone_are_left_that_are_there_and_still_in_doubt(
    place: tuple[str, Do],
) -> None:
    url, do = place
    incomplete = rule("addresses", "postcode", "incomplete")
    with open_look("shop", url, DESCRIBED, "US") as look:
        rows = look.beyond("addresses", incomplete, None, TODAY, most=100, stretch=100).rows
    do("UPDATE addresses SET postcode = '02110' WHERE customer_number = 'C-1' AND line = 2")
    do("DELETE FROM addresses WHERE customer_number = 'C-2' AND line = 1")

    with open_look("shop", url, DESCRIBED, "US") as look:
        left = look.still("addresses", incomplete, [each.key for each in rows], TODAY)

    assert [record.values["line"] for record in left.values()] == [2]
    assert list(left) == [rows[2].key.digest]


def test_people_when_a_row_names_one_or_hangs_on_one_then_are_told_and_of_several_all(place: tuple[str, Do]) -> None:
    with open_look("shop", place[0], DESCRIBED, "US") as look:
        (ada, _) = look.beyond("customers", rule("customers", "email", "wrong"), None, TODAY, most=9, stretch=100).rows
        addresses = look.beyond(
            "addresses", rule("addresses", "postcode", "incomplete"), None, TODAY, most=9, stretch=100
        ).rows
        houses = look.beyond("houses", rule("houses", "city", "incomplete"), None, TODAY, most=9, stretch=100).rows
        people = [look.people(each) for each in (ada, addresses[0], houses[0], houses[1])]

    def person(number: str, email: str) -> frozenset[Identity]:
        return frozenset((Identity(IdentityKind.CUSTOMER_NUMBER, number), Identity(IdentityKind.EMAIL, email)))

    only_ada = [person("C-1", "ada@example.com")]
    assert people[:3] == [only_ada, only_ada, only_ada]
    assert people[3] == [person("C-2", "bela@example.org"), person("C-3", "cora@example.org")]


def test_people_when_the_rows_that_lead_to_one_share_an_address_then_are_one(place: tuple[str, Do]) -> None:
    url, do = place
    do("UPDATE customers SET email = ' BELA@example.org' WHERE number = 'C-3'")
    with open_look("shop", url, DESCRIBED, "US") as look:
        (_, house) = look.beyond("houses", rule("houses", "city", "incomplete"), None, TODAY, most=9, stretch=100).rows
        people = look.people(house)

    assert [sorted(each.value for each in person) for person in people] == [["C-2", "C-3", "bela@example.org"]]


def test_flag_when_it_says_no_then_tells_of_nothing(place: tuple[str, Do]) -> None:
    flagged = DoubtRule("email", Because.WRONG, "is_closed")
    with open_look("shop", place[0], DESCRIBED, "US") as look:
        found = look.beyond("customers", flagged, None, TODAY, most=9, stretch=100).rows

    assert [record.values["number"] for record in found] == ["C-4"]


def test_flag_when_it_is_a_bit_then_is_read_as_one(mariadb_url: str) -> None:
    run(mariadb_url, SCHEMA.replace("is_closed integer NOT NULL DEFAULT 0", "is_closed bit(1) NOT NULL"))
    with open_look("shop", mariadb_url, DESCRIBED, "US") as look:
        found = look.beyond(
            "customers", DoubtRule("email", Because.WRONG, "is_closed"), None, TODAY, most=9, stretch=100
        )

    assert [record.values["number"] for record in found.rows] == ["C-4"]


def test_day_when_it_is_none_then_is_not_outdated(place: tuple[str, Do]) -> None:
    url, do = place
    if url.startswith("postgresql"):
        do("UPDATE customers SET card_until = '-infinity' WHERE number = 'C-1'")
    elif url.startswith("mariadb"):
        do("UPDATE IGNORE customers SET card_until = '0000-00-00' WHERE number = 'C-1'")
    else:
        do("UPDATE customers SET card_until = '20' WHERE number = 'C-1'")

    with open_look("shop", url, DESCRIBED, "US") as look:
        assert keys(look, "customers", "card_until", "outdated") == []


TYPES = {
    "postgresql": ["bigint", "text", "uuid", "timestamptz", "date", "numeric(20,3)", "bytea", "varchar(40) COLLATE \"C\""],
    "mariadb": ["bigint", "varchar(40)", "datetime(6)", "date", "decimal(20,3)", "varbinary(40)", "char(36)"],
    "sqlite": ["integer", "text", "real", "numeric", "blob"],
}  # fmt: skip
KEYS = {
    "bigint": ["-9007199254740993", "-1", "0", "7", "9007199254740993"],
    "integer": ["-9007199254740993", "-1", "0", "7", "9007199254740993"],
    "uuid": [f"'00000000-0000-4000-8000-00000000000{n}'" for n in range(5)],
    "timestamptz": [f"'2026-01-0{n} 10:00:00.00000{n}+02'" for n in range(1, 6)],
    "datetime(6)": [f"'2026-01-0{n} 10:00:00.00000{n}'" for n in range(1, 6)],
    "date": [f"'2026-01-0{n}'" for n in range(1, 6)],
    "numeric(20,3)": ["-1.5", "0", "0.001", "2", "12345678901234567.125"],
    "decimal(20,3)": ["-1.5", "0", "0.001", "2", "12345678901234567.125"],
    "numeric": ["-1.5", "0", "0.25", "2", "9007199254740993"],
    "real": ["-1.5", "0", "0.1", "2", "1e300"],
    "blob": ["x'00'", "x'01ff'", "x'7f'", "x'80'", "x'ff'"],
    "varbinary(40)": ["x'00'", "x'01ff'", "x'7f'", "x'80'", "x'ff'"],
    "bytea": ["'\\x00'", "'\\x01ff'", "'\\x7f'", "'\\x80'", "'\\xff'"],
}
WORDS = ["'a%b'", "'Äpfel'", "'it''s'", "'zoë@example.com'", "'Z 👑'"]
ANYTHING = """
dataset:
  - fides_key: anything
    collections:
      - name: things
        fields:
          - {name: k, data_categories: [user.unique_id], fides_meta: {primary_key: true}}
          - {name: email, data_categories: [user.contact.email], fides_meta: {data_type: string, identity: email}}
          - {name: note, data_categories: [user.name]}
"""


def test_look_when_keys_are_of_any_type_then_goes_on_behind_each_and_finds_its_row_again(place: tuple[str, Do]) -> None:
    url, do = place
    kind = next(name for name in TYPES if url.startswith(name))
    described = registry.load(ANYTHING, "collections: {things: {doubts: [{field: note, because: incomplete}]}}")
    (empty,) = described.overlay.of("things").doubts
    for word in TYPES[kind]:
        do("DROP TABLE IF EXISTS things")
        do(f"CREATE TABLE things (k {word} PRIMARY KEY, email varchar(80), note varchar(20))")
        values = KEYS.get(word, WORDS)
        for value in values:
            do(f"INSERT INTO things VALUES ({value}, 'ada@example.com', NULL)")
        met: list[RecordKey] = []
        after: RecordKey | None = None
        for _ in range(len(values) + 1):
            with open_look("shop", url, described, "US") as look:
                found = look.beyond("things", empty, after, TODAY, most=100, stretch=1)
            met += [record.key for record in found.rows]
            after = found.end
            if after is None:
                break
        with open_look("shop", url, described, "US") as look:
            again = look.still("things", empty, met, TODAY)

        assert len({key.digest for key in met}) == len(met) == len(values), word
        assert set(again) == {key.digest for key in met}, word


def test_look_when_a_table_is_locked_then_ends_after_its_time_and_says_which(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("LOCK TABLE customers IN ACCESS EXCLUSIVE MODE")

        with (
            pytest.raises(SourceError, match="shop: customers:"),
            open_look("shop", url, DESCRIBED, "US", seconds=0.3) as look,
        ):
            look.beyond("customers", rule("customers", "phone", "incomplete"), None, TODAY, most=9, stretch=100)
