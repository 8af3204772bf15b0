"""Every place whose law sets a date has a name, and every name is a place that can be stored."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import dsr.clocks.regimes
from dsr.web import residences
from dsr.workflow.reckoning import read_residence

TABLE = Path(dsr.clocks.regimes.__file__).with_name("regimes.yaml")


def test_residences_when_a_regime_names_them_then_each_can_be_chosen() -> None:
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    named = {place for regime in table["regimes"] for place in regime.get("residences", ())}

    assert len(named) > 40
    assert named - set(residences.NAMES) == set()
    assert set(residences.NAMES) - named == {"US"}


@pytest.mark.parametrize("code", residences.NAMES)
def test_residence_when_chosen_then_it_can_be_stored(code: str) -> None:
    assert read_residence(code) == code


def test_name_when_a_code_has_none_then_the_code_stands_for_it() -> None:
    assert [residences.name_of(each) for each in ("DE", "US-CA", "ZZ", "")] == [
        "Germany",
        "California (United States)",
        "ZZ",
        "",
    ]
