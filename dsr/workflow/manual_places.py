"""Places that only a person can search: a card index, the repair workshop, an outside firm. Who is asked, and for what.

Such a place is a source like any other: it gets its run in each request and blocks completion. What it answers is described
by the same words as a database's rows, so that review, redaction and the package need to know nothing of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction

from dsr.models import DatasetVersion, ManualPlace, Shop, Source
from dsr.records import IdentityKind
from dsr.sources.description import CollectionDescription, FieldDescription
from dsr.workflow import audit, identities, sealing
from dsr.workflow.actors import Actor
from dsr.workflow.connections import AlreadyThere
from dsr.workflow.identities import BadIdentity

ANSWERS, TEXTS, FILES = "answers", "texts", "files"
"""The collections of an answer: what was said, what can be read as text, and every other file."""
MOST_DAYS = 60
LONGEST_TITLE = 100
LONGEST_INSTRUCTIONS = 4_000


class BadPlace(Exception):
    """The place cannot be asked as described; ``field`` says which part is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Assignee:
    """Who is asked."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Place:
    """What staff say about a place. ``needs`` are the kinds of identifiers it can be searched by, none meaning all."""

    title: str
    instructions: str
    assignee: Assignee
    days: int
    needs: tuple[str, ...] = ()
    record_class: str = ""


def add_manual_source(shop: Shop, *, name: str, place: Place, actor: Actor, now: datetime) -> Source:
    """Have a person asked in every request from now on. Raises AlreadyThere and BadPlace."""
    place = _checked(name, place)
    if shop.sources.filter(name=name).exists():
        raise AlreadyThere(f"{shop.slug} has a source {name!r} already.")
    with transaction.atomic(durable=True):
        source = Source.objects.create(
            shop=shop, name=name, kind=Source.Kind.MANUAL, sealed_url=b"", host="a person", created_at=now
        )
        version = _describe(source, place, now)
        facts: dict[str, audit.Fact] = {
            "shop": shop.slug,
            "source": source.pk,
            "name": name,
            "kind": source.kind,
            "version": version.number,
        }
        audit.record_for_shop(shop, "source.connected", actor=actor, now=now, facts=facts)
    return source


def change_manual_source(source: Source, *, place: Place, actor: Actor, now: datetime) -> DatasetVersion:
    """Ask somebody else, or otherwise, from the next request on. Raises BadPlace."""
    place = _checked(source.name, place)
    with transaction.atomic(durable=True):
        version = _describe(source, place, now)
        facts: dict[str, audit.Fact] = {
            "shop": source.shop.slug,
            "source": source.pk,
            "name": source.name,
            "version": version.number,
        }
        audit.record_for_shop(source.shop, "source.changed", actor=actor, now=now, facts=facts)
    return version


def place_of(source: Source) -> Place:
    """What is said about a manual source now."""
    kept = source.manual_place
    version = source.versions.order_by("-number")[0]
    return Place(
        title=version.description["title"],
        instructions=kept.instructions,
        assignee=_unseal(source, bytes(kept.sealed_assignee)),
        days=kept.days,
        needs=tuple(kept.needs),
        record_class=version.collections[ANSWERS]["record_class"],
    )


def as_email(text: str) -> str:
    """An address that mail can go to. Raises BadPlace."""
    try:
        return identities.read(IdentityKind.EMAIL, text, "US").value
    except BadIdentity as error:
        raise BadPlace("email", str(error)) from None


def as_name(text: str) -> str:
    """A person's name in one line. Raises BadPlace."""
    name = " ".join(text.replace("\0", "").split())
    if not name or len(name) > LONGEST_TITLE:
        raise BadPlace("assignee", f"Enter a name of at most {LONGEST_TITLE} letters.")
    return name


def _checked(name: str, place: Place) -> Place:
    try:
        validate_slug(name)
    except ValidationError:
        raise BadPlace("name", f"{name!r} is no name for a source: use letters, digits and hyphens.") from None
    title = " ".join(place.title.replace("\0", "").split())
    instructions = place.instructions.replace("\0", "").strip()
    if not title or len(title) > LONGEST_TITLE:
        raise BadPlace("title", f"Enter a title of at most {LONGEST_TITLE} letters.")
    if not instructions or len(instructions) > LONGEST_INSTRUCTIONS:
        raise BadPlace("instructions", f"Say where to look, in at most {LONGEST_INSTRUCTIONS:,} letters.")
    if not 1 <= place.days <= MOST_DAYS:
        raise BadPlace("days", f"Give between 1 and {MOST_DAYS} days to answer.")
    unknown = set(place.needs) - {kind.value for kind in IdentityKind}
    if unknown:
        known = ", ".join(kind.value for kind in IdentityKind)
        raise BadPlace("needs", f"{', '.join(sorted(unknown))}: no kind of identifier. There are: {known}.")
    assignee = Assignee(as_name(place.assignee.name), as_email(place.assignee.email))
    return Place(title, instructions, assignee, place.days, tuple(place.needs), place.record_class.strip())


def _describe(source: Source, place: Place, now: datetime) -> DatasetVersion:
    content = json.dumps(asdict(place.assignee))
    ManualPlace.objects.update_or_create(
        source=source,
        defaults={
            "instructions": place.instructions,
            "sealed_assignee": sealing.seal_credential(content, owner=_owner(source)),
            "days": place.days,
            "needs": list(place.needs),
        },
    )
    return DatasetVersion.objects.create(
        source=source,
        number=source.versions.count() + 1,
        dataset_name="",
        dataset_text="",
        description={"title": place.title, "collections": [asdict(each) for each in _collections(place)]},
        made_at=now,
    )


def _unseal(source: Source, sealed: bytes) -> Assignee:
    content: Mapping[str, str] = json.loads(sealing.unseal_credential(sealed, owner=_owner(source)))
    return Assignee(**content)


def _owner(source: Source) -> str:
    return f"{source}#assignee"


def _collections(place: Place) -> list[CollectionDescription]:
    number, name = _field("number", "Number", "integer", is_key=True), _field("name", "File name")
    size = _field("size", "Size in bytes", "integer")
    answers = [
        number,
        _field("answered_on", "Answered on", "date"),
        _field("answered_by", "Answered by", third_party="staff"),
        _field("result", "Result"),
        _field("note", "What was found"),
    ]
    texts = [number, name, size, _field("content", "Content")]
    files = [number, name, _field("type", "Type"), size, _field("content", "Content", "bytes")]
    return [
        _collection(place, ANSWERS, place.title, answers),
        _collection(place, TEXTS, f"{place.title}: texts", texts),
        _collection(place, FILES, f"{place.title}: files", files),
    ]


def _collection(place: Place, name: str, title: str, fields: Sequence[FieldDescription]) -> CollectionDescription:
    return CollectionDescription(
        name=name,
        title=title,
        description="",
        record_class=place.record_class,
        subject_class="customer",
        ownership="owned",
        time_zone="",
        facts={},
        fields=tuple(fields),
    )


def _field(name: str, label: str, kind: str = "text", **more: Any) -> FieldDescription:
    return FieldDescription(name=name, label=label, type=kind, data_categories=("user",), **more)
