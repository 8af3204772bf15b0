"""Whatever colour a shop chooses, what is written in it or on it can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsr.portal.accent import contrast, dark_tones, light_tones, stylesheet

TOKENS = (Path(__file__).resolve().parents[2] / "static" / "css" / "tokens.css").read_text()
LIGHT, DARK = TOKENS.split("@media (prefers-color-scheme: dark)", 1)


def token(sheet: str, name: str) -> str:
    found = re.search(rf"--{name}: (#[0-9a-f]{{6}})", sheet)
    assert found is not None
    return found[1]


def test_contrast_when_black_stands_on_white_then_it_is_twenty_one() -> None:
    assert round(contrast("#000000", "#ffffff"), 6) == 21
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54


@given(st.integers(0, 0xFFFFFF))
def test_accent_when_any_colour_is_chosen_then_it_reads_on_every_ground_of_both_schemes(number: int) -> None:
    for tones, sheet in ((light_tones(f"#{number:06x}"), LIGHT), (dark_tones(f"#{number:06x}"), DARK)):
        for ground in ("paper", "surface", "sunken", "foot"):
            assert contrast(tones.accent, token(sheet, ground)) >= 4.5
            assert contrast(tones.strong, token(sheet, ground)) >= 4.5
        assert contrast(tones.ink, tones.accent) >= 4.5
        assert contrast(tones.ink, tones.strong) >= 4.5


@pytest.mark.parametrize("sheet", [LIGHT, DARK], ids=["light", "dark"])
def test_tokens_when_compared_then_text_reads_on_every_ground_and_lines_are_seen(sheet: str) -> None:
    for ground in ("paper", "surface", "sunken", "foot"):
        for text in ("ink", "ink-soft", "done", "working", "soon", "late", "accent", "accent-strong"):
            assert contrast(token(sheet, text), token(sheet, ground)) >= 4.5, f"{text} on {ground}"
    for ground in ("paper", "surface"):
        assert contrast(token(sheet, "line-strong"), token(sheet, ground)) >= 3, ground
    for soft, texts in {
        "done-soft": ("done", "ink"),
        "soon-soft": ("soon", "ink"),
        "late-soft": ("late", "ink"),
    }.items():
        assert [text for text in texts if contrast(token(sheet, text), token(sheet, soft)) < 4.5] == []
    assert contrast(token(sheet, "accent-ink"), token(sheet, "accent")) >= 4.5


def test_stylesheet_when_made_then_it_sets_the_same_names_in_both_schemes() -> None:
    light, dark = stylesheet("#7a2e3b").split("@media (prefers-color-scheme:dark)")

    assert "--accent:#7a2e3b;" in light
    names = [re.findall(r"(--[a-z-]+):", part) for part in (light, dark)]
    assert names[0] == names[1] == ["--accent", "--accent-ink", "--accent-strong", "--accent-soft"]
