"""The calendar day, where the shop is, of a date or moment as a database writes it."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=8_192)
def day_of_text(text: str | None, stored_zone: str, shop_zone: str) -> date | None:
    """The day of an ISO date or moment; None for what is none (``infinity``, ``0000-00-00``, a number).

    A moment without an offset was stored in ``stored_zone`` (IANA); where that is empty, the shop's own clock is meant.
    """
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    if moment.tzinfo is None:
        if len(text or "") <= len("2026-01-31") or stored_zone in ("", shop_zone):
            return moment.date()
        moment = moment.replace(tzinfo=ZoneInfo(stored_zone))
    try:
        return moment.astimezone(ZoneInfo(shop_zone)).date()
    except OverflowError:  # 9999-12-31, which shops write for never
        return moment.date()
