"""Questions about rows that stayed or went: which rows refer to them, and how large their tables are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, column, func, select, table, tuple_

from dsr.records import Portable, Record, RecordKey, portable
from dsr.sources.base import Columns, Link
from dsr.sources.description import Description
from dsr.sources.erasing import links_of
from dsr.sources.sql_address import Found, Place, Where, any_of, chunks
from dsr.sources.sql_change import Change
from dsr.sources.sql_foreign import ForeignKey, foreign_keys, table_name
from dsr.sources.sql_statements import tables_of


def referring(
    change: Change, description: Description, keys: Collection[RecordKey]
) -> Iterator[tuple[RecordKey, Record]]:
    """Each of the rows with every row that refers to it by a declared reference, as often as there are such."""
    wanted: dict[str, dict[str, RecordKey]] = defaultdict(dict)
    for key in keys:
        wanted[key.collection][key.digest] = key
    links = links_of(description.graph)
    for name, mine in wanted.items():
        place = change.place(name)
        inward = [link for link in links if link.parent == name]
        for some in chunks(list(mine.items()), partial(_where, place)) if inward else ():
            found = place.find(dict(some), for_change=False)
            for link in inward if found else ():
                yield from _referring(
                    change.place(link.child), link, place, [each.records[0] for each in found.values()]
                )


def _referring(
    child: Place, link: Link, parent: Place, records: Sequence[Record]
) -> Iterator[tuple[RecordKey, Record]]:
    """In halves where the database takes for equal what is written otherwise: then only it can say which refers to which."""
    by_value: dict[tuple[str, ...], list[RecordKey]] = defaultdict(list)
    for record in records:
        by_value[_text(record.values, link.parent_columns)].append(record.key)
    alias = parent.table.alias("dsr_parent")
    named: list[ColumnElement[Any]] = [column(name) for name in link.parent_columns]
    mine = any_of([parent.where(record.key) for record in records])(alias)
    ends: Select[Any] = select(*named).select_from(alias).where(mine)
    found = [each for each, _ in child.read(tuple_(*(column(name) for name in link.columns)).in_(ends))]
    if len(records) == 1:
        yield from ((records[0].key, each) for each in found)
    elif any(_text(each.values, link.columns) not in by_value for each in found):
        middle = len(records) // 2
        yield from _referring(child, link, parent, records[:middle])
        yield from _referring(child, link, parent, records[middle:])
    else:
        yield from ((key, each) for each in found for key in by_value[_text(each.values, link.columns)])


def references(change: Change, description: Description) -> list[Link]:
    """Every reference between rows of declared collections: what is declared, and what the database itself keeps."""
    collections = description.graph.collections
    names = {change.table_name(name): name for name in change.tables if name in collections}
    kept = [
        Link(names[each.child], each.columns, names[each.parent], each.parent_columns)
        for each in change.foreign_keys
        if each.child in names and each.parent in names
    ]
    declared = [each for each in kept if all(collections[each.child].field(name) for name in each.columns)]
    return list(dict.fromkeys((*links_of(description.graph), *declared)))


def holding(
    change: Change,
    places: Mapping[Columns, Collection[tuple[Portable, ...]]],
    besides: Collection[str],
    most: int,
) -> Iterator[tuple[Columns, Record]]:
    """The rows that hold some values in some columns and are none of ``besides``; of each columns ``most`` at the utmost."""
    for columns, values in places.items():
        place = change.place(columns[0])
        fresh: dict[str, RecordKey] = {}
        for condition in place.holding(columns[1], values):
            only = columns[1] if place.key else ()
            for record, _ in place.read(condition, only=only, most=len(besides) + most, in_order=False):
                if record.key.digest not in besides and len(fresh) < most:
                    fresh[record.key.digest] = record.key
        for found in place.find(fresh, for_change=False).values() if fresh else ():
            yield from ((columns, record) for record in found.records)


def bound(
    connection: Connection, change: Change, description: Description, keys: Collection[RecordKey]
) -> Iterator[tuple[str, str]]:
    """Digests of those rows to which, by a foreign key of the database itself, a row refers that is none of them, with the
    name of its table: somebody else's row, or one of a table that is not searched. It stays, and so must what it refers to.
    """
    wanted: dict[str, dict[str, RecordKey]] = defaultdict(dict)
    for key in keys:
        wanted[key.collection][key.digest] = key
    mine = {digest for some in wanted.values() for digest in some}
    tables = tables_of(description)
    names = {
        table_name(connection, place): name for name, place in tables.items() if name in description.graph.collections
    }
    for foreign in foreign_keys(connection, {place.schema for place in tables.values()}):
        name = names.get(foreign.parent, "")
        if name not in wanted:
            continue
        place = change.place(name)
        for some in chunks(list(wanted[name].items()), partial(_where, place)):
            found = place.find(dict(some), for_change=False)
            referring = _strangers(connection, change, names.get(foreign.child, ""), foreign, place, found, mine)
            for digest, each in found.items() if referring else ():
                if _text(each.records[0].values, foreign.parent_columns) in referring:
                    yield digest, foreign.child[1]


def _where(place: Place, item: tuple[str, RecordKey]) -> Where:
    return place.where(item[1])


def _strangers(
    connection: Connection,
    change: Change,
    child_name: str,
    foreign: ForeignKey,
    parent: Place,
    found: Mapping[str, Found],
    mine: Collection[str],
) -> set[tuple[str, ...]]:
    """What rows of the child's table that are not among ``mine`` hold as a reference to some of the found rows."""
    if not found:
        return set()
    alias = parent.table.alias("dsr_parent")
    named: list[ColumnElement[Any]] = [column(part) for part in foreign.parent_columns]
    ends: Select[Any] = select(*named).select_from(alias).where(any_of([each.where for each in found.values()])(alias))
    columns: list[ColumnElement[Any]] = [column(part) for part in foreign.columns]
    condition = tuple_(*columns).in_(ends)
    if child_name:
        child = change.place(child_name)
        return {
            _text(record.values, foreign.columns)
            for record, _ in child.read(condition)
            if record.key.digest not in mine
        }
    schema = foreign.child[0] if connection.dialect.name != "sqlite" else None
    rows = connection.execute(
        select(*columns).distinct().select_from(table(foreign.child[1], schema=schema)).where(condition)
    )
    return {tuple(str(portable(value)) for value in row) for row in rows}


def _text(values: Mapping[str, Portable], columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(values.get(name)) for name in columns)


def sizes(connection: Connection, change: Change, names: Collection[str]) -> dict[str, int]:
    """How many rows each table has."""
    counts = {name: select(func.count()).select_from(change.place(name).table) for name in names}
    return {name: int(connection.execute(statement).scalar() or 0) for name, statement in counts.items()}
