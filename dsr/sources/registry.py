"""The one door to sources for the workflow layer.

    description = load(dataset_text, overlay_text, others=(dataset_text_of_each_other_source, ...))   # DatasetError
    survey(kind, name, url, description)            # -> Survey(problems, collections): once, when a source is added
    with open_source(kind, name, url, description, exposed=paths) as source:                          # SourceError
        located = source.locate(person, links)
        source.count(located); source.gather(located)

    with open_writable_source(kind, name, write_url, description) as source:                          # SourceError
        source.apply(plan_rows); source.read_back(plan_rows)

``links``: a source may hang on what the shop's others find (a newsletter on the shop's customer ids).
``description.needed_links`` names those fields. Open the source whose ``description.dataset_keys`` hold a path's
dataset with ``exposed`` = the paths, call ``locate(person, {})`` there, and pass its ``Located.links``:

    needed = description.needed_links
    links = {}
    for other in the shop's other sources whose description.dataset_keys meet {path.dataset for path in needed}:
        with open_source(..., exposed=needed) as source:
            links |= source.locate(person, {}).links

Everything in a ``Person`` must have been proved: a guessed order number opens somebody's order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache

from dsr.sources.alarms import Alarm, Checked, Code
from dsr.sources.base import FieldPath, Source, SourceError, WritableSource
from dsr.sources.dataset import Dataset, DatasetError, parse_datasets
from dsr.sources.description import (
    CollectionDescription,
    ColumnTypes,
    Description,
    describe_collections,
    load_description,
)
from dsr.sources.doubt_checks import problems_in_place, problems_of_doubts
from dsr.sources.files import is_file_url
from dsr.sources.sql import open_sql_source
from dsr.sources.sql_write import open_writable_sql_source
from dsr.yaml_text import Problem

KINDS = ("sql", "file")
"""The kinds of source there are."""

DEFAULT_TIMEOUT_SECONDS = 60.0
CHECK_TIMEOUT_SECONDS = 10.0

__all__ = [
    "KINDS", "DatasetError", "Description", "SourceError", "Survey",
    "examine", "load", "open_source", "open_writable_source", "survey",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Survey:
    """What a live place looks like beside its description. ``types`` are exact, in the place's own words."""

    problems: tuple[Problem, ...]
    collections: tuple[CollectionDescription, ...]
    types: ColumnTypes = field(default_factory=dict)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep the source from being used."""
        return tuple(problem for problem in self.problems if not problem.is_warning)


@lru_cache(maxsize=64)
def load(
    dataset_text: str,
    overlay_text: str = "",
    *,
    dataset_file: str = "dataset.yaml",
    overlay_file: str = "overlay.dsr.yaml",
    others: tuple[str, ...] = (),
) -> Description:
    """A source's texts, read and checked; the same texts are read once per process.

    ``others`` are the dataset texts of the shop's other sources, in any order: references may lead to them. Raises
    DatasetError with every problem at once; ``Description.warnings`` holds what does not stand in the way.
    """
    description = load_description(dataset_text, overlay_text, dataset_file, overlay_file, _datasets(others))
    if problems := list(problems_of_doubts(description)):
        raise DatasetError(problems)
    return description


def _datasets(texts: Sequence[str]) -> list[Dataset]:
    """The other sources' datasets; what is wrong with them was said when they were added."""
    return [dataset for text in texts for dataset in _parse(text)]


@lru_cache(maxsize=64)
def _parse(text: str) -> tuple[Dataset, ...]:
    return parse_datasets(text, "")[0]


@contextmanager
def open_writable_source(
    kind: str,
    name: str,
    write_url: str,
    description: Description,
    *,
    exposed: Iterable[FieldPath] = (),
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
) -> Iterator[WritableSource]:
    """A source that can also be changed, by the credential for writing; connects when it is first asked.

    Each ``apply`` is one transaction. ``timeout_seconds`` bounds each statement and each wait for a lock. Raises
    SourceError from every method: beside those of reading ``denied``, ``ambiguous`` and ``still_referenced``.
    """
    if kind not in KINDS:
        raise SourceError(f"There are no sources of the kind '{kind}'.", code="bad_url", permanent=True)
    if is_file_url(write_url):
        raise SourceError(f"{name}: exported files are only read, never changed.", code="denied", permanent=True)
    own = [path for path in exposed if path.dataset in description.dataset_keys]
    with open_writable_sql_source(name, write_url, description, own, timeout_seconds) as source:
        yield source


@contextmanager
def open_source(
    kind: str,
    name: str,
    url: str,
    description: Description,
    *,
    exposed: Iterable[FieldPath] = (),
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
) -> Iterator[Source]:
    """One consistent, read-only view of a source for the time of the block.

    ``exposed`` are the fields whose values ``Located.links`` shall hold; paths of other datasets are left out.
    ``timeout_seconds`` bounds each statement. Raises SourceError, here and from every method of the source.
    """
    if kind not in KINDS:
        raise SourceError(f"There are no sources of the kind '{kind}'.", code="bad_url", permanent=True)
    own = [path for path in exposed if path.dataset in description.dataset_keys]
    with open_sql_source(name, url, description, own, timeout_seconds) as source:
        yield source


def survey(kind: str, name: str, url: str, description: Description) -> Survey:
    """Compare a description with the live place, and describe its collections with the types found there.

    To be asked once, when a source is added or changed; the result is what later layers show. Raises SourceError.
    """
    if kind not in KINDS:
        raise SourceError(f"There are no sources of the kind '{kind}'.", code="bad_url", permanent=True)
    with open_sql_source(name, url, description, (), DEFAULT_TIMEOUT_SECONDS) as source:
        problems, types = source.survey()
        advised = source.examiner().advise()
    problems += problems_in_place(kind, description, types)
    slow = (_as_problem(alarm) for alarm in advised.advice if kind == "sql")
    described = tuple(describe_collections(description, types))
    return Survey((*description.warnings, *problems, *slow), described, advised.types)


def examine(
    kind: str,
    name: str,
    url: str,
    description: Description,
    *,
    recorded: ColumnTypes,
    elsewhere: frozenset[tuple[str, str]] = frozenset(),
) -> Checked:
    """Everything in which a live place has gone away from its description, with the line that would settle it.

    ``recorded`` are the ``types`` of the last survey; ``elsewhere`` the tables, as (schema, name), that the shop's other
    sources describe in the same database. Raises SourceError when the place cannot be looked at.
    """
    if kind not in KINDS:
        raise SourceError(f"There are no sources of the kind '{kind}'.", code="bad_url", permanent=True)
    with open_sql_source(name, url, description, (), CHECK_TIMEOUT_SECONDS) as source:
        checked = source.examiner().examine(recorded, elsewhere)
    if kind == "file":  # a file keeps no keys and has no indexes
        alarms = tuple(alarm for alarm in checked.alarms if alarm.code is not Code.MISSING_KEY)
        return Checked(alarms, (), checked.types)
    return checked


def _as_problem(alarm: Alarm) -> Problem:
    return Problem(alarm.file, alarm.message, alarm.line, alarm.place, alarm.cure, is_warning=True)
