"""The rights that a writing credential needs, and what happens when it has fewer."""

from __future__ import annotations

import psycopg
import pytest

from dsr.records import Action, Identity, IdentityKind, Person, PlanRow
from dsr.sources import registry
from dsr.sources.base import SourceError
from tests.sources.test_reach import dataset_of

ADA = Person((Identity(IdentityKind.EMAIL, "ada@example.com"),))
DATASET = dataset_of("shop", "people: id* email@email name")
TABLE = """
CREATE TABLE people (id int PRIMARY KEY, email text, name text);
INSERT INTO people VALUES (1, 'ada@example.com', 'Ada'), (2, 'bela@example.org', 'Bela');
REVOKE ALL ON people FROM CURRENT_USER;
"""


def changed(url: str, action: Action) -> int:
    """How many rows a plan for Ada met."""
    with registry.open_writable_source("sql", "shop", url, registry.load(DATASET)) as source:
        (record,) = source.gather(source.locate(ADA, {}))
        (outcome,) = source.apply([PlanRow(record.key, action, {} if action is Action.DELETE else {"name": "x"})])
        return outcome.rows


@pytest.mark.parametrize("action", [Action.DELETE, Action.ANONYMISE])
def test_a_credential_that_selects_updates_and_deletes_is_enough(postgres_url: str, action: Action) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute(TABLE + "GRANT SELECT, UPDATE, DELETE ON people TO CURRENT_USER")

    assert changed(postgres_url, action) == 1


@pytest.mark.parametrize(
    ("rights", "action"), [("SELECT, UPDATE", Action.DELETE), ("SELECT", Action.ANONYMISE), ("SELECT", Action.DELETE)]
)
def test_a_credential_with_fewer_rights_is_denied(postgres_url: str, rights: str, action: Action) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute(TABLE + f"GRANT {rights} ON people TO CURRENT_USER")

    with pytest.raises(SourceError) as caught:
        changed(postgres_url, action)

    assert (caught.value.code, caught.value.permanent) == ("denied", True)
    assert "people" in str(caught.value)


def test_a_row_without_a_key_is_met_in_its_own_partition_alone(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute(
            "CREATE TABLE people (year int, email text, name text) PARTITION BY LIST (year);"
            "CREATE TABLE p1 PARTITION OF people FOR VALUES IN (1); CREATE TABLE p2 PARTITION OF people FOR VALUES IN (2);"
            "INSERT INTO people VALUES (1, 'ada@example.com', 'Ada'), (2, 'bela@example.org', 'Bela')"
        )
        places = connection.execute("SELECT DISTINCT ctid::text FROM people").fetchall()
    dataset = dataset_of("shop", "people: year email@email name")
    with registry.open_writable_source("sql", "shop", postgres_url, registry.load(dataset)) as source:
        (record,) = source.gather(source.locate(ADA, {}))
        outcomes = list(source.apply([PlanRow(record.key, Action.DELETE)]))
    with psycopg.connect(postgres_url) as connection:
        left = connection.execute("SELECT name FROM people").fetchall()

    assert places == [("(0,1)",)]
    assert ([outcome.rows for outcome in outcomes], left) == ([1], [("Bela",)])
