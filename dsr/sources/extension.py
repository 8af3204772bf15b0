"""What a live database holds beyond its description, added to the description as proposals.

``extended`` takes the texts in force and a fresh draft of the same database, and adds the draft's tables and columns that
nobody declared. What is declared already stays word for word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dsr.sources.revision import CollectionChoice, choices_of
from dsr.sources.yaml_edit import merged, named, read

Mapping = dict[str, Any]
"""A mapping out of a YAML text."""


@dataclass(frozen=True, slots=True)
class Extension:
    """The texts with what was added, and the columns that are new, by collection and name."""

    dataset_text: str
    overlay_text: str
    added: frozenset[tuple[str, str]]


def extended(dataset_text: str, overlay_text: str, drafted: str, drafted_overlay: str) -> Extension:
    """The texts in force with what only the draft declares. Raises DatasetError when a text cannot be read."""
    before = choices_of(dataset_text, overlay_text)
    fresh = choices_of(drafted, drafted_overlay)
    names = {each.table: each.name for each in before}
    known = {each.name for each in before} | {each.name for each in fresh}
    dataset, overlay = read(dataset_text), read(overlay_text) or {}
    target = dataset["dataset"][0]
    held = {name: each for part in dataset["dataset"] for name, each in named(part["collections"]).items()}
    offered = {name: each for part in read(drafted)["dataset"] for name, each in named(part["collections"]).items()}
    offered_about = (read(drafted_overlay) or {}).get("collections") or {}
    about = dict(overlay.get("collections") or {})
    added: set[tuple[str, str]] = set()
    for collection in fresh:
        content = offered[collection.name]
        name = names.get(collection.table)
        new = _new_columns(collection, next((each for each in before if each.name == name), None))
        fields = [_within(field, target["fides_key"], known) for field in content["fields"] if field["name"] in new]
        if name is None:
            target["collections"].append(content | {"fields": fields})
            if collection.name in offered_about:
                about[collection.name] = offered_about[collection.name]
        elif fields:
            held[name]["fields"] = [*held[name]["fields"], *fields]
        added |= {(name or collection.name, column) for column in new}
    if about != (overlay.get("collections") or {}):
        overlay = overlay | {"collections": about}
    text = merged(overlay_text, overlay) if overlay else overlay_text
    return Extension(merged(dataset_text, dataset), text, frozenset(added))


def _new_columns(fresh: CollectionChoice, before: CollectionChoice | None) -> Sequence[str]:
    declared = {column.name for column in before.columns} if before else set()
    return [column.name for column in fresh.columns if column.name not in declared]


def _within(field: Mapping, dataset_key: str, known: set[str]) -> Mapping:
    """A drafted field with its references leading into the dataset that it joins; one that leads nowhere is left out."""
    meta = dict(field.get("fides_meta") or {})
    links = [each | {"dataset": dataset_key} for each in meta.pop("references", ())]
    links = [each for each in links if each["field"].rpartition(".")[0] in known]
    meta |= {"references": links} if links else {}
    return field | {"fides_meta": meta} if meta else {key: each for key, each in field.items() if key != "fides_meta"}
