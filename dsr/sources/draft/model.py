"""What a draft says: tables, columns and references, each with its confidence and its reason in words.

No value of the shop's database is in a reason; ``examples`` are masked and are written nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dsr.sources.draft.writing import dataset_text, overlay_text


@dataclass(frozen=True, slots=True)
class ReferenceDraft:
    """That ``columns`` hold values of ``target_columns`` of the table ``target``.

    ``direction`` is Fideslang's: ``from`` the target to these rows (they are whose it is), ``to`` the target (it explains
    them). A reference that is not followed (``is_followed``) is known, and left out of the dataset for its reason.
    """

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    is_declared: bool
    confidence: float
    reason: str
    direction: str = "from"
    is_followed: bool = True


@dataclass(frozen=True, slots=True)
class ColumnDraft:
    """One column. ``type`` is a word of ``sql_survey.type_word``; ``fields`` are the places inside a document.

    ``identity`` is a word of :class:`dsr.records.IdentityKind` or empty; ``third_party`` says whom else the column
    holds; ``decide`` is the question that only a person can answer, or empty.
    """

    name: str
    type: str
    nullable: bool
    data_categories: tuple[str, ...]
    identity: str = ""
    confidence: float = 0.5
    reason: str = ""
    examples: tuple[str, ...] = ()
    third_party: str = ""
    length: int | None = None
    never_export: bool = False
    decide: str = ""
    fields: tuple[ColumnDraft, ...] = ()

    @property
    def is_personal(self) -> bool:
        """Whether the column holds something about a person, by its categories."""
        return any(category.split(".")[0] == "user" for category in self.data_categories)


@dataclass(frozen=True, slots=True)
class TableDraft:
    """One table, named ``table`` or ``schema.table``. A skipped one holds nobody's rows: declared, never searched."""

    name: str
    key: tuple[str, ...]
    columns: tuple[ColumnDraft, ...]
    references: tuple[ReferenceDraft, ...]
    record_class: str
    subject_class: str
    ownership: str
    facts: Mapping[str, str]
    reason: str
    rows_estimate: int
    title: str = ""
    unique: tuple[str, ...] = ()
    same_person: tuple[str, ...] = ()
    is_skipped: bool = False
    confidence: float = 0.5
    decide: str = ""

    @property
    def decisions(self) -> tuple[str, ...]:
        """The questions that only a person can answer."""
        asked = [self.decide, *(column.decide for column in self.columns)]
        return tuple(question for question in asked if question)


@dataclass(frozen=True, slots=True)
class Draft:
    """The whole draft. ``key`` is the dataset's Fideslang key; ``notes`` say what was left out, and why."""

    key: str
    title: str
    tables: tuple[TableDraft, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def dataset_text(self) -> str:
        """The dataset in Fideslang's YAML, a comment with confidence and reason behind each line."""
        return dataset_text(self)

    @property
    def overlay_text(self) -> str:
        """The overlay in YAML, a comment with the reason behind each line."""
        return overlay_text(self)

    @property
    def decisions(self) -> int:
        """How many lines ask for a person's decision."""
        return sum(len(table.decisions) for table in self.tables)

    @property
    def personal_columns(self) -> int:
        """How many columns are taken for personal."""
        return sum(column.is_personal for table in self.tables for column in table.columns)
