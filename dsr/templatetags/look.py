"""How screens show icons, dates and sizes. No decisions here, only appearance."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import phonenumbers
from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
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
def day(value: date | datetime | None, zone: str = "") -> SafeString:
    """A date in words, ``Tuesday 6 January``, with its year when that is not this year, and ISO on hover.

    ``zone`` is the shop's time zone; a moment falls on the day that it is there.
    """
    if value is None:
        return SafeString("")
    here = _in_zone(value, zone)
    pattern = "l j F" if here.year == timezone.now().year else "l j F Y"
    return format_html('<time datetime="{0}" title="{0}">{1}</time>', _iso(here), date_format(here, pattern))


@register.filter
def moment(value: datetime | None, zone: str = "") -> SafeString:
    """A moment in words, ``Tuesday 6 January, 14:05``, in the shop's time zone, with ISO on hover."""
    if value is None:
        return SafeString("")
    here = _in_zone(value, zone)
    pattern = "l j F, H:i" if here.year == timezone.now().year else "l j F Y, H:i"
    return format_html('<time datetime="{0}" title="{0}">{1}</time>', _iso(here), date_format(here, pattern))


@register.filter
def phone_number(value: str) -> str:
    """An E.164 number in groups, ``+1 800-555-0142``; whatever cannot be read is shown as it stands."""
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return value
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@register.filter
def file_size(size: int) -> str:
    """Bytes in the unit a person would use: ``812 bytes``, ``14 KB``, ``2.3 MB``."""
    if size < 1000:
        return f"{size} bytes"
    if size < 1_000_000:
        return f"{round(size / 1000)} KB"
    return f"{size / 1_000_000:.1f} MB"


def _in_zone(value: date | datetime, zone: str) -> date | datetime:
    return value.astimezone(ZoneInfo(zone or "UTC")) if isinstance(value, datetime) else value


def _iso(value: date | datetime) -> str:
    return value.isoformat(timespec="minutes") if isinstance(value, datetime) else value.isoformat()
