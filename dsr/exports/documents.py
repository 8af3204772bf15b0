"""The readable copy: what stands on its pages, in order, before anything decides how it looks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dsr.exports.release import ReleasedRow
from dsr.exports.snapshot import (
    CategoryCard,
    CollectionCard,
    FieldCard,
    Redaction,
    RequestCard,
    SearchedPlace,
    ShopCard,
    Snapshot,
    StatementCard,
)
from dsr.exports.wording import counted, day_in_words, listed, moment_in_words, value_in_words, width

TABLE_COLUMNS = 4
TABLE_CELL = 60
"""More columns, or wider texts, and a table on paper becomes a puzzle: then each record is a block of its own."""
THIRD, TWO_THIRDS = 26, 56
"""The widest text, in letters, for one and for two thirds of the page's width."""
BLOCK_VALUES = 400
"""More values in a collection, and its records are set as running lines: blocks cost four times as much to make
(measured) and twenty pages of them help nobody."""
SHORT_RECORD = 1_200
"""Letters in a record that is never torn apart by the end of a page."""

PrintedRows = Mapping[tuple[str, str], Sequence[ReleasedRow]]


@dataclass(frozen=True, slots=True)
class Cell:
    """One value on paper; ``size`` is third, two-thirds or full of the width. A remark stands for something hidden."""

    label: str
    text: str
    size: str
    is_remark: bool = False

    @property
    def is_long(self) -> bool:
        """True for a text with line breaks of its own."""
        return "\n" in self.text


@dataclass(frozen=True, slots=True)
class PrintedRecord:
    """One record: its number in the collection (empty when it is the only one), and its values in order."""

    number: str
    cells: tuple[Cell, ...]
    is_short: bool


