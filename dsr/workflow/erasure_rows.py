"""The person's rows as an erasure sees them: as they were gathered, or as they are at this moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dsr.models import Source, SourceRun
from dsr.policy.decide import RecordFacts
from dsr.policy.plan import Held
from dsr.records import Portable, RecordKey
from dsr.sources import registry
from dsr.sources.base import Revealed, SourceError
from dsr.sources.base import Source as OpenSource
from dsr.sources.dataset import Field
from dsr.sources.description import Description
from dsr.sources.erasing import Rooms
from dsr.sources.record_dates import record_dates
from dsr.workflow import chunks, connections
from dsr.workflow.expansion import EVERYWHERE, Known


class FurtherIdentities(Exception):
    """The rows name identifiers of the person that nobody has searched by yet; the message is for people."""


@dataclass(frozen=True, slots=True)
class FoundRow:
    """One row of the person's. ``shared``: why it is another person's too."""

    key: RecordKey
    digest: str
    values: Mapping[str, Portable]
    held: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()


@dataclass
class FoundRows:
    """A source's rows of one person, by collection, with what its columns can hold (empty where nobody could look).

    ``revealed``: identifiers of the person that its rows name and that nobody has searched by. ``halves``: the collections on
    which a change may stop half-way.
    """

    source: Source
    described: Description
    rows: dict[str, list[FoundRow]] = field(default_factory=dict)
    rooms: Rooms = field(default_factory=dict)
    bound: Mapping[str, str] = field(default_factory=dict)
    halves: frozenset[str] = frozenset()
    revealed: tuple[Revealed, ...] = ()

    @property
    def is_revealing(self) -> bool:
        """Whether its rows name an identifier by which the person may be known in other sources as well."""
        return any(each.identity.kind in EVERYWHERE for each in self.revealed)

    @property
    def looked_up(self) -> int:
        """Rows that are about nobody and are never changed."""
        return sum(len(here) for name, here in self.rows.items() if name in self.described.graph.lookups)

    def held(self, time_zone: str) -> Iterator[tuple[FoundRow, Held]]:
        """Every row that is the person's, with the facts that a decision needs."""
        values = {name: [row.values for row in here] for name, here in self.rows.items()}
        dates = record_dates(self.described, values, time_zone)
        for name, here in self.rows.items():
            if name in self.described.graph.lookups:
                continue
            said = self.described.overlay.of(name)
            fields = dict(_categories(self.described.graph.collections[name].fields))
            for row, days in zip(here, dates[name], strict=True):
                facts = RecordFacts(
                    said.record_class,
                    said.subject_class,
                    days,
                    fields,
                    is_shared=bool(row.shared),
                    can_be_deactivated=bool(said.deactivate),
                )
                yield row, Held(self.source.name, name, row.digest, facts)


def gathered(run: SourceRun) -> FoundRows:
    """The rows as they were sealed when the source answered. Raises KeyDestroyed once they are forgotten."""
    found = FoundRows(run.source, connections.described_by(run.dataset_version))
    for name, count in run.counts.items():
        if count and name in found.described.graph.collections:
            found.rows[name] = [_as_found(found, name, row) for row in chunks.read(run, name)]
    return found


def live(run: SourceRun, known: Known, *, has_begun: bool = False) -> FoundRows:
    """The rows as they are now, by everything that is known of the person.

    Raises SourceError, and FurtherIdentities unless the run ``has_begun``: what names them then came while it ran.
    """
    source = run.source
    if not source.is_active:
        raise SourceError(f"{source.name} was disconnected.", code="disconnected", permanent=True)
    version = connections.current_version(source)
    found = FoundRows(source, connections.described_by(version))
    person = known.person_for(source)
    with connections.opened(source, version, known.person_for) as (opened, links):
        located = opened.locate(person, links)
        found.revealed = tuple(each for each in located.revealed if each.identity not in person.identities)
        if found.is_revealing and not has_begun:
            fresh = {each.identity for each in found.revealed}
            message = f"{source.name} names further identifiers of the person ({len(fresh)}). Search again, with them."
            raise FurtherIdentities(message)
        for record in opened.gather(located):
            row = FoundRow(record.key, record.key.digest, record.values, record.held, record.shared)
            found.rows.setdefault(record.key.collection, []).append(row)
        _look_around(found, opened)
    return found


def look_around(found: FoundRows) -> None:
    """Learn of gathered rows what their columns can hold and what refers to them, from the live place. Raises SourceError."""
    source = found.source
    with registry.open_source(source.kind, source.name, connections.url_of(source), found.described) as opened:
        _look_around(found, opened)


def _look_around(found: FoundRows, opened: OpenSource) -> None:
    found.rooms = opened.rooms()
    found.halves = frozenset(opened.without_transactions())
    lookups = found.described.graph.lookups
    found.bound = opened.bound([row.key for name, here in found.rows.items() if name not in lookups for row in here])


def _as_found(found: FoundRows, collection: str, row: chunks.Row) -> FoundRow:
    declared = found.described.graph.collections[collection]
    secrets = found.described.secrets(declared)
    columns = declared.key or tuple(each.name for each in declared.fields if each.name not in secrets)
    key = RecordKey(found.source.name, collection, tuple((name, row.values.get(name)) for name in columns))
    return FoundRow(key, row.digest, row.values, row.held, row.shared)


def _categories(fields: tuple[Field, ...], before: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every declared field with its data categories, those inside documents as ``column.place``."""
    for each in fields:
        yield f"{before}{each.name}", each.data_categories
        yield from _categories(each.fields, f"{before}{each.name}.")
