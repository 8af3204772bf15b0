"""Small faults are put into the clocks and into the decision, one at a time: how many do their tests notice?

Both know no Django, so the faults are tried in a folder of its own with nothing but what they import. Whoever looks for the
faults that nobody noticed finds them with their differences in ``var/survivors.txt``.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.torture.conftest import LOG, Say

ROOT = Path(__file__).parent.parent.parent
SURVIVORS = LOG.with_name("survivors.txt")
TESTS = ["tests/clocks", "tests/policy/test_decide.py", "tests/policy/test_decide_together.py"]
NEEDED = ["dsr", *TESTS, "tests/__init__.py", "tests/policy/__init__.py", "tests/policy/promised.py", "scripts"]
LEAST = 0.90
SETUP = """[mutmut]
source_paths = dsr
only_mutate =
    dsr/clocks/*
    dsr/policy/decide.py
also_copy = scripts
pytest_add_cli_args = -p
    no:django
    -p
    no:cacheprovider
pytest_add_cli_args_test_selection =
    {tests}
"""


@pytest.mark.torture
def test_faults_in_clocks_and_decisions_are_noticed(tmp_path: Path, say: Say) -> None:
    _workspace(tmp_path)
    started = time.monotonic()

    _mutmut(tmp_path, "run", "--max-children", "2")

    _mutmut(tmp_path, "export-cicd-stats")
    counted = json.loads((tmp_path / "mutants" / "mutmut-cicd-stats.json").read_text())
    noticed = counted["killed"] + counted["timeout"]
    score = noticed / counted["total"]
    SURVIVORS.write_text(_survivors(tmp_path))
    say(
        f"{counted['total']:,} faults in clocks and decisions, one at a time: {score:.1%} noticed, "
        f"in {time.monotonic() - started:.0f} s"
    )
    assert score >= LEAST, f"The faults that nobody noticed stand in {SURVIVORS}."


def _workspace(folder: Path) -> None:
    for name in NEEDED:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    (folder / "setup.cfg").write_text(SETUP.format(tests="\n    ".join(TESTS)))


def _mutmut(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "mutmut", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def _survivors(folder: Path) -> str:
    names = [line.split(":")[0].strip() for line in _mutmut(folder, "results").splitlines() if ": " in line]
    return "\n".join(_mutmut(folder, "show", name) for name in names)
