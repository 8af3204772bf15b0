"""What every source must do when it changes rows, whatever stands behind it: exactly what was planned, and no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from dsr.records import Action, Identity, IdentityKind, Outcome, Person, PlanRow, Portable, Record
from dsr.sources import registry
from dsr.sources.base import SourceError, WritableSource
from tests.contract.databases import OVERLAY, Database, Dump
from tests.contract.writing_shop import ADA_AS_USER, ADAS_LINES, CORRECTED, COUNTS, LOOKUPS, PROFILE, WIDE, dataset_text

ADA = Person((Identity(IdentityKind.EMAIL, "ada@example.com"),))


def gathered(source: WritableSource) -> dict[str, list[Record]]:
    """What is Ada's now, by collection."""
    found: dict[str, list[Record]] = {}
    for record in source.gather(source.locate(ADA, {})):
        found.setdefault(record.key.collection, []).append(record)
    return found


def erasure(database: Database) -> list[PlanRow]:
    """The plan that deletes everything of Ada's, parents before children as the dataset has them."""
    with registry.open_source("sql", "shop", database.url, database.description) as source:
        keys = [record.key for record in source.gather(source.locate(ADA, {}))]
    return [PlanRow(key, Action.DELETE) for key in keys if key.collection not in LOOKUPS]


def changed(records: Sequence[Record], action: Action, **changes: Portable) -> list[PlanRow]:
    """A plan that gives some columns of some rows new values."""
    return [PlanRow(record.key, action, changes) for record in records]


def touched(before: Dump, after: Dump) -> dict[str, tuple[int, int]]:
    """How many rows each table lost and won, where it did."""
    lost = {name: (Counter(before[name]) - Counter(after[name])).total() for name in before}
    won = {name: (Counter(after[name]) - Counter(before[name])).total() for name in before}
    return {name: (lost[name], won[name]) for name in before if lost[name] or won[name]}


def test_all_of_a_person_is_found_and_nothing_else(database: Database, writable: WritableSource) -> None:
    found = {name: len(records) for name, records in gathered(writable).items()}

    assert found == {database.name(name): count for name, count in COUNTS.items()}


def test_everything_is_erased_and_the_neighbours_stay_byte_for_byte(
    database: Database, writable: WritableSource
) -> None:
    plan = erasure(database)
    assert database.dump() != database.neighbours

    outcomes = list(writable.apply(plan))

    assert outcomes == [Outcome(row.key, Action.DELETE, 1) for row in plan]
    assert database.dump() == database.neighbours
    assert list(writable.read_back(plan)) == []
    assert gathered(writable) == {}


def test_an_erasure_when_repeated_changes_nothing(database: Database, writable: WritableSource) -> None:
    plan = erasure(database)
    list(writable.apply(plan))

    outcomes = list(writable.apply(plan))

    assert outcomes == [Outcome(row.key, Action.DELETE, 0) for row in plan]
    assert database.dump() == database.neighbours


def test_every_declared_field_comes_in_its_type(database: Database, writable: WritableSource) -> None:
    found = gathered(writable)

    assert dict(found["user"][0].values) == database.told(ADA_AS_USER)
    assert found["user"][0].held == ("password",)
    assert [dict(record.values) for record in found["order line"]] == [database.told(each) for each in ADAS_LINES]
    notes = found[database.name("crm.note")]
    assert [(record.values["code"], record.held) for record in notes] == [(None, ("code",))] * 3
    assert {record.key.columns for record in notes} == {(("code", code),) for code in ("N-1", "n-3", "N-4")}
    assert [record.key.columns for record in found["wide"]] == [(("id", str(2**60 + 1)),)]
    assert [found["wide"][0].values[name] for name in WIDE] == [f"{name} of Ada" for name in WIDE]


def test_a_row_is_corrected_in_every_type_and_reads_back_as_planned(
    database: Database, writable: WritableSource
) -> None:
    before = database.dump()
    corrected = database.told(CORRECTED)
    plan = changed(gathered(writable)["user"], Action.CORRECT, **corrected)

    outcomes = list(writable.apply(plan))

    (now,) = writable.read_back(plan)
    assert [outcome.rows for outcome in outcomes] == [1]
    assert {name: now.values[name] for name in CORRECTED} == corrected
    assert touched(before, database.dump()) == {database.table("user"): (1, 1)}


def test_a_correction_when_repeated_leaves_everything_as_it_is(database: Database, writable: WritableSource) -> None:
    plan = changed(gathered(writable)["user"], Action.CORRECT, **database.told(CORRECTED))
    list(writable.apply(plan))
    once = database.dump()

    outcomes = list(writable.apply(plan))

    assert [outcome.rows for outcome in outcomes] == [1]
    assert database.dump() == once


