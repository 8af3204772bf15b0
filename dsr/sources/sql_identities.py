"""Every row that names people by an e-mail address or a telephone number, one after the other, with its key beside it.

The rows are streamed and nothing is sorted, so that memory stays flat whatever the shop's size. A key is made only of a row
that somebody asks about.
"""

from __future__ import annotations

from collections.abc import Collection as Several
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, or_, select

from dsr.records import IdentityKind, RecordKey
from dsr.sources.dataset import Collection
from dsr.sources.description import Description
from dsr.sources.graph import IdentityColumn
from dsr.sources.sql_dialects import dialect_of
from dsr.sources.sql_failures import named_failures
from dsr.sources.sql_rows import RowReader
from dsr.sources.sql_statements import Statement, Statements, readable
from dsr.sources.sql_values import Convert
from dsr.sources.sql_view import open_view

READING_SECONDS = 900.0
"""The longest that one table may take."""

Row = Sequence[Any]
"""What stands in the columns of a ``Naming``, as text, then in those that claim, then the key."""


class Naming:
    """A table whose rows name people. ``columns``: those that do, in the order of a row's first values."""

    def __init__(self, source: str, description: Description, name: str, columns: Sequence[IdentityColumn]) -> None:
        self.columns = tuple(columns)
        self.declared = description.graph.collections[name]
        self.secrets = description.secrets(self.declared)
        self.claiming = _claiming(description, self.declared)
        self._width = len(self.columns) + len(self.claiming)
        fields = tuple(each for each in self.declared.fields if each.is_key or not self.declared.key)
        self.read = {each.name for each in fields}
        self._reader = RowReader(source, replace(self.declared, fields=fields), self.secrets)

    def prepare(self, converters: list[tuple[int, Convert]]) -> None:
        """Learn how the values of the key become portable; the others are texts."""
        self._reader.prepare([(at - self._width, how) for at, how in converters if at >= self._width])

    def key(self, row: Row) -> RecordKey:
        """By what the row is known."""
        return self._reader.record(row[self._width :]).key

    def claims(self, row: Row) -> bool:
        """Whether something else than an address says whose the row is: an owner, or a number that is not the row's own."""
        return any(str(value).strip().strip("0") for value in row[len(self.columns) : self._width] if value is not None)


def read_identities(
    name: str, url: str, description: Description, kinds: Several[IdentityKind], *, seconds: float = READING_SECONDS
) -> Generator[tuple[Naming, Row]]:
    """The rows with a value in a column of these kinds. Other people's addresses (a gift's recipient) are left out.

    Raises SourceError.
    """
    with open_view(name, url, seconds) as connection, named_failures(name):
        words = dialect_of(connection.dialect.name)
        statements = _NamingStatements(description, connection.dialect)
        for collection in description.graph.collections:
            named = description.graph.identities_of(collection)
            columns = [each for each in named if each.kind in kinds and not each.is_third_party]
            if columns:
                place = Naming(name, description, collection, columns)
                statement = statements.everybody(place)
                rows = words.stream(connection, statement.text, statement.arguments({}), place.prepare)
                for row in rows:
                    yield place, row


class _NamingStatements(Statements):
    def everybody(self, place: Naming) -> Statement:
        table = self._tables[place.declared.name]
        named = [table.c[each.column] for each in place.columns]
        texts: list[ColumnElement[Any]] = [cast(each, Text) for each in named]
        texts += [cast(table.c[each], Text) for each in place.claiming]
        shown = readable(table, place.declared, place.secrets)
        fields = place.declared.fields
        key = [each for field, each in zip(fields, shown, strict=False) if field.name in place.read]
        statement = select(*texts, *key, *shown[len(fields) :])
        return self._compiled(statement.where(or_(*(each.is_not(None) for each in named))))


def _claiming(description: Description, declared: Collection) -> tuple[str, ...]:
    graph, said = description.graph, description.overlay.of(declared.name)
    owners = [name for edge in graph.owners(declared.name) for name in edge.target_columns]
    abroad = [edge.column for edge in graph.owned_abroad(declared.name)]
    identities = graph.identities_of(declared.name)
    told = {each.column for each in identities if each.kind is not IdentityKind.CUSTOMER_NUMBER}
    own = {*declared.key, *said.unique}
    numbers = [
        each.column
        for each in identities
        if each.column not in own and each.kind is IdentityKind.CUSTOMER_NUMBER and said.record_class != "account"
    ]
    return tuple(name for name in dict.fromkeys([*owners, *abroad, *numbers]) if name not in told)
