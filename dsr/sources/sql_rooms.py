"""What the columns of a live database can hold, and which masks their tables' own rules refuse."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from dsr.records import Portable
from dsr.sources.description import Description
from dsr.sources.masks import Mask, Room, fitting_masks, masking
from dsr.sources.sql_live import LiveColumn, LiveDatabase, LiveTable
from dsr.sources.sql_rules import Rule

MOST_TRIED = 200
"""So many ways to mask the columns of one condition are tried."""


def rooms_of(
    connection: Connection, live: LiveDatabase, description: Description, recover: Callable[[Connection], None]
) -> Mapping[str, Mapping[str, Room]]:
    """What each declared column can hold, by collection and column. ``recover`` mends the view after a failed statement."""
    found = {}
    for dataset in description.datasets:
        for collection in dataset.collections:
            place = live.place(dataset, collection)
            table = live.tables.get(place)
            if table is not None and not collection.is_skipped:
                found[collection.name] = _Trial(connection, place[1], table, recover).rooms()
    return found


class _Trial:
    """Asks a database of which masks the conditions of a table are false, without touching a row.

    Of a condition over several columns: all are masked, and the first way that meets it counts. Where one of them stays as it
    is, or where there is no way, only the row itself could say.
    """

    def __init__(
        self, connection: Connection, name: str, table: LiveTable, recover: Callable[[Connection], None]
    ) -> None:
        self._connection = connection
        self._table = table
        self._quoted = connection.dialect.identifier_preparer.quote_identifier
        self._name = self._quoted(name)
        self._recover = recover

    def rooms(self) -> dict[str, Room]:
        rooms = {name: self._room(name, column) for name, column in self._table.columns.items()}
        checks = [rule for rule in self._table.rules if rule.condition and rule.columns]
        for rule in sorted(checks, key=lambda rule: len(rule.columns)):
            for name, masks in self._refused(rule, rooms).items():
                refused = (*rooms[name].refused, *((mask, rule.name) for mask in masks))
                rooms[name] = replace(rooms[name], refused=refused)
        return rooms

    def _room(self, name: str, column: LiveColumn) -> Room:
        unique = [rule for rule in self._table.rules if name in rule.columns and not rule.condition]
        return replace(
            column.room(must_differ=name in self._table.guarded),
            unique=tuple(rule.name for rule in unique),
            nulls_repeat=all(rule.nulls_repeat for rule in unique),
        )

    def _refused(self, rule: Rule, rooms: Mapping[str, Room]) -> Mapping[str, Sequence[Mask]]:
        """Of the columns of a condition, the masks that do not meet it."""
        # Texts give way first: what is no text may lead to another row, and can only let go of it.
        names = sorted(rule.columns, key=lambda name: (rooms[name].word == "text", name))
        choices = {name: fitting_masks(rooms[name]) for name in names}
        ways = list(product(*choices.values()))
        if not 0 < len(ways) <= MOST_TRIED:
            return {}
        met = self._met(rule, list(choices), ways, rooms)
        if len(choices) == 1:
            return {name: [masks[0] for masks, is_met in zip(ways, met, strict=True) if not is_met] for name in choices}
        first = next((way for way, is_met in zip(ways, met, strict=True) if is_met), None)
        if first is None:
            return {}
        return {name: choices[name][: choices[name].index(mask)] for name, mask in zip(choices, first, strict=True)}

    def _met(
        self, rule: Rule, names: Sequence[str], ways: Sequence[Sequence[Mask]], rooms: Mapping[str, Room]
    ) -> list[bool]:
        """Whether each of the ways meets the condition; that all do where the database cannot say."""
        rows = []
        for number, masks in enumerate(ways):
            values = [
                f"{self._written(masking(mask, rooms[name]), self._table.columns[name])} AS {self._quoted(name)}"
                for name, mask in zip(names, masks, strict=True)
            ]
            rows.append(f"SELECT {number} AS dsr_number, {', '.join(values)}")
        tried = " UNION ALL ".join(rows)
        statement = f"SELECT dsr_number, ({rule.condition}) FROM ({tried}) AS {self._name}"  # noqa: S608  (its own words)
        try:
            told = self._connection.exec_driver_sql(statement, execution_options={"no_parameters": True}).all()
        except DBAPIError:
            self._recover(self._connection)
            return [True] * len(ways)
        broken = {number for number, is_met in told if is_met is not None and not is_met}
        return [number not in broken for number in range(len(ways))]

    def _written(self, value: Portable, column: LiveColumn) -> str:
        """A mask's value in a statement: none holds a quotation mark or a backslash."""
        is_postgres = self._connection.dialect.name == "postgresql"
        if value is None or isinstance(value, bool):
            plain = {None: "NULL", True: "TRUE", False: "FALSE"}[value]
        elif isinstance(value, int):
            plain = str(value)
        elif isinstance(value, str):
            plain = f"'{value}'"
        else:
            plain = "'[]'" if isinstance(value, list) and not is_postgres else "'{}'"
        if not is_postgres:
            return plain
        return f"CAST({plain} AS {column.exact if column.exact not in ('unknown', 'NULL') else 'text'})"
