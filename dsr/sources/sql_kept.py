"""Questions about rows that stayed: whether anybody else's rows still refer to them, and how large their tables are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, column, func, select, tuple_

from dsr.records import PlanRow, RecordKey
from dsr.sources.description import Description
from dsr.sources.erasing import Link, links_of
from dsr.sources.sql_address import Found, Place
from dsr.sources.sql_change import Change


def referred(
    change: Change, description: Description, rows: Sequence[PlanRow], besides: Collection[str]
) -> Iterator[RecordKey]:
    """Those of the rows to which a row refers that is none of them, nor one of the digests ``besides``."""
    keys: dict[str, dict[str, RecordKey]] = defaultdict(dict)
    for row in rows:
        keys[row.key.collection][row.key.digest] = row.key
    mine = {*besides, *(digest for some in keys.values() for digest in some)}
    links = links_of(description.graph)
    for name, wanted in keys.items():
        place = change.place(name)
        found = place.find(wanted, for_change=False)
        for digest, each in found.items():
            inward = [link for link in links if link.parent == name]
            if any(_refers(change.place(link.child), link, place, each, mine) for link in inward):
                yield wanted[digest]


def sizes(connection: Connection, change: Change, names: Collection[str]) -> dict[str, int]:
    """How many rows each table has."""
    counts = {name: select(func.count()).select_from(change.place(name).table) for name in names}
    return {name: int(connection.execute(statement).scalar() or 0) for name, statement in counts.items()}


def _refers(child: Place, link: Link, parent: Place, found: Found, mine: Collection[str]) -> bool:
    alias = parent.table.alias("dsr_parent")
    named: list[ColumnElement[Any]] = [column(name) for name in link.parent_columns]
    ends: Select[Any] = select(*named).select_from(alias).where(found.where(alias))
    condition = tuple_(*(column(name) for name in link.columns)).in_(ends)
    return any(record.key.digest not in mine for record, _ in child.read(condition))
