"""The frozen answer: findings and marks of an approved request as the writers of the package read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from dsr.exports.snapshot import (
    CategoryCard,
    CollectionCard,
    FieldCard,
    Redaction,
    RequestCard,
    Row,
    SearchedPlace,
    ShopCard,
    Snapshot,
    StatementCard,
)
from dsr.models import SourceRun, SubjectRequest
from dsr.policy.outcome_words import Voice
from dsr.policy.schema import Profile
from dsr.redaction import Ground
from dsr.workflow import chunks, expansion, sealing, shops

OWN_FIRST = ("owned", "attached", "lookup")
"""The order in which a source's collections are told: what is the person's own before what merely explains it."""

IDENTITY_LABELS = {
    "email": "E-mail",
    "phone_number": "Telephone",
    "customer_number": "Customer number",
    "order_number": "Order number",
}


@dataclass(frozen=True, slots=True)
class Marks:
    """What the reviewer decided about one collection: rows left out and fields hidden, by row or (key "") for all rows."""

    withheld: Mapping[str, str]
    hidden: Mapping[str, Mapping[str, str]]

    def is_withheld(self, digest: str) -> bool:
        """True for a row that is left out."""
        return "" in self.withheld or digest in self.withheld

    def count_withheld(self, found: int) -> int:
        """How many of ``found`` rows are left out."""
        return found if "" in self.withheld else len(self.withheld)

    def hidden_in(self, digest: str) -> dict[str, str]:
        """Field to ground for one row. What was decided for every row goes before what was decided for this one."""
        return {**self.hidden.get(digest, {}), **self.hidden.get("", {})}


def marks_of(run: SourceRun, collection: str) -> Marks:
    """The decisions about one collection. A mark without a field leaves the row out."""
    withheld: dict[str, str] = {}
    hidden: dict[str, dict[str, str]] = defaultdict(dict)
    for made in run.marks.filter(collection=collection):
        if made.field:
            hidden[made.digest][made.field] = made.ground
        else:
            withheld[made.digest] = made.ground
    return Marks(withheld, dict(hidden))


@dataclass(frozen=True, slots=True)
class Extent:
    """How much an answer says and how much it does not. ``redacted`` and ``held`` count values, the others records."""

    records: int
    withheld: int
    redacted: int
    held: int


def extent(subject_request: SubjectRequest) -> Extent:
    """What would be released now, in the numbers that the copy itself will state."""
    runs = list(subject_request.source_runs.all())
    left_out = [each for run in runs for each in _redactions(run)]
    withheld = sum(each.rows for each in left_out if not each.field)
    held = sum(sum(fields.values()) for run in runs for fields in run.held.values())
    redacted = sum(each.rows for each in left_out if each.field) - held
    return Extent(sum(run.records for run in runs) - withheld, withheld, redacted, held)


def freeze(subject_request: SubjectRequest, *, approved_at: datetime, now: datetime) -> Snapshot:
    """Everything the package will say. Findings and marks no longer change once a request is approved."""
    profile = shops.profile_in(subject_request.policy_version)
    runs = list(subject_request.source_runs.select_related("source", "dataset_version").order_by("source__name"))
    for run in runs:
        run.subject_request = subject_request
    by_name = {run.source.name: run for run in runs}
    collections = tuple(card for run in runs for card in _collections(run, profile))
    return Snapshot(
        shop=_shop_card(subject_request, profile),
        request=_request_card(subject_request, profile, approved_at),
        categories=tuple(
            CategoryCard(each.key, each.title, each.sentence, each.purpose, each.recipients)
            for each in profile.categories
        ),
        collections=collections,
        searched=tuple(_searched(run) for run in runs),
        redactions=tuple(each for run in runs for each in _redactions(run)),
        made_at=now,
        rows=partial(_rows, by_name),
        blob=partial(_blob, runs),
        statements=tuple(
            StatementCard(each.title, Voice("", profile.locale).own(each.sentence)) for each in profile.statements
        ),
    )


def _rows(runs: Mapping[str, SourceRun], card: CollectionCard) -> Iterator[Row]:
    run = runs[card.source]
    marks = marks_of(run, card.collection)
    for row in chunks.read(run, card.collection):
        if not marks.is_withheld(row.digest):
            held = dict.fromkeys(row.held, Ground.NEVER_EXPORT.value)
            yield Row(row.values, {**held, **marks.hidden_in(row.digest)}, is_shared=bool(row.shared))


def _blob(runs: list[SourceRun], sha256: str) -> Iterator[bytes]:
    for run in runs:
        if run.blobs.filter(sha256=sha256).exists():
            return iter((chunks.read_blob(run, sha256),))
    raise KeyError(sha256)


def _collections(run: SourceRun, profile: Profile) -> Iterator[CollectionCard]:
    for name, each in in_order(run):
        found = run.counts.get(name, 0)
        left_out = marks_of(run, name).count_withheld(found) if found else 0
        yield CollectionCard(
            source=run.source.name,
            source_title=run.dataset_version.description["title"],
            collection=name,
            title=each["title"],
            description=each.get("description", ""),
            category=category_key(each, profile),
            fields=tuple(_field_card(column) for column in each["fields"]),
            time_zone=each.get("time_zone", ""),
            found=found,
            rows=found - left_out,
        )


def in_order(run: SourceRun) -> list[tuple[str, dict[str, Any]]]:
    """A source's collections with their descriptions, in the order in which they are told."""
    described = run.dataset_version.collections
    return sorted(described.items(), key=lambda item: OWN_FIRST.index(item[1]["ownership"]))


