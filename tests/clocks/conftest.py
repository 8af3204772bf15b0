"""Nothing that an earlier run in this process remembered may answer for the code that runs now (``scripts/mutation.py``)."""

from __future__ import annotations

import pytest

from dsr.clocks import holidays, regimes


@pytest.fixture(scope="session", autouse=True)
def forgotten() -> None:
    """Empty the caches once."""
    for remembering in (regimes._table, holidays.calendar_of, holidays.codes):
        remembering.cache_clear()


@pytest.fixture(autouse=True)
def read_anew() -> None:
    """The rules are cheap to read again: every test that asks for one runs the reading itself."""
    regimes._rules.cache_clear()
