"""Tables that take nothing back: their rows go in batches, and a batch that stopped half-way is done to its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from dsr.records import Action, PlanRow, RecordKey
from dsr.sources import registry
from dsr.sources.base import SourceError, WritableSource
from dsr.sources.sql_batches import AT_ONCE
from tests.contract.databases import Database, Halving, Plain
from tests.contract.test_writing import changed, erasure, gathered, touched
from tests.mariadb import MariaDbServer
from tests.sources.test_reach import dataset_of

FAILS = "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'for Ada: no'"
MIXED = dataset_of(
    "shop",
    """
        person: id* email@email boss>person.id
        basket: id* person_id>person.id note
        thing: id* basket_id>basket.id
    """,
)
PEOPLE = """
CREATE TABLE person (id int PRIMARY KEY, email varchar(90), boss int, FOREIGN KEY (boss) REFERENCES person (id)) ENGINE=InnoDB;
CREATE TABLE basket (id int PRIMARY KEY, person_id int, note text, FOREIGN KEY (person_id) REFERENCES person (id)) ENGINE=InnoDB;
CREATE TABLE thing (id int PRIMARY KEY, basket_id int) ENGINE=MyISAM;
INSERT INTO person VALUES (1, 'ada@example.com', NULL), (2, 'bela@example.org', NULL);
INSERT INTO basket SELECT seq, 1, 'x' FROM seq_1_to_150;
INSERT INTO thing SELECT seq, seq FROM seq_1_to_150;
INSERT INTO basket VALUES (900, 2, 'y');
INSERT INTO thing VALUES (900, 900)
"""


@pytest.fixture(params=["MyISAM", "Aria"])
def halving(request: pytest.FixtureRequest, mariadb_server: MariaDbServer) -> Iterator[Halving]:
    """The contract's shop in tables that take nothing back."""
    made = Halving(mariadb_server, request.param)
    yield made
    made.close()


@pytest.fixture
def opened(halving: Halving) -> Iterator[WritableSource]:
    with registry.open_writable_source("sql", "shop", halving.url, halving.description) as source:
        yield source


def applied(source: WritableSource, rows: Sequence[PlanRow]) -> list[int]:
    """Every batch, one after another; how many rows each met."""
    return [sum(outcome.rows for outcome in source.apply(batch)) for batch in source.batches(rows)]


def test_one_batch_is_all_where_every_table_takes_everything_back(database: Database, writable: WritableSource) -> None:
    plan = erasure(database)

    assert writable.batches(plan) == [plan]
    assert writable.batches([PlanRow(row.key, Action.KEEP) for row in plan]) == []
    assert list(writable.without_transactions()) == []


def test_batches_are_of_one_table_and_what_refers_to_others_goes_first(
    halving: Halving, opened: WritableSource
) -> None:
    plan = erasure(halving)

    batches = opened.batches(plan)

    names = [batch[0].key.collection for batch in batches]
    assert [{row.key.collection for row in batch} for batch in batches] == [{name} for name in names]
    assert sorted(names) == sorted({row.key.collection for row in plan})
    assert names.index("order line") < names.index("order") < names.index("user")
    assert names[-1] == "user" or names[-2:] == ["user", "subscriber"]
    assert set(opened.without_transactions()) == {each.key.collection for each in plan} | {"tag"}


def test_a_plan_of_many_rows_goes_a_hundred_at_a_time_and_is_done_exactly(
    halving: Halving, opened: WritableSource
) -> None:
    halving.execute(
        'INSERT INTO `order` (`group`, number, user_id) SELECT "n", seq, (SELECT user_id FROM wide WHERE id = '
        f"{2**60 + 1}) FROM seq_1_to_230"
    )
    plan = erasure(halving)
    orders = [row for row in plan if row.key.collection == "order"]
    assert len(orders) == 232

    batches = opened.batches(plan)

    sizes = [len(batch) for batch in batches if batch[0].key.collection == "order"]
    assert sizes == [AT_ONCE, AT_ONCE, 32]
    assert sum(applied(opened, plan)) == len(plan)
    assert halving.dump() == halving.neighbours
    assert sum(applied(opened, plan)) == 0
    assert halving.dump() == halving.neighbours


def test_a_batch_that_stopped_after_some_of_its_rows_is_done_to_its_end(
    halving: Halving, opened: WritableSource
) -> None:
    plan = erasure(halving)
    visits = [row for row in plan if row.key.collection == "visit"]
    equal = "FROM visit WHERE page = '/rings' AND user_id IS NOT NULL AND seconds = 0.1 AND user_id = "
    halving.execute(f"DELETE {equal} (SELECT user_id FROM wide WHERE id = {2**60 + 1}) LIMIT 1")
    left = [key for key, _ in opened.unmet(visits)]
    assert len(left) == 3  # of four rows one of two equal ones is gone: nothing tells which

    applied(opened, plan)

    assert halving.dump() == halving.neighbours