def category_key(collection: Mapping[str, Any], profile: Profile) -> str:
    """Which of the policy's own categories a described collection belongs to."""
    categories = tuple(name for column in collection["fields"] for name in column["data_categories"])
    return profile.category_of(collection.get("record_class", ""), categories).key


def _field_card(column: Mapping[str, Any]) -> FieldCard:
    return FieldCard(
        name=column["name"],
        label=column["label"],
        type=column["type"],
        data_categories=tuple(column["data_categories"]),
        description=column.get("description", ""),
    )


def _redactions(run: SourceRun) -> Iterator[Redaction]:
    """What was left out, counted once: a field of a row that is left out as a whole is not told again."""
    for collection in run.marks.order_by("collection").values_list("collection", flat=True).distinct():
        marks, found = marks_of(run, collection), run.counts.get(collection, 0)
        for (field, ground), digests in _by_ground(marks).items():
            everywhere = "" in digests
            yield Redaction(
                source=run.source.name,
                collection=collection,
                field=field,
                rows=(found - marks.count_withheld(found) if field else found) if everywhere else len(digests),
                ground=ground,
                sentence=Ground(ground).sentence,
                digests=() if everywhere else tuple(sorted(digests)),
            )
    for collection, fields in run.held.items():
        for field, count in fields.items():
            ground = Ground.NEVER_EXPORT
            yield Redaction(run.source.name, collection, field, count, ground.value, ground.sentence)


def _by_ground(marks: Marks) -> dict[tuple[str, str], set[str]]:
    """Field ("" for whole rows) and ground to the rows concerned, "" meaning every row; no value under two of them."""
    grouped: dict[tuple[str, str], set[str]] = defaultdict(set)
    for digest, ground in marks.withheld.items():
        if not digest or "" not in marks.withheld:
            grouped["", ground].add(digest)
    everywhere = marks.hidden.get("", {})
    for digest, fields in marks.hidden.items():
        for field, ground in fields.items():
            if not marks.is_withheld(digest) and (not digest or field not in everywhere):
                grouped[field, ground].add(digest)
    return grouped


def _searched(run: SourceRun) -> SearchedPlace:
    title = run.dataset_version.description["title"]
    if run.state != SourceRun.State.DONE:
        return SearchedPlace(run.source.name, title, "not_searched", None, 0, run.error_text)
    return SearchedPlace(run.source.name, title, "found" if run.records else "nothing", run.finished_at, run.records)


def _shop_card(subject_request: SubjectRequest, profile: Profile) -> ShopCard:
    contacts = profile.contacts
    return ShopCard(
        slug=subject_request.shop.slug,
        name=profile.name,
        accent=profile.accent,
        postal_address=contacts.postal_address,
        email=next(iter(contacts.emails), ""),
        phone=next(iter(contacts.phones), ""),
        phone_hours=contacts.phone_hours,
        policy_url=contacts.policy_url,
        complaint_body=profile.escalation.body,
        complaint_url=profile.escalation.url,
    )


def _request_card(subject_request: SubjectRequest, profile: Profile, approved_at: datetime) -> RequestCard:
    proved = sealing.proved_person(subject_request, profile.country).identities
    learnt = [each for each in expansion.learnt_by(subject_request) if each.identity not in proved]
    return RequestCard(
        reference=subject_request.reference,
        type=subject_request.type,
        regime=subject_request.regime,
        received_at=subject_request.received_at,
        due_on=subject_request.due_on,
        approved_at=approved_at,
        time_zone=profile.time_zone,
        locale=profile.locale,
        identities=(
            *((IDENTITY_LABELS[each.kind.value], each.value) for each in proved),
            *(
                (f"{IDENTITY_LABELS[each.identity.kind.value]}, from our records", each.identity.value)
                for each in learnt
            ),
        ),
    )
