"""How much of an answer goes on paper: everything of an ordinary one, a fair part of a long one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from dsr.exports.snapshot import CollectionCard

RECORDS_A_CATEGORY = 1_000
VALUES_IN_ALL = 20_000
LETTERS_A_COLLECTION = 200_000
"""A report's time and memory grow with its values and their letters, in every layout (measured): these bound both."""


@dataclass(frozen=True, slots=True)
class PrintLimits:
    """The most records of a category, values (records times fields) of the whole report, letters of a collection."""

    records: int = RECORDS_A_CATEGORY
    values: int = VALUES_IN_ALL
    letters: int = LETTERS_A_COLLECTION


def printed_rows(cards: Sequence[CollectionCard], limits: PrintLimits) -> dict[tuple[str, str], int]:
    """(source, collection) to how many of its first rows are printed. Small ones are never cut for large ones."""
    by_category: dict[str, list[CollectionCard]] = defaultdict(list)
    for card in cards:
        by_category[card.category].append(card)
    shares = [
        (card, share)
        for group in by_category.values()
        for card, share in zip(group, share_out([card.rows for card in group], limits.records), strict=True)
    ]
    values = share_out([share * max(len(card.fields), 1) for card, share in shares], limits.values)
    return {
        (card.source, card.collection): min(share, allowed // max(len(card.fields), 1))
        for (card, share), allowed in zip(shares, values, strict=True)
    }


def share_out(wishes: Sequence[int], total: int) -> list[int]:
    """Fulfil wishes from the smallest up; what is left is divided evenly among the larger ones."""
    shares, left = [0] * len(wishes), total
    order = sorted(range(len(wishes)), key=lambda place: wishes[place])
    for done, place in enumerate(order):
        shares[place] = min(wishes[place], left // (len(order) - done))
        left -= shares[place]
    return shares