def test_masks_are_written_row_by_row_and_what_was_written_is_no_longer_met(
    halving: Halving, opened: WritableSource
) -> None:
    before = halving.dump()
    found = gathered(opened)
    equal = [record for record in found["visit"] if record.values["page"] == "/rings"]
    plan = changed(equal, Action.ANONYMISE, user_id=None)
    plan += changed(found["subscriber"], Action.ANONYMISE, email="erased-1", name=None)
    plan += changed(found["user"], Action.ANONYMISE, **{"profile.name": "masked", "notes": "x"})
    halving.execute(
        "UPDATE visit SET user_id = NULL WHERE page = '/rings' AND seconds = 0.1 AND user_id = (SELECT user_id FROM wide "
        f"WHERE id = {2**60 + 1}) LIMIT 1"
    )
    halving.execute("UPDATE `user` SET notes = 'x' WHERE email = 'ada@example.com'")

    applied(opened, plan)

    assert list(opened.unmet(plan)) == []
    assert touched(before, halving.dump()) == {"visit": (2, 2), "subscriber": (1, 1), "user": (1, 1)}


def test_one_equal_row_too_many_is_nobodys_to_change(halving: Halving, opened: WritableSource) -> None:
    plan = [row for row in erasure(halving) if row.key.collection == "visit"]
    halving.execute(
        "INSERT INTO visit SELECT * FROM visit WHERE page = '/rings' AND user_id = (SELECT user_id FROM wide "
        f"WHERE id = {2**60 + 1}) LIMIT 1"
    )
    before = halving.dump()

    with pytest.raises(SourceError) as caught:
        applied(opened, plan)

    assert caught.value.code == "ambiguous"
    assert halving.dump() == before


def test_an_error_says_that_a_batch_may_be_half_done_and_the_rest_is_done_later(
    halving: Halving, opened: WritableSource
) -> None:
    plan = erasure(halving)
    lines = sorted((row for row in plan if row.key.collection == "order line"), key=lambda row: str(row.key.columns))
    halving.execute(
        f"CREATE TRIGGER refuses BEFORE DELETE ON `order line` FOR EACH ROW BEGIN IF OLD.position = 2 THEN {FAILS}; END IF; END"
    )

    with pytest.raises(SourceError) as caught:
        opened.apply(lines)

    assert caught.value.code == "failed"
    assert "Some of the 2 records of this batch may be changed already." in str(caught.value)
    assert "Ada" not in str(caught.value)
    assert [key for key, _ in opened.unmet(lines)] == [lines[1].key]
    halving.execute("DROP TRIGGER refuses")
    applied(opened, plan)
    assert halving.dump() == halving.neighbours


def test_tables_of_both_kinds_go_in_batches_and_rows_that_refer_to_one_another_together(mariadb_url: str) -> None:
    shop = Plain(mariadb_url)
    shop.run(PEOPLE)
    keys = [RecordKey("shop", "person", (("id", 1),))]
    keys += [RecordKey("shop", name, (("id", each),)) for name in ("basket", "thing") for each in range(1, 151)]
    plan = [PlanRow(key, Action.DELETE) for key in keys]
    with registry.open_writable_source("sql", "shop", mariadb_url, registry.load(MIXED)) as source:
        assert list(source.without_transactions()) == ["thing"]

        batches = source.batches(plan)
        applied(source, plan)

    assert [(batch[0].key.collection, len(batch)) for batch in batches] == [
        ("thing", 100), ("thing", 50), ("basket", 100), ("basket", 50), ("person", 1),
    ]  # fmt: skip
    assert shop.rows("SELECT id FROM person") == [(2,)]
    assert shop.rows("SELECT id FROM basket") == shop.rows("SELECT id FROM thing") == [(900,)]
    shop.engine.dispose()


def test_people_who_refer_to_one_another_go_in_one_transaction(mariadb_url: str) -> None:
    shop = Plain(mariadb_url)
    shop.run(PEOPLE)
    shop.run("INSERT INTO person SELECT seq, 'ada@example.com', NULL FROM seq_10_to_140")
    shop.run("UPDATE person SET boss = 10 + (id + 1) % 131 WHERE id >= 10")
    keys = [RecordKey("shop", "person", (("id", each),)) for each in range(10, 141)]
    keys.append(RecordKey("shop", "thing", (("id", 1),)))
    plan = [PlanRow(key, Action.DELETE) for key in keys]
    with registry.open_writable_source("sql", "shop", mariadb_url, registry.load(MIXED)) as source:
        sizes = sorted(map(len, source.batches(plan)))
        applied(source, plan)

    assert sizes == [1, 131]
    assert shop.rows("SELECT id FROM person") == [(1,), (2,)]
    shop.engine.dispose()
