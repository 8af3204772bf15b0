"""Which rows belong to a person: the collections of one source as a graph of declared references.

A reference from ``A.x`` to ``B.y`` is *many-to-one* when ``y`` is B's key: many rows of A hang on one row of B. Read
backwards it is *one-to-many*. When both ends are keys it is *one-to-one*. The rule:

1. Begin at rows whose identity columns match the person.
2. Follow one-to-many and one-to-one steps: what hangs on a person's row is the person's.
3. Follow many-to-one steps as well (an order's delivery address), but never step back one-to-many afterwards: the
   delivery address of two orders would lead to a stranger's order, a product to everybody's order lines.
4. A many-to-one step reaches only rows that name nobody: whose own e-mail and customer number and whose owners
   (the columns by which step 2 arrives) are empty. A row that names a person comes from that person alone. Otherwise a
   guest's order that was later tied to a stranger's account would bring the account, a note the colleague who wrote it,
   and an order sent to a friend's address book the friend's entry.
5. A reference of a collection to itself, in both directions, reaches only such rows too: the reply to a review, or the
   customer whom this one referred, is a row of the same kind with a person of its own.
6. What the overlay calls ``lookup`` (products, countries) is never entered one-to-many and always many-to-one.
7. A collection that says nothing of its person itself, because a one-to-one row does (an account whose e-mail address stands
   in a profile), is never entered many-to-one: its rows would look as if they named nobody.

Rows reached by steps 1 and 2 are *strong*, those behind a many-to-one step are *weak*.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from dsr.records import IdentityKind
from dsr.sources.base import FieldPath
from dsr.sources.dataset import Collection, Dataset, Field, Reference, references_of
from dsr.sources.overlay import Overlay
from dsr.yaml_text import Problem

NAMES_A_PERSON = (IdentityKind.EMAIL, IdentityKind.CUSTOMER_NUMBER)
"""A row with one of these says whose it is. A phone number does not: it stands on parcels and is shared in a family."""


EXPANDING = (*NAMES_A_PERSON, IdentityKind.PHONE)
"""What a person's own row may reveal. An order number leads to that order alone."""

REVEALING = ("", "customer", "subscriber")
"""Subject classes whose rows may reveal further identities of the person who asks; a gift recipient's row may not."""


class Step(StrEnum):
    """How many rows stand at the far end of a step."""

    ONE_TO_MANY = "one-to-many"
    ONE_TO_ONE = "one-to-one"
    MANY_TO_ONE = "many-to-one"


@dataclass(frozen=True, slots=True)
class Edge:
    """One step from the rows of ``source`` to those rows of ``target`` whose ``target_columns`` hold the same values.

    ``is_owner``: the far rows say by those columns that they hang on the near ones.
    """

    source: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    step: Step
    is_owner: bool = False

    @property
    def via(self) -> str:
        """The step in words for people."""
        return f"{self.source}.{'+'.join(self.columns)} → {self.target}.{'+'.join(self.target_columns)}"


@dataclass(frozen=True, slots=True)
class ForeignEdge:
    """A step from a field of another dataset of the shop into a collection of this source."""

    origin: FieldPath
    target: str
    column: str
    step: Step


@dataclass(frozen=True, slots=True)
class IdentityColumn:
    """A column by which a person is looked up."""

    collection: str
    column: str
    kind: IdentityKind
    is_third_party: bool = False

    @property
    def via(self) -> str:
        """The column in words for people."""
        return f"{self.collection}.{self.column}"


