"""Where a live schema has gone away from its description: each difference with the line that would settle it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dsr.sources.alarms import Alarm, Code
from dsr.sources.dataset import Collection, Dataset
from dsr.sources.description import Description
from dsr.sources.masks import fitting, misfit
from dsr.sources.sql_live import LiveColumn, LiveDatabase, LiveTable, Place
from dsr.yaml_text import nearest

DECLARED_AS = {"text": "string", "integer": "integer", "number": "float", "boolean": "boolean", "json": "object"}
"""Fideslang's words for our types; a date or a moment is a string there."""


@dataclass(frozen=True)
class Declared:
    """One collection beside its live table, which is None when it has vanished."""

    dataset: Dataset
    collection: Collection
    place: str
    table: LiveTable | None

    @property
    def last_line(self) -> int:
        """Where the entry of its last field begins: a new one belongs behind it."""
        return max(field.line for field in self.collection.fields)


def drift_alarms(
    description: Description,
    live: LiveDatabase,
    recorded: Mapping[str, Mapping[str, str]],
    elsewhere: frozenset[Place],
) -> Iterator[Alarm]:
    """Every difference. ``recorded`` are the exact types of the last survey by collection and column; ``elsewhere`` the
    tables of this database that another source of the shop describes."""
    declared = [
        Declared(
            dataset, collection, f"{dataset.key}.{collection.name}", live.tables.get(live.place(dataset, collection))
        )
        for dataset in description.datasets
        for collection in dataset.collections
    ]
    for each in declared:
        if each.table is None:
            yield _vanished_table(each, live)
        elif not each.collection.is_skipped:
            yield from _columns(each, each.table)
            yield from _types(each, each.table, recorded.get(each.collection.name, {}))
            yield from _key(description, each, each.table)
            yield from _masks(description, each, each.table)
    yield from _undeclared_tables(description, live, elsewhere)


def exact_types(description: Description, live: LiveDatabase) -> dict[str, dict[str, str]]:
    """The exact type of every declared column, by collection and column."""
    found = {}
    for dataset in description.datasets:
        for collection in dataset.collections:
            table = live.tables.get(live.place(dataset, collection))
            if table is not None and not collection.is_skipped:
                declared = (field.name for field in collection.fields)
                found[collection.name] = {name: table.columns[name].exact for name in declared if name in table.columns}
    return found


def _vanished_table(declared: Declared, live: LiveDatabase) -> Alarm:
    near = nearest(declared.collection.name, (live.name(place) for place in live.tables))
    message = f"the table '{declared.collection.name}' is gone{near}"
    cure = f"# - name: {declared.collection.name}  (take the whole entry out, or give it the table's new name)"
    return Alarm(Code.VANISHED_TABLE, declared.place, message, cure, declared.dataset.file, declared.collection.line)


def _columns(declared: Declared, table: LiveTable) -> Iterator[Alarm]:
    file = declared.dataset.file
    known = {field.name: field for field in declared.collection.fields}
    for name, field in known.items():
        if name not in table.columns:
            message = f"the column '{name}' is gone{nearest(name, table.columns)}"
            cure = f"# - name: {name}  (take the entry out, or give it the column's new name)"
            yield Alarm(Code.VANISHED_COLUMN, f"{declared.place}.{name}", message, cure, file, field.line)
    for name, column in table.columns.items():
        if name not in known:
            message = f"nobody declared the column '{name}': it will be in nobody's copy"
            cure = (
                f"- {{name: {_quoted(name)}, data_categories: [user], fides_meta: {{data_type: {_data_type(column)}}}}}"
            )
            yield Alarm(Code.UNDECLARED_COLUMN, f"{declared.place}.{name}", message, cure, file, declared.last_line)


def _types(declared: Declared, table: LiveTable, recorded: Mapping[str, str]) -> Iterator[Alarm]:
    for field in declared.collection.fields:
        column, before = table.columns.get(field.name), recorded.get(field.name)
        if column is not None and before and before != column.exact:
            message = f"was {before} when it was described and is {column.exact} now"
            cure = f"fides_meta: {{data_type: {_data_type(column)}}}"
            place, file = f"{declared.place}.{field.name}", declared.dataset.file
            yield Alarm(Code.CHANGED_TYPE, place, message, cure, file, field.line)


