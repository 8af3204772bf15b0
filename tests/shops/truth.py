"""A shop's list of what every column is, and how a draft compares with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dsr.sources.dataset import NEVER_EXPORT
from dsr.sources.draft import ColumnDraft, Draft

HERE = Path(__file__).parent
KINDS = ("personal", "about", "other")
Column = tuple[str, str]


@dataclass(frozen=True)
class Truth:
    """One list. ``kind_of`` names every column of the shop; the head of each file says what the words mean."""

    title: str
    kind_of: Mapping[Column, str]
    secrets: frozenset[Column]
    identities: Mapping[Column, str]
    references: Mapping[Column, str]

    def of(self, kind: str) -> set[Column]:
        """The columns of one kind."""
        return {column for column, found in self.kind_of.items() if found == kind}


def load(shop: str) -> Truth:
    """The list ``<shop>.truth.yaml``."""
    text = (HERE / f"{shop}.truth.yaml").read_text(encoding="utf-8")
    tables: dict[str, dict[str, Any]] = yaml.safe_load(text)["tables"]
    kind_of = {(table, name): kind for table, said in tables.items() for kind in KINDS for name in said.get(kind, ())}
    counted = sum(len(said.get(kind, ())) for said in tables.values() for kind in KINDS)
    if counted != len(kind_of):
        raise ValueError(f"{shop}.truth.yaml names a column twice")
    return Truth(
        title=text.splitlines()[0].removeprefix("# ").partition(":")[0],
        kind_of=kind_of,
        secrets=frozenset((table, name) for table, said in tables.items() for name in said.get("secret", ())),
        identities={(t, name): kind for t, said in tables.items() for name, kind in said.get("identity", {}).items()},
        references={(t, name): to for t, said in tables.items() for name, to in said.get("references", {}).items()},
    )


@dataclass(frozen=True)
class Comparison:
    """A draft beside the truth. Columns are (table, column)."""

    truth: Truth
    columns: frozenset[Column]
    called_personal: frozenset[Column]
    withheld: frozenset[Column]
    identities: Mapping[Column, str]
    references: Mapping[Column, str]
    tables: int
    decisions: int

    @property
    def missed(self) -> set[Column]:
        """Personal columns that were neither called personal nor held back as a secret."""
        return self.truth.of("personal") - self.called_personal - self.withheld

    @property
    def wrong(self) -> set[Column]:
        """The shop's own columns that were called personal."""
        return {column for column in self.called_personal if self.truth.kind_of.get(column) == "other"}

    @property
    def recall(self) -> float:
        """The share of the personal columns that was found."""
        personal = self.truth.of("personal")
        return 1 - len(self.missed) / len(personal)

    @property
    def precision(self) -> float:
        """Of the columns called personal, the share that is about a person."""
        return 1 - len(self.wrong) / max(1, len(self.called_personal))

    @property
    def strict_precision(self) -> float:
        """The same, if only what is personal by itself were right: facts of a person's row count as wrong."""
        right = self.called_personal & self.truth.of("personal")
        return len(right) / max(1, len(self.called_personal))

    @property
    def wide_recall(self) -> float:
        """The share of personal columns and facts about a person together."""
        wide = self.truth.of("personal") | self.truth.of("about")
        return len(wide & (self.called_personal | self.withheld)) / len(wide)

    @property
    def missed_identities(self) -> set[Column]:
        """Columns to look a person up by that the draft does not use so."""
        return {column for column, kind in self.truth.identities.items() if self.identities.get(column) != kind}

    @property
    def wrong_identities(self) -> set[Column]:
        """E-mail and order number columns that are not a person's. A telephone or a user name may serve as well."""
        strong = {"email", "order_number", "customer_number"}
        wrong = {c for c, kind in self.identities.items() if kind in strong and c not in self.truth.identities}
        return {column for column in wrong if self.truth.kind_of.get(column) == "other"}

    @property
    def missed_references(self) -> set[Column]:
        """References that the draft does not have, or leads elsewhere."""
        return {column for column, to in self.truth.references.items() if self.references.get(column) != to}

    @property
    def wrong_references(self) -> set[Column]:
        """References that there are not."""
        return {column for column, to in self.references.items() if self.truth.references.get(column) != to}

    @property
    def missed_secrets(self) -> set[Column]:
        """Secrets that would have gone out."""
        return set(self.truth.secrets) - self.withheld


def compare(draft: Draft, truth: Truth) -> Comparison:
    """Measure a draft."""
    columns = {(table.name, column.name): column for table in draft.tables for column in table.columns}
    return Comparison(
        truth=truth,
        columns=frozenset(columns),
        called_personal=frozenset(place for place, column in columns.items() if column.is_personal),
        withheld=frozenset(place for place, column in columns.items() if is_withheld(column)),
        identities={place: column.identity for place, column in columns.items() if column.identity},
        references={
            (table.name, reference.columns[0]): f"{reference.target}.{reference.target_columns[0]}"
            for table in draft.tables
            for reference in table.references
            if len(reference.columns) == 1
        },
        tables=len(draft.tables),
        decisions=draft.decisions,
    )  # fmt: skip


def is_withheld(column: ColumnDraft) -> bool:
    """Whether a column's values stay out of every output: said so, or by its category."""
    barred = (f"{category}.".startswith(f"{bar}.") for category in column.data_categories for bar in NEVER_EXPORT)
    return column.never_export or any(barred)
