"""The overlay beside a dataset: what the law and the paper need to know and Fideslang has no word for.

    source_title: Web shop
    time_zone: America/Los_Angeles          # of moments stored without a zone
    collections:
      orders:
        title: Orders
        record_class: order                 # what the shop's policy speaks of
        subject_class: customer
        ownership: owned                    # owned, attached or lookup
        facts: {ordered_on: placed_at}      # fact: column
        third_party: {gift_email: gift recipient}
        never_export: [card_token]
        labels: {placed_at: Ordered on}
        order_by: [placed_at]
        unique: [number]                    # columns that never repeat, though they are not the key
        same_person: [customer_id]          # references that lead to the same person's own row
        masks: {gift_email: hash}           # what replaces a value: null, empty, text, hash, zero … (masks.py)
        deactivate: {is_archived: true}     # how a row is taken out of use: what its columns hold then
        files: {photo: media}               # columns that name a file, and the folder below the source's place for files
        keyless: true                       # the database keeps no key here, and that is known
        dangling: [coupon_id]               # references that may lead nowhere, and that is known
        doubts: [{field: email, because: wrong, when: bounced_at}]   # what tells that a value should be looked at (doubts.py)

A dataset alone is enough for a copy: everything here has a default.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import available_timezones

from dsr.records import Portable
from dsr.sources.dataset import Collection, Dataset
from dsr.sources.doubts import DoubtRule, read_doubts
from dsr.sources.masks import Mask
from dsr.sources.named_files import is_folder
from dsr.yaml_text import Node, Problem, Reader, YamlMapping, kind_of, nearest

OVERLAY_KEYS = {"source_title", "time_zone", "collections"}
COLLECTION_KEYS = {
    "title", "record_class", "subject_class", "ownership", "facts", "third_party", "never_export", "time_zone",
    "labels", "order_by", "unique", "same_person", "masks", "deactivate", "files", "keyless", "dangling",
    "doubts",
}  # fmt: skip
COLUMN = "a column of this collection"
OWNERSHIPS = {"owned", "attached", "lookup"}


@dataclass(frozen=True, slots=True)
class CollectionOverlay:
    """What the overlay says about one collection; empty where it says nothing."""

    title: str = ""
    record_class: str = ""
    subject_class: str = ""
    ownership: str = ""
    time_zone: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    third_party: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    never_export: tuple[str, ...] = ()
    order_by: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    same_person: tuple[str, ...] = ()
    masks: Mapping[str, Mask] = field(default_factory=dict)
    deactivate: Mapping[str, Portable] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    is_keyless: bool = False
    dangling: tuple[str, ...] = ()
    doubts: tuple[DoubtRule, ...] = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Overlay:
    """The whole overlay of one dataset file."""

    source_title: str = ""
    time_zone: str = ""
    collections: Mapping[str, CollectionOverlay] = field(default_factory=dict)
    file: str = ""

    def of(self, collection: str) -> CollectionOverlay:
        """What is said about one collection."""
        return self.collections.get(collection, NOTHING_SAID)


NOTHING_SAID = CollectionOverlay()


def parse_overlay(text: str, file: str, datasets: Sequence[Dataset]) -> tuple[Overlay, list[Problem]]:
    """The overlay in a YAML text and everything that is wrong with it, measured against the datasets it belongs to."""
    reader = Reader(file)
    root = reader.root(text, may_be_empty=True)
    mapping = reader.mapping(root, OVERLAY_KEYS) if root else None
    if mapping is None:
        return Overlay(file=file), reader.problems
    collections = _collections(reader, mapping, datasets)
    return Overlay(reader.text(mapping, "source_title"), _zone(reader, mapping), collections, file), reader.problems


def _collections(reader: Reader, mapping: YamlMapping, datasets: Sequence[Dataset]) -> dict[str, CollectionOverlay]:
    node = mapping.values.get("collections")
    declared = {collection.name: collection for dataset in datasets for collection in dataset.collections}
    if node is None or node.value is None:
        return {}
    if not isinstance(node.value, YamlMapping):
        reader.mapping(node, declared)
        return {}
    found = {}
    for name, inner in node.value.values.items():
        line, place = node.value.lines[name], f"collections.{name}"
        if name not in declared:
            message = f"the dataset has no collection '{name}'{nearest(name, declared)}"
            reader.complain(line, place, message, "a collection of the dataset")
            continue
        found[name] = _collection(reader, inner, declared[name], line)
    return found


def _collection(reader: Reader, node: Node, collection: Collection, line: int) -> CollectionOverlay:
    mapping = reader.mapping(node, COLLECTION_KEYS)
    if mapping is None:
        return NOTHING_SAID
    columns = [field.name for field in collection.fields]
    referring = [field.name for field in collection.fields if field.references]
    return CollectionOverlay(
        title=reader.text(mapping, "title"),
        record_class=reader.text(mapping, "record_class"),
        subject_class=reader.text(mapping, "subject_class"),
        ownership=reader.choice(mapping, "ownership", OWNERSHIPS),
        time_zone=_zone(reader, mapping),
        facts=_facts(reader, mapping, columns),
        third_party=_by_column(reader, mapping, "third_party", columns),
        labels=_by_column(reader, mapping, "labels", columns),
        never_export=_columns(reader, mapping, "never_export", columns),
        order_by=_columns(reader, mapping, "order_by", columns),
        unique=_columns(reader, mapping, "unique", columns),
        same_person=_columns(reader, mapping, "same_person", referring, COLUMN + " with a reference"),
        masks=_masks(reader, mapping, columns),
        deactivate=_deactivate(reader, mapping, columns),
        files=_files(reader, mapping, columns),
        is_keyless=reader.flag(mapping, "keyless"),
        dangling=_columns(reader, mapping, "dangling", referring, COLUMN + " with a reference"),
        doubts=read_doubts(reader, mapping, collection),
        line=line,
    )


def _zone(reader: Reader, mapping: YamlMapping) -> str:
    name = reader.text(mapping, "time_zone")
    if name and name not in available_timezones():
        message = f"unknown time zone '{name}'{nearest(name, available_timezones())}"
        expected = "an IANA name such as Europe/Paris"
        reader.complain(mapping.lines["time_zone"], mapping.at("time_zone"), message, expected)
        return ""
    return name


def _known_column(
    reader: Reader, column: str, columns: Sequence[str], line: int, place: str, expected: str = COLUMN
) -> bool:
    if column not in columns:
        reader.complain(line, place, f"unknown column '{column}'{nearest(column, columns)}", expected)
    return column in columns


def _columns(
    reader: Reader, mapping: YamlMapping, key: str, columns: Sequence[str], expected: str = COLUMN
) -> tuple[str, ...]:
    found = reader.texts(mapping, key)
    return tuple(name for name, line in found if _known_column(reader, name, columns, line, mapping.at(key), expected))


def _pairs(reader: Reader, mapping: YamlMapping, key: str) -> list[tuple[str, str, int, str]]:
    """The mapping under ``key`` as (name, text, line, place)."""
    node = mapping.values.get(key)
    if node is None or node.value is None:
        return []
    inner = reader.mapping(node, node.value.values if isinstance(node.value, YamlMapping) else ())
    if inner is None:
        return []
    return [(name, reader.text(inner, name), inner.lines[name], inner.at(name)) for name in inner.values]


def _by_column(reader: Reader, mapping: YamlMapping, key: str, columns: Sequence[str]) -> dict[str, str]:
    pairs = _pairs(reader, mapping, key)
    return {name: text for name, text, line, place in pairs if _known_column(reader, name, columns, line, place)}


def _masks(reader: Reader, mapping: YamlMapping, columns: Sequence[str]) -> dict[str, Mask]:
    """Each word of the mapping, and YAML's own null, is a mask."""
    node = mapping.values.get("masks")
    if node is None or node.value is None:
        return {}
    inner = reader.mapping(node, node.value.values if isinstance(node.value, YamlMapping) else ())
    found: dict[str, Mask] = {}
    if inner is None:
        return found
    for name in inner.values:
        said = inner.values[name].value is not None
        word = reader.choice(inner, name, set(Mask)) if said else Mask.NULL
        if word and _known_column(reader, name, columns, inner.lines[name], inner.at(name)):
            found[name] = Mask(word)
    return found


