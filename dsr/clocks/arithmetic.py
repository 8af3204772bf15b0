"""Date arithmetic for deadlines. Days and months are reckoned in the shop's time zone, never in UTC."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


class UnknownTimeZone(Exception):
    """No time zone has this name. The sentence says what a name looks like."""


def add_months(day: date, months: int) -> date:
    """The same-numbered day ``months`` later, or that month's last day when it has no such day.

    Regulation (EEC, Euratom) 1182/71 Art 3(2)(c): 31 January and one month is 28 or 29 February.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def zone_of(name: str) -> ZoneInfo:
    """The time zone with this name, as ``Europe/London``. Raises ``UnknownTimeZone``."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # unknown; a path; a folder such as "Europe"
        raise UnknownTimeZone(f"There is no time zone {name!r}. A name is like Europe/London.") from None


def day_of(moment: datetime, time_zone: str) -> date:
    """The calendar day of ``moment`` (aware) where the shop is."""
    return moment.astimezone(zone_of(time_zone)).date()


def days_between(spans: Iterable[tuple[date, date]], *, with_last: bool) -> int:
    """How many days the spans cover together, each from its first day to its last; a day that two share counts once."""
    covered = {
        first.toordinal() + offset for first, last in spans for offset in range((last - first).days + int(with_last))
    }
    return len(covered)


def after(day: date, days: int) -> date:
    """``days`` calendar days later."""
    return day + timedelta(days=days)