@dataclass(frozen=True)
class Graph:
    """The references of one source, ready to be followed."""

    collections: dict[str, Collection]
    lookups: frozenset[str]
    identities: tuple[IdentityColumn, ...]
    edges: tuple[Edge, ...]
    foreign: tuple[ForeignEdge, ...]
    strong: frozenset[str] = frozenset()
    weak: frozenset[str] = frozenset()
    whose: dict[str, tuple[str, ...]] = field(default_factory=dict)
    revealing: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()

    def onward(self, collection: str, *, is_strong: bool) -> list[Edge]:
        """The steps that may be taken from a collection's rows."""
        return [
            edge
            for edge in self.edges
            if edge.source == collection and (is_strong or edge.step is not Step.ONE_TO_MANY) and not self.bars(edge)
        ]

    def bars(self, edge: Edge | ForeignEdge) -> bool:
        """Whether a step may not be taken (rule 7)."""
        return edge.step is Step.MANY_TO_ONE and edge.target in self.closed

    def unowned(self, target: str, step: Step, *, is_strong: bool, is_self: bool) -> tuple[str, ...]:
        """The columns that must be empty in rows reached by such a step (rules 4 to 6)."""
        if target in self.lookups and target not in {identity.collection for identity in self.identities}:
            return ()
        if is_strong and step is not Step.MANY_TO_ONE and not is_self:
            return ()
        return self.whose.get(target, ())

    def identities_of(self, collection: str) -> list[IdentityColumn]:
        """The columns by which a person is looked up in a collection."""
        return [identity for identity in self.identities if identity.collection == collection]

    def owners(self, collection: str) -> list[Edge]:
        """The steps by which other collections' rows own rows of this one."""
        return [
            edge
            for edge in self.edges
            if edge.target == collection and edge.is_owner and edge.source in self.strong and edge.source != collection
        ]

    def owned_abroad(self, collection: str) -> list[ForeignEdge]:
        """The steps by which rows of the shop's other datasets own rows of this collection."""
        return [edge for edge in self.foreign if edge.target == collection and edge.step is not Step.MANY_TO_ONE]

    def above(self, collection: str) -> frozenset[str]:
        """Every collection whose rows own rows of this one, directly or through others."""
        owners = [edge for name in self.strong for edge in self.owners(name)]
        upward = [replace(edge, source=edge.target, target=edge.source) for edge in owners]
        return frozenset(_closure({collection}, upward) - {collection})

    @property
    def searched(self) -> tuple[str, ...]:
        """Every collection that a person may have rows in, in the dataset's order."""
        return tuple(name for name in self.collections if name in self.strong or name in self.weak)


def build_graph(
    datasets: Sequence[Dataset], overlay: Overlay, others: Sequence[Dataset]
) -> tuple[Graph, list[Problem]]:
    """The graph of one source's datasets. ``others`` are the shop's other datasets; their references may lead here.

    References must have been checked by :func:`dsr.sources.dataset.reference_problems`; those that dangle are left out.
    """
    weaver = _Weaver(datasets, overlay, others)
    weaver.weave()
    collections = {c.name: c for dataset in datasets for c in dataset.collections if not c.is_skipped}
    identities = tuple(
        IdentityColumn(
            collection.name, column.name, column.identity, column.name in overlay.of(collection.name).third_party
        )
        for collection in collections.values()
        for column in collection.fields
        if column.identity
    )
    lookups = frozenset(name for name in collections if overlay.of(name).ownership == "lookup")
    inside = set(collections)
    edges = tuple(edge for edge in weaver.edges if edge.source in inside and edge.target in inside)
    edges = tuple(e for e in edges if not (e.target in lookups and e.step is Step.ONE_TO_MANY))
    revealing = frozenset(name for name in collections if overlay.of(name).subject_class in REVEALING) - lookups
    graph = Graph(collections, lookups, identities, edges, tuple(weaver.foreign), revealing=revealing)
    problems = weaver.problems
    graph = _with_reach(graph)
    problems += _unreached(graph, datasets)
    return graph, problems


def foreign_fields(graph: Graph) -> frozenset[FieldPath]:
    """The fields of the shop's other datasets whose values this source looks up."""
    return frozenset(edge.origin for edge in graph.foreign)


