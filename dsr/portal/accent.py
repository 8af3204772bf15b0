"""A shop's accent colour as a stylesheet: pages carry no inline style, and dark pages need a lighter tone of it.

Contrast is WCAG 2.2's (1.4.3): relative luminance of sRGB, 4.5:1 for text.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

LEAST_CONTRAST = 4.6
"""A little above 4.5, so that rounding to whole colour values cannot fall below it."""
WHITE, LIGHT_PAPER, DARK_SURFACE, DARK_INK = "#ffffff", "#f2f2f3", "#232529", "#14161a"


@dataclass(frozen=True, slots=True)
class Tones:
    """One scheme's colours: the accent, what is written on it, its stronger form for hovering, a breath of it for grounds."""

    accent: str
    ink: str
    strong: str
    soft: str


def stylesheet(accent: str) -> str:
    """The custom properties of ``css/tokens.css`` that a shop with this accent (``#rrggbb``) sets differently."""
    light, dark = light_tones(accent), dark_tones(accent)
    return f":root{{{_properties(light)}}}\n@media (prefers-color-scheme:dark){{:root{{{_properties(dark)}}}}}\n"


def light_tones(accent: str) -> Tones:
    """Dark enough to be read on the sunken grey of a foot, and so on everything lighter."""
    tone = _until_readable(accent, LIGHT_PAPER, step=-0.02)
    return Tones(tone, WHITE, _mixed(tone, "#000000", 0.25), _mixed(tone, WHITE, 0.92))


def dark_tones(accent: str) -> Tones:
    """Light enough to be read on the lightest dark ground, and to carry dark letters."""
    tone = _until_readable(accent, DARK_SURFACE, step=0.02)
    return Tones(tone, DARK_INK, _mixed(tone, WHITE, 0.3), _mixed(tone, "#1b1c1f", 0.88))


def contrast(one: str, other: str) -> float:
    """WCAG's ratio of two colours, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _until_readable(colour: str, ground: str, *, step: float) -> str:
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(colour))
    while contrast(colour, ground) < LEAST_CONTRAST and 0 <= lightness <= 1:
        lightness += step
        colour = _hexadecimal(colorsys.hls_to_rgb(hue, min(max(lightness, 0), 1), saturation))
    return colour


def _mixed(colour: str, other: str, share: float) -> str:
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return _hexadecimal(tuple(one * (1 - share) + two * share for one, two in pairs))


def _luminance(colour: str) -> float:
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in _channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _hexadecimal(channels: tuple[float, ...]) -> str:
    return "#" + "".join(f"{round(each * 255):02x}" for each in channels)


def _properties(tones: Tones) -> str:
    return f"--accent:{tones.accent};--accent-ink:{tones.ink};--accent-strong:{tones.strong};--accent-soft:{tones.soft}"
