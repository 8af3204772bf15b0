"""What a source is: the specification, and nothing else. ``sql.py`` implements it; the contract suite holds every source to it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from dsr.records import Outcome, Person, PlanRow, Record


class SourceError(Exception):
    """Why a source could not answer.

    ``permanent`` tells the caller whether trying again can help. ``code`` is a stable word for tables and audit entries;
    the message is for people and never holds a value from the shop's database or a password.
    """

    def __init__(self, message: str, *, code: str, permanent: bool) -> None:
        super().__init__(message)
        self.code = code
        self.permanent = permanent


@dataclass(frozen=True, slots=True, order=True)
class FieldPath:
    """A field across all datasets of a shop."""

    dataset: str
    collection: str
    field: str


@dataclass(frozen=True, slots=True)
class Located:
    """Which rows are the person's: per collection, the conditions that select them, each condition being columns and the
    values they must have together. Rows of collections that others hang on were read as far as their link columns; leaf
    rows were not read at all, which is what keeps memory flat."""

    conditions: Mapping[str, Sequence[Condition]]
    links: Mapping[FieldPath, Sequence[Hashable]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Condition:
    """Rows whose ``columns`` equal one of ``values`` (raw driver values), and how the person reaches them."""

    columns: tuple[str, ...]
    values: Sequence[tuple[Hashable, ...]]
    via: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a dataset, an overlay or a connection: where, what, and what was expected instead."""

    path: str
    message: str
    line: int | None = None
    expected: str = ""

    def __str__(self) -> str:
        where = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{where}: {self.message}" + (f" (expected {self.expected})" if self.expected else "")


class Source(Protocol):
    """An open, read-consistent view of one place where a shop keeps data about people."""

    name: str

    def check(self) -> list[Problem]:
        """Compare the description with the live place; empty when they agree."""

    def locate(self, person: Person, links: Mapping[FieldPath, Sequence[Hashable]]) -> Located:
        """Find which rows are this person's; ``links`` are values that other sources of the shop found for referenced fields."""

    def count(self, located: Located) -> Mapping[str, int]:
        """How many rows each declared collection has for the person; every collection is named, empty ones with 0."""

    def gather(self, located: Located) -> Iterator[Record]:
        """Every declared field of every located row, each row once, collection by collection in the dataset's order."""

    def apply(self, rows: Sequence[PlanRow]) -> Iterator[Outcome]:
        """Carry out a plan's rows in one transaction of the source; harmless when repeated."""

    def read_back(self, rows: Sequence[PlanRow]) -> Iterator[Record]:
        """Read the planned rows again as they are now; rows that are gone are left out."""


class Opener(Protocol):
    """Opens a source for the time of one job."""

    def __call__(self) -> AbstractContextManager[Source]:
        """Connect; raise SourceError when that fails."""
