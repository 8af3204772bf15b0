"""A promise is called kept only if a test fails without what keeps it: that is taken away, one thing at a time, in a copy."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from dsr.policy.promises import known_promises
from tests.policy.taken_away import TakenAway, taken_away
from tests.torture.conftest import Say

pytestmark = pytest.mark.torture

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("dsr", "templates", "static", "tests", "scripts", "docs", "manage.py", "pyproject.toml")
PASSED, FAILED = 0, 1
TESTS = {each.id: each.tests for each in known_promises()}


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("taken-away")
    for name in NEEDED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


def run(folder: Path, tests: Iterable[str]) -> subprocess.CompletedProcess[str]:
    """Run tests there, on a database of their own beside the one of this session."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "TOX_PARALLEL_ENV": "taken-away"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_promises_when_nothing_is_taken_away_then_every_proof_holds(workplace: Path, say: Say) -> None:
    proofs = sorted({test for each in taken_away() for test in TESTS[each.promise]})

    done = run(workplace, proofs)

    assert done.returncode == PASSED, done.stdout[-3000:]
    promises = {each.promise for each in taken_away()}
    say(
        f"{len(proofs)} tests prove {len(promises)} promises; what keeps them is taken away in {len(taken_away())} ways"
    )


@pytest.mark.parametrize("taken", taken_away(), ids=str)
def test_promise_when_its_feature_is_taken_away_then_one_of_its_tests_fails(workplace: Path, taken: TakenAway) -> None:
    file = workplace / taken.file
    before = file.read_text(encoding="utf-8")
    file.write_text(before.replace(taken.text, taken.instead, 1), encoding="utf-8")
    try:
        done = run(workplace, TESTS[taken.promise])
    finally:
        file.write_text(before, encoding="utf-8")

    assert done.returncode == FAILED, done.stdout[-3000:]
