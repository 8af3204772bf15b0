"""Follow the references of a graph from a person's own rows to a fixpoint, reading only columns that lead further.

On its way a search notes what the rows say about whose they are: ``expansion.py`` learns further identities from it, and
``sharing.py`` which rows are another person's too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from dsr.sources.base import Condition, FieldPath, Links
from dsr.sources.graph import EXPANDING, Edge, Graph, Step

Value = tuple[Hashable, ...]
Values = set[Value]
ReadColumns = Callable[[str, Sequence[str], Condition], Iterable[Sequence[Hashable]]]
"""Reads the named columns of a collection's rows that meet a condition; equal rows may come once."""


class Hold(IntEnum):
    """How firmly the person holds a row: the firmer, the further it leads."""

    WEAK = 0
    """Reached by a many-to-one step: what hangs on it may be anybody's."""
    STRONG = 1
    """The person's, but perhaps not about the person alone: it reveals no identity."""
    REVEALING = 2
    """The person's own: what else it calls its person is the person too."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Rows of a collection that a step or an identity led to.

    ``is_guarded``: a phone number led here, which a family shares; from here on only rows that name nobody else are taken.
    """

    collection: str
    columns: tuple[str, ...]
    values: frozenset[Value]
    hold: Hold
    via: str
    unowned: tuple[str, ...] = ()
    edge: Edge | None = None
    is_guarded: bool = False

    @property
    def is_strong(self) -> bool:
        """Whether what hangs on these rows is the person's."""
        return self.hold is not Hold.WEAK

    def came_by(self, edge: Edge) -> bool:
        """Whether ``edge`` leads back to the one row we came from: leaf rows need not be read to learn that."""
        came = self.edge
        if came is None or came.step is not Step.ONE_TO_MANY:
            return False
        return (edge.columns, edge.target, edge.target_columns) == (came.target_columns, came.source, came.columns)

    def came_from_owner(self, columns: tuple[str, ...]) -> bool:
        """Whether these columns are those by which the rows hang on what we came from."""
        return self.edge is not None and self.edge.is_owner and self.edge.target_columns == columns


@dataclass(frozen=True, slots=True)
class Sighting:
    """A value of columns that say whose a row is, seen in a row of the person's. ``hangs``: no identity led to that row."""

    collection: str
    columns: tuple[str, ...]
    hold: Hold
    hangs: bool


_Place = tuple[str, tuple[str, ...], tuple[str, ...], bool]


