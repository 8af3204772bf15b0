"""Which of the person's rows are another person's too, decided by columns and their values, once per collection.

Another person enters among this person's rows in four ways:

1. A row names them: an e-mail address or a customer number in it is not this person's.
2. A row hangs on a row that is not this person's: an order on a second account.
3. A row of the shop's other datasets owns it that is not this person's.
4. A row that is not this person's refers to a row that names nobody: the address of two orders.

From there they go on as the rule of reach lets anybody go on: what hangs on a shared row is shared. A lookup is everybody's
and never shared in this sense. The far row of ways 2 and 4 counts whether or not it can be said whose it is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Hashable, Mapping, Sequence

from dsr.records import Identity
from dsr.sources.base import Condition
from dsr.sources.graph import NAMES_A_PERSON, Edge, Graph, IdentityColumn, Step
from dsr.sources.reach import Search, Value, Values
from dsr.sources.reading import Rows, is_empty, text_of
from dsr.sources.sql_match import identity_in


def shared_rows(
    graph: Graph, rows: Rows, search: Search, known: Collection[Identity], country: str
) -> Mapping[str, Sequence[Condition]]:
    """Per collection the conditions under which a row of the person's is shared; ``via`` is the reason."""
    sharing = _Sharing(graph, rows, search, known, country)
    sharing.find_named()
    sharing.find_hanging()
    sharing.find_referred()
    sharing.spread()
    return sharing.found


class _Sharing:
    def __init__(self, graph: Graph, rows: Rows, search: Search, known: Collection[Identity], country: str) -> None:
        self._graph = graph
        self._rows = rows
        self._known = known
        self._country = country
        self._lent = search.lent
        self._mine = search.conditions
        self._keys = search.keys
        self._seen: dict[tuple[str, tuple[str, ...]], Values] = {}
        for sighting, value in search.seen():
            self._seen.setdefault((sighting.collection, sighting.columns), set()).add(value)
        self.found: dict[str, list[Condition]] = {}
        self._waiting: deque[tuple[str, Condition, bool]] = deque()
        self._spread: dict[tuple[str, tuple[str, ...], tuple[str, ...], bool], Values] = {}

    def find_named(self) -> None:
        """Ways 1 and 3."""
        for column in self._graph.identities:
            seen = self._seen.get((column.collection, (column.column,)), set())
            if column.kind in NAMES_A_PERSON:
                reason = f"{column.via} names somebody else"
                self._add(
                    column.collection, (column.column,), {each for each in seen if self._names(column, each)}, reason
                )
        for foreign in self._graph.foreign:
            if foreign.step is not Step.MANY_TO_ONE:
                lent = set(text_of(self._lent.get(foreign.origin, ())))
                seen = self._seen.get((foreign.target, (foreign.column,)), set())
                others = {each for each in seen if not is_empty(each[0]) and text_of(each)[0] not in lent}
                origin = f"{foreign.origin.dataset}:{foreign.origin.collection}.{foreign.origin.field}"
                reason = f"{origin} = {foreign.target}.{foreign.column} belongs to somebody else too"
                self._add(foreign.target, (foreign.column,), others, reason)

    def _names(self, column: IdentityColumn, value: Value) -> bool:
        said = identity_in(column.kind, value[0], self._country)
        return said is not None and said not in self._known

    def find_hanging(self) -> None:
        """Way 2, by one statement for each step whose near ends are not all this person's."""
        for collection in self._mine:
            for edge in self._graph.owners(collection):
                seen = self._seen.get((collection, edge.target_columns), set())
                mine = {text_of(key) for key in self._keys(edge.source, edge.columns)}
                doubtful = [value for value in seen if text_of(value) not in mine]
                if doubtful:
                    within = [Condition(edge.columns, sorted(doubtful, key=repr), edge.via)]
                    outside = self._mine.get(edge.source, ())
                    others = set(self._rows.read(edge.source, edge.columns, within, outside=outside))
                    self._add(collection, edge.target_columns, others, _reason(edge, "belongs to somebody else too"))

    def find_referred(self) -> None:
        """Way 4, by one semi-join for each step that enters rows which name nobody, and for each one-to-one step."""
        for edge in self._graph.edges:
            leads_strongly = edge.source in self._graph.strong and edge.step is not Step.MANY_TO_ONE
            is_one = leads_strongly and edge.step is Step.ONE_TO_ONE and edge.source != edge.target
            is_child = edge.step is Step.ONE_TO_MANY and edge.source == edge.target and leads_strongly
            if (edge.step is Step.ONE_TO_MANY and not is_child) or self._graph.bars(edge):
                continue
            within = self._mine.get(edge.target, ()) if is_one else self._nameless(edge.target)
            entered = edge.source in self._graph.strong or edge.source in self._graph.weak
            if edge.target in self._graph.lookups or not (within and entered):
                continue
            unowned = () if is_one else self._graph.whose.get(edge.target, ())
            others = set(self._rows.led_elsewhere(edge, unowned, within, self._mine.get(edge.source, ())))
            reason = _reason(edge, "leads here from somebody else's row too")
            self._add(edge.target, edge.target_columns, others, reason, unowned, is_strong=leads_strongly)

    def _nameless(self, collection: str) -> list[Condition]:
        """The person's rows of a collection that may name nobody: none of those found by a column that names."""
        named = set(self._graph.whose.get(collection, ()))
        return [condition for condition in self._mine.get(collection, ()) if not named & set(condition.columns)]

    def spread(self) -> None:
        """What hangs on shared rows, to a fixpoint."""
        while self._waiting:
            collection, condition, is_strong = self._waiting.popleft()
            edges = self._graph.onward(collection, is_strong=is_strong)
            edges = [edge for edge in edges if edge.target in self._mine and edge.target not in self._graph.lookups]
            columns = tuple(sorted({name for edge in edges for name in edge.columns}))
            if not columns:
                continue
            rows = self._rows.read(collection, columns, self._mine[collection], also=[condition])
            position = {name: index for index, name in enumerate(columns)}
            for edge in edges:
                values = {tuple(row[position[name]] for name in edge.columns) for row in rows}
                self._step(edge, {value for value in values if None not in value}, is_strong=is_strong)

    def _step(self, edge: Edge, values: Values, *, is_strong: bool) -> None:
        is_self = edge.source == edge.target
        unowned = self._graph.unowned(edge.target, edge.step, is_strong=is_strong, is_self=is_self)
        stays_strong = is_strong and edge.step is not Step.MANY_TO_ONE
        reason = _reason(edge, f"leads here from a shared row of '{edge.source}'")
        self._add(edge.target, edge.target_columns, values, reason, unowned, stays_strong)

    def _add(
        self,
        collection: str,
        columns: tuple[str, ...],
        values: Values,
        reason: str,
        unowned: tuple[str, ...] = (),
        is_strong: bool = True,
    ) -> None:
        known = self._spread.setdefault((collection, columns, unowned, is_strong), set())
        fresh: list[tuple[Hashable, ...]] = sorted(values - known, key=repr)
        if fresh and collection not in self._graph.lookups:
            known.update(fresh)
            condition = Condition(columns, fresh, reason, unowned)
            self.found.setdefault(collection, []).append(condition)
            self._waiting.append((collection, condition, is_strong))


def _reason(edge: Edge, words: str) -> str:
    return f"{edge.source}.{'+'.join(edge.columns)} = {edge.target}.{'+'.join(edge.target_columns)} {words}"
