"""A draft as two YAML texts, a comment with confidence and reason behind each line. No value of the shop's is in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the model's own properties call this module
    from dsr.sources.draft.model import ColumnDraft, Draft, ReferenceDraft, TableDraft

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
WORDS_OF_YAML = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf"}
DATA_TYPES = {"integer": "integer", "number": "float", "boolean": "boolean", "text": "string", "json": "object"}


def dataset_text(draft: Draft) -> str:
    """The dataset, in the order of the tables' names."""
    lines = [
        "# Drafted from the live database: behind each column stand how sure that is (0 to 1) and why.",
        "# Lines marked 'decide:' need a person. Samples were read to say this; none of their values is kept.",
        *(f"# {note}" for note in draft.notes),
        "dataset:",
        f"  - fides_key: {_word(draft.key)}",
        f"    name: {_word(draft.title)}",
        "    collections:",
    ]
    for table in draft.tables:
        lines += _collection(draft.key, table)
    return "\n".join(lines) + "\n"


def overlay_text(draft: Draft) -> str:
    """The overlay: every table that holds a person's rows or explains them."""
    lines = [
        "# Drafted from the live database: what the law and the paper need to know, each with its reason.",
        f"source_title: {_word(draft.title)}",
    ]
    said = [table for table in draft.tables if not table.is_skipped]
    lines.append("collections:" if said else "collections: {}")
    for table in said:
        lines += _overlay(table)
    return "\n".join(lines) + "\n"


def _collection(key: str, table: TableDraft) -> Iterator[str]:
    yield f"      - name: {_word(table.name)}{_comment(table.confidence, table.reason)}"
    if table.decide:
        yield f"        # decide: {table.decide}"
    if table.is_skipped:
        yield "        fides_meta: {skip_processing: true}"
    yield "        fields:"
    for column in table.columns:
        yield from _field(key, table, column)


def _field(key: str, table: TableDraft, column: ColumnDraft) -> Iterator[str]:
    for reference in table.references:
        if column.name in reference.columns and not reference.is_followed:
            whither = f"{reference.target}.{', '.join(reference.target_columns)}"
            yield f"          # not followed to {_word(whither)}: {reference.reason}"
    meta = ", ".join(f"{name}: {value}" for name, value in _meta(key, table, column))
    inner = ", ".join(_inner(each) for each in column.fields)
    parts = [f"name: {_word(column.name)}", f"data_categories: [{', '.join(column.data_categories)}]"]
    parts += [f"fides_meta: {{{meta}}}"] if meta else []
    parts += [f"fields: [{inner}]"] if inner else []
    asked = f"decide: {column.decide}; " if column.decide else ""
    linked = "; ".join(each.reason for each in table.references if column.name in each.columns and each.is_followed)
    reason = f"{column.reason}; {linked}" if linked and linked not in column.reason else column.reason
    yield f"          - {{{', '.join(parts)}}}{_comment(column.confidence, reason, asked)}"


def _inner(column: ColumnDraft) -> str:
    inner = ", ".join(_inner(each) for each in column.fields)
    more = f", fides_meta: {{data_type: object}}, fields: [{inner}]" if inner else ""
    return f"{{name: {_word(column.name)}, data_categories: [{', '.join(column.data_categories)}]{more}}}"


def _meta(key: str, table: TableDraft, column: ColumnDraft) -> Iterator[tuple[str, str]]:
    if column.name in table.key:
        yield "primary_key", "true"
    kind = DATA_TYPES.get(column.type)
    if kind:
        yield "data_type", kind
    if column.length and kind == "string":
        yield "length", str(column.length)
    if column.identity:
        yield "identity", column.identity
    links = ", ".join(_links(key, table.references, column.name))
    if links and not table.is_skipped:
        yield "references", f"[{links}]"


def _links(key: str, references: Iterable[ReferenceDraft], column: str) -> Iterator[str]:
    for reference in references:
        for near, far in zip(reference.columns, reference.target_columns, strict=True):
            if near == column and reference.is_followed:
                way = f", direction: {reference.direction}" if reference.direction else ""
                yield f"{{dataset: {_word(key)}, field: {_word(f'{reference.target}.{far}')}{way}}}"


def _overlay(table: TableDraft) -> Iterator[str]:
    asked = f"decide: {table.decide}; " if table.decide else ""
    yield f"  {_word(table.name)}:{_comment(table.confidence, table.reason, asked)}"
    if table.title:
        yield f"    title: {_word(table.title)}"
    for name in ("record_class", "subject_class", "ownership"):
        value = getattr(table, name)
        if value:
            yield f"    {name}: {_word(value)}"
    if table.facts:
        yield f"    facts: {_mapping(table.facts)}"
    third = {column.name: column.third_party for column in table.columns if column.third_party}
    if third:
        yield "    third_party:"
    for column in table.columns:
        if column.third_party:
            yield f"      {_word(column.name)}: {_word(column.third_party)}{_comment(column.confidence, column.reason)}"
    secret = [column.name for column in table.columns if column.never_export]
    for name, columns in (("never_export", secret), ("unique", table.unique), ("same_person", table.same_person)):
        if columns:
            yield f"    {name}: [{', '.join(_word(column) for column in columns)}]"


def _mapping(pairs: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{_word(name)}: {_word(value)}" for name, value in pairs.items()) + "}"


def _comment(confidence: float, reason: str, asked: str = "") -> str:
    words = " ".join(reason.split())
    return f"  # {asked}{confidence:.2f} {words}".rstrip()


def _word(text: str) -> str:
    """A YAML scalar that is read back as this very text."""
    if PLAIN.fullmatch(text) and text.lower() not in WORDS_OF_YAML:
        return text
    return json.dumps(text, ensure_ascii=False)
