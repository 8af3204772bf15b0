"""Every e-mail address and telephone number by which a database's people are looked up, one after the other.

The rows are streamed and nothing is sorted, so that memory stays flat whatever the shop's size.
"""

from __future__ import annotations

from collections.abc import Collection, Generator

from sqlalchemy import Text, cast, select

from dsr.records import IdentityKind
from dsr.sources.description import Description
from dsr.sources.graph import IdentityColumn
from dsr.sources.sql_dialects import dialect_of
from dsr.sources.sql_failures import named_failures
from dsr.sources.sql_statements import Statement, Statements
from dsr.sources.sql_view import open_view

READING_SECONDS = 900.0
"""The longest that one column may take."""


def read_identities(
    name: str, url: str, description: Description, kinds: Collection[IdentityKind], *, seconds: float = READING_SECONDS
) -> Generator[tuple[IdentityKind, str]]:
    """The values as they stand, repeated ones as often. Other people's addresses (a gift's recipient) are left out.

    Raises SourceError.
    """
    columns = [each for each in description.graph.identities if each.kind in kinds and not each.is_third_party]
    with open_view(name, url, seconds) as connection, named_failures(name):
        words = dialect_of(connection.dialect.name)
        statements = _ColumnStatements(description, connection.dialect)
        for column in columns:
            statement = statements.everybody(column)
            rows = words.stream(connection, statement.text, statement.arguments({}), _as_they_are)
            for (value,) in rows:
                yield column.kind, str(value)


class _ColumnStatements(Statements):
    def everybody(self, column: IdentityColumn) -> Statement:
        place = self._tables[column.collection].c[column.column]
        return self._compiled(select(cast(place, Text)).where(place.is_not(None)))


def _as_they_are(_converters: object) -> None:
    """Texts need no conversion."""
