"""What a search for a person asks of a place. ``sql_reach.py`` answers it from a database."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Protocol

from dsr.records import Identity
from dsr.sources.base import Condition
from dsr.sources.graph import Edge, IdentityColumn


class Rows(Protocol):
    """The rows of one open source, read by condition and never whole."""

    def spellings(self, column: IdentityColumn, identities: Iterable[Identity]) -> list[Hashable]:
        """What stands in an identity's column and is one of these identities, whatever its spelling."""

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
        """The different values of some columns in rows that meet one of ``within``, one of ``also`` and none of ``outside``.

        An empty ``also`` asks for nothing. At most ``most`` of them, in no order.
        """

    def led_elsewhere(
        self, edge: Edge, unowned: tuple[str, ...], within: Sequence[Condition], outside: Sequence[Condition]
    ) -> list[tuple[Hashable, ...]]:
        """The values of ``edge.target_columns`` in rows ``within`` to which the edge leads from a row not ``outside``.

        ``unowned`` are columns that must be empty in the rows led to.
        """


def text_of(values: Iterable[Hashable]) -> tuple[str, ...]:
    """Values as they are compared across columns, whose types may differ: a text may refer to a number."""
    return tuple(str(value) for value in values)


def is_empty(value: Hashable) -> bool:
    """Whether a column says nothing."""
    return value is None or not str(value).strip()
