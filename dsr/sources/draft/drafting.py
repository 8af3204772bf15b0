"""The whole way from a database's URL to a draft."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy import Connection

from dsr.sources.base import SourceError
from dsr.sources.description import in_words
from dsr.sources.draft.categories import draft_column
from dsr.sources.draft.live import LiveTable, other_schemas, read_schema
from dsr.sources.draft.marks import find_facts, mark_columns
from dsr.sources.draft.model import Draft, ReferenceDraft, TableDraft
from dsr.sources.draft.reading import read_columns
from dsr.sources.draft.references import find_references
from dsr.sources.draft.role import Role
from dsr.sources.draft.roles import find_roles
from dsr.sources.draft.sampling import STATEMENT_SECONDS, Sampler, TableSample
from dsr.sources.draft.study import Study, people_scores
from dsr.sources.sql_dialects import dialect_of
from dsr.sources.sql_engine import begun, engine_for
from dsr.sources.sql_failures import named_failures

Progress = Callable[[int, int, str], None]
"""Called before each table is read, with its number, how many there are, and its name."""


def draft_source(
    kind: str, name: str, url: str, *, schemas: Sequence[str] = (), progress: Progress | None = None
) -> Draft:
    """A draft of the database at ``url``; ``schemas`` are read beside the default one. Raises SourceError.

    Where nobody asked for schemas and the default one holds no people, all of them are read. Everything is read in one
    read-only transaction, a few hundred rows of each table, and nothing is kept of it.
    """
    if kind not in ("sql", "file"):
        raise SourceError(f"Sources of the kind '{kind}' cannot be inspected.", code="bad_url", permanent=True)
    with _connected(name, url) as connection, named_failures(name):
        draft = _draft(connection, name, schemas, progress)
        if not schemas and not any(table.ownership for table in draft.tables):
            others = other_schemas(connection)
            draft = _draft(connection, name, others, progress) if others else draft
    return draft


def _draft(connection: Connection, name: str, schemas: Sequence[str], progress: Progress | None) -> Draft:
    tables, notes = read_schema(connection, schemas)
    sampler = Sampler(connection)
    samples: dict[str, TableSample] = {}
    for number, live in enumerate(tables, 1):
        if progress:
            progress(number, len(tables), live.name)
        samples[live.name] = sampler.read(live)
    notes += [sample.note for sample in samples.values() if sample.note]
    by_name = {live.name: live for live in tables}
    readings = {live.name: read_columns(live, _by_column(live, samples[live.name])) for live in tables}
    scores = people_scores(by_name, samples, readings)
    references = find_references(tables, samples, scores, sampler)
    study = Study(by_name, samples, readings, references)
    roles = find_roles(study, scores, sampler)
    drafted = tuple(_table(study, live, roles) for live in tables)
    return Draft(dataset_key(name), in_words(name), drafted, tuple(notes))


def dataset_key(name: str) -> str:
    """A Fideslang key from a source's name."""
    return re.sub(r"[^a-zA-Z0-9_.-]+", "_", name).strip("_") or "shop"


@contextmanager
def _connected(name: str, url: str) -> Iterator[Connection]:
    """One read-only transaction, with a time-out for each statement."""
    engine = engine_for(url)
    dialect = dialect_of(engine.dialect.name)
    with named_failures(name):
        connection = begun(engine, partial(dialect.begin_view, seconds=STATEMENT_SECONDS))
    raw: Any = connection.connection.driver_connection
    is_file = engine.dialect.name == "sqlite"
    try:
        if is_file:
            raw.text_factory = _readable
        yield connection
    finally:
        if is_file:
            raw.text_factory = str
        with named_failures(name):
            connection.close()


def _readable(raw: bytes) -> str:
    """Text that is not UTF-8 is looked at all the same."""
    return raw.decode("utf-8", "replace")


def _by_column(live: LiveTable, sample: TableSample) -> dict[str, Any]:
    return {column.name: sample.of(column.name) for column in live.columns}


def _table(study: Study, live: LiveTable, roles: dict[str, Role]) -> TableDraft:
    role = roles[live.name]
    mark_columns(study, live, role)
    columns = tuple(draft_column(study, live, column, role, roles) for column in live.columns)
    kind = role.record_class
    is_skipped = not role.ownership
    references = tuple(_reference(reference, role, roles) for reference in study.references[live.name])
    used = {c for each in references if each.is_followed for c in each.columns} | set(role.identities)
    used |= _referred_to(study, live, roles)
    return TableDraft(
        name=live.name,
        key=live.key,
        columns=columns,
        references=references,
        record_class=kind.name if kind and role.is_personal else ("product" if role.ownership == "lookup" else ""),
        subject_class=kind.subject if kind and role.is_personal else "",
        ownership=role.ownership,
        facts=find_facts(live, kind, study) if kind and role.is_personal else {},
        reason=role.reason or "nothing leads to a person",
        rows_estimate=study.sample(live.name).rows_estimate,
        title=in_words(live.table),
        unique=tuple(
            c.name for c in live.columns if c.name in used and live.key != (c.name,) and _is_apart(live, c.name)
        ),
        same_person=tuple(role.same_person),
        is_skipped=is_skipped,
        confidence=round(role.confidence, 2),
        decide=role.decide,
    )


def _is_apart(live: LiveTable, column: str) -> bool:
    return (column,) in live.uniques


def _referred_to(study: Study, live: LiveTable, roles: dict[str, Role]) -> set[str]:
    return {
        column
        for name, references in study.references.items()
        if roles[name].ownership
        for reference in references
        if reference.target == live.name
        for column in reference.target_columns
    }


def _reference(reference: ReferenceDraft, role: Role, roles: dict[str, Role]) -> ReferenceDraft:
    direction, is_followed, reason = "from", True, reference.reason
    target = roles[reference.target]
    if reference in role.refused:
        is_followed, reason = False, role.refused[reference]
    elif reference in role.followed:
        direction = "from"
    elif reference in role.joint:
        direction = ""
    elif reference in role.outward or (role.is_personal and target.ownership == "lookup"):
        direction = "to"
    else:
        is_followed, reason = False, "nothing of a person's lies that way"
    return ReferenceDraft(
        reference.columns, reference.target, reference.target_columns, reference.is_declared,
        round(reference.confidence, 2), reason, direction, is_followed,
    )  # fmt: skip