class _Weaver:
    """Turns references into edges."""

    def __init__(self, datasets: Sequence[Dataset], overlay: Overlay, others: Sequence[Dataset]) -> None:
        self.own = {dataset.key: dataset for dataset in datasets}
        self.known = {dataset.key: dataset for dataset in (*others, *datasets)}
        self.overlay = overlay
        self.edges: list[Edge] = []
        self.foreign: list[ForeignEdge] = []
        self.problems: list[Problem] = []

    def weave(self) -> None:
        for dataset in self.known.values():
            composite: dict[tuple[str, str, str], list[tuple[Collection, Field, Reference, Field, Collection]]] = {}
            for collection, column, reference in references_of(dataset):
                other = self.known.get(reference.dataset)
                found = other.resolve(reference.target) if other else None
                if other is None or found is None or not {dataset.key, other.key} & set(self.own):
                    continue
                target, target_column = found
                if self._is_part(target, target_column) and not self._is_one(collection, column):
                    group = composite.setdefault((collection.name, other.key, target.name), [])
                    group.append((collection, column, reference, target_column, target))
                    continue
                self._add(dataset, collection, (column,), reference, other, target, (target_column,))
            for (_, other_key, _), parts in composite.items():
                self._add_composite(dataset, self.known[other_key], parts)

    def _is_part(self, collection: Collection, column: Field) -> bool:
        return column.is_key and len(collection.key) > 1 and column.name not in self.overlay.of(collection.name).unique

    def _is_one(self, collection: Collection, column: Field) -> bool:
        """Whether a value of the column belongs to one row at most."""
        return collection.key == (column.name,) or column.name in self.overlay.of(collection.name).unique

    def _add_composite(
        self,
        dataset: Dataset,
        other: Dataset,
        parts: list[tuple[Collection, Field, Reference, Field, Collection]],
    ) -> None:
        collection, _, reference, _, target = parts[0]
        by_key = {target_column.name: column for _, column, _, target_column, _ in parts}
        if tuple(name for name in target.key if name in by_key) != target.key or len(parts) != len(target.key):
            message = f"'{collection.name}' refers to a part of the key of '{target.name}': {', '.join(target.key)}"
            place, expected = f"{dataset.key}.{collection.name}", "one reference for each column of that key"
            self.problems.append(Problem(dataset.file, message, reference.line, place, expected))
            return
        columns = tuple(by_key[name] for name in target.key)
        self._add(dataset, collection, columns, reference, other, target, _fields(target, target.key))

    def _add(
        self,
        dataset: Dataset,
        collection: Collection,
        columns: tuple[Field, ...],
        reference: Reference,
        other: Dataset,
        target: Collection,
        target_columns: tuple[Field, ...],
    ) -> None:
        names, target_names = _names(columns), _names(target_columns)
        is_one, target_is_one = self._ends(collection, columns, target, target_columns)
        forth = Step.ONE_TO_MANY if is_one and not target_is_one else Step.MANY_TO_ONE
        back = Step.MANY_TO_ONE if is_one and not target_is_one else Step.ONE_TO_MANY
        if is_one and target_is_one:
            forth = back = Step.ONE_TO_ONE
        if dataset.key in self.own and other.key in self.own:
            same = set(names) <= set(self.overlay.of(collection.name).same_person)
            forth = Step.ONE_TO_ONE if same else forth
            if reference.direction != "from":
                is_owner = forth is Step.ONE_TO_MANY
                self._add_edge(Edge(collection.name, names, target.name, target_names, forth, is_owner))
            if reference.direction != "to":
                is_owner = back is not Step.MANY_TO_ONE
                self._add_edge(Edge(target.name, target_names, collection.name, names, back, is_owner))
        elif dataset.key in self.own and reference.direction != "to":
            origin = FieldPath(other.key, target.name, target_names[0])
            self.foreign.append(ForeignEdge(origin, collection.name, names[0], back))
        elif other.key in self.own and reference.direction == "to":
            origin = FieldPath(dataset.key, collection.name, names[0])
            self.foreign.append(ForeignEdge(origin, target.name, target_names[0], forth))

    def _add_edge(self, edge: Edge) -> None:
        if edge not in self.edges:
            self.edges.append(edge)

    def _ends(
        self, collection: Collection, columns: tuple[Field, ...], target: Collection, target_columns: tuple[Field, ...]
    ) -> tuple[bool, bool]:
        """Whether each end is one row. When neither is known to be, the end that is referred to is taken for it."""
        if len(columns) > 1:
            return set(_names(columns)) == set(collection.key), True
        is_one, target_is_one = self._is_one(collection, columns[0]), self._is_one(target, target_columns[0])
        return is_one, target_is_one or not is_one


