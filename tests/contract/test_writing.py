"""What every source must do when it changes rows, whatever stands behind it: exactly what was planned, and no more."""

from __future__ import annotations

from collections.abc import Sequence

from dsr.records import Action, Identity, IdentityKind, Outcome, Person, PlanRow, Portable, Record
from dsr.sources.base import WritableSource
from tests.contract.databases import Database
from tests.contract.writing_shop import COUNTS, LOOKUPS

ADA = Person((Identity(IdentityKind.EMAIL, "ada@example.com"),))


def gathered(source: WritableSource) -> dict[str, list[Record]]:
    """What is Ada's now, by collection."""
    found: dict[str, list[Record]] = {}
    for record in source.gather(source.locate(ADA, {})):
        found.setdefault(record.key.collection, []).append(record)
    return found


def erasure(source: WritableSource) -> list[PlanRow]:
    """The plan that deletes everything of Ada's, parents before children as the dataset has them."""
    listed = [record for name, records in gathered(source).items() if name not in LOOKUPS for record in records]
    return [PlanRow(record.key, Action.DELETE) for record in listed]


def changed(records: Sequence[Record], action: Action, **changes: Portable) -> list[PlanRow]:
    """A plan that gives some columns of some rows new values."""
    return [PlanRow(record.key, action, changes) for record in records]


def test_all_of_a_person_is_found_and_nothing_else(database: Database, writable: WritableSource) -> None:
    found = {name: len(records) for name, records in gathered(writable).items()}

    assert found == {database.name(name): count for name, count in COUNTS.items()}


def test_everything_is_erased_and_the_neighbours_stay_byte_for_byte(
    database: Database, writable: WritableSource
) -> None:
    plan = erasure(writable)
    assert database.dump() != database.neighbours

    outcomes = list(writable.apply(plan))

    assert outcomes == [Outcome(row.key, Action.DELETE, 1) for row in plan]
    assert database.dump() == database.neighbours
    assert list(writable.read_back(plan)) == []
    assert gathered(writable) == {}


def test_an_erasure_when_repeated_changes_nothing(database: Database, writable: WritableSource) -> None:
    plan = erasure(writable)
    list(writable.apply(plan))

    outcomes = list(writable.apply(plan))

    assert outcomes == [Outcome(row.key, Action.DELETE, 0) for row in plan]
    assert database.dump() == database.neighbours
