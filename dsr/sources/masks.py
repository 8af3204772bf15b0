"""What may stand in a column in place of a person's value, and which columns can take it.

The words of the overlay's ``masks``:

=======  =====================================================================================
null     nothing: the column must accept NULL
empty    the empty text, the empty document, or the empty list
text     a fixed word, :data:`TEXT`
hash     :data:`HASH_LENGTH` random letters and digits, fewer where there is less room, different for every row: for columns
         that must not repeat
zero     the number 0
epoch    1 January 1970
nobody   false, for a yes or no
nowhere  the network address 0.0.0.0
mailbox  a random e-mail address that reaches nobody, different for every row: where a rule of the table wants an address
=======  =====================================================================================

None of them is made from the value that it replaces, so none leads back to it.
"""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from dsr.records import Portable

TEXT = "[erased]"
HASH_LENGTH = 32
SHORTEST_HASH = 6
"""Two thousand million different ones: few enough rows have one that no two of them meet."""
NOBODYS = "@erased.invalid"
"""A domain that never exists (RFC 2606)."""
SHORTEST_MAILBOX = SHORTEST_HASH + len(NOBODYS)
LETTERS = string.ascii_lowercase + string.digits


class Mask(StrEnum):
    """What replaces a value."""

    NULL = "null"
    EMPTY = "empty"
    TEXT = "text"
    HASH = "hash"
    ZERO = "zero"
    EPOCH = "epoch"
    NOBODY = "nobody"
    NOWHERE = "nowhere"
    MAILBOX = "mailbox"


DRAWN_BY_LOT = frozenset({Mask.HASH, Mask.MAILBOX})
"""The masks that are different for every row."""


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers that a column holds, both ends included. ``places``: digits after the point, None where any number of them."""

    least: Decimal
    most: Decimal
    places: int | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """What a live column can hold. ``word`` is its type's word; ``length`` None where there is no bound.

    ``is_free``: any text will do, as it does not for an enum, whose texts are the ``choices``, or a network address
    (``is_address``). ``is_computed``: the database makes its values from the row's other columns, and nobody may write them;
    ``is_given``: it gives each row the next number itself. ``is_list``: an array, whose word is ``json`` as a document's is.
    ``numbers`` is None where there is no bound. ``unique`` names what keeps its values from repeating, as far as that is known,
    and ``nulls_repeat`` says whether NULL may; ``refused`` are masks of which a condition of the table is false, with its name.
    """

    word: str
    is_nullable: bool
    length: int | None = None
    must_differ: bool = False
    is_free: bool = True
    is_address: bool = False
    is_computed: bool = False
    is_given: bool = False
    is_list: bool = False
    numbers: Range | None = None
    choices: tuple[str, ...] = ()
    nulls_repeat: bool = True
    unique: tuple[str, ...] = ()
    refused: tuple[tuple[Mask, str], ...] = ()

    @property
    def rules(self) -> tuple[str, ...]:
        """The names of the table's rules that stand against masks here."""
        return tuple(dict.fromkeys((*(self.unique if self.must_differ else ()), *(name for _, name in self.refused))))


OTHER_WORDS = {
    Mask.ZERO: (("integer", "number"), "numbers"),
    Mask.EPOCH: (("date", "datetime"), "days"),
    Mask.NOBODY: (("boolean",), "yes or no"),
}
"""The masks that are no text: for which words of a type, and what those hold."""


def misfit(mask: Mask, room: Room) -> str:
    """Why the column cannot take the mask, in words that follow *the column*; empty when it can."""
    if refusal := _refusal(mask, room):
        return refusal
    if mask is Mask.NULL:
        return _takes_no_null(room)
    if room.must_differ and mask not in DRAWN_BY_LOT:
        return f"must not repeat, and {mask.value} is the same in every row"
    if mask is Mask.NOWHERE:
        return "" if room.is_address else f"holds {room.word}, no network address"
    if mask in OTHER_WORDS:
        words, what = OTHER_WORDS[mask]
        return "" if room.word in words else f"holds {room.word}, no {what}"
    if mask is Mask.EMPTY and room.word == "json":
        return ""
    if room.word != "text" or not room.is_free:
        return f"holds {room.word}, no text" if room.is_free else "accepts only values of a type of its own"
    needed = {Mask.EMPTY: 0, Mask.TEXT: len(TEXT), Mask.HASH: SHORTEST_HASH, Mask.MAILBOX: SHORTEST_MAILBOX}[mask]
    if room.length is not None and room.length < needed:
        return f"holds {room.length} characters, and {mask.value} needs {needed}"
    return ""


def _refusal(mask: Mask, room: Room) -> str:
    if room.is_computed:
        return "is computed by the database, which takes no other value"
    if room.is_given:
        return "gets its number from the database, which takes no other"
    rule = dict(room.refused).get(mask)
    return f"does not take {mask.value} by the rule '{rule}' of its table" if rule else ""


def _takes_no_null(room: Room) -> str:
    if not room.is_nullable:
        return "is NOT NULL"
    return "must not repeat, not even NULL" if room.must_differ and not room.nulls_repeat else ""


def fitting(room: Room) -> Mask | None:
    """The first mask that the column can take; None when it can take none."""
    return next(iter(fitting_masks(room)), None)


def fitting_masks(room: Room) -> list[Mask]:
    """The masks that the column can take, those first that say the least."""
    order = (
        Mask.NULL, Mask.TEXT, Mask.HASH, Mask.EMPTY, Mask.ZERO, Mask.EPOCH, Mask.NOBODY, Mask.NOWHERE, Mask.MAILBOX,
    )  # fmt: skip
    return [mask for mask in order if not misfit(mask, room)]


def masking(mask: Mask, room: Room) -> Portable:
    """What the mask puts into such a column; of those that are drawn by lot a new one at every call."""
    empty: Portable = [] if room.is_list else {} if room.word == "json" else ""
    fixed: dict[Mask, Portable] = {
        Mask.NULL: None, Mask.EMPTY: empty, Mask.TEXT: TEXT, Mask.ZERO: 0, Mask.NOBODY: False,
        Mask.NOWHERE: "0.0.0.0",  # noqa: S104  a value, no place to listen
        Mask.EPOCH: "1970-01-01" if room.word == "date" else "1970-01-01T00:00:00",
    }  # fmt: skip
    if mask in fixed:
        return fixed[mask]
    behind = NOBODYS if mask is Mask.MAILBOX else ""
    length = min(HASH_LENGTH, room.length - len(behind) if room.length else HASH_LENGTH)
    return "".join(secrets.choice(LETTERS) for _ in range(length)) + behind
