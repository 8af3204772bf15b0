"""The front-end files that others wrote are the ones we checked, all of them and nothing besides."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("static/vendor", "tests/browser/vendor")


def listed(folder: str) -> dict[str, str]:
    lines = (ROOT / folder / "MANIFEST").read_text().splitlines()
    return {name: digest for digest, name in (line.split()[:2] for line in lines)}


@pytest.mark.parametrize("folder", FOLDERS)
def test_manifest_when_files_are_read_again_then_it_names_each_with_its_sum(folder: str) -> None:
    found = {
        str(path.relative_to(ROOT / folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.name != "MANIFEST"
    }

    assert found == listed(folder)


def test_stylesheets_when_vendored_then_none_points_at_a_file_that_is_not_there() -> None:
    stylesheets = list((ROOT / "static").rglob("*.css"))

    assert len(stylesheets) >= 4
    assert [path.name for path in stylesheets if "sourceMappingURL" in path.read_text()] == []
