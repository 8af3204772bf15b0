"""What must be documented is, and what the documents name is there."""

from __future__ import annotations

import re
from pathlib import Path

from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(path for folder in (ROOT, ROOT / "docs") for path in folder.glob("*.md"))


def everything_said() -> str:
    return "\n".join(page.read_text() for page in PAGES)


def rows(page: str, heading: str) -> list[str]:
    """The first cells of the table under a heading."""
    section = (ROOT / "docs" / page).read_text().split(heading, 1)[1].split("\n## ", 1)[0]
    cells = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("|")]
    return cells[2:]


def test_settings_when_read_from_the_environment_then_each_has_its_row_and_no_row_is_left_over() -> None:
    sources = [*(ROOT / "dsr").rglob("*.py"), *(ROOT / "scripts").glob("*.py")]
    code = "\n".join(path.read_text() for path in sources)
    readers = r"(?:env|env_bool|env_list|database|environ\.get)"
    read = set(re.findall(readers + r'\(\s*"(DSR_\w+|DATABASE(?:_OWNER)?_URL)"', code))

    named: set[str] = set()
    for cell in rows("operating.md", "## Settings"):
        words = re.findall(r"`(\w+)`", cell)
        stem = words[0].rpartition("_")[0]
        named |= {stem + word if word.startswith("_") else word for word in words}

    assert len(read) > 20
    assert named == read


def test_commands_when_they_are_ours_then_the_table_has_each() -> None:
    ours = {name for name, app in get_commands().items() if app == "dsr"}

    assert len(ours) > 5
    assert {re.findall(r"\w+", cell)[0] for cell in rows("operating.md", "## Commands")} == ours


def test_commands_when_a_page_names_one_then_it_is_there() -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", everything_said()))

    assert "migrate" in named
    assert named - set(get_commands()) == set()


def test_targets_of_make_when_a_page_names_one_then_it_is_there() -> None:
    there = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)", everything_said()))

    assert {"run", "test"} <= named
    assert named - there == set()


def test_dependencies_when_the_app_runs_on_them_then_each_has_its_line_and_no_line_is_left_over() -> None:
    chosen = (
        (ROOT / "requirements.txt").read_text().split("\n\n")[0] + "\n" + (ROOT / "requirements-s3.txt").read_text()
    )
    required = {re.split(r"[=\[]", line)[0].lower() for line in chosen.splitlines() if not line.startswith("#")}

    explained = {name for cell in rows("dependencies.md", "# What") for name in cell.lower().split(", ")}

    assert len(required) > 10
    assert explained == required


def test_links_when_they_lead_to_a_file_of_ours_then_it_is_there() -> None:
    links = [(page, link) for page in PAGES for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())]

    assert len(links) > 5
    assert [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()] == []


def test_readme_when_a_newcomer_opens_it_then_it_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120