def test_every_column_can_be_emptied_that_may_be(database: Database, writable: WritableSource) -> None:
    (user,) = gathered(writable)["user"]
    assert user.values["password"] is None
    assert user.held == ("password",)
    plan = changed([user], Action.ANONYMISE, **{name: None for name in user.values if name != "id"})

    list(writable.apply(plan))

    (now,) = writable.read_back(plan)
    assert {name for name, value in now.values.items() if value is not None} == {"id"}
    assert now.held == ()


def test_a_place_in_a_document_is_corrected_and_nothing_else_in_it(
    database: Database, writable: WritableSource
) -> None:
    (before,) = gathered(writable)["user"]
    changes = {"profile.name": 'A "B"', "profile.address.city": None, "profile.phones.1.number": "9"}
    plan = changed([before], Action.CORRECT, **changes)

    list(writable.apply(plan))

    (now,) = writable.read_back(plan)
    expected = {
        **PROFILE,
        "name": 'A "B"',
        "address": {"city": None, "zip": "01234"},
        "phones": [{"kind": "home", "number": "1"}, {"kind": "work", "number": "9"}],
        "big": str(PROFILE["big"]),
    }
    assert now.values == {**before.values, "profile": database.document(expected)}


def test_a_document_keeps_the_digits_that_json_readers_lose(database: Database, writable: WritableSource) -> None:
    plan = changed(gathered(writable)["user"], Action.ANONYMISE, **{"profile.name": "masked"})

    list(writable.apply(plan))

    users = database.dump()[database.table("user")]
    assert [str(PROFILE["big"]) in row for row in users] == [True] * 4
    assert ["masked" in row for row in users].count(True) == 1


def test_a_list_is_entered_element_by_element(database: Database, writable: WritableSource) -> None:
    plan = changed(gathered(writable)["user"], Action.ANONYMISE, **{"profile.phones.number": None})

    list(writable.apply(plan))

    (now,) = writable.read_back(plan)
    emptied = [{"kind": "home", "number": None}, {"kind": "work", "number": None}]
    assert now.values["profile"] == database.document({**PROFILE, "phones": emptied, "big": str(PROFILE["big"])})


def test_a_place_that_is_not_there_is_added_by_a_correction_and_not_by_a_mask(
    database: Database, writable: WritableSource
) -> None:
    user = gathered(writable)["user"]
    mask = changed(user, Action.ANONYMISE, **{"profile.nickname": "x"})
    before = database.dump()
    list(writable.apply(mask))
    assert database.dump() == before

    plan = changed(user, Action.CORRECT, **{"profile.nickname": "Ad"})
    list(writable.apply(plan))

    (now,) = writable.read_back(plan)
    assert now.values["profile"] == database.document({**PROFILE, "big": str(PROFILE["big"]), "nickname": "Ad"})


def test_a_key_that_is_changed_leads_to_the_row_afterwards(database: Database, writable: WritableSource) -> None:
    before = database.dump()
    plan = changed(gathered(writable)["subscriber"], Action.ANONYMISE, email="erased-1", name=None)

    first = [outcome.rows for outcome in writable.apply(plan)]
    second = [outcome.rows for outcome in writable.apply(plan)]

    assert (first, second) == ([1], [0])
    assert [dict(record.values) for record in writable.read_back(plan)] == [{"email": "erased-1", "name": None}]
    assert touched(before, database.dump()) == {database.table("subscriber"): (1, 1)}


def test_rows_without_a_key_are_masked_all_of_them_and_no_other(database: Database, writable: WritableSource) -> None:
    before = database.dump()
    visits = gathered(writable)["visit"]
    assert Counter(record.values["page"] for record in visits) == {"/rings": 2, "/Rings": 1, None: 1}
    equal = [record for record in visits if record.values["page"] == "/rings"]
    plan = changed(equal, Action.ANONYMISE, user_id=None)

    outcomes = list(writable.apply(plan))

    assert [outcome.rows for outcome in outcomes] == [1, 1]
    assert [record.values["user_id"] for record in writable.read_back(plan)] == [None, None]
    assert touched(before, database.dump()) == {database.table("visit"): (2, 2)}
    assert [outcome.rows for outcome in writable.apply(plan)] == [0, 0]


