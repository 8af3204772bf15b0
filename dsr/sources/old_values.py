"""Which of many old values stand in a value that is there: what an erasure took out must not be where nobody put it.

What counts as found is what counts as a copy (``copies.py``). A person may have ten thousand values and as many texts, so a
text is asked for its own words, and only values that have one of them are looked for in it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator

from dsr.records import Portable
from dsr.sources.copies import RUN_TOGETHER, Sought, fold, without_copies
from dsr.sources.masks import Room

WORDS = re.compile(rf"[^\W{RUN_TOGETHER}]+")


class OldValues:
    """What was taken out, folded as ``copies.sought_of`` gives it, by the longest word of each."""

    def __init__(self, values: Collection[str]) -> None:
        self._every = frozenset(values)
        self._by_word: dict[str, list[str]] = defaultdict(list)
        for each in self._every:
            self._by_word[max(WORDS.findall(each), key=len, default="")].append(each)

    def __bool__(self) -> bool:
        return bool(self._every)

    def within(self, value: Portable, room: Room, declared: frozenset[str] = frozenset()) -> Iterator[str]:
        """Those that stand in a column's value. ``declared``: the names of members that a document is known to have."""
        for each in self._near(value):
            if without_copies(value, Sought(frozenset((each,))), room, declared) != value:
                yield each

    def _near(self, value: Portable) -> Collection[str]:
        """Those that may stand in it: of what holds anything escaped nobody can tell by its words."""
        if value is None or isinstance(value, bool | float):
            return ()
        written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if "\\" in written:
            return self._every
        folded = fold(written)
        words = {"", *WORDS.findall(folded)} & self._by_word.keys()
        return [each for word in words for each in self._by_word[word] if each in folded]
