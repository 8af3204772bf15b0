"""What a source is: the specification, and nothing else. ``sql.py`` implements it."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from dsr.records import Identity, Outcome, Person, PlanRow, Portable, Record, RecordKey
from dsr.sources.masks import Room
from dsr.sources.mentions import Mention
from dsr.yaml_text import Problem


class SourceError(Exception):
    """Why a source could not answer.

    ``permanent`` tells the caller whether trying again can help. ``code`` is a stable word for tables and audit
    entries: ``unavailable``, ``timeout``, ``auth_failed``, ``unknown_database``, ``denied``, ``schema_mismatch``,
    ``bad_url``, ``tls_refused``, ``limit_reached`` (more than one person can have, or than may be read) or ``failed``; of
    a change also ``ambiguous`` (the planned rows cannot be told from others), ``still_referenced`` (a row that stays refers
    to one that goes) and ``refused`` (a rule of the table). The message is for people and never holds a value from the
    shop's database or a password.
    """

    def __init__(self, message: str, *, code: str, permanent: bool) -> None:
        super().__init__(message)
        self.code = code
        self.permanent = permanent


@dataclass(frozen=True, slots=True, order=True)
class FieldPath:
    """A field across all datasets of a shop; ``dataset`` is the Fideslang key of the dataset, not the source's name."""

    dataset: str
    collection: str
    field: str


Links = Mapping[FieldPath, Sequence[Hashable]]
"""Values found for fields that other datasets of the shop refer to."""


Columns = tuple[str, tuple[str, ...]]
"""A collection, and columns of it that are looked at together."""


@dataclass(frozen=True, slots=True)
class Link:
    """Rows of ``child`` refer by ``columns`` to rows of ``parent``, whichever way a search follows that reference."""

    child: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """Rows whose ``columns`` together equal one of ``values``, and how the person reaches them.

    ``unowned`` names columns that must be NULL as well: such a row has no owner of its own (``graph.py`` says why).
    """

    columns: tuple[str, ...]
    values: Sequence[tuple[Hashable, ...]]
    via: str
    unowned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Revealed:
    """An identity that nobody proved, learnt from a row of the person's own and used to look further.

    ``via`` is the ``collection.column`` that held it, ``step`` counts from 1: what step 1 found may reveal more in step 2.
    """

    identity: Identity
    via: str
    step: int


@dataclass(frozen=True, slots=True)
class WeakMatch:
    """Rows of a collection that agree with the person only weakly; never gathered, a question to staff: *same person?*

    ``agrees`` and ``differs`` are the (column, value) pairs that were compared. ``reveals`` are the identities that a
    yes adds to the person's; there is always at least one.
    """

    collection: str
    agrees: tuple[tuple[str, str], ...]
    differs: tuple[tuple[str, str], ...]
    reveals: tuple[Identity, ...]


@dataclass(frozen=True, slots=True)
class Located:
    """Which rows are the person's: per collection, the conditions of which a row meets at least one.

    Rows of collections that others hang on were read as far as their link columns; leaf rows were not read at all. That
    is what keeps memory flat. ``links`` holds what other sources of the shop asked this one for. ``shared`` holds, per
    collection, further conditions: one of the person's rows that meets such a condition is another person's too, and its
    ``via`` says why, without a value.
    """

    conditions: Mapping[str, Sequence[Condition]]
    links: Links = field(default_factory=dict)
    revealed: tuple[Revealed, ...] = ()
    weak: tuple[WeakMatch, ...] = ()
    shared: Mapping[str, Sequence[Condition]] = field(default_factory=dict)


class Source(Protocol):
    """An open, read-consistent view of one place where a shop keeps data about people."""

    name: str

    def check(self) -> list[Problem]:
        """Compare the description with the live place; empty when they agree."""

    def rooms(self) -> Mapping[str, Mapping[str, Room]]:
        """What each declared column of the live place can hold, by collection and column."""

    def locate(self, person: Person, links: Links) -> Located:
        """Find which rows are this person's. Every identity given must have been proved: each one opens records.

        ``links`` are values that the shop's other sources found for fields which this one refers to.
        """

    def count(self, located: Located) -> Mapping[str, int]:
        """How many rows each declared collection has for the person; every collection is named, empty ones with 0."""

    def gather(self, located: Located) -> Iterator[Record]:
        """Every declared field of every located row, each row once, collection by collection in the dataset's order.

        To be read to its end: a gather that is left early may end the view of its source.
        """

    def bound(self, keys: Collection[RecordKey]) -> Mapping[str, str]:
        """Digests of rows to which a row refers that is none of them, by a foreign key of the place itself, with the name of
        its table: such rows cannot go."""

    def without_transactions(self) -> Collection[str]:
        """The collections on which a change may stop half-way and stay so."""

    def known(self, mentions: Collection[Mention], country: str) -> frozenset[Mention]:
        """Those candidates of ``mentions.mentions_in`` that are people of this source; after ``gather`` has ended."""


class WritableSource(Source, Protocol):
    """A source that can also carry out what was decided about its rows."""

    def batches(self, rows: Sequence[PlanRow]) -> list[list[PlanRow]]:
        """The rows that a plan changes, in the batches in which they are to be applied, one after another: all of them at once
        where every table takes back what was done to it, else by table, a hundred at a time."""

    def apply(self, rows: Sequence[PlanRow]) -> Iterator[Outcome]:
        """Carry out one batch in one transaction of the source; harmless when repeated. A row that is somebody else's by now
        (``whose.py``) is left as it is."""

    def read_back(self, rows: Sequence[PlanRow]) -> Iterator[Record]:
        """Read the planned rows again as they are now; rows that are gone are left out."""

    def unmet(self, rows: Sequence[PlanRow]) -> Iterator[tuple[RecordKey, str]]:
        """Look again: every planned row that is still there though it should be gone (with an empty word), and every column
        of a planned row that does not hold what the plan says, those included that may be in no output."""

    def strangers(self, rows: Sequence[PlanRow]) -> Iterator[RecordKey]:
        """The planned rows whose key is there and that are somebody else's by now: a number that was given again. They are
        never changed."""

    def referring(self, keys: Collection[RecordKey]) -> Iterator[tuple[RecordKey, Record]]:
        """The rows that refer to some rows by a declared reference, each with the key of what it refers to."""

    def references(self) -> Sequence[Link]:
        """Every reference between the rows of declared collections: what is declared, and what the place keeps by itself."""

    def holding(
        self, places: Mapping[Columns, Collection[tuple[Portable, ...]]], besides: Collection[str], most: int
    ) -> Iterator[tuple[Columns, Record]]:
        """The rows that hold some values in some columns and are none of ``besides`` (digests); of each columns ``most`` at the
        utmost."""

    def sizes(self, collections: Collection[str]) -> Mapping[str, int]:
        """How many rows each of these collections has in all."""

    def naming(self, files: Mapping[str, Collection[str]]) -> frozenset[str]:
        """Those of some files, by their path below the source's place for files, that a row still names in a column of which
        the overlay says that it names files. ``files``: each path with spellings of it that were met."""
