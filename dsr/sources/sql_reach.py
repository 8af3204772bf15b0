"""The questions of a search (``reading.Rows``), asked of a database."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import lru_cache

from sqlalchemy import ColumnElement, Dialect, case, exists, false, literal_column, select

from dsr.records import Identity, Person
from dsr.sources.base import Condition
from dsr.sources.description import Description
from dsr.sources.graph import Edge, IdentityColumn
from dsr.sources.sql_dialect import Parameters
from dsr.sources.sql_match import identity_values
from dsr.sources.sql_statements import Shape, Statement, Statements, readable, shape_of, values_of

SHARED_PREFIX = "dsr_shared_"

Ask = Callable[[Statement, Parameters], list[tuple[Hashable, ...]]]


class ReachStatements(Statements):
    """The statements of a search beside those of a gather."""

    def __init__(self, description: Description, dialect: Dialect) -> None:
        super().__init__(description, dialect)
        self.values = lru_cache(maxsize=4096)(self._values)
        self.led_elsewhere = lru_cache(maxsize=4096)(self._led_elsewhere)
        self.marked_rows = lru_cache(maxsize=4096)(self._marked_rows)
        self._one_type: dict[Edge, bool] = {}

    def _values(
        self, collection: str, columns: tuple[str, ...], within: Shape, also: Shape, outside: Shape, most: int | None
    ) -> Statement:
        """Different values of columns in rows that meet ``within`` and ``also`` and not ``outside``."""
        places = [self._words.link_value(self._tables[collection].c[name]) for name in columns]
        wanted = [self._where(collection, within)]
        if also:
            wanted.append(self._where(collection, also, len(within)))
        if outside:
            wanted.append(_fails(self._where(collection, outside, len(within) + len(also))))
        if most is None:
            return self._compiled(self._words.once(select(*places).where(*wanted)))
        told_apart = [self._words.exact(place) for place in places]
        statement = select(*places, *told_apart).where(*wanted).distinct()
        return self._compiled(statement.limit(literal_column(str(most))))

    def of_one_type(self, edge: Edge, ask: Ask) -> bool:
        """Whether the database can compare an edge's columns as they are; asked once in a process."""
        if edge not in self._one_type:
            statement = self._types(edge)
            types = ask(statement, {})[0] if statement else ()
            self._one_type[edge] = types[::2] == types[1::2]
        return self._one_type[edge]

    def _types(self, edge: Edge) -> Statement | None:
        """The types of an edge's columns, pair by pair, where it matters; asked of tables without reading them."""
        near, far = self._tables[edge.target].alias("near"), self._tables[edge.source].alias("far")
        columns = zip(edge.columns, edge.target_columns, strict=True)
        pairs = [self._words.type_name(place) for one, two in columns for place in (far.c[one], near.c[two])]
        types = [each for each in pairs if each is not None]
        nowhere = select(literal_column("1")).subquery("nowhere")
        joined = nowhere.outerjoin(near, false()).outerjoin(far, false())
        return self._compiled(select(*types).select_from(joined)) if types else None

    def _led_elsewhere(
        self, edge: Edge, is_one_type: bool, unowned: tuple[str, ...], within: Shape, outside: Shape
    ) -> Statement:
        """The semi-join of one step: near rows that a far row outside the person's leads to."""
        target = self._tables[edge.target]
        names = tuple(dict.fromkeys(edge.target_columns))
        met = [self._where(edge.target, within), *(self._is_empty(target.c[name]) for name in unowned)]
        near = select(*(target.c[name] for name in names)).where(*met).subquery("near")
        far = self._tables[edge.source]
        columns = zip(edge.columns, edge.target_columns, strict=True)
        joined = [self._words.equals(far.c[one], near.c[two], is_one_type=is_one_type) for one, two in columns]
        if outside:
            joined.append(_fails(self._where(edge.source, outside, len(within))))
        led = exists(select(literal_column("1")).select_from(far).where(*joined).correlate(near))
        places = [self._words.link_value(near.c[name]) for name in edge.target_columns]
        return self._compiled(self._words.once(select(*places).where(led)))

    def _marked_rows(self, collection: str, shape: Shape, shared: Shape) -> Statement:
        """What :meth:`rows` reads, and behind it of each condition in ``shared`` whether the row meets it."""
        declared = self._description.graph.collections[collection]
        secrets = self._description.secrets(declared)
        place = self._tables[collection]
        marks = [
            case((self._condition(place, number, *each), literal_column("1")), else_=literal_column("0")).label(
                f"{SHARED_PREFIX}{number}"
            )
            for number, each in enumerate(shared, len(shape))
        ]
        statement = select(*readable(place, declared, secrets), *marks).where(self._where(collection, shape))
        return self._compiled(statement.order_by(*self._order(declared, secrets)))


def _fails(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Not met, or not known to be met: of a NULL that a condition compares nobody can tell."""
    return case((condition, literal_column("1")), else_=literal_column("0")) == literal_column("0")


class SqlRows:
    """The rows of one open database, for ``expansion.Expansion``."""

    def __init__(self, statements: ReachStatements, ask: Ask, country: str) -> None:
        self._statements = statements
        self._ask = ask
        self._country = country

    def spellings(self, column: IdentityColumn, identities: Iterable[Identity]) -> list[Hashable]:
        """See ``reading.Rows``."""
        values = identity_values(column.kind, Person(tuple(identities), self._country))
        if values is None:
            return []
        return [row[0] for row in self._ask(self._statements.identity(column), values)]

    def read(
        self,
        collection: str,
        columns: Sequence[str],
        within: Sequence[Condition],
        *,
        also: Sequence[Condition] = (),
        outside: Sequence[Condition] = (),
        most: int | None = None,
    ) -> list[tuple[Hashable, ...]]:
        """See ``reading.Rows``."""
        shapes = (shape_of(within), shape_of(also), shape_of(outside))
        statement = self._statements.values(collection, tuple(columns), *shapes, most)
        rows = self._ask(statement, values_of([*within, *also, *outside]))
        return list(dict.fromkeys(row[: len(columns)] for row in rows))

    def led_elsewhere(
        self, edge: Edge, unowned: tuple[str, ...], within: Sequence[Condition], outside: Sequence[Condition]
    ) -> list[tuple[Hashable, ...]]:
        """See ``reading.Rows``."""
        is_one_type = self._statements.of_one_type(edge, self._ask)
        statement = self._statements.led_elsewhere(edge, is_one_type, unowned, shape_of(within), shape_of(outside))
        return list(dict.fromkeys(self._ask(statement, values_of([*within, *outside]))))
