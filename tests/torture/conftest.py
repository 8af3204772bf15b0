"""What the long tests measure is kept in ``var/torture.log``; the committed copy is ``docs/torture.log``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

LOG = Path(__file__).parent.parent.parent / "var" / "torture.log"

Say = Callable[[str], None]


@pytest.fixture(scope="session")
def torture_log() -> Iterator[Say]:
    """Writes a line with its moment."""
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("w") as log:

        def say(line: str) -> None:
            log.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {line}\n")
            log.flush()

        yield say


@pytest.fixture
def say(torture_log: Say, capsys: pytest.CaptureFixture[str]) -> Say:
    """Shows the line as well."""

    def show(line: str) -> None:
        torture_log(line)
        with capsys.disabled():
            print(f"\n{line}", end="")

    return show
