"""Where a correction may begin: the records found that hold something of that kind, and what was typed beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dsr.models import CorrectionItem, Source, SourceRun, SubjectRequest
from dsr.records import IdentityKind, Portable
from dsr.sources import correcting
from dsr.sources.correcting import Wanted
from dsr.sources.dataset import Field
from dsr.sources.left_behind import says_the_same
from dsr.sources.typed_in import DoesNotFit, as_value
from dsr.workflow import erasure_rows, identities, shops
from dsr.workflow.erasure_rows import FoundRow, FoundRows
from dsr.workflow.identities import BadIdentity

Kind = CorrectionItem.Kind
CATEGORIES = {
    Kind.NAME: "user.name",
    Kind.EMAIL: "user.contact.email",
    Kind.PHONE: "user.contact.phone_number",
    Kind.ADDRESS: "user.contact.address",
    Kind.BIRTH: "user.demographic.date_of_birth",
    Kind.OTHER: "user",
}
"""The data category in which what a person means by a word is found."""


IDENTIFYING = {correcting.EMAIL: IdentityKind.EMAIL, correcting.PHONE: IdentityKind.PHONE}
"""The data categories by which a person is found, and may be proved."""
CATEGORY_OF = {kind: category for category, kind in IDENTIFYING.items()}


class CorrectionRefused(Exception):
    """Why a wish or a decision was not taken; the message is for people. ``reasons`` are all of them."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = tuple(reasons)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that holds something of the kind that a wish is about; its fields with label and value. ``beside`` are those of
    them that hold the same under another category, and do not follow by themselves."""

    source: Source
    collection: str
    digest: str
    title: str
    place: str
    fields: tuple[tuple[str, str, Portable], ...]
    is_shared: bool
    is_history: bool
    record_class: str
    categories: frozenset[str]
    beside: frozenset[str]


def candidates(subject_request: SubjectRequest, item: CorrectionItem, says: str = "") -> list[Candidate]:
    """The records found that hold something of the kind, those that say what the person says first, and those that can hardly be
    meant (another person's too, of the past) last. Raises KeyDestroyed."""
    category = CATEGORIES[Kind(item.kind)]
    rules = shops.profile_in(subject_request.policy_version).retention
    history = {name for rule in rules if rule.is_history for name in rule.record_classes}
    found = []
    for run in _runs(subject_request):
        rows = erasure_rows.gathered(run)
        for name, here in rows.rows.items():
            if name not in rows.described.graph.lookups:
                found += [each for row in here if (each := _candidate(run, rows, name, row, category, item, history))]
    return sorted(found, key=lambda each: (each.is_shared, each.is_history, not _says(each, says)))


def read(
    subject_request: SubjectRequest,
    changes: Mapping[tuple[int, str, str], Mapping[str, str]],
) -> Iterable[Wanted]:
    """What was typed (by source, collection, digest and field), as the columns hold it. Raises CorrectionRefused, SourceError."""
    wrong: list[str] = []
    for run in _runs(subject_request):
        here = {key[1:]: texts for key, texts in changes.items() if key[0] == run.source_id}
        if not here:
            continue
        rows = erasure_rows.gathered(run)
        erasure_rows.look_around(rows)
        for (name, digest), texts in here.items():
            row = next((each for each in rows.rows.get(name, ()) if each.digest == digest), None)
            if row is None:
                raise CorrectionRefused([f"A record of {name} was not found any more. Open the page again."])
            if row.shared:
                wrong.append(
                    f"A record of {name} is another person's too: what it says is not this person's alone to change."
                )
                continue
            yield _wanted(run, rows, name, row, texts, wrong)
    if wrong:
        raise CorrectionRefused(wrong)


def identifying(each: Wanted) -> Iterator[tuple[IdentityKind, str, str]]:
    """Of that by which people are found and proved: what a change takes away and what it gives, empty for nothing."""
    for name, (before, to) in each.fields.items():
        for kind in dict.fromkeys(IDENTIFYING[one] for one in each.categories[name] if one in IDENTIFYING):
            yield kind, "" if before is None else str(before), "" if to is None else str(to)


def _wanted(
    run: SourceRun, rows: FoundRows, name: str, row: FoundRow, texts: Mapping[str, str], wrong: list[str]
) -> Wanted:
    collection = rows.described.graph.collections[name]
    known = {each.name: each for each in correcting.correctable(rows.described, collection)}
    fields: dict[str, tuple[Portable, Portable]] = {}
    for column, text in texts.items():
        room = rows.rooms.get(name, {}).get(column)
        if column not in known or room is None:
            wrong.append(f"{name}.{column} cannot be corrected here.")
            continue
        try:
            to = as_value(room, text)
        except DoesNotFit as misfit:
            wrong.append(f"{name}.{column} {misfit}.")
            continue
        if correcting.EMAIL in _categories(known[column]) and to:
            try:
                identities.read(IdentityKind.EMAIL, str(to), "US")
            except BadIdentity as bad:
                wrong.append(f"{name}.{column}: {bad}")
                continue
        if to != row.values.get(column):
            fields[column] = (row.values.get(column), to)
    categories = {column: _categories(known[column]) for column in fields}
    around = correcting.around(rows.described, collection, row.values)
    return Wanted("", run.source.name, name, row.digest, fields, categories, around)


def _candidate(
    run: SourceRun,
    rows: FoundRows,
    name: str,
    row: FoundRow,
    category: str,
    item: CorrectionItem,
    history: Collection[str],
) -> Candidate | None:
    collection = rows.described.graph.collections[name]
    described: dict[str, Any] = run.dataset_version.collections.get(name, {})
    labels = {each["name"]: each["label"] for each in described.get("fields", ())}
    is_place = (item.source_id, item.digest) == (run.source_id, row.digest)
    open_here = [each for each in correcting.correctable(rows.described, collection) if each.name not in row.held]
    meant = [each for each in open_here if (is_place and each.name == item.field) or _is_of(each, category)]
    shown = [each for each in open_here if each in meant or _says_the_same(row, each, meant)]
    fields = tuple((each.name, labels.get(each.name, each.name), row.values.get(each.name)) for each in shown)
    if not fields or (item.digest and not is_place):
        return None
    return Candidate(
        run.source,
        name,
        row.digest,
        described.get("title", name),
        str(run.dataset_version.description.get("title") or run.source.name),
        fields,
        is_shared=bool(row.shared),
        is_history=rows.described.overlay.of(name).record_class in history,
        record_class=rows.described.overlay.of(name).record_class,
        categories=frozenset(one for each in meant for one in each.data_categories),
        beside=frozenset(each.name for each in shown if each not in meant),
    )


def _says_the_same(row: FoundRow, field: Field, meant: Iterable[Field]) -> bool:
    """Whether a field of another kind holds what one of those says that are meant: a login, say."""
    value = row.values.get(field.name)
    return any(says_the_same(value, row.values.get(each.name), each.data_categories) for each in meant)


def _categories(field: Field) -> tuple[str, ...]:
    """All of a column's data categories, and that of what the shop finds people by in it."""
    told = CATEGORY_OF.get(field.identity) if field.identity else None
    return tuple(dict.fromkeys((*field.data_categories, *([told] if told else ()))))


def _is_of(field: Field, category: str) -> bool:
    return any(one == category or one.startswith(f"{category}.") for one in field.data_categories)


def _says(candidate: Candidate, says: str) -> bool:
    return bool(says) and any(correcting.is_same(value, says) for _, _, value in candidate.fields)


def _runs(subject_request: SubjectRequest) -> list[SourceRun]:
    runs = subject_request.source_runs.filter(source__kind=Source.Kind.SQL).exclude(state=SourceRun.State.LEFT_OUT)
    return list(runs.select_related("source__shop", "dataset_version__source__shop", "subject_request__shop"))
