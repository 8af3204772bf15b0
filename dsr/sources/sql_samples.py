"""Whether references still hold: a bounded sample of what refers, looked up where it leads.

Read are the newest and the first rows of each referring table, a thousand of each, and never a whole table. What the
database keeps by itself (a foreign key) is not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, column, select, table, union
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.sql.expression import TableClause

from dsr.sources.alarms import Alarm, Code
from dsr.sources.base import SourceError
from dsr.sources.dataset import Collection, Dataset, Field, Reference
from dsr.sources.description import Description
from dsr.sources.sql_live import LiveDatabase, LiveTable

ROWS = 1_000
LOOKED_UP_AGAIN = 20
"""So many values that seem to lead nowhere are looked up one by one: two databases' texts may differ and mean the same."""

NOBODY = {"", "0", "None"}
"""What shops write where nothing is referred to."""

Find = Callable[[str, str, Sequence[Hashable]], Sequence[Hashable]]
"""The values of a collection's column that are among those given. Raises SourceError."""


@dataclass(frozen=True)
class Link:
    """One reference inside the source, with the live table that it leaves from."""

    dataset: Dataset
    collection: Collection
    field: Field
    reference: Reference
    target: Collection
    target_column: str

    @property
    def place(self) -> str:
        """Where it is declared."""
        return f"{self.dataset.key}.{self.collection.name}.{self.field.name}"


def broken_references(
    connection: Connection, description: Description, live: LiveDatabase, find: Find, guarded: Callable[[], Any]
) -> Iterator[Alarm]:
    """An alarm for each reference of whose sampled values some lead nowhere.

    ``guarded`` makes the context in which one statement may fail with SourceError and leave the connection usable.
    """
    for dataset in description.datasets:
        for collection in dataset.collections:
            live_table = live.tables.get(live.place(dataset, collection))
            links = list(_links(description, live, dataset, collection, live_table)) if live_table else []
            if not links or live_table is None:
                continue
            place = _clause(live, dataset, collection, live_table)
            for link in links:
                try:
                    with guarded():
                        values = _sample(connection, place, link.field.name, live_table.key)
                        missing, is_all = _missing(link, values, find)
                except SourceError as error:
                    yield _unclear(link, error)
                else:
                    if missing:
                        yield _broken(link, missing, len(values), is_all=is_all)


def _links(
    description: Description, live: LiveDatabase, dataset: Dataset, collection: Collection, live_table: LiveTable
) -> Iterator[Link]:
    known = {each.key: each for each in description.datasets}
    dangling = description.overlay.of(collection.name).dangling
    for field in collection.fields:
        if collection.is_skipped or field.name in dangling or field.name not in live_table.columns:
            continue
        for reference in field.references:
            other = known.get(reference.dataset)
            found = other.resolve(reference.target) if other else None
            if other is None or found is None or found[0].is_skipped:
                continue
            target_place = live.place(other, found[0])
            target = live.tables.get(target_place)
            is_kept = (field.name, target_place, found[1].name) in live_table.references
            if target is not None and found[1].name in target.columns and not is_kept:
                yield Link(dataset, collection, field, reference, found[0], found[1].name)


def _clause(live: LiveDatabase, dataset: Dataset, collection: Collection, live_table: LiveTable) -> TableClause:
    schema, name = live.place(dataset, collection)
    columns = [column(quoted_name(each, quote=True)) for each in live_table.columns]  # type: ignore[var-annotated]  # of any type
    spelled = None if schema == live.default_schema else quoted_name(schema, quote=True)
    return table(quoted_name(name, quote=True), *columns, schema=spelled)


def _sample(connection: Connection, place: TableClause, name: str, key: Sequence[str]) -> list[Hashable]:
    """Different values of a column in the first rows and, by the key, in the newest."""
    first = select(place.c[name]).limit(ROWS).subquery("first_rows")
    parts = [select(first.c[name])]
    if key:
        newest = select(place.c[name]).order_by(*(place.c[each].desc() for each in key)).limit(ROWS)
        parts.append(select(newest.subquery("newest_rows").c[name]))
    values = connection.execute(union(*parts)).scalars()
    return [value for value in values if str(value) not in NOBODY]


def _missing(link: Link, values: Sequence[Hashable], find: Find) -> tuple[int, bool]:
    """How many of the values lead nowhere, and whether that is all of them or at least so many."""
    if not values:
        return 0, True
    found = {str(value) for value in find(link.target.name, link.target_column, values)}
    left = [value for value in values if str(value) not in found]
    again = left[:LOOKED_UP_AGAIN]
    missing = [value for value in again if not find(link.target.name, link.target_column, [value])]
    if len(missing) == len(again):
        return len(left), True
    return len(missing), len(left) <= LOOKED_UP_AGAIN


def _broken(link: Link, missing: int, sampled: int, *, is_all: bool) -> Alarm:
    count = str(missing) if is_all else f"at least {missing}"
    message = (
        f"{count} of {sampled} values looked at stand nowhere in {link.target.name}.{link.target_column}: those rows"
        " will be in nobody's copy. If that is known, say so in the overlay"
    )
    return Alarm(
        Code.BROKEN_REFERENCE,
        link.place,
        message,
        f"dangling: [{link.field.name}]",
        link.dataset.file,
        link.reference.line,
    )


def _unclear(link: Link, error: SourceError) -> Alarm:
    """Two ends that cannot be compared are broken; what took too long is told as advice."""
    if error.code == "timeout":
        message = f"was not compared with {link.target.name}.{link.target_column}: that took too long"
        return Alarm(Code.NOT_SAMPLED, link.place, message, "", link.dataset.file, link.reference.line)
    if error.code != "schema_mismatch":
        raise error
    message = f"cannot be compared with {link.target.name}.{link.target_column}: the two differ in type"
    cure = f"references: [{{dataset: {link.reference.dataset}, field: a column of the same type}}]"
    return Alarm(Code.BROKEN_REFERENCE, link.place, message, cure, link.dataset.file, link.reference.line)
