"""The days of a person's gathered rows that a policy counts from: a row's own, else those of the rows that own it.

An order line was ordered when its order was; an address is needed as long as the last order that names it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from dsr.records import Portable
from dsr.sources.days import day_of_text
from dsr.sources.description import Description
from dsr.sources.graph import Edge, Step

Values = Mapping[str, Portable]
Dates = Mapping[str, date | None]
Key = tuple[str, ...]


def fact_places(description: Description, collection: str) -> dict[str, tuple[str, str]]:
    """Where a collection's date facts stand, as (collection, column): its own, then those of the rows that own its rows.

    An order line was ordered when its order was.
    """
    found: dict[str, tuple[str, str]] = {}
    waiting, seen = [collection], {collection}
    while waiting:
        here = waiting.pop(0)
        for fact, column in description.overlay.of(here).facts.items():
            found.setdefault(fact, (here, column))
        edges = [*description.graph.owners(here), *leads_to(description, here)]
        above = [edge.source for edge in edges if edge.source not in seen]
        seen.update(above)
        waiting += above
    return found


def leads_to(description: Description, collection: str) -> list[Edge]:
    """The many-to-one steps to rows that name nobody themselves: an order's to its address."""
    graph = description.graph
    if collection in graph.strong:
        return []
    edges = [edge for edge in graph.edges if edge.target == collection and edge.source in graph.strong - graph.lookups]
    return [edge for edge in edges if edge.step is Step.MANY_TO_ONE and not graph.bars(edge)]


def record_dates(
    description: Description, rows: Mapping[str, Sequence[Values]], time_zone: str
) -> dict[str, list[Dates]]:
    """For every row of every collection the days of its facts, in the rows' order; ``None`` where a row lacks one.

    Of several rows that own one, the latest day counts. ``time_zone`` is the shop's (IANA).
    """
    book = _Book(description, rows)
    found: dict[str, list[Dates]] = {}
    for collection, here in rows.items():
        places = fact_places(description, collection)
        found[collection] = [
            {fact: _latest(book, collection, position, place, time_zone) for fact, place in places.items()}
            for position in range(len(here))
        ]
    return found


@dataclass(slots=True)
class _Book:
    """The rows, and how to find those that own one."""

    description: Description
    rows: Mapping[str, Sequence[Values]]
    _indexes: dict[tuple[str, tuple[str, ...]], dict[Key, list[int]]] = field(default_factory=dict)
    _edges: dict[str, list[Edge]] = field(default_factory=dict)

    def above(self, collection: str, position: int, wanted: str) -> list[Values]:
        """The rows of the collection ``wanted`` that own this one, directly or through others; the row itself where it is."""
        waiting, seen, found = [(collection, position)], {(collection, position)}, []
        while waiting:
            name, at = waiting.pop()
            if name == wanted:
                found.append(self.rows[name][at])
                continue
            above = {
                (edge.source, one) for edge in self._owners(name) for one in self._owning(edge, self.rows[name][at])
            }
            waiting += sorted(above - seen)
            seen |= above
        return found

    def _owners(self, collection: str) -> list[Edge]:
        if collection not in self._edges:
            graph = self.description.graph
            self._edges[collection] = [*graph.owners(collection), *leads_to(self.description, collection)]
        return self._edges[collection]

    def _owning(self, edge: Edge, row: Values) -> list[int]:
        key = _key(row, edge.target_columns)
        return self._index(edge.source, edge.columns).get(key, []) if key else []

    def _index(self, collection: str, columns: tuple[str, ...]) -> dict[Key, list[int]]:
        """Rows by the text of these columns. Made once for each way that rows are looked up."""
        if (collection, columns) not in self._indexes:
            index: dict[Key, list[int]] = defaultdict(list)
            for position, row in enumerate(self.rows.get(collection, ())):
                if key := _key(row, columns):
                    index[key].append(position)
            self._indexes[collection, columns] = index
        return self._indexes[collection, columns]


def _key(row: Values, columns: tuple[str, ...]) -> Key:
    """The values that two rows must share, as text; empty when one of them is missing."""
    values = [row.get(name) for name in columns]
    return () if None in values else tuple(map(str, values))


def _latest(book: _Book, collection: str, position: int, place: tuple[str, str], time_zone: str) -> date | None:
    owner, column = place
    zone = book.description.overlay.of(owner).time_zone or book.description.overlay.time_zone
    texts = [row.get(column) for row in book.above(collection, position, owner)]
    days = [day_of_text(str(text), zone, time_zone) for text in texts if text is not None]
    return max((day for day in days if day is not None), default=None)
