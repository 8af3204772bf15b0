"""What the classify screens show of a draft: its tables with their progress, and one table's columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from dsr.models import DatasetDraft, DraftCollection, DraftColumn
from dsr.sources.base import SourceError
from dsr.sources.dataset import is_secret
from dsr.staff import category_words
from dsr.staff.classify_form import link_words
from dsr.workflow import drafts

FILTERS = {
    "": "All",
    "open": "Undecided",
    "asked": "Need you",
    "unsure": "Not sure",
    "personal": "Personal",
    "changed": "Changed",
}
"""The word in the address, and what it is called."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table in the overview."""

    collection: DraftCollection
    columns: int
    personal: int
    decided: int
    needing: int
    shown: int
    found_by: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name."""
        return self.collection.name

    @property
    def state(self) -> str:
        """``needs``, ``open`` or ``done``."""
        return "needs" if self.needing else "open" if self.decided < self.columns else "done"


@dataclass(frozen=True, slots=True)
class Row:
    """One column as the screen shows it; ``categories`` and the rest are what stands in the boxes."""

    column: DraftColumn
    examples: tuple[str, ...]
    categories: str
    identity: str
    third_party: str
    links: str
    is_never_export: bool
    error: str = ""

    @property
    def is_secret(self) -> bool:
        """Never sent out because of what it holds, whatever is ticked."""
        return is_secret(self.column.data_categories)

    @property
    def percent(self) -> int:
        """How sure the proposal is."""
        return round(self.column.confidence * 100)

    @property
    def state(self) -> str:
        """``needs``, ``proposed``, ``changed`` or ``confirmed``."""
        return state_of(self.column)


def state_of(column: DraftColumn) -> str:
    """Who settled a column and how, or that nobody did."""
    if column.is_decided:
        return "changed" if column.is_changed else "confirmed"
    return "needs" if column.needs_a_person else "proposed"


def is_shown(column: DraftColumn, wanted: str) -> bool:
    """Whether a filter lets the column through."""
    tests = {
        "open": not column.is_decided,
        "asked": column.needs_a_person,
        "unsure": column.is_unsure,
        "personal": column.is_personal,
        "changed": column.is_changed,
    }
    return tests.get(wanted, True)


def tables_of(draft: DatasetDraft, wanted: str = "") -> list[Table]:
    """Every table of the draft with its figures; ``shown`` counts the columns that the filter lets through."""
    return [
        Table(
            collection=each,
            columns=len(columns),
            personal=sum(column.is_personal for column in columns),
            decided=sum(column.is_decided for column in columns),
            needing=sum(column.needs_a_person for column in columns) + each.needs_a_person,
            shown=sum(is_shown(column, wanted) for column in columns) + (wanted == "asked" and each.needs_a_person),
            found_by=tuple(column.name for column in columns if column.identity),
            names=tuple(column.name for column in columns),
        )
        for each in draft.collections.prefetch_related("columns")
        for columns in [each.columns.all()]
    ]


def rows_of(
    columns: Iterable[DraftColumn],
    examples: Mapping[str, tuple[str, ...]],
    dataset: str,
    sent: QueryDict | None = None,
    errors: Mapping[int, str] | None = None,
) -> list[Row]:
    """The columns with what stands in their boxes: what is stored, or what was just typed and not understood."""
    return [_row(column, examples.get(column.name, ()), dataset, sent, errors or {}) for column in columns]


def _row(
    column: DraftColumn, examples: tuple[str, ...], dataset: str, sent: QueryDict | None, errors: Mapping[int, str]
) -> Row:
    row = Row(
        column=column,
        examples=examples,
        categories=category_words.in_words(column.data_categories),
        identity=column.identity,
        third_party=column.third_party,
        links=link_words(column.links, dataset),
        is_never_export=column.is_never_export,
        error=errors.get(column.pk, ""),
    )
    if sent is None or str(column.pk) not in sent.getlist("row"):
        return row
    typed = {name: sent.get(f"{name}-{column.pk}", "") for name in ("categories", "identity", "third_party", "links")}
    return Row(
        column, examples, **typed, is_never_export=f"never_export-{column.pk}" in sent, error=errors.get(column.pk, "")
    )


def examples_or_reason(
    collection: DraftCollection, columns: list[DraftColumn]
) -> tuple[Mapping[str, tuple[str, ...]], str]:
    """Masked examples of the columns, or why they cannot be read now."""
    try:
        return drafts.examples_of(collection, columns), ""
    except SourceError as error:
        return {}, str(error)


def next_table(tables: list[Table], name: str) -> Table | None:
    """The table after this one that still has something open; round to the first."""
    at = next((index for index, table in enumerate(tables) if table.name == name), 0)
    return next((table for table in tables[at + 1 :] + tables[:at] if table.state != "done"), None)


def letters() -> list[dict[str, Any]]:
    """The keys of the screen, as its help and its script read them."""
    return [
        {"letter": letter, "words": category_words.WORDS[category]}
        for letter, category in sorted(category_words.KEYS.items())
    ]
