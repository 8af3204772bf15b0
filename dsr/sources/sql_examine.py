"""Everything in which a SQL database has gone away from its description, looked at over one open connection."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection

from dsr.sources.alarms import Checked, Code
from dsr.sources.base import Condition, SourceError
from dsr.sources.description import ColumnTypes, Description
from dsr.sources.sql_drift import drift_alarms, exact_types
from dsr.sources.sql_failures import named_failures
from dsr.sources.sql_live import live_database
from dsr.sources.sql_reach import Ask, ReachStatements, SqlRows
from dsr.sources.sql_samples import broken_references
from dsr.sources.sql_scans import slow_lookups


class Examiner:
    """Looks at one open database. Every method raises SourceError."""

    def __init__(
        self, name: str, connection: Connection, description: Description, statements: ReachStatements, ask: Ask
    ) -> None:
        self._name = name
        self._connection = connection
        self._description = description
        self._statements = statements
        self._rows = SqlRows(statements, ask, "")

    def examine(self, recorded: ColumnTypes, elsewhere: frozenset[tuple[str, str]]) -> Checked:
        """Differences, references that lead nowhere, and slow look-ups (``registry.examine``)."""
        with named_failures(self._name):
            live = live_database(self._connection, self._description)
            advice = list(slow_lookups(self._connection, self._description, live, self._statements))
            alarms = list(drift_alarms(self._description, live, recorded, elsewhere))
        sampled = list(broken_references(self._connection, self._description, live, self._find, self._guarded))
        alarms += [alarm for alarm in sampled if alarm.code is not Code.NOT_SAMPLED]
        advice += [alarm for alarm in sampled if alarm.code is Code.NOT_SAMPLED]
        return Checked(tuple(alarms), tuple(advice), exact_types(self._description, live))

    def advise(self) -> Checked:
        """Slow look-ups and exact types alone: what is told and recorded when a source is connected."""
        with named_failures(self._name):
            live = live_database(self._connection, self._description)
            advice = list(slow_lookups(self._connection, self._description, live, self._statements))
        return Checked((), tuple(advice), exact_types(self._description, live))

    def _find(self, collection: str, column: str, values: Sequence[Hashable]) -> list[Hashable]:
        condition = Condition((column,), [(value,) for value in values], "")
        return [row[0] for row in self._rows.read(collection, (column,), [condition])]

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """A statement that may fail without taking the connection's view with it."""
        with named_failures(self._name):
            self._connection.exec_driver_sql("SAVEPOINT dsr_guarded")
        try:
            with named_failures(self._name):
                yield
        except SourceError:
            with named_failures(self._name):
                self._connection.exec_driver_sql("ROLLBACK TO SAVEPOINT dsr_guarded")
            raise
