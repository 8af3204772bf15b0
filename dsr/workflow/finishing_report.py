"""What the nightly rest of an erasure came to, for whoever asks and for whoever must look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Report:
    """What one look at a shop's kept records came to; counts by (source, collection).

    ``emptied``: to be deleted, and left as an empty row since others refer to it; it goes once none does. ``moved_on``: what held
    a record up has ended, and it stays for its rule's own time now, without what goes at once. ``given_away``: what is there
    names somebody else than when it was kept; it is left as it is. ``unreadable``: nobody can tell which record it was, since our
    own database was restored from a dump older than its key.
    """

    erased: Counter[tuple[str, str]] = field(default_factory=Counter)
    emptied: Counter[tuple[str, str]] = field(default_factory=Counter)
    moved_on: Counter[tuple[str, str]] = field(default_factory=Counter)
    gone: Counter[tuple[str, str]] = field(default_factory=Counter)
    stays: Counter[tuple[str, str]] = field(default_factory=Counter)
    given_away: Counter[tuple[str, str]] = field(default_factory=Counter)
    unreadable: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many are, or would be, erased, those included of which an empty row is left."""
        return self.erased.total() + self.emptied.total()

    def refuse(self, source: str, words: str) -> None:
        """Say why something was not done in a source, beside what was said of it before."""
        self.refused[source] = f"{self.refused[source]} {words}" if source in self.refused else words

    @property
    def wrong(self) -> Iterator[str]:
        """What a person must look at, in words."""
        for name, why in self.refused.items():
            yield f"{name}: {why}"
        for (name, collection), count in self.given_away.items():
            yield (
                f"{name}: {count} of '{collection}' name somebody else than when they were kept, and were left as they are. "
                "Where that is right (a number was given again), run finish_due_erasures --execute --let-go."
            )
        for (name, collection), count in self.unreadable.items():
            yield (
                f"{name}: which {count} of '{collection}' were kept cannot be read any more: our database was restored from a "
                "dump older than their key. Look for them in the shop by the reference, then run finish_due_erasures --execute "
                "--let-go."
            )
