"""What people decide about a source's columns: read out of its texts, written back into them, and compared.

    choices = choices_of(dataset_text, overlay_text)              # DatasetError
    dataset_text, overlay_text = revised(dataset_text, overlay_text, changed_choices)
    compared(choices, changed_choices)                            # what differs, for people

``revised`` touches only what was decided otherwise (``yaml_edit``): a person's comments and order stay.
"""

from __future__ import annotations

import re
from collections.abc import Collection as Held
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import yaml

from dsr.sources.dataset import Collection, Dataset, DatasetError, Field, parse_datasets
from dsr.sources.overlay import CollectionOverlay, Overlay, parse_overlay
from dsr.sources.sql_survey import live_name
from dsr.sources.yaml_edit import merged, named, read

GUESS = re.compile(r"\s+# (decide: .*; )?[01]\.\d\d\b.*$")
"""How ``draft.writing`` ends a line: the confidence and the reason."""

QUESTION = re.compile(r"\s*# decide: .*")

Mapping = dict[str, Any]
"""A mapping out of a YAML text."""


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """A reference to ``target`` (``collection.field``) of a dataset; ``direction`` as Fideslang has it."""

    dataset: str
    target: str
    direction: str = "from"


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """What is said about one column. ``identity`` is a word of IdentityKind or empty."""

    name: str
    data_categories: tuple[str, ...] = ()
    identity: str = ""
    third_party: str = ""
    is_never_export: bool = False
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class CollectionChoice:
    """What is said about one collection and its columns.

    ``dataset`` is the key of the dataset that declares it, ``table`` its name in the database, with the schema if one
    is declared.
    """

    dataset: str
    name: str
    table: str = ""
    record_class: str = ""
    subject_class: str = ""
    ownership: str = ""
    is_skipped: bool = False
    columns: tuple[ColumnChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two descriptions say differently; ``column`` is empty for the collection itself.

    ``what`` is the name of the choice that differs, or ``collection`` or ``column`` for one that is new or gone.
    """

    collection: str
    column: str
    what: str
    before: str
    after: str


def choices_of(dataset_text: str, overlay_text: str) -> tuple[CollectionChoice, ...]:
    """What the texts say, collection by collection in the dataset's order. Raises DatasetError."""
    datasets, overlay = _parsed(dataset_text, overlay_text)
    return tuple(
        _collection_choice(dataset, collection, overlay.of(collection.name))
        for dataset in datasets
        for collection in dataset.collections
    )


def revised(dataset_text: str, overlay_text: str, choices: Sequence[CollectionChoice]) -> tuple[str, str]:
    """The texts, saying what was chosen. Collections and columns that ``choices`` do not name stay as they are.

    Raises DatasetError when the texts cannot be read.
    """
    before = {each.name: each for each in choices_of(dataset_text, overlay_text)}
    dataset, overlay = read(dataset_text), read(overlay_text) or {}
    collections = {name: each for part in dataset["dataset"] for name, each in named(part["collections"]).items()}
    said = dict(overlay.get("collections") or {})
    for choice in choices:
        was = before.get(choice.name)
        if was is None or was == choice:
            continue
        _describe(collections[choice.name], was, choice)
        about = _about(dict(said.get(choice.name) or {}), was, choice)
        if about:
            said[choice.name] = about
        else:
            said.pop(choice.name, None)
    if said != (overlay.get("collections") or {}):
        overlay = overlay | {"collections": said}
    return merged(dataset_text, dataset), merged(overlay_text, overlay) if overlay else overlay_text


def without_guesses(
    dataset_text: str, overlay_text: str, columns: Held[tuple[str, str]], tables: Held[str]
) -> tuple[str, str]:
    """The texts without the comments of a draft that people have overtaken.

    ``columns`` (by collection and name) and ``tables`` were decided; a comment that a person wrote is no guess and stays.
    """
    datasets, _ = parse_datasets(dataset_text, "dataset")
    every = [collection for dataset in datasets for collection in dataset.collections]
    decided = [collection.line for collection in every if collection.name in tables]
    decided += [field.line for each in every for field in each.fields if (each.name, field.name) in columns]
    in_overlay = [line for name, line in _overlay_lines(overlay_text) if name in tables]
    return _without_guesses(dataset_text, decided), _without_guesses(overlay_text, in_overlay)


def compared(before: Sequence[CollectionChoice], after: Sequence[CollectionChoice]) -> Iterator[Difference]:
    """What differs, in the order of ``after``; what is gone comes last."""
    old, new = ({each.name: each for each in side} for side in (before, after))
    for name, collection in new.items():
        if name not in old:
            yield Difference(name, "", "collection", "", f"{len(collection.columns)} columns")
            continue
        yield from _differing(name, "", old[name], collection, ("dataset", "name", "table", "columns"))
        yield from _columns_differing(old[name], collection)
    for name in old:
        if name not in new:
            yield Difference(name, "", "collection", f"{len(old[name].columns)} columns", "")


def _columns_differing(before: CollectionChoice, after: CollectionChoice) -> Iterator[Difference]:
    old, new = ({each.name: each for each in side.columns} for side in (before, after))
    for name, column in new.items():
        if name not in old:
            yield Difference(after.name, name, "column", "", _words(column.data_categories))
        else:
            yield from _differing(after.name, name, old[name], column, ("name",))
    for name in old:
        if name not in new:
            yield Difference(after.name, name, "column", _words(old[name].data_categories), "")


def _differing(
    collection: str,
    column: str,
    before: ColumnChoice | CollectionChoice,
    after: ColumnChoice | CollectionChoice,
    without: tuple[str, ...],
) -> Iterator[Difference]:
    for each in fields(after):
        was, now = getattr(before, each.name), getattr(after, each.name)
        if was != now and each.name not in without:
            yield Difference(collection, column, each.name, _words(was), _words(now))


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(each.target if isinstance(each, Link) else str(each) for each in value)
    return str(value)


def _parsed(dataset_text: str, overlay_text: str) -> tuple[tuple[Dataset, ...], Overlay]:
    datasets, problems = parse_datasets(dataset_text, "dataset")
    overlay, more = parse_overlay(overlay_text, "overlay", datasets)
    errors = [problem for problem in (*problems, *more) if not problem.is_warning]
    if errors:
        raise DatasetError(errors)
    return datasets, overlay


def _collection_choice(dataset: Dataset, collection: Collection, said: CollectionOverlay) -> CollectionChoice:
    return CollectionChoice(
        dataset=dataset.key,
        name=collection.name,
        table=live_name(dataset, collection),
        record_class=said.record_class,
        subject_class=said.subject_class,
        ownership=said.ownership,
        is_skipped=collection.is_skipped,
        columns=tuple(_column_choice(column, said) for column in collection.fields),
    )


def _column_choice(column: Field, said: CollectionOverlay) -> ColumnChoice:
    return ColumnChoice(
        name=column.name,
        data_categories=column.data_categories,
        identity=column.identity.value if column.identity else "",
        third_party=said.third_party.get(column.name, ""),
        is_never_export=column.name in said.never_export,
        links=tuple(Link(each.dataset, each.target, each.direction) for each in column.references),
    )


def _without_guesses(text: str, numbers: Sequence[int]) -> str:
    """The text without the guesses behind these lines, counted from 1, and the questions on a line of their own below."""
    lines: list[str | None] = [*text.split("\n")]
    for number in numbers:
        lines[number - 1] = GUESS.sub("", lines[number - 1] or "")
        if number < len(lines) and QUESTION.fullmatch(lines[number] or ""):
            lines[number] = None
    return "\n".join(line for line in lines if line is not None)


def _overlay_lines(text: str) -> Iterator[tuple[str, int]]:
    """Each collection that the overlay names, with its line."""
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        if key.value == "collections" and isinstance(value, yaml.MappingNode):
            yield from ((name.value, name.start_mark.line + 1) for name, _ in value.value)


def _describe(content: Mapping, was: CollectionChoice, choice: CollectionChoice) -> None:
    """Write into the dataset's mapping of one collection what is chosen otherwise than it was."""
    if choice.is_skipped != was.is_skipped:
        _set_meta(content, "skip_processing", choice.is_skipped or None)
    columns = named(content["fields"])
    before = {each.name: each for each in was.columns}
    for column in choice.columns:
        old = before.get(column.name)
        if old is None or old == column:
            continue
        if column.data_categories != old.data_categories:
            columns[column.name]["data_categories"] = list(column.data_categories)
        if column.identity != old.identity:
            _set_meta(columns[column.name], "identity", column.identity or None)
        if column.links != old.links:
            _set_meta(columns[column.name], "references", [_reference(link) for link in column.links] or None)


def _reference(link: Link) -> Mapping:
    content = {"dataset": link.dataset, "field": link.target}
    return content | ({"direction": link.direction} if link.direction else {})


def _set_meta(content: Mapping, key: str, value: object) -> None:
    """Set or, with None, remove one key of ``fides_meta``; older datasets call that ``fidesops_meta``."""
    name = "fidesops_meta" if content.get("fidesops_meta") and not content.get("fides_meta") else "fides_meta"
    meta = {**(content.get(name) or {}), key: value}
    if value is None:
        del meta[key]
    if meta:
        content[name] = meta
    else:
        content.pop(name, None)


def _about(content: Mapping, was: CollectionChoice, choice: CollectionChoice) -> Mapping:
    """The overlay's mapping of one collection, saying what is chosen."""
    for key in ("record_class", "subject_class", "ownership"):
        if getattr(choice, key) != getattr(was, key):
            content[key] = getattr(choice, key)
    before = {each.name: each for each in was.columns}
    for column in choice.columns:
        old = before.get(column.name)
        if old is None:
            continue
        if column.third_party != old.third_party:
            content["third_party"] = {**(content.get("third_party") or {}), column.name: column.third_party}
        if column.is_never_export != old.is_never_export:
            others = [name for name in content.get("never_export") or () if name != column.name]
            content["never_export"] = [*others, column.name] if column.is_never_export else others
    if isinstance(content.get("third_party"), dict):
        content["third_party"] = {name: who for name, who in content["third_party"].items() if who}
    return {key: value for key, value in content.items() if value not in ("", {}, [])}
