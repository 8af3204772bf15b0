"""What differs between two descriptions of a source, as people read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from dsr.data_categories import data_categories
from dsr.models import DatasetDraft, DatasetVersion
from dsr.sources.revision import Difference
from dsr.staff.category_words import in_words
from dsr.staff.classify_form import IDENTITIES, OWNERSHIP_WORDS
from dsr.workflow import versions

WHAT = {
    "collection": "Table",
    "column": "Column",
    "data_categories": "Holds",
    "identity": "People are found by it",
    "third_party": "Somebody else's",
    "is_never_export": "Never sent out",
    "links": "Refers to",
    "record_class": "Record class",
    "subject_class": "About whom",
    "ownership": "Whose rows",
    "is_skipped": "Never searched",
}


@dataclass(frozen=True, slots=True)
class Chapter:
    """What differs in one table."""

    name: str
    lines: list[dict[str, str]]


def of_draft(draft: DatasetDraft) -> dict[str, Any]:
    """What publishing the draft would change."""
    differences, unified = versions.difference_of_draft(draft)
    return {"chapters": _chapters(differences), "unified": unified}


def of_versions(before: DatasetVersion, after: DatasetVersion) -> dict[str, Any]:
    """What the later version says differently."""
    differences, unified = versions.difference(before, after)
    return {"chapters": _chapters(differences), "unified": unified}


def _chapters(differences: Iterable[Difference]) -> list[Chapter]:
    return [
        Chapter(name, [_line(each) for each in group])
        for name, group in groupby(differences, key=lambda each: each.collection)
    ]


def _line(each: Difference) -> dict[str, str]:
    return {
        "column": each.column,
        "what": WHAT[each.what],
        "before": _words(each.what, each.before),
        "after": _words(each.what, each.after),
    }


def _words(what: str, value: str) -> str:
    if what == "identity":
        return IDENTITIES.get(value, value) if value else ""
    if what == "ownership":
        return OWNERSHIP_WORDS.get(value, value)
    if what in ("data_categories", "column"):
        parts = [part for part in value.split(", ") if part]
        return in_words(parts) if set(parts) <= data_categories() else value
    return value