@dataclass(frozen=True, slots=True)
class CollectionPart:
    """One collection that held something.

    Set as a table when there are ``columns`` (label and width in per cent), else as blocks, else as running lines.
    """

    title: str
    description: str
    origin: str
    count: str
    columns: tuple[tuple[str, int], ...]
    in_blocks: bool
    records: tuple[PrintedRecord, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CategoryPart:
    """One of the policy's categories, with the collections in it that held something; how many records, and in words."""

    anchor: str
    card: CategoryCard
    rows: str
    count: str
    collections: tuple[CollectionPart, ...]


@dataclass(frozen=True, slots=True)
class PlacePart:
    """A source in *Where we looked*: what it answered, and each collection with its count in words."""

    title: str
    answer: str
    collections: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class LeftOutPart:
    """Everything left out on one ground: the sentence, and (where, how much) under it."""

    sentence: str
    things: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The whole document."""

    shop: ShopCard
    request: RequestCard
    accent: str
    page_size: str
    language: str
    made_on: str
    received_on: str
    opening: tuple[str, ...]
    empty_categories: str
    times: str
    categories: tuple[CategoryPart, ...]
    places: tuple[PlacePart, ...]
    statements: tuple[StatementCard, ...]
    left_out: tuple[LeftOutPart, ...]
    has_web_policy: bool
    has_web_complaint: bool


def build_report(
    snapshot: Snapshot,
    rows: PrintedRows,
    redactions: Sequence[Redaction],
    csv_files: Mapping[tuple[str, str], str],
    shared: Mapping[tuple[str, str], int],
) -> Report:
    """The document over these printed rows; its counts come from the snapshot, so they are those of ``data.json``.

    ``shared``: (source, collection) to how many of its rows are about a second person as well.
    """
    shop, request = snapshot.shop, snapshot.request
    filled, empty = _by_category(snapshot.categories, snapshot.collections)
    language = request.locale.replace("_", "-")
    return Report(
        shop=shop,
        request=request,
        accent=shop.accent if re.fullmatch(r"#[0-9A-Fa-f]{6}", shop.accent) else "#334155",
        page_size="letter" if language.endswith(("-US", "-CA", "-MX")) else "A4",
        language=language if language.startswith("en") else "en",
        made_on=_day(snapshot.made_at, request),
        received_on=_day(request.received_at, request),
        opening=_opening(snapshot),
        empty_categories=listed([each.title for each in empty]),
        times=request.time_zone.replace("_", " "),
        categories=tuple(
            CategoryPart(
                anchor=f"category-{number}",
                card=category,
                rows=f"{sum(card.rows for card in cards):,}",
                count=counted(sum(card.rows for card in cards), "record"),
                collections=tuple(
                    _collection(card, rows.get((card.source, card.collection), ()), csv_files, shared, request)
                    for card in cards
                    if card.found
                ),
            )
            for number, (category, cards) in enumerate(filled, start=1)
        ),
        places=tuple(_place(each, snapshot) for each in snapshot.searched),
        statements=snapshot.statements,
        left_out=_left_out(snapshot, redactions),
        has_web_policy=_is_web(shop.policy_url),
        has_web_complaint=_is_web(shop.complaint_url),
    )


def _by_category(
    categories: Sequence[CategoryCard], cards: Sequence[CollectionCard]
) -> tuple[list[tuple[CategoryCard, list[CollectionCard]]], list[CategoryCard]]:
    """The categories in which something was found, with their collections, and the others."""
    members: dict[str, list[CollectionCard]] = defaultdict(list)
    for card in cards:
        members[card.category].append(card)
    known = {each.key for each in categories}
    # A collection of a category that the policy does not name must still be on paper.
    others = [CategoryCard(key, "Other data", "", "", ()) for key in members if key not in known]
    every = [(each, members[each.key]) for each in [*categories, *others]]
    filled = [(each, group) for each, group in every if any(card.found for card in group)]
    return filled, [each for each, group in every if not any(card.found for card in group)]


def _opening(snapshot: Snapshot) -> tuple[str, ...]:
    """What this is, in three sentences."""
    received = _day(snapshot.request.received_at, snapshot.request)
    rows = sum(card.rows for card in snapshot.collections)
    holding = sum(1 for card in snapshot.collections if card.found)
    searched = counted(sum(1 for each in snapshot.searched if each.answer != "not_searched"), "system")
    shop = snapshot.shop.name
    first = f"This is a copy of the personal data that {shop} holds about you. You asked for it on {received}."
    if not holding:
        return (
            first,
            f"We searched {searched} for what you told us about yourself, and found nothing.",
            "The last pages say where we looked and what you can do if you expected something else.",
        )
    return (
        first,
        (
            f"It holds {counted(rows, 'record')} from {counted(holding, 'collection')} in {searched}; "
            "each part says where it comes from, why we keep it and who has received it."
        ),
        (
            "The same data stands complete in the file data.json, and as tables for a spreadsheet in the folder csv, "
            "both in the package that this document came with."
        ),
    )


def _collection(
    card: CollectionCard,
    rows: Sequence[ReleasedRow],
    csv_files: Mapping[tuple[str, str], str],
    shared: Mapping[tuple[str, str], int],
    request: RequestCard,
) -> CollectionPart:
    records = tuple(_record(row, card, request.time_zone) for row in rows)
    columns = _columns(card, records)
    return CollectionPart(
        title=card.title,
        description=card.description,
        origin=f"{card.source_title} ({card.collection})",
        count=counted(card.rows, "record"),
        columns=columns,
        in_blocks=sum(len(record.cells) for record in records) <= BLOCK_VALUES,
        records=tuple(_filled(record, columns) for record in records) if columns else records,
        notes=_notes(card, len(rows), csv_files, shared.get((card.source, card.collection), 0)),
    )


def _record(row: ReleasedRow, card: CollectionCard, time_zone: str) -> PrintedRecord:
    cells = (_cell(field, row, time_zone) for field in card.fields)
    filled = tuple(cell for cell in cells if cell.text)
    number = f"{row.number:,}" if card.rows > 1 else ""
    return PrintedRecord(number, filled, is_short=sum(len(cell.text) for cell in filled) <= SHORT_RECORD)


def _cell(field: FieldCard, row: ReleasedRow, time_zone: str) -> Cell:
    text = value_in_words(row.values[field.name], field, time_zone)
    ground = row.hidden.get(field.name)
    if ground and not text:
        return Cell(field.label, f"[{ground.remark}]", "third", is_remark=True)
    # The text decides, unless the label above it is the wider one.
    wide = max(width(text), width(field.label) * 3 // 4)
    size = "third" if wide <= THIRD else "two-thirds" if wide <= TWO_THIRDS else "full"
    return Cell(field.label, text, "full" if "\n" in text else size)


def _columns(card: CollectionCard, records: Sequence[PrintedRecord]) -> tuple[tuple[str, int], ...]:
    """Labels and widths of a table, or nothing when blocks read better."""
    widths: dict[str, list[int]] = defaultdict(list)
    for record in records:
        for cell in record.cells:
            widths[cell.label].append(width(cell.text))
    labels = [field.label for field in card.fields if field.label in widths]
    if not 0 < len(labels) <= TABLE_COLUMNS or len(set(labels)) < len(labels) or len(records) < 2:
        return ()
    if any(max(each) > TABLE_CELL for each in widths.values()):
        return ()
    wishes = [min(max(10, len(label), *widths[label]), 40) for label in labels]
    return tuple((label, 100 * wish // sum(wishes)) for label, wish in zip(labels, wishes, strict=True))


def _filled(record: PrintedRecord, columns: Sequence[tuple[str, int]]) -> PrintedRecord:
    """The record with a cell for every column of its table."""
    by_label = {cell.label: cell for cell in record.cells}
    cells = tuple(by_label.get(label, Cell(label, "", "third")) for label, _ in columns)
    return PrintedRecord(record.number, cells, record.is_short)


def _notes(
    card: CollectionCard, printed: int, csv_files: Mapping[tuple[str, str], str], shared: int
) -> tuple[str, ...]:
    notes = []
    if shared:
        told = counted(shared, "of these records is", "of these records are")
        notes.append(f"{told} about somebody else as well: see shared in data.json.")
    if printed < card.rows:
        name = csv_files.get((card.source, card.collection), "data.json")
        more = counted(card.rows - printed, "more record")
        notes.append(f"{more}: see {name} in the same package.")
    if card.rows < card.found:
        left_out = counted(card.found - card.rows, "more record was", "more records were")
        notes.append(f"{left_out} found and left out: see What we left out and why.")
    has_naive_times = card.time_zone and any(field.type == "datetime" for field in card.fields)
    if has_naive_times:
        notes.append(f"Times without a zone are in {card.time_zone.replace('_', ' ')} time.")
    return tuple(notes)


def _place(place: SearchedPlace, snapshot: Snapshot) -> PlacePart:
    zone = snapshot.request.time_zone
    if place.answer == "not_searched":
        answer = f"Not searched. {place.reason}".strip()
    else:
        when = f" on {moment_in_words(place.searched_at, zone)}" if place.searched_at else ""
        result = counted(place.rows, "record") if place.rows else "nothing about you"
        answer = f"Searched{when}: {result}."
    cards = [card for card in snapshot.collections if card.source == place.source]
    return PlacePart(place.title, answer, tuple((card.title, _holding(card, place)) for card in cards))


def _holding(card: CollectionCard, place: SearchedPlace) -> str:
    if place.answer == "not_searched":
        return "not searched"
    if not card.found:
        return "nothing"
    left_out = card.found - card.rows
    return counted(card.found, "record") + (f", {left_out:,} of them left out" if left_out else "")


def _left_out(snapshot: Snapshot, redactions: Sequence[Redaction]) -> tuple[LeftOutPart, ...]:
    cards = {(card.source, card.collection): card for card in snapshot.collections}
    by_sentence: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for each in redactions:
        card = cards.get((each.source, each.collection))
        title = card.title if card else each.collection
        labels = {field.name: field.label for field in card.fields} if card else {}
        field = each.field.partition(".")[0] if each.field not in labels else each.field
        where = f"{title}: {labels.get(field, field)}" if each.field else f"{title}: whole records"
        by_sentence[each.sentence].append((where, counted(each.rows, "record")))
    return tuple(LeftOutPart(sentence, tuple(things)) for sentence, things in by_sentence.items())


def _day(moment: datetime, request: RequestCard) -> str:
    return day_in_words(moment.astimezone(ZoneInfo(request.time_zone)).date())


def _is_web(url: str) -> bool:
    return url.startswith(("https://", "http://"))
