"""A source's description: its datasets, their overlay and the graph between them, and what later layers show of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from dsr.records import IdentityKind
from dsr.sources.base import FieldPath
from dsr.sources.dataset import Collection, Dataset, DatasetError, Field, parse_datasets, reference_problems
from dsr.sources.graph import Graph, build_graph, foreign_fields
from dsr.sources.mentions import is_free_text
from dsr.sources.overlay import Overlay, parse_overlay
from dsr.yaml_text import Problem

TYPE_WORDS = {"string": "text", "integer": "integer", "float": "number", "boolean": "boolean", "object_id": "text"}
SPELLED_OUT = {"id", "ip", "url", "sku", "upc", "ean", "vat", "uuid", "sms", "utm", "gpc"}
PERSONAL = "user."

ColumnTypes = Mapping[str, Mapping[str, str]]
"""Type words by collection and column."""


@dataclass(frozen=True, eq=False)
class Description:
    """Everything that is written about one source, checked. It never changes and may be kept as long as the process."""

    datasets: tuple[Dataset, ...]
    overlay: Overlay
    graph: Graph
    warnings: tuple[Problem, ...] = ()

    @property
    def title(self) -> str:
        """What people call this source."""
        return self.overlay.source_title or next((dataset.name for dataset in self.datasets if dataset.name), "")

    @property
    def dataset_keys(self) -> frozenset[str]:
        """The Fideslang keys of this source's datasets."""
        return frozenset(dataset.key for dataset in self.datasets)

    @property
    def tables(self) -> frozenset[tuple[str, str]]:
        """Every described table as (schema, name); the schema is empty where the database's default is meant."""
        every = (
            (dataset, collection.name.rpartition("."))
            for dataset in self.datasets
            for collection in dataset.collections
        )
        return frozenset((schema or dataset.schema, name) for dataset, (schema, _, name) in every)

    @property
    def unseen(self) -> tuple[str, ...]:
        """The titles of tables that hold people's data and are declared as never searched: nobody's row is found there."""
        return tuple(
            self.overlay.of(collection.name).title or in_words(collection.name.rpartition(".")[2])
            for dataset in self.datasets
            for collection in dataset.collections
            if collection.is_skipped and any(_is_personal(field) for field in collection.fields)
        )

    @property
    def needed_links(self) -> frozenset[FieldPath]:
        """The fields of the shop's other datasets whose values this source looks up."""
        return foreign_fields(self.graph)

    @property
    def identity_kinds(self) -> frozenset[IdentityKind]:
        """By which kinds of identifier a person is looked up here."""
        return frozenset(identity.kind for identity in self.graph.identities)

    def secrets(self, collection: Collection) -> frozenset[str]:
        """The columns whose values may be in no output."""
        return _secrets(self, collection)


def _is_personal(field: Field) -> bool:
    return any(each == "user" or each.startswith("user.") for each in field.data_categories) or any(
        map(_is_personal, field.fields)
    )


@lru_cache(maxsize=4096)
def _secrets(description: Description, collection: Collection) -> frozenset[str]:
    named = description.overlay.of(collection.name).never_export
    return frozenset(named) | {column.name for column in collection.fields if column.is_secret}


@dataclass(frozen=True, slots=True)
class FieldDescription:
    """One column as later layers need it; ``type`` is a word of ``exports.snapshot.FieldCard``."""

    name: str
    label: str
    type: str
    data_categories: tuple[str, ...]
    description: str = ""
    third_party: str = ""
    identity: str = ""
    is_key: bool = False
    is_never_export: bool = False
    is_free_text: bool = False


@dataclass(frozen=True, slots=True)
class CollectionDescription:
    """One collection as later layers need it. ``ownership`` is derived where the overlay does not say it."""

    name: str
    title: str
    description: str
    record_class: str
    subject_class: str
    ownership: str
    time_zone: str
    facts: Mapping[str, str]
    fields: tuple[FieldDescription, ...]


