"""Date arithmetic for deadlines. Days and months are reckoned in the shop's time zone, never in UTC."""

from __future__ import annotations

import calendar
from datetime import date, datetime
from zoneinfo import ZoneInfo


def add_months(day: date, months: int) -> date:
    """The same-numbered day ``months`` later, or that month's last day when it has no such day.

    Regulation (EEC, Euratom) 1182/71 Art 3(2)(c): 31 January and one month is 28 or 29 February.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def day_of(moment: datetime, time_zone: str) -> date:
    """The calendar day of ``moment`` (aware) where the shop is."""
    return moment.astimezone(ZoneInfo(time_zone)).date()
