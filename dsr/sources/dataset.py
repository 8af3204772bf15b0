"""A Fideslang dataset: what a shop's database holds, read from the public YAML format with the line of everything.

Fideslang's own library drops keys it does not know and does not follow references. Here both are errors, because a
misspelled key is a column that silently stays out of somebody's copy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dsr.data_categories import data_categories
from dsr.records import IdentityKind
from dsr.yaml_text import Node, Problem, Reader, YamlMapping, nearest

COMMON_KEYS = {"name", "description", "data_categories", "data_uses", "data_purposes", "data_subjects", "fides_meta"}
COMMON_KEYS |= {"fidesops_meta"}
DATASET_KEYS = COMMON_KEYS | {"fides_key", "organization_fides_key", "tags", "meta", "collections"}
COLLECTION_KEYS = COMMON_KEYS | {"fields"}
FIELD_KEYS = COMMON_KEYS | {"fields"}
DATASET_META_KEYS = {"resource_id", "after", "namespace", "redact"}
COLLECTION_META_KEYS = {
    "after", "erase_after", "skip_processing", "masking_strategy_override", "partitioning", "redact",
}  # fmt: skip
FIELD_META_KEYS = {
    "references", "identity", "primary_key", "data_type", "length", "return_all_elements", "read_only",
    "custom_request_field", "masking_strategy_override", "redact",
}  # fmt: skip
REFERENCE_KEYS = {"dataset", "field", "direction"}
DATA_TYPES = {"string", "integer", "float", "boolean", "object_id", "object"}
FIDES_KEY = re.compile(r"[a-zA-Z0-9_.<>-]+")

NEVER_EXPORT = (
    "user.authorization.credentials", "user.authorization.password", "user.authorization.biometric",
    "user.biometric", "user.government_id", "user.financial.bank_account", "user.financial.credit_card",
    "system.authentication",
)  # fmt: skip
"""Categories whose values may be in no output (11 CCR 7024(d)); each with everything below it."""


def is_secret(categories: Sequence[str]) -> bool:
    """Whether values of these categories may be in no output."""
    return any(f"{category}.".startswith(f"{bar}.") for category in categories for bar in NEVER_EXPORT)


@dataclass(frozen=True, slots=True)
class Reference:
    """A field's link to ``target`` (``collection.field``) of a dataset.

    ``direction`` says which way values may flow: ``to`` the target, ``from`` it, or both ways when empty.
    """

    dataset: str
    target: str
    direction: str
    line: int


@dataclass(frozen=True, slots=True)
class Field:
    """One column. ``data_categories`` are its own, or else those of its collection or dataset."""

    name: str
    line: int
    description: str = ""
    data_categories: tuple[str, ...] = ()
    data_type: str = ""
    length: int | None = None
    identity: IdentityKind | None = None
    is_key: bool = False
    is_read_only: bool = False
    references: tuple[Reference, ...] = ()
    fields: tuple[Field, ...] = ()

    @property
    def secret_paths(self) -> tuple[tuple[str, ...], ...]:
        """The places inside a document whose values may be in no output."""
        inside = tuple((inner.name, *path) for inner in self.fields for path in inner.secret_paths)
        return (*((inner.name,) for inner in self.fields if inner.is_secret), *inside)

    @property
    def is_secret(self) -> bool:
        """Whether the value may be in no output, by its category."""
        return is_secret(self.data_categories)


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """One table, named ``table`` or ``schema.table``. A skipped one is declared but never searched."""

    name: str
    line: int
    fields: tuple[Field, ...]
    description: str = ""
    is_skipped: bool = False

    @property
    def key(self) -> tuple[str, ...]:
        """The primary key's columns, in the order of the fields."""
        return tuple(field.name for field in self.fields if field.is_key)

    def field(self, name: str) -> Field | None:
        """The field of that name."""
        return next((field for field in self.fields if field.name == name), None)


@dataclass(frozen=True, slots=True)
class Dataset:
    """One description of a place, as written in ``file``."""

    key: str
    file: str
    line: int
    collections: tuple[Collection, ...]
    name: str = ""
    description: str = ""
    schema: str = ""

    def collection(self, name: str) -> Collection | None:
        """The collection of that name."""
        return next((collection for collection in self.collections if collection.name == name), None)

    def resolve(self, target: str) -> tuple[Collection, Field] | None:
        """The collection and field that ``collection.field`` names; a collection's own name may hold a dot."""
        for collection in self.collections:
            if target.startswith(collection.name + "."):
                field = collection.field(target[len(collection.name) + 1 :])
                if field:
                    return collection, field
        return None


