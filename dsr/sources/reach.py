"""Follow the references of a graph from a person's own rows to a fixpoint, reading only columns that lead further."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

from dsr.sources.base import Condition, FieldPath, Links, Located
from dsr.sources.graph import Edge, Graph, Step

Values = set[tuple[Hashable, ...]]
ReadColumns = Callable[[str, Sequence[str], Condition], Iterable[Sequence[Hashable]]]
"""Reads the named columns of a collection's rows that meet a condition; equal rows may come once."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Rows of a collection that a step or an identity led to."""

    collection: str
    columns: tuple[str, ...]
    values: frozenset[tuple[Hashable, ...]]
    is_strong: bool
    via: str
    unowned: tuple[str, ...] = ()
    edge: Edge | None = None

    def came_by(self, edge: Edge) -> bool:
        """Whether ``edge`` leads back to the one row we came from: leaf rows need not be read to learn that."""
        came = self.edge
        if came is None or came.step is not Step.ONE_TO_MANY:
            return False
        return (edge.columns, edge.target, edge.target_columns) == (came.target_columns, came.source, came.columns)


class Search:
    """One walk through one source for one person."""

    def __init__(self, graph: Graph, read: ReadColumns, exposed: Iterable[FieldPath]) -> None:
        self._graph = graph
        self._read = read
        self._links: dict[FieldPath, dict[Hashable, None]] = {path: {} for path in sorted(exposed)}
        self._waiting: deque[Arrival] = deque()
        self._found: dict[tuple[str, tuple[str, ...], tuple[str, ...]], tuple[Values, Values, dict[str, None]]] = {}
        self._read_keys: dict[tuple[str, tuple[str, ...]], Values] = {}

    def arrive(self, arrival: Arrival) -> None:
        """Note rows to be followed."""
        if arrival.values:
            self._waiting.append(arrival)

    def arrive_from_links(self, links: Links) -> None:
        """Note rows that hang on what the shop's other sources found."""
        for edge in self._graph.foreign:
            values = frozenset((value,) for value in links.get(edge.origin, ()) if value is not None)
            is_strong = edge.step is not Step.MANY_TO_ONE
            origin = edge.origin
            via = f"{origin.dataset}:{origin.collection}.{origin.field} → {edge.target}.{edge.column}"
            unowned = self._graph.unowned(edge.target, edge.step, is_strong=is_strong, is_self=False)
            self.arrive(Arrival(edge.target, (edge.column,), values, is_strong, via, unowned))

    def run(self) -> Located:
        """Follow everything that waits until nothing new is found."""
        while self._waiting:
            self._follow(self._waiting.popleft())
        conditions: dict[str, list[Condition]] = {}
        for (collection, columns, unowned), (strong, weak, via) in self._found.items():
            values = sorted(strong | weak, key=repr)
            conditions.setdefault(collection, []).append(Condition(columns, values, "; ".join(via), unowned))
        return Located(conditions, {path: tuple(values) for path, values in self._links.items()})

    def _follow(self, arrival: Arrival) -> None:
        place = (arrival.collection, arrival.columns, arrival.unowned)
        strong, weak, via = self._found.get(place, (set(), set(), {}))
        fresh = set(arrival.values) - strong
        if not arrival.is_strong:
            fresh -= weak
        if not fresh:
            return
        via[arrival.via] = None
        (strong if arrival.is_strong else weak).update(fresh)
        self._found[place] = (strong, weak, via)
        self._step_on(arrival, fresh)

    def _step_on(self, arrival: Arrival, fresh: Values) -> None:
        onward = self._graph.onward(arrival.collection, is_strong=arrival.is_strong)
        edges = [edge for edge in onward if not arrival.came_by(edge)]
        exposed = [path for path in self._links if path.collection == arrival.collection] if arrival.is_strong else []
        columns = sorted({name for edge in edges for name in edge.columns} | {path.field for path in exposed})
        if not columns:
            return
        condition = Condition(arrival.columns, sorted(fresh, key=repr), arrival.via, arrival.unowned)
        rows = list(self._read(arrival.collection, columns, condition))
        position = {name: index for index, name in enumerate(columns)}
        for path in exposed:
            here = position[path.field]
            self._links[path].update((row[here], None) for row in rows if row[here] is not None)
        for edge in edges:
            places = [position[name] for name in edge.columns]
            values = {tuple(row[index] for index in places) for row in rows}
            self._read_keys.setdefault((arrival.collection, edge.columns), set()).update(values)
            self.arrive(self._arrival(edge, values, is_strong=arrival.is_strong))

    def _arrival(self, edge: Edge, values: Values, *, is_strong: bool) -> Arrival:
        """What a step leads to. Rows already read by their key need no second condition: we are back at them."""
        stays_strong = is_strong and edge.step is not Step.MANY_TO_ONE
        complete = {value for value in values if None not in value}
        if edge.step is Step.MANY_TO_ONE and not stays_strong:
            complete -= self._read_keys.get((edge.target, edge.target_columns), set())
        is_self = edge.source == edge.target
        unowned = self._graph.unowned(edge.target, edge.step, is_strong=is_strong, is_self=is_self)
        return Arrival(edge.target, edge.target_columns, frozenset(complete), stays_strong, edge.via, unowned, edge)