def _deactivate(reader: Reader, mapping: YamlMapping, columns: Sequence[str]) -> dict[str, Portable]:
    """What the columns of a row hold that is out of use: text, a whole number, true, false or nothing."""
    node = mapping.values.get("deactivate")
    if node is None or node.value is None:
        return {}
    inner = reader.mapping(node, node.value.values if isinstance(node.value, YamlMapping) else ())
    found: dict[str, Portable] = {}
    for name, said in (inner.values if inner else {}).items():
        line, place = said.line, f"{mapping.at('deactivate')}.{name}"
        if not isinstance(said.value, str | int | None):
            reader.complain(
                line, place, f"{kind_of(said.value)} cannot stand in a column", "text, a whole number, true or false"
            )
        elif _known_column(reader, name, columns, line, mapping.at("deactivate")):
            found[name] = said.value
    return found


def _facts(reader: Reader, mapping: YamlMapping, columns: Sequence[str]) -> dict[str, str]:
    pairs = _pairs(reader, mapping, "facts")
    return {fact: column for fact, column, line, place in pairs if _known_column(reader, column, columns, line, place)}


def _files(reader: Reader, mapping: YamlMapping, columns: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, folder, line, place in _pairs(reader, mapping, "files"):
        if not is_folder(folder):
            expected = "a folder below the source's place for files, as media/photos, or '.' for that place itself"
            reader.complain(line, place, f"'{folder}' is no folder below it", expected)
        elif _known_column(reader, name, columns, line, place):
            found[name] = folder
    return found
