"""The words of every clock: which right, and how long."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RightCode(StrEnum):
    """What a person may ask for."""

    ACCESS = "access"
    CORRECTION = "correction"
    ERASURE = "erasure"
    OPT_OUT = "opt_out"
    LIMIT = "limit"
    CONSENT_REVOKE = "consent_revoke"
    CONCERN = "concern"


class DayUnit(StrEnum):
    """In what a clock counts."""

    CALENDAR_DAY = "calendar_day"
    BUSINESS_DAY = "business_day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """So many days or months."""

    count: int
    unit: DayUnit