def test_rows_without_a_key_are_left_when_there_is_one_too_many(database: Database, writable: WritableSource) -> None:
    plan = erasure(database)
    duplicate = "INSERT INTO visit SELECT * FROM visit WHERE page = '/rings' AND user_id = (SELECT user_id FROM wide"
    database.execute(duplicate + f" WHERE id = {2**60 + 1})")
    before = database.dump()
    assert len(before["visit"]) == 3 + COUNTS["visit"] + 3  # the collation takes /Rings for /rings

    with pytest.raises(SourceError) as caught:
        writable.apply(plan)

    assert (caught.value.code, caught.value.permanent) == ("ambiguous", True)
    assert database.dump() == before


def test_a_key_of_another_type_is_another_row(database: Database, writable: WritableSource) -> None:
    order = gathered(writable)["order"][0]
    assert order.key.columns == (("group", "a"), ("number", 1))
    columns = (("group", "a"), ("number", "1"))
    before = database.dump()

    outcomes = list(writable.apply([PlanRow(replace(order.key, columns=columns), Action.DELETE)]))

    assert [outcome.rows for outcome in outcomes] == [0]
    assert database.dump() == before


def test_a_key_in_other_case_is_another_row(database: Database, writable: WritableSource) -> None:
    subscriber = gathered(writable)["subscriber"][0]
    assert subscriber.key.columns == (("email", "aDa@example.com"),)
    key = replace(subscriber.key, columns=(("email", "ada@example.com"),))
    before = database.dump()

    assert [outcome.rows for outcome in writable.apply([PlanRow(key, Action.DELETE)])] == [0]
    assert database.dump() == before


def test_what_is_kept_is_not_touched(database: Database, writable: WritableSource) -> None:
    before = database.dump()
    plan = [replace(row, action=Action.KEEP) for row in erasure(database)]

    outcomes = list(writable.apply(plan))

    assert {outcome.rows for outcome in outcomes} == {0}
    assert database.dump() == before
    assert Counter(record.key for record in writable.read_back(plan)) == Counter(row.key for row in plan)


def test_a_row_that_stays_forbids_to_delete_what_it_refers_to(database: Database, writable: WritableSource) -> None:
    plan = [row for row in erasure(database) if row.key.collection != "order line"]
    before = database.dump()

    with pytest.raises(SourceError) as caught:
        writable.apply(plan)

    assert (caught.value.code, caught.value.permanent) == ("still_referenced", True)
    assert "'order line' that stay refer to rows of 'order'" in str(caught.value)
    assert database.dump() == before


def test_a_kept_row_may_let_go_of_a_deleted_one_in_the_same_plan(database: Database, writable: WritableSource) -> None:
    plan = erasure(database)
    kept = {"order", "order line"}
    orders = [PlanRow(row.key, Action.ANONYMISE, {"user_id": None}) for row in plan if row.key.collection == "order"]
    plan = [row for row in plan if row.key.collection not in kept] + orders

    outcomes = list(writable.apply(plan))

    assert {outcome.rows for outcome in outcomes} == {1}
    assert touched(database.neighbours, database.dump()) == {
        database.table("order"): (0, 2),
        database.table("order line"): (0, 2),
    }


def test_a_strangers_answer_is_not_swept_away_by_a_cascade(database: Database, writable: WritableSource) -> None:
    plan = erasure(database)
    note = database.quoted("crm.note")
    database.execute(f"INSERT INTO {note} VALUES ('B-9', NULL, 'N-1', 'a stranger answers')")
    before = database.dump()

    with pytest.raises(SourceError) as caught:
        writable.apply(plan)

    assert caught.value.code == "still_referenced"
    assert database.dump() == before


def test_a_table_that_nobody_declared_is_not_swept_away_either(database: Database, writable: WritableSource) -> None:
    plan = erasure(database)
    owner = "CONSTRAINT diary_of FOREIGN KEY (email) REFERENCES subscriber (email) ON DELETE CASCADE"
    database.execute(f"CREATE TABLE secret_diary (email VARCHAR(200) {database.exactcase}, {owner})")
    database.execute("INSERT INTO secret_diary VALUES ('aDa@example.com')")
    before = database.dump()

    with pytest.raises(SourceError) as caught:
        writable.apply(plan)

    assert caught.value.code == "still_referenced"
    assert "'secret_diary'" in str(caught.value)
    assert "(foreign key 'diary_of')" in str(caught.value)
    assert database.dump() == before


