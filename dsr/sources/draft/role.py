"""What a table is to people, and what the names of its columns say of that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dsr.sources.draft.classes import RecordClass
from dsr.sources.draft.model import ReferenceDraft
from dsr.sources.draft.study import last_words
from dsr.sources.draft.vocabulary import STAFF, THIRD

OWNER_WORDS = (
    "customer", "client", "user", "account", "owner", "member", "subscriber", "buyer", "purchaser", "patient", "guest",
    "person", "contact", "student", "tenant", "kunde", "cliente", "benutzer", "usuario", "utilisateur", "mitglied", "gast",
    "recipient", "profile", "applicant", "author", "reviewer", "voter", "visitor", "referrer", "sender",
)  # fmt: skip
"""Words of columns that say whose a row is, the plainest first."""


@dataclass
class Role:
    """What a table is to people. ``ownership`` is empty while it is nobody's.

    ``names_people``: a row is one person (a customer, a profile), so a reference to it names that person.
    ``joint`` references lead to the same person's own row, both ways.
    ``is_weak``: only pointed at (the address of an order); nothing is found by way of it (see ``graph``, rule 3).
    """

    ownership: str = ""
    record_class: RecordClass | None = None
    reason: str = ""
    confidence: float = 0.7
    identities: dict[str, str] = field(default_factory=dict)
    followed: dict[ReferenceDraft, str] = field(default_factory=dict)
    outward: dict[ReferenceDraft, str] = field(default_factory=dict)
    joint: dict[ReferenceDraft, str] = field(default_factory=dict)
    refused: dict[ReferenceDraft, str] = field(default_factory=dict)
    third: dict[str, str] = field(default_factory=dict)
    same_person: list[str] = field(default_factory=list)
    decide: str = ""
    holds_people: bool = False
    names_people: bool = False
    is_weak: bool = False

    @property
    def is_personal(self) -> bool:
        """Whether the table holds rows of people."""
        return self.ownership in ("owned", "attached")


def verbs_of_staff() -> frozenset[str]:
    """The verbs of ``created_by`` and ``taken_by``."""
    return frozenset(word for word in STAFF if word.endswith("ed") or word in ("taken", "written"))


def rank_of_owner(column: str) -> int:
    """How plainly a column says whose the row is; less is plainer."""
    words = last_words(column)
    ranks: Iterator[int] = (OWNER_WORDS.index(word) for word in words if word in OWNER_WORDS)
    return min(ranks, default=len(OWNER_WORDS))


def second_person(column: str) -> str:
    """Who stands in a column that names a second person."""
    words = last_words(column)
    who = next((meaning for word, meaning in THIRD.items() if word in words), "")
    return who or ("member of staff" if set(words) & STAFF or "sender" in words else "second person")