def _key(description: Description, declared: Declared, table: LiveTable) -> Iterator[Alarm]:
    said = description.overlay.of(declared.collection.name)
    key = frozenset(declared.collection.key)
    if table.is_view or said.is_keyless or (key and any(unique <= key for unique in table.unique)):
        return
    better = table.key or next((tuple(sorted(unique)) for unique in table.unique if _is_full(unique, table)), ())
    fields = [declared.collection.field(name) for name in better]
    if better and all(fields):
        first = next(field for field in fields if field is not None)
        message = f"its rows are told apart by {', '.join(better)}, and the dataset does not say so"
        cure = f"fides_meta: {{primary_key: true}}  (of {', '.join(better)})"
        yield Alarm(Code.MISSING_KEY, declared.place, message, cure, declared.dataset.file, first.line)
        return
    what = (
        f"nothing in the database keeps {', '.join(declared.collection.key)} from repeating" if key else "it has no key"
    )
    message = f"{what}: its rows can be copied, and one of them cannot be changed for certain"
    file, line = _overlay_place(description, declared)
    yield Alarm(Code.MISSING_KEY, declared.place, message, "keyless: true", file, line)


def _masks(description: Description, declared: Declared, table: LiveTable) -> Iterator[Alarm]:
    alone = [unique for unique in table.unique if len(unique) == 1]
    for name, mask in description.overlay.of(declared.collection.name).masks.items():
        column = table.columns.get(name)
        if column is None:
            continue
        must_differ = frozenset((name,)) in alone
        room = column.room(must_differ=must_differ)
        why = misfit(mask, room)
        if why:
            other = fitting(room)
            cure = (
                f"masks: {{{_quoted(name)}: {other.value}}}"
                if other
                else f"# masks: {{{_quoted(name)}: …}}  (no mask fits it)"
            )
            file, line = _overlay_place(description, declared)
            message = f"cannot take its mask '{mask.value}': the column {why}"
            yield Alarm(Code.UNFIT_MASK, f"{declared.place}.{name}", message, cure, file, line)


def _undeclared_tables(description: Description, live: LiveDatabase, elsewhere: frozenset[Place]) -> Iterator[Alarm]:
    datasets = description.datasets
    declared = {live.place(dataset, collection) for dataset in datasets for collection in dataset.collections}
    declared |= {(schema or live.default_schema, name) for schema, name in elsewhere}
    last = max((collection for collection in datasets[-1].collections), key=lambda each: each.line)
    for place, table in sorted(live.tables.items()):
        if table.is_view or place in declared or place in live.ours:
            continue
        name, first = live.name(place), next(iter(table.columns), "id")
        message = (
            f"nobody declared the table '{name}' ({len(table.columns)} columns): it will be in nobody's copy. If it holds"
            " people, declare its columns; if it holds nobody, say so"
        )
        fields = f"[{{name: {_quoted(first)}}}]"
        cure = f"- {{name: {_quoted(name)}, fides_meta: {{skip_processing: true}}, fields: {fields}}}"
        yield Alarm(Code.UNDECLARED_TABLE, name, message, cure, datasets[-1].file, last.line)


def _is_full(unique: frozenset[str], table: LiveTable) -> bool:
    """Whether no row can stay out of a set of unique columns: NULLs may repeat."""
    return all(name in table.columns and not table.columns[name].is_nullable for name in unique)


def _overlay_place(description: Description, declared: Declared) -> tuple[str, int | None]:
    return description.overlay.file, description.overlay.of(declared.collection.name).line


def _data_type(column: LiveColumn) -> str:
    return DECLARED_AS.get(column.word, "string")


def _quoted(name: str) -> str:
    """A name as YAML reads it back: ``no`` and ``12`` would be something else."""
    is_plain = name.replace("_", "a").isalnum() and name[:1].isalpha() and name.lower() not in WORDS_OF_YAML
    return name if is_plain and name.isascii() else "'" + name.replace("'", "''") + "'"


WORDS_OF_YAML = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