def test_one_impossible_row_leaves_all_others_as_they_were(database: Database, writable: WritableSource) -> None:
    plan = erasure(database)
    clash = changed(gathered(writable)["subscriber"], Action.CORRECT, email="bela@example.org")
    plan = [row for row in plan if row.key.collection != "subscriber"] + clash
    before = database.dump()

    with pytest.raises(SourceError) as caught:
        writable.apply(plan)

    assert (caught.value.code, caught.value.permanent) == ("refused", True)
    assert "bela" not in str(caught.value)
    assert database.dump() == before


def test_a_value_that_does_not_fit_changes_nothing(database: Database, writable: WritableSource) -> None:
    before = database.dump()
    plan = changed(gathered(writable)["user"], Action.CORRECT, avatar="this is not base64!")

    with pytest.raises(SourceError) as caught:
        writable.apply(plan)

    assert (caught.value.code, caught.value.permanent) == ("schema_mismatch", True)
    assert database.dump() == before


def test_two_wishes_for_one_row_are_refused(database: Database, writable: WritableSource) -> None:
    users = gathered(writable)["user"]
    before = database.dump()

    with pytest.raises(SourceError) as caught:
        writable.apply([*changed(users, Action.DELETE), *changed(users, Action.ANONYMISE, notes="x")])

    assert caught.value.code == "ambiguous"
    assert database.dump() == before


@pytest.mark.parametrize("place", ["no_such_column", "profile.no_such_place", "notes.inside"])
def test_a_place_that_nobody_declared_is_refused(database: Database, writable: WritableSource, place: str) -> None:
    before = database.dump()
    plan = changed(gathered(writable)["user"], Action.CORRECT, **{place: "x"})

    with pytest.raises(SourceError) as caught:
        writable.apply(plan)

    assert caught.value.code == "schema_mismatch"
    assert place in str(caught.value)
    assert database.dump() == before


def test_a_credential_for_reading_is_denied(database: Database, writable: WritableSource) -> None:
    plan = erasure(database)
    before = database.dump()

    with (
        registry.open_writable_source("sql", "shop", database.reading_url(), database.description) as reader,
        pytest.raises(SourceError) as caught,
    ):
        reader.apply(plan)

    assert (caught.value.code, caught.value.permanent) == ("denied", True)
    assert database.dump() == before


def test_a_locked_row_is_waited_for_no_longer_than_allowed(database: Database) -> None:
    plan = erasure(database)
    with registry.open_writable_source(
        "sql", "shop", database.url, database.description, timeout_seconds=database.short_wait
    ) as hasty:
        with database.locked("subscriber"), pytest.raises(SourceError) as caught:
            hasty.apply(plan)
        assert (caught.value.code, caught.value.permanent) == ("unavailable", False)

        assert {outcome.rows for outcome in hasty.apply(plan)} == {1}
    assert database.dump() == database.neighbours


def test_thousands_of_equal_rows_without_a_key_go_together(database: Database, writable: WritableSource) -> None:
    database.execute(f"INSERT INTO visit (user_id, page) SELECT user_id, 'again' FROM wide WHERE id = {2**60 + 1}")
    for _ in range(11):
        database.execute("INSERT INTO visit SELECT * FROM visit WHERE page = 'again'")
    plan = erasure(database)
    assert Counter(dict(row.key.columns).get("page") for row in plan)["again"] == 2**11

    outcomes = list(writable.apply(plan))

    assert [outcome.rows for outcome in outcomes] == [1] * len(plan)
    assert database.dump() == database.neighbours


def test_a_file_is_named_by_whoever_still_names_it_however_it_is_spelled(database: Database) -> None:
    overlay = OVERLAY.replace("collections: {", "collections: {user: {files: {email: media}}, ").replace(
        "crm.note", database.name("crm.note")
    )
    description = registry.load(dataset_text().replace("crm.note", database.name("crm.note")), overlay)
    asked = {
        "media/bela@example.org": {"bela@example.org"},
        "media/not-ada@example.com": {".//not-ada@example.com"},
        "media/NOT-ADA@example.com": {"NOT-ADA@example.com"},
        "other/bela@example.org": {"bela@example.org"},
        "media/nobody": {"%", "'; DROP TABLE user; --"},
    }

    with registry.open_writable_source("sql", "shop", database.url, description) as opened:
        assert opened.naming(asked) == {"media/bela@example.org", "media/not-ada@example.com"}
        table = "`user`" if database.dialect == "mysql" else '"user"'
        database.execute(f"UPDATE {table} SET email = './bela@example.org' WHERE email = 'bela@example.org'")
        assert opened.naming(asked) == {"media/bela@example.org", "media/not-ada@example.com"}
        assert opened.naming({}) == frozenset()