class DatasetError(Exception):
    """A dataset or its overlay cannot be used; ``problems`` says everything that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def parse_datasets(text: str, file: str) -> tuple[tuple[Dataset, ...], list[Problem]]:
    """Every dataset in a YAML text and everything that is wrong with it.

    References are checked apart, by :func:`reference_problems`, because they may lead to the shop's other datasets.
    """
    reader = Reader(file)
    root = reader.root(text)
    mapping = reader.mapping(root, {"dataset"}, "dataset: a list of datasets") if root else None
    if mapping is None:
        return (), reader.problems
    nodes = reader.items(mapping, "dataset")
    if not nodes and not reader.problems:
        reader.complain(mapping.line, "", "there is no dataset in this file", "dataset: a list of datasets")
    parsed = [_dataset(reader, node) for node in nodes]
    datasets = tuple(dataset for dataset in parsed if dataset)
    _refuse_twins(reader, [(dataset.key, dataset.line) for dataset in datasets], "dataset", "fides_key")
    every = [(collection.name, collection.line) for dataset in datasets for collection in dataset.collections]
    _refuse_twins(reader, every, "dataset", "collection")
    return datasets, reader.problems


def _dataset(reader: Reader, node: Node) -> Dataset | None:
    mapping = reader.mapping(node, DATASET_KEYS)
    if mapping is None:
        return None
    key = reader.text(mapping, "fides_key", required=True)
    if key and not FIDES_KEY.fullmatch(key):
        message = f"'{key}' is no Fideslang key"
        reader.complain(mapping.lines["fides_key"], mapping.at("fides_key"), message, "letters, digits and . _ < > -")
    if _is_empty(mapping, "collections"):
        reader.complain(mapping.line, mapping.place, "there are no collections", "collections: a list of tables")
    inherited = _categories(reader, mapping)
    parsed = [_collection(reader, item, inherited) for item in reader.items(mapping, "collections")]
    return Dataset(
        key=key,
        file=reader.file,
        line=node.line,
        collections=tuple(collection for collection in parsed if collection),
        name=reader.text(mapping, "name"),
        description=reader.text(mapping, "description"),
        schema=_default_schema(reader, mapping),
    )


def _default_schema(reader: Reader, mapping: YamlMapping) -> str:
    """The schema of tables that name none: Fides keeps it in ``fides_meta.namespace``."""
    meta = _meta(reader, mapping, DATASET_META_KEYS)
    namespace = meta.values.get("namespace") if meta else None
    if namespace and isinstance(namespace.value, YamlMapping):
        return reader.text(namespace.value, "schema")
    return ""


def _collection(reader: Reader, node: Node, inherited: tuple[str, ...]) -> Collection | None:
    mapping = reader.mapping(node, COLLECTION_KEYS)
    if mapping is None:
        return None
    name = reader.text(mapping, "name", required=True)
    _refuse_odd_name(reader, mapping, name)
    if name and not all(name.split(".")):
        reader.complain(mapping.lines["name"], mapping.at("name"), f"'{name}' is no table", "table or schema.table")
    meta = _meta(reader, mapping, COLLECTION_META_KEYS)
    if _is_empty(mapping, "fields"):
        reader.complain(mapping.line, mapping.place, "there are no fields", "fields: a list of columns")
    fields = _fields(reader, mapping, _categories(reader, mapping) or inherited)
    skipped = reader.flag(meta, "skip_processing") if meta else False
    return Collection(name, node.line, fields, reader.text(mapping, "description"), skipped) if name else None


def _refuse_odd_name(reader: Reader, mapping: YamlMapping, name: str) -> None:
    """Names stand in the audit log, which takes nothing that could be an address, and on screens."""
    if "@" in name or not name.isprintable():
        message = f"{name!r} cannot be used as a name"
        reader.complain(mapping.lines["name"], mapping.at("name"), message, "no @ and nothing invisible")


def _fields(reader: Reader, mapping: YamlMapping, inherited: tuple[str, ...]) -> tuple[Field, ...]:
    parsed = [_field(reader, node, inherited) for node in reader.items(mapping, "fields")]
    fields = tuple(field for field in parsed if field)
    _refuse_twins(reader, [(field.name, field.line) for field in fields], mapping.at("fields"), "field")
    return fields


def _field(reader: Reader, node: Node, inherited: tuple[str, ...]) -> Field | None:
    mapping = reader.mapping(node, FIELD_KEYS)
    name = reader.text(mapping, "name", required=True) if mapping else ""
    if mapping is None or not name:
        return None
    _refuse_odd_name(reader, mapping, name)
    categories = _categories(reader, mapping) or inherited
    meta = _meta(reader, mapping, FIELD_META_KEYS) or YamlMapping({}, {}, node.line, mapping.place)
    nested = _fields(reader, mapping, categories)
    _warn_of_hidden_links(reader, nested, mapping)
    return Field(
        name=name,
        line=node.line,
        description=reader.text(mapping, "description"),
        data_categories=categories,
        data_type=_data_type(reader, meta, bool(nested)),
        length=reader.whole_number(meta, "length"),
        identity=_identity(reader, meta),
        is_key=reader.flag(meta, "primary_key"),
        is_read_only=reader.flag(meta, "read_only"),
        references=_references(reader, meta),
        fields=nested,
    )


def _is_empty(mapping: YamlMapping, key: str) -> bool:
    node = mapping.values.get(key)
    return node is None or node.value in (None, [])


def _warn_of_hidden_links(reader: Reader, nested: tuple[Field, ...], mapping: YamlMapping) -> None:
    """Inside a document nothing is looked up and nothing followed: a dataset that counts on it must hear so."""
    for inner in nested:
        if inner.identity or inner.references:
            message = f"identity and references of '{inner.name}' are not followed inside a document"
            reader.complain(inner.line, mapping.at("fields"), message, "a column of its own", warning=True)


def _meta(reader: Reader, mapping: YamlMapping, known: set[str]) -> YamlMapping | None:
    """``fides_meta``, or ``fidesops_meta`` as older datasets call it."""
    for key in ("fides_meta", "fidesops_meta"):
        node = mapping.values.get(key)
        if node is not None and node.value is not None:
            return reader.mapping(node, known)
    return None


def _categories(reader: Reader, mapping: YamlMapping) -> tuple[str, ...]:
    known = data_categories()
    found = reader.texts(mapping, "data_categories")
    for word, line in found:
        if word not in known:
            place = mapping.at("data_categories")
            message = f"unknown data category '{word}'{nearest(word, known)}"
            reader.complain(line, place, message, "a key of Fideslang's data categories")
    return tuple(word for word, _ in found)


def _data_type(reader: Reader, meta: YamlMapping, has_fields: bool) -> str:
    word = reader.text(meta, "data_type")
    base, is_array = word.removesuffix("[]"), word.endswith("[]")
    if word and base not in DATA_TYPES:
        expected = "one of " + ", ".join(sorted(DATA_TYPES)) + ", each with [] for a list"
        message = f"unknown data type '{word}'{nearest(base, DATA_TYPES)}"
        reader.complain(meta.lines["data_type"], meta.at("data_type"), message, expected)
        return ""
    if word and has_fields and base != "object":
        reader.complain(meta.lines["data_type"], meta.at("data_type"), f"a field with fields is no {base}", "object")
    if "return_all_elements" in meta.values and not is_array:
        line, place = meta.lines["return_all_elements"], meta.at("return_all_elements")
        reader.complain(line, place, "only lists have elements", "a data_type that ends in []")
    return word


def _identity(reader: Reader, meta: YamlMapping) -> IdentityKind | None:
    """What a person is looked up by. A word near one of ours is a slip; any other is a look-up that we do not have."""
    word = reader.text(meta, "identity")
    known = [kind.value for kind in IdentityKind]
    if not word or word in known:
        return IdentityKind(word) if word else None
    close = nearest(word, known)
    place, message = meta.at("identity"), f"unknown identity '{word}'{close}"
    unused = "; nobody will be looked up by it" if not close else ""
    reader.complain(meta.lines["identity"], place, message + unused, "one of " + ", ".join(known), warning=not close)
    return None


def _references(reader: Reader, meta: YamlMapping) -> tuple[Reference, ...]:
    found = []
    for node in reader.items(meta, "references"):
        mapping = reader.mapping(node, REFERENCE_KEYS)
        if mapping is None:
            continue
        dataset = reader.text(mapping, "dataset", required=True)
        target = reader.text(mapping, "field", required=True)
        direction = reader.choice(mapping, "direction", {"to", "from"})
        if dataset and target:
            found.append(Reference(dataset, target, direction, node.line))
    return tuple(found)


def _refuse_twins(reader: Reader, named: Sequence[tuple[str, int]], place: str, what: str) -> None:
    first: dict[str, int] = {}
    for name, line in named:
        if name in first:
            reader.complain(line, place, f"{what} '{name}' is declared twice; first in line {first[name]}")
        first.setdefault(name, line)


def references_of(dataset: Dataset) -> Iterator[tuple[Collection, Field, Reference]]:
    """Every reference that a dataset declares."""
    for collection in dataset.collections:
        for field in collection.fields:
            for reference in field.references:
                yield collection, field, reference


def reference_problems(datasets: Sequence[Dataset], others: Sequence[Dataset]) -> list[Problem]:
    """References that lead nowhere, in ``datasets``; ``others`` are the shop's datasets which they may lead to."""
    known = {dataset.key: dataset for dataset in (*others, *datasets)}
    problems = []
    for dataset in datasets:
        for collection, field, reference in references_of(dataset):
            message = _dangles(reference, known)
            if message:
                place = f"{dataset.key}.{collection.name}.{field.name}"
                expected = "collection.field of a declared dataset"
                problems.append(Problem(dataset.file, message, reference.line, place, expected))
    return problems


def _dangles(reference: Reference, known: Mapping[str, Dataset]) -> str:
    dataset = known.get(reference.dataset)
    if dataset is None:
        return f"reference to unknown dataset '{reference.dataset}'{nearest(reference.dataset, known)}"
    if dataset.resolve(reference.target):
        return ""
    inside = [c for c in dataset.collections if reference.target.startswith(c.name + ".")]
    if inside:
        column = reference.target[len(inside[0].name) + 1 :]
        names = [field.name for field in inside[0].fields]
        return f"reference to unknown field '{column}' of '{inside[0].name}'{nearest(column, names)}"
    every = [f"{collection.name}.{field.name}" for collection in dataset.collections for field in collection.fields]
    return f"reference to '{reference.target}', which is no field of '{dataset.key}'{nearest(reference.target, every)}"
