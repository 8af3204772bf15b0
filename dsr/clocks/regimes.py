"""The statutes as data: which clock a regime sets for a right on a day, each number with its citation (``regimes.yaml``)."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dsr.clocks.words import DayUnit, Period, RightCode

FILE = Path(__file__).parent / "regimes.yaml"
RIGHT_NAMES = {
    RightCode.ACCESS: "access",
    RightCode.CORRECTION: "correction",
    RightCode.ERASURE: "erasure",
    RightCode.OPT_OUT: "opting out",
    RightCode.LIMIT: "limiting use",
    RightCode.CONSENT_REVOKE: "withdrawing consent",
    RightCode.CONCERN: "a complaint to the shop",
}


class UnknownRegime(Exception):
    """No regime has this code. The sentence names the nearest one."""


class NotCovered(Exception):
    """The regime sets no clock for this right. The sentence says so, for people."""


class NotInForce(NotCovered):
    """The regime did not yet, on that day, set a clock for this right. The sentence names the day it began."""


class PauseRule(StrEnum):
    """What a question to the person does to the clock."""

    NONE = "none"
    SUSPEND = "suspend"
    """It stands still from asking to answering (identity, clarification)."""
    RESTART = "restart"
    """It begins anew with identity, fee or authority; a clarification's days do not count, for access alone."""


@dataclass(frozen=True, slots=True)
class Cited:
    """So long, and who says so."""

    period: Period
    citation: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One regime's clock for one right. ``None`` is what the regime does not have, or does not count in days."""

    regime: str
    right: RightCode
    title: str
    """The regime's name for people."""
    acknowledge: Cited | None = None
    respond: Cited | None = None
    latest: Cited | None = None
    """The other reading of ``respond``, which ends later."""
    promptly: str = ""
    """The citation of "without delay" where no number is named."""
    extend: Cited | None = None
    pause: PauseRule = PauseRule.NONE
    pause_citation: str = ""
    rolls: bool = False
    """A last day that nobody works moves to the next working day."""
    roll_citation: str = ""
    appeal: Cited | None = None
    appeal_extension: Cited | None = None
    free_per_year: int | None = None
    """Answers per person in 12 months that cost nothing; ``None``: all."""
    in_force_from: date | None = None
    is_saturday_disputed: bool = False
    """Whether a Saturday is a business day is open: the strict reading counts it."""
    days_from_start: int | None = None
    """The shop's own target for an answer that is not extended, counted from the start; otherwise ``days_before``."""
    days_before: int = 0
    """The shop's own target, so many days before the date it works to."""
    time_zone: str = "UTC"
    holidays: str = ""
    """The calendar where nobody named one."""
    notes: tuple[str, ...] = ()


def rule_for(regime: str, right: RightCode, on: date) -> Rule:
    """The clock that ``regime`` sets for ``right`` on a day. Raises ``UnknownRegime``, ``NotCovered``, ``NotInForce``."""
    known = _regime(regime)
    if right in known.get("see", {}):
        return rule_for(known["see"][right], right, on)
    rows = [row for row in _rules(regime) if row.right == right]
    if not rows:
        said = known.get("without", {}).get(right) or f"{known['title']} sets no clock for {RIGHT_NAMES[right]}."
        raise NotCovered(f"{said} The shop's own promise applies, if it made one.")
    begun = [row for row in rows if row.in_force_from and row.in_force_from <= on]
    if not begun:
        first = min(row.in_force_from for row in rows if row.in_force_from)
        raise NotInForce(
            f"{known['title']} has a clock for {RIGHT_NAMES[right]} since {first.isoformat()}; "
            f"on {on.isoformat()} it had none."
        )
    return max(begun, key=lambda row: row.in_force_from or date.min)


def codes() -> tuple[str, ...]:
    """Every regime's code, in the order of the file."""
    return tuple(_table())


def title_of(regime: str) -> str:
    """The regime's name for people. Raises ``UnknownRegime``."""
    return str(_regime(regime)["title"])


def time_zone_of(regime: str) -> str:
    """Where the regime's days begin and end when nobody says where the shop is. Raises ``UnknownRegime``."""
    return str(_regime(regime)["time_zone"])


def regime_of_residence(residence: str) -> str:
    """The regime of people who live there (``DE``, ``DE-BY``, ``US-CA``); empty when it is unknown or has none.

    A part of a country has the country's regime unless it has its own (``CA-QC``). The United States as a whole has none.
    """
    living = {place: code for code, regime in _table().items() for place in regime.get("residences", ())}
    place = residence.strip().upper()
    return living.get(place) or living.get(place.partition("-")[0]) or ""


@cache
def _table() -> dict[str, dict[str, Any]]:
    return {regime["code"]: regime for regime in yaml.safe_load(FILE.read_text(encoding="utf-8"))["regimes"]}


def _regime(code: str) -> dict[str, Any]:
    if code not in _table():
        nearest = difflib.get_close_matches(code.lower(), codes(), n=1, cutoff=0)[0]
        raise UnknownRegime(f"There is no regime {code!r}. The nearest code is {nearest}; all: {', '.join(codes())}.")
    return _table()[code]


@cache
def _rules(code: str) -> tuple[Rule, ...]:
    regime = _table()[code]
    return tuple(_rule(regime, row, RightCode(right)) for row in regime["clocks"] for right in row["rights"])


def _rule(regime: Mapping[str, Any], row: Mapping[str, Any], right: RightCode) -> Rule:
    return Rule(
        regime=regime["code"],
        right=right,
        title=regime["title"],
        acknowledge=_cited(row.get("acknowledge")),
        respond=_cited(row.get("respond")),
        latest=_cited(row.get("latest")),
        promptly=row.get("promptly", ""),
        extend=_cited(row.get("extend")),
        pause=PauseRule(row.get("pause", PauseRule.NONE)),
        pause_citation=row.get("pause_citation", ""),
        rolls="rolls" in row,
        roll_citation=row.get("rolls", ""),
        appeal=_cited(row.get("appeal")),
        appeal_extension=_cited(row.get("appeal_extension")),
        free_per_year=row.get("free_per_year"),
        in_force_from=row.get("from", regime["in_force_from"]),
        is_saturday_disputed=row.get("is_saturday_disputed", False),
        days_from_start=row.get("days_from_start"),
        days_before=row.get("days_before", 0),
        time_zone=regime["time_zone"],
        holidays=regime["holidays"],
        notes=tuple(row.get("notes", ())),
    )


def _cited(told: Mapping[str, Any] | None) -> Cited | None:
    if told is None:
        return None
    return Cited(Period(told["count"], DayUnit(told["unit"])), told["citation"])
