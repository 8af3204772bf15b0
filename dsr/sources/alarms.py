"""What is no longer as the description says, and the line that would settle it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """What kind of alarm. The words are stable: they stand in JSON and in stored results."""

    UNDECLARED_TABLE = "undeclared_table"
    UNDECLARED_COLUMN = "undeclared_column"
    VANISHED_TABLE = "vanished_table"
    VANISHED_COLUMN = "vanished_column"
    CHANGED_TYPE = "changed_type"
    MISSING_KEY = "missing_key"
    BROKEN_REFERENCE = "broken_reference"
    UNFIT_MASK = "unfit_mask"
    NO_RULE = "no_rule"
    NOT_SAMPLED = "not_sampled"
    SLOW_LOOKUP = "slow_lookup"


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing to settle. ``code`` and ``place`` together name it from night to night; the message may change.

    ``cure`` is one line: of YAML, to be written in ``file`` at ``line`` (or behind the entry that begins there), or, of a
    slow look-up, of SQL for the shop's own administrator. No part holds a value out of the shop's tables.
    """

    code: Code
    place: str
    message: str
    cure: str
    file: str = ""
    line: int | None = None

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.place}: {self.message}" if where else f"{self.place}: {self.message}"


@dataclass(frozen=True, slots=True)
class Checked:
    """What comparing a source with its description came to. ``advice`` concerns speed alone and needs no answer.

    ``types`` are the exact types of the declared columns, by collection and column, to be recorded with a description.
    """

    alarms: tuple[Alarm, ...]
    advice: tuple[Alarm, ...]
    types: Mapping[str, Mapping[str, str]]
