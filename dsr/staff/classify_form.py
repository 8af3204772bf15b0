"""What was typed into the rows of the classify screen: many columns in one plain form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django import forms
from django.http import QueryDict

from dsr.models import DraftCollection, DraftColumn
from dsr.records import IdentityKind
from dsr.sources.revision import ColumnChoice, Link
from dsr.staff import category_words
from dsr.staff.category_words import UnknownCategory
from dsr.staff.forms import StaffForm
from dsr.workflow import drafts

IDENTITIES = {
    "": "—",
    IdentityKind.EMAIL.value: "E-mail address",
    IdentityKind.PHONE.value: "Telephone number",
    IdentityKind.CUSTOMER_NUMBER.value: "Customer number",
    IdentityKind.ORDER_NUMBER.value: "Order number",
}
OWNERSHIP_WORDS = {
    "owned": "A person's own",
    "attached": "Hangs on a person's own",
    "lookup": "Nobody's (explains others)",
}
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody chose for columns, by their row's number; where it cannot be understood, why."""

    choices: Mapping[int, ColumnChoice] = field(default_factory=dict)
    errors: Mapping[int, str] = field(default_factory=dict)


class CollectionForm(StaffForm):
    """What a table is."""

    record_class = forms.CharField(
        label="Record class", required=False, max_length=100, help_text="What the shop's policy calls such a row."
    )
    subject_class = forms.CharField(
        label="About whom", required=False, max_length=100, help_text="Customer, gift recipient, friend, staff …"
    )
    ownership = forms.ChoiceField(
        label="Whose rows",
        required=False,
        choices=[("", "As follows from its columns"), *sorted(OWNERSHIP_WORDS.items(), reverse=True)],
    )
    is_skipped = forms.BooleanField(
        label="Never search this table", required=False, help_text="Nothing of it will be in anybody's copy."
    )

    @classmethod
    def of(cls, collection: DraftCollection, sent: QueryDict | None = None) -> CollectionForm:
        """The form, as the table is described now or as it was sent."""
        return cls(sent, initial={name: getattr(collection, name) for name in cls.base_fields})


def typed(sent: QueryDict, rows: Iterable[DraftColumn], dataset: str) -> Typed:
    """Read the rows that were on the page; only those that differ from what is stored are choices."""
    shown = set(sent.getlist("row"))
    choices: dict[int, ColumnChoice] = {}
    errors: dict[int, str] = {}
    for row in rows:
        if str(row.pk) not in shown:
            continue
        try:
            choice = _choice(sent, row, dataset)
        except (UnknownCategory, ValueError) as error:
            errors[row.pk] = str(error)
        else:
            if choice != drafts.choice_of(row):
                choices[row.pk] = choice
    return Typed(choices, errors)


def selected(sent: QueryDict, rows: Iterable[DraftColumn]) -> list[DraftColumn]:
    """The rows that were ticked."""
    ticked = set(sent.getlist("selected"))
    return [row for row in rows if str(row.pk) in ticked]


def applied(
    sent: QueryDict, rows: Sequence[DraftColumn], choices: Mapping[int, ColumnChoice]
) -> dict[int, ColumnChoice]:
    """What the line above the table says, for each of the ticked rows. Raises UnknownCategory."""
    categories = category_words.read(sent.get("all_categories", ""))
    third_party = _line(sent.get("all_third_party", ""))
    out = {}
    for row in rows:
        choice = choices.get(row.pk) or drafts.choice_of(row)
        choice = replace(choice, data_categories=categories) if categories else choice
        out[row.pk] = replace(choice, third_party=third_party) if third_party else choice
    return out


def link_words(links: Iterable[Sequence[str]], dataset: str) -> str:
    """References as they are typed: ``customers.id``, with ``dataset:`` before it when it leads to another."""
    return "; ".join(target if key == dataset else f"{key}:{target}" for key, target, _ in links)


def _choice(sent: QueryDict, row: DraftColumn, dataset: str) -> ColumnChoice:
    stored = drafts.choice_of(row)
    categories = category_words.read(sent.get(f"categories-{row.pk}", ""))
    if not categories and stored.data_categories:
        raise UnknownCategory("Say what this column holds.")
    identity = sent.get(f"identity-{row.pk}", "")
    if identity not in IDENTITIES:
        raise ValueError("Choose by what people are found from the list.")
    return replace(
        stored,
        data_categories=categories,
        identity=identity,
        third_party=_line(sent.get(f"third_party-{row.pk}", "")),
        is_never_export=f"never_export-{row.pk}" in sent,
        links=_links(sent.get(f"links-{row.pk}", ""), stored.links, dataset),
    )


def _links(text: str, stored: Sequence[Link], dataset: str) -> tuple[Link, ...]:
    """References typed as ``link_words`` shows them; one that was there keeps its direction. Raises ValueError."""
    known = {(link.dataset, link.target): link for link in stored}
    found = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        key, colon, target = part.rpartition(":")
        if "." not in target:
            raise ValueError(f"“{part[:60]}” is no reference; write table.column, for example customers.id.")
        place = (key.strip() if colon else dataset, target.strip())
        found.append(known.get(place, Link(*place)))
    return tuple(dict.fromkeys(found))


def _line(text: str) -> str:
    return " ".join(text.split())[:LONGEST]
