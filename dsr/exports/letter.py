"""The letter that ends an erasure or a correction: what became of each kind of record, for a page, for paper, for a program.

It counts what was found when everything was looked at again, not what had been planned.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date

from dsr.exports.pages import page
from dsr.exports.same_but_day import Said, Together, together
from dsr.exports.wording import day_in_words

PAGE_SIZES = {"US": "Letter", "CA": "Letter"}


@dataclass(frozen=True, slots=True)
class LetterLine:
    """Records of one kind with one outcome. ``until``: the last day they stay; ``ends``: the event that ends it instead.

    ``removed`` names the fields that went at once although the record stays.
    """

    title: str
    place: str
    records: int
    sentence: str
    ground: str = ""
    until: date | None = None
    ends: str = ""
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LetterBlock:
    """What has the same outcome. ``key`` is a word for programs."""

    key: str
    title: str
    lead: str
    lines: tuple[LetterLine, ...]

    @property
    def records(self) -> int:
        """How many records."""
        return sum(line.records for line in self.lines)

    @property
    def shown(self) -> list[Together[LetterLine]]:
        """The lines as a person reads them, without a hundred that differ by their day alone."""
        return list(together(self.lines, _said))


def _said(line: LetterLine) -> Said:
    alike = (line.title, line.place, line.ground, line.ends, line.removed)
    return Said(alike, line.sentence, line.until, line.records)


@dataclass(frozen=True, slots=True)
class PartnerLine:
    """One recipient of the data: what it was told and what it said. ``is_refused``: it answered that it cannot."""

    name: str
    words: str
    on: date | None
    is_pending: bool
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class BackupLine:
    """Copies that nobody can reach into, and the day on which the last one that holds the data ends."""

    what: str
    ends_on: date
    sentence: str


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One field that was corrected: where, and from what to what."""

    title: str
    place: str
    field: str
    before: str
    after: str
    records: int


@dataclass(frozen=True, slots=True)
class BesideLine:
    """A field of corrected records that said the same as what was corrected, and was left: a login, say."""

    title: str
    place: str
    field: str
    records: int
    sentence: str


@dataclass(frozen=True, slots=True)
class FilesLine:
    """What became of the files that the erased records of one place named. ``missing``: they were not where the record said."""

    place: str
    gone: int = 0
    missing: int = 0
    shared: int = 0
    by_hand: int = 0


@dataclass(frozen=True, slots=True)
class RefusalLine:
    """Something that was not corrected, or only in part: what, why, and what the person holds against it. ``changed``: of one
    that was followed in part, what says something else now, as the proof found it."""

    what: str
    because: str
    statement: str = ""
    is_partly: bool = False
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything the letter says. ``number``: a new one whenever somebody who got the data answers, ``issued_on`` that day.
    ``learnt_since``: identifiers that came to light meanwhile. ``erased_since``: kept records whose time was over meanwhile.
    ``told_until``: through that day we surely know where to write when another one ends; None without a mailbox. ``complaint`` is
    (body, address) of whom the shop names, ``authorities`` whom the law does. A correction's has ``corrections``, ``left``
    (records that hold the old value and stay as they were), ``beside`` (fields of corrected records of which the same is true)
    and ``refused``.
    """

    reference: str
    shop: str
    accent: str
    language: str
    country: str
    done_on: date
    number: int
    issued_on: date
    told_until: date | None
    blocks: tuple[LetterBlock, ...]
    partners: tuple[PartnerLine, ...]
    backups: tuple[BackupLine, ...]
    by_hand: tuple[str, ...]
    unsearched: tuple[str, ...]
    came_since: int
    learnt_since: int
    erased_since: int
    is_backup_known: bool
    contact: tuple[str, ...]
    complaint: tuple[str, str]
    authorities: tuple[str, ...]
    is_correction: bool = False
    corrections: tuple[ChangeLine, ...] = ()
    unseen: tuple[str, ...] = ()
    files: tuple[FilesLine, ...] = ()
    left: tuple[LetterLine, ...] = ()
    beside: tuple[BesideLine, ...] = ()
    refused: tuple[RefusalLine, ...] = ()

    @property
    def pending(self) -> int:
        """Partners that have not answered: as long as there is one this is not the end."""
        return sum(partner.is_pending for partner in self.partners)

    @property
    def ending(self) -> str:
        """Whether the person hears from the shop when what stays is erased; empty when nothing stays."""
        ends = [line.until for block in self.blocks for line in block.lines if line.until or line.ends]
        if not ends:
            return ""
        if self.told_until is None:
            return "We have no mailbox of yours, so nobody writes to you when one of these is erased: the days stand above."
        if all(each is not None and each < self.told_until for each in ends):
            return "We write to you when they are erased."
        last = day_in_words(self.told_until, weekday=False)
        return (
            f"We know your mailbox until {last} at least, and write to you when one of these is "
            "erased by then. After that we have forgotten it, like the rest of your request. What is erased later goes without a "
            "further message: its day stands above, and this letter tells you of it now."
        )

    @property
    def in_part(self) -> list[RefusalLine]:
        """What was asked for and followed in part."""
        return [each for each in self.refused if each.is_partly]

    @property
    def not_followed(self) -> list[RefusalLine]:
        """What was asked for and not followed."""
        return [each for each in self.refused if not each.is_partly]

    @property
    def records(self) -> int:
        """All records it speaks of."""
        return sum(block.records for block in self.blocks)

    @property
    def page_size(self) -> str:
        """Which paper that country uses."""
        return PAGE_SIZES.get(self.country, "A4")


def letter_html(letter: Letter, *, on_paper: bool) -> str:
    """The letter as one HTML file that needs nothing else."""
    return page("letter.html", "letter.css", letter=letter, on_paper=on_paper)


def letter_json(letter: Letter) -> bytes:
    """The letter for a program; days as ISO 8601."""
    said = asdict(letter) | {"pending": letter.pending, "records": letter.records}
    return json.dumps(said, default=str, ensure_ascii=False, indent=2).encode()