def load_description(
    dataset_text: str, overlay_text: str, dataset_file: str, overlay_file: str, others: Sequence[Dataset]
) -> Description:
    """Read and check the texts of one source. ``others`` are the shop's other datasets.

    Raises DatasetError with everything that is wrong at once.
    """
    datasets, problems = parse_datasets(dataset_text, dataset_file)
    overlay, more = parse_overlay(overlay_text, overlay_file, datasets)
    problems = [*problems, *reference_problems(datasets, others), *more]
    graph, unclear = build_graph(datasets, overlay, others)
    problems += unclear
    errors = [problem for problem in problems if not problem.is_warning]
    if errors:
        raise DatasetError(errors)
    return Description(datasets, overlay, graph, tuple(problems))


def describe_collections(description: Description, types: ColumnTypes) -> Iterator[CollectionDescription]:
    """Every searched collection, in the dataset's order; ``types`` come from the live place where it was asked."""
    for dataset in description.datasets:
        for collection in dataset.collections:
            if collection.is_skipped:
                continue
            said = description.overlay.of(collection.name)
            yield CollectionDescription(
                name=collection.name,
                title=said.title or in_words(collection.name.rpartition(".")[2]),
                description=collection.description,
                record_class=said.record_class,
                subject_class=said.subject_class,
                ownership=said.ownership or derived_ownership(description.graph, collection),
                time_zone=said.time_zone or description.overlay.time_zone,
                facts=dict(said.facts),
                fields=tuple(_fields(description, collection, types.get(collection.name, {}))),
            )


def _fields(description: Description, collection: Collection, types: Mapping[str, str]) -> Iterator[FieldDescription]:
    said = description.overlay.of(collection.name)
    secrets = description.secrets(collection)
    for column in collection.fields:
        yield FieldDescription(
            name=column.name,
            label=said.labels.get(column.name) or in_words(column.name),
            type=types.get(column.name) or declared_type(column),
            data_categories=column.data_categories,
            description=column.description,
            third_party=said.third_party.get(column.name, ""),
            identity=column.identity.value if column.identity else "",
            is_key=column.is_key,
            is_never_export=column.name in secrets,
            is_free_text=is_free_text(column.data_categories) and column.name not in secrets,
        )


def derived_ownership(graph: Graph, collection: Collection) -> str:
    """*owned*: found by an identity, or hangs on a row that is; *attached*: further out; *lookup*: nobody's."""
    roots = {identity.collection for identity in graph.identities}
    if collection.name in roots or any(edge.target == collection.name for edge in graph.foreign):
        return "owned"
    if any(edge.is_owner and edge.target == collection.name and edge.source in roots for edge in graph.edges):
        return "owned"
    categories = (category for column in collection.fields for category in column.data_categories)
    is_personal = collection.name in graph.strong or any(category.startswith(PERSONAL) for category in categories)
    return "attached" if is_personal else "lookup"


def declared_type(column: Field) -> str:
    """The type word of a column as far as Fideslang's ``data_type`` tells it."""
    if column.fields or column.data_type.endswith("[]"):
        return "json"
    return TYPE_WORDS.get(column.data_type, "json" if column.data_type == "object" else "text")


def in_words(name: str) -> str:
    """A column's or table's name as people write it: ``dateOfBirth`` and ``date_of_birth`` become *Date of birth*."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    words = [word for word in re.split(r"[\s_\-]+", split) if word]
    spelled = [word.upper() if word.lower() in SPELLED_OUT else word.lower() for word in words]
    text = " ".join(spelled) or name
    return text[0].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class NameColumns:
    """Where a collection holds people's names: one column with the whole name, or a first and a last one."""

    collection: str
    columns: tuple[str, ...]


def name_columns(table: Collection) -> tuple[NameColumns, ...]:
    """The columns of a table that hold names of people, by their data categories."""
    first = _of_category(table, "user.name.first")
    last = _of_category(table, "user.name.last")
    whole = [*_of_category(table, "user.name.full"), *_of_category(table, "user.name")]
    pairs = [NameColumns(table.name, (one, other)) for one, other in zip(first, last, strict=False)]
    return (*pairs, *(NameColumns(table.name, (name,)) for name in whole))


def _of_category(table: Collection, category: str) -> list[str]:
    return [field.name for field in table.fields if _is_only(field, category)]


def _is_only(field: Field, category: str) -> bool:
    return category in field.data_categories and not field.fields
