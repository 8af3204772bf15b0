"""Reading an answer for the report: every row passes the gate once, and those that are printed are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dsr.exports.documents import Report, build_report
from dsr.exports.printing import PrintLimits, printed_rows
from dsr.exports.release import Release, ReleasedRow
from dsr.exports.snapshot import CollectionCard, Snapshot
from dsr.exports.wording import printed_letters


class Reading:
    """One walk through a snapshot. Once all rows were read, ``report`` is the readable copy."""

    def __init__(self, snapshot: Snapshot, limits: PrintLimits) -> None:
        self.release = Release(snapshot)
        self._snapshot = snapshot
        self._limits = limits
        self._to_print = printed_rows(snapshot.collections, limits)
        self._kept: dict[tuple[str, str], list[ReleasedRow]] = {}

    def rows(self, card: CollectionCard) -> Iterator[ReleasedRow]:
        """The released rows of one collection, to be read to the end."""
        key = (card.source, card.collection)
        kept = self._kept.setdefault(key, [])
        letters = 0
        for row in self.release.rows(card):
            if row.number <= self._to_print[key] and letters <= self._limits.letters:
                kept.append(row)
                letters += sum(printed_letters(value) for value in row.values.values())
            yield row

    def print_less(self) -> None:
        """Forget nine of ten of the rows that would be printed; the report then says that there are more."""
        self._kept = {key: rows[: -(-len(rows) // 10)] for key, rows in self._kept.items()}

    @property
    def printed(self) -> dict[tuple[str, str], int]:
        """(source, collection) to the number of its rows that the report prints."""
        return {key: len(rows) for key, rows in self._kept.items()}

    def report(self, csv_files: Mapping[tuple[str, str], str]) -> Report:
        """The readable copy, which names ``csv_files`` for what it does not print."""
        redactions = [each for each, _ in self.release.redactions]
        shared = {place: len(numbers) for place, numbers in self.release.shared.items()}
        return build_report(self._snapshot, self._kept, redactions, csv_files, shared)