class Search:
    """One walk through one source for one person. May be followed, given more to begin at, and followed again."""

    def __init__(self, graph: Graph, read: ReadColumns, exposed: Iterable[FieldPath]) -> None:
        self._graph = graph
        self._read = read
        self.lent: Links = {}
        self._links: dict[FieldPath, dict[Hashable, None]] = {path: {} for path in sorted(exposed)}
        self._waiting: deque[Arrival] = deque()
        self._found: dict[_Place, dict[Value, Hold]] = {}
        self._via: dict[_Place, dict[str, None]] = {}
        self._read_keys: dict[tuple[str, tuple[str, ...]], Values] = {}
        self._seen: dict[Sighting, dict[Value, None]] = {}

    def arrive(self, arrival: Arrival) -> None:
        """Note rows to be followed."""
        if arrival.values:
            self._waiting.append(arrival)

    def arrive_from_links(self, links: Links) -> None:
        """Note rows that hang on what the shop's other sources found."""
        self.lent = links
        for edge in self._graph.foreign:
            if self._graph.bars(edge):
                continue
            values = frozenset((value,) for value in links.get(edge.origin, ()) if value is not None)
            hold = self.firmest(edge.target) if edge.step is not Step.MANY_TO_ONE else Hold.WEAK
            origin = edge.origin
            via = f"{origin.dataset}:{origin.collection}.{origin.field} → {edge.target}.{edge.column}"
            unowned = self._graph.unowned(edge.target, edge.step, is_strong=hold is not Hold.WEAK, is_self=False)
            self.arrive(Arrival(edge.target, (edge.column,), values, hold, via, unowned))

    def follow(self) -> None:
        """Follow everything that waits until nothing new is found."""
        while self._waiting:
            self._follow(self._waiting.popleft())

    def firmest(self, collection: str) -> Hold:
        """How firmly a row of this collection can be held."""
        return Hold.REVEALING if collection in self._graph.revealing else Hold.STRONG

    @property
    def links(self) -> Links:
        """What other sources of the shop asked for."""
        return {path: tuple(values) for path, values in self._links.items()}

    @property
    def conditions(self) -> Mapping[str, Sequence[Condition]]:
        """Which rows were found; see :class:`dsr.sources.base.Located`."""
        return self.held(Hold.WEAK)

    def held(self, least: Hold) -> Mapping[str, Sequence[Condition]]:
        """Which rows are held at least so firmly."""
        merged: dict[tuple[str, tuple[str, ...], tuple[str, ...]], tuple[Values, dict[str, None]]] = {}
        for (collection, columns, unowned, is_guarded), found in self._found.items():
            values = {value for value, hold in found.items() if hold >= least}
            if values:
                into, via = merged.setdefault((collection, columns, unowned), (set(), {}))
                into |= values
                via |= self._via[collection, columns, unowned, is_guarded]
        conditions: dict[str, list[Condition]] = {}
        for (collection, columns, unowned), (values, via) in merged.items():
            condition = Condition(columns, sorted(values, key=repr), "; ".join(via), unowned)
            conditions.setdefault(collection, []).append(condition)
        return conditions

    def keys(self, collection: str, columns: tuple[str, ...]) -> Values:
        """The values of some columns in the person's rows, as far as they were read to lead further."""
        return self._read_keys.get((collection, columns), set())

    def seen(self) -> Iterator[tuple[Sighting, Value]]:
        """Every value that says whose a row of the person's is."""
        for sighting, values in self._seen.items():
            for value in values:
                yield sighting, value

    def _follow(self, arrival: Arrival) -> None:
        place = (arrival.collection, arrival.columns, arrival.unowned, arrival.is_guarded)
        found = self._found.setdefault(place, {})
        fresh = {value for value in arrival.values if found.get(value, -1) < arrival.hold}
        if not fresh:
            return
        self._via.setdefault(place, {})[arrival.via] = None
        found.update(dict.fromkeys(fresh, arrival.hold))
        self._step_on(arrival, fresh)

    def _step_on(self, arrival: Arrival, fresh: Values) -> None:
        onward = self._graph.onward(arrival.collection, is_strong=arrival.is_strong)
        edges = [edge for edge in onward if not arrival.came_by(edge)]
        exposed = [path for path in self._links if path.collection == arrival.collection] if arrival.is_strong else []
        naming = [columns for columns in self._naming(arrival) if columns != arrival.columns]
        columns = sorted({name for edge in edges for name in edge.columns} | {path.field for path in exposed})
        columns = sorted({*columns, *(name for names in naming for name in names)})
        self._see(arrival, arrival.columns, fresh)
        if not columns:
            return
        condition = Condition(arrival.columns, sorted(fresh, key=repr), arrival.via, arrival.unowned)
        rows = list(self._read(arrival.collection, columns, condition))
        position = {name: index for index, name in enumerate(columns)}
        for path in exposed:
            here = position[path.field]
            self._links[path].update((row[here], None) for row in rows if row[here] is not None)
        for names in naming:
            self._see(arrival, names, _picked(rows, [position[name] for name in names]))
        for edge in edges:
            values = _picked(rows, [position[name] for name in edge.columns])
            self._read_keys.setdefault((arrival.collection, edge.columns), set()).update(values)
            self.arrive(self._arrival(edge, values, arrival))

    def _naming(self, arrival: Arrival) -> list[tuple[str, ...]]:
        """The columns, each by itself or several together, that say whose these rows are and may be filled."""
        if not arrival.is_strong:
            return []
        known = [each for each in self._graph.identities_of(arrival.collection) if each.kind in EXPANDING]
        identities = [(identity.column,) for identity in known]
        owners = [edge.target_columns for edge in self._graph.owners(arrival.collection)]
        abroad = [(edge.column,) for edge in self._graph.owned_abroad(arrival.collection)]
        return [each for each in dict.fromkeys([*identities, *owners, *abroad]) if not set(each) & set(arrival.unowned)]

    def _see(self, arrival: Arrival, columns: tuple[str, ...], values: Values) -> None:
        if arrival.is_strong and not self._is_told(arrival, columns) and columns in self._naming(arrival):
            sighting = Sighting(arrival.collection, columns, arrival.hold, arrival.edge is not None)
            complete = {value: None for value in values if None not in value}
            self._seen.setdefault(sighting, {}).update(complete)

    def _is_told(self, arrival: Arrival, columns: tuple[str, ...]) -> bool:
        """Whether the rows came from the one owner that these columns name; a column may name two (an object's number)."""
        owners = [edge for edge in self._graph.owners(arrival.collection) if edge.target_columns == columns]
        abroad = [edge for edge in self._graph.owned_abroad(arrival.collection) if (edge.column,) == columns]
        return arrival.came_from_owner(columns) and len(owners) + len(abroad) == 1

    def _arrival(self, edge: Edge, values: Values, came: Arrival) -> Arrival:
        """What a step leads to. Rows already read by their key need no second condition: we are back at them."""
        stays_strong = came.is_strong and edge.step is not Step.MANY_TO_ONE
        complete = {value for value in values if None not in value}
        if edge.step is Step.MANY_TO_ONE:
            complete -= self._read_keys.get((edge.target, edge.target_columns), set())
        is_self = edge.source == edge.target
        unowned = self._graph.unowned(edge.target, edge.step, is_strong=came.is_strong, is_self=is_self)
        if stays_strong and came.is_guarded:
            others = [name for name in self._graph.whose.get(edge.target, ()) if name not in edge.target_columns]
            unowned = tuple(dict.fromkeys([*unowned, *others]))
        hold = min(came.hold, self.firmest(edge.target)) if stays_strong else Hold.WEAK
        if unowned and hold is Hold.REVEALING:
            hold = Hold.STRONG
        is_guarded = came.is_guarded and stays_strong
        return Arrival(edge.target, edge.target_columns, frozenset(complete), hold, edge.via, unowned, edge, is_guarded)


def _picked(rows: Sequence[Sequence[Hashable]], places: Sequence[int]) -> Values:
    return {tuple(row[index] for index in places) for row in rows}