def _names(columns: Iterable[Field]) -> tuple[str, ...]:
    return tuple(column.name for column in columns)


def _fields(collection: Collection, names: Iterable[str]) -> tuple[Field, ...]:
    return tuple(column for name in names for column in collection.fields if column.name == name)


def _with_reach(graph: Graph) -> Graph:
    """The graph with its strong and weak collections, and the columns of each that say whose a row is."""
    strong = {identity.collection for identity in graph.identities}
    strong |= {edge.target for edge in graph.foreign if edge.step is not Step.MANY_TO_ONE}
    strong = _closure(strong, [edge for edge in graph.edges if edge.step is not Step.MANY_TO_ONE])
    weak = strong | {edge.target for edge in graph.foreign}
    weak = _closure(weak, [edge for edge in graph.edges if edge.step is not Step.ONE_TO_MANY]) - strong
    whose: dict[str, dict[str, None]] = {}
    for identity in graph.identities:
        if identity.kind in NAMES_A_PERSON:
            whose.setdefault(identity.collection, {})[identity.column] = None
    for edge in graph.edges:
        if edge.is_owner and edge.source in strong and edge.source != edge.target:
            whose.setdefault(edge.target, {}).update(dict.fromkeys(edge.target_columns))
    for foreign in graph.foreign:
        if foreign.step is not Step.MANY_TO_ONE:
            whose.setdefault(foreign.target, {})[foreign.column] = None
    return Graph(
        graph.collections,
        graph.lookups,
        graph.identities,
        graph.edges,
        graph.foreign,
        frozenset(strong),
        frozenset(weak),
        {name: tuple(columns) for name, columns in whose.items()},
        graph.revealing,
        frozenset(name for name in strong - graph.lookups if name not in whose and _is_told_elsewhere(graph, name)),
    )


def _is_told_elsewhere(graph: Graph, collection: str) -> bool:
    """Whether rows of a collection are somebody's by what the rows of others say."""
    start = {identity.collection for identity in graph.identities if identity.collection != collection}
    start |= {edge.target for edge in graph.foreign if edge.step is not Step.MANY_TO_ONE}
    steps = [edge for edge in graph.edges if edge.step is not Step.MANY_TO_ONE and edge.source != collection]
    return collection in _closure(start, steps)


def _closure(start: set[str], edges: Sequence[Edge]) -> set[str]:
    reached = set(start)
    waiting = list(start)
    while waiting:
        here = waiting.pop()
        for edge in edges:
            if edge.source == here and edge.target not in reached:
                reached.add(edge.target)
                waiting.append(edge.target)
    return reached


def _unreached(graph: Graph, datasets: Sequence[Dataset]) -> list[Problem]:
    """Warnings for collections that no person can have rows in, as they are declared."""
    return [
        Problem(
            dataset.file,
            f"nothing leads to '{collection.name}': its rows will be in nobody's copy",
            collection.line,
            f"{dataset.key}.{collection.name}",
            "a field with an identity, a reference, or fides_meta: {skip_processing: true}",
            is_warning=True,
        )
        for dataset in datasets
        for collection in dataset.collections
        if collection.name in graph.collections and collection.name not in (*graph.strong, *graph.weak)
    ]
