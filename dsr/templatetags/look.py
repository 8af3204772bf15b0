"""How screens show icons, dates and sizes. No decisions here, only appearance."""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

import phonenumbers
from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """One of the icons of ``static/vendor/icons/icons.svg``, hidden from screen readers: a word always stands beside it."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("vendor/icons/icons.svg"),
        name,
    )


@register.filter
def day_text(value: date | datetime | None, zone: str = "") -> str:
    """A date in words, ``Tuesday 6 January``, with its year when that is not this year.

    ``zone`` is the shop's time zone; a moment falls on the day that it is there.
    """
    return "" if value is None else _words(_in_zone(value, zone), "l j F")


@register.filter
def moment_text(value: datetime | None, zone: str = "") -> str:
    """A moment in words, ``Tuesday 6 January, 14:05``, in the shop's time zone."""
    if value is None:
        return ""
    here = _in_zone(value, zone)
    return f"{_words(here, 'l j F')}, {date_format(here, 'H:i')}"


@register.filter
def day(value: date | datetime | None, zone: str = "") -> SafeString:
    """``day_text`` for a page: marked up as a time, with ISO 8601 on hover."""
    return _marked_up(value, zone, day_text(value, zone))


@register.filter
def moment(value: datetime | None, zone: str = "") -> SafeString:
    """``moment_text`` for a page: marked up as a time, with ISO 8601 on hover."""
    return _marked_up(value, zone, moment_text(value, zone))


@register.filter
def phone_number(value: str) -> str:
    """An E.164 number in groups, ``+1 800-555-0142``; whatever cannot be read is shown as it stands."""
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return value
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@register.filter
def breakable(value: str) -> SafeString:
    """An address or file name that may be broken after its joints, and so never inside a name."""
    parts = re.split(r"(?<=[@_/+-])|(?<=\.)(?=.{5})", value)
    return format_html_join(SafeString("<wbr>"), "{}", ((part,) for part in parts if part))


@register.filter
def counted(number: int) -> str:
    """A number with its thousands set apart: ``4,212``."""
    return f"{number:,}"


@register.filter
def file_size(size: int) -> str:
    """Bytes in the unit a person would use: ``812 bytes``, ``14 KB``, ``2.3 MB``."""
    if size < 1000:
        return f"{size} bytes"
    if size < 1_000_000:
        return f"{round(size / 1000)} KB"
    return f"{size / 1_000_000:.1f} MB"


def _words(here: date, pattern: str) -> str:
    return date_format(here, pattern if here.year == timezone.now().year else f"{pattern} Y")


def _marked_up(value: date | datetime | None, zone: str, words: str) -> SafeString:
    if value is None:
        return SafeString("")
    here = _in_zone(value, zone)
    iso = here.isoformat(timespec="minutes") if isinstance(here, datetime) else here.isoformat()
    return format_html('<time datetime="{0}" title="{0}">{1}</time>', iso, words)


def _in_zone(value: date, zone: str) -> date:
    return value.astimezone(ZoneInfo(zone or "UTC")) if isinstance(value, datetime) else value
