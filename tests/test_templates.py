"""Rules that hold in every page: nothing inline that the content policy would refuse, no library that is not ours to serve."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.files.storage import FileSystemStorage
from django.template.loader import render_to_string
from django.test import Client
from whitenoise.storage import CompressedManifestStaticFilesStorage

from dsr.models import Shop

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
STATIC = TEMPLATES.parent / "static"
PAGES = sorted(
    path
    for path in TEMPLATES.rglob("*.html")
    if path.relative_to(TEMPLATES).parts[0] not in {"email", "pdf", "letters"}
)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_page_when_read_then_it_has_no_inline_style_script_or_foreign_address(path: Path) -> None:
    text = path.read_text()

    assert (
        re.findall(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|hx-on|(?:src|href)=\"(?:https?:)?//", text)
        == []
    )


@pytest.mark.parametrize("room", ["portal", "staff"])
def test_classes_when_named_in_a_room_then_its_style_sheets_know_them(room: str) -> None:
    """One that only the other room's style sheet knows leaves a warning as plain text."""
    sheets = ["vendor/bootstrap/bootstrap.min.css", "css/tokens.css", f"css/{room}.css"]
    rules = re.sub(r"/\*.*?\*/", "", "".join((STATIC / sheet).read_text() for sheet in sheets), flags=re.DOTALL)
    known = set(re.findall(r"\.([A-Za-z][\w-]*)", rules))
    named = {name for path in sorted((TEMPLATES / room).rglob("*.html")) for name in _classes(path.read_text())}

    assert {"note-soon", "notice-soon"} & named
    assert named - known == set()


def _classes(page: str) -> set[str]:
    """The classes that stand in a page as they are; one that is put together when it is rendered is left out."""
    parts = re.sub(r"{%\s*(?:end)?(?:if|elif|else|for|with|spaceless).*?%}", " ", page, flags=re.DOTALL)
    shown = re.sub(r"{[{%].*?[}%]}", "{}", parts, flags=re.DOTALL)
    return {name for found in re.findall(r'class="([^"]*)"', shown) for name in found.split() if "{}" not in name}


@pytest.mark.parametrize("code", [400, 403, 404, 500])
def test_error_page_when_rendered_without_any_context_then_it_stands(code: int) -> None:
    page = render_to_string(f"{code}.html")

    assert page.count("<h1>") == 1
    assert 'href="/"' in page


def test_static_files_when_named_in_a_template_then_they_are_there() -> None:
    named = {name for path in PAGES for name in re.findall(r"{% static ['\"]([^'\"]+)['\"] %}", path.read_text())}

    assert "css/portal.css" in named
    assert [name for name in sorted(named) if finders.find(name) is None] == []


def test_icons_when_named_in_a_template_then_the_sprite_has_them() -> None:
    sprite = (TEMPLATES.parent / "static" / "vendor" / "icons" / "icons.svg").read_text()
    named = {name for path in PAGES for name in re.findall(r'{% icon "([a-z0-9-]+)" %}', path.read_text())}

    assert "chevron-right" in named
    assert [name for name in sorted(named) if f'<symbol id="{name}"' not in sprite] == []


def test_static_files_when_collected_for_production_then_every_reference_between_them_resolves(tmp_path: Path) -> None:
    storage = CompressedManifestStaticFilesStorage(location=tmp_path)
    ours = {path: (FileSystemStorage(location=STATIC), path) for path in names_below(STATIC)}
    for path, (source, name) in ours.items():
        with source.open(name) as file:
            storage.save(path, file)

    problems = [outcome for _, _, outcome in storage.post_process(ours) if isinstance(outcome, Exception)]

    assert problems == []
    assert re.search(
        r"inter-latin-400\.[0-9a-f]{12}\.woff2", storage.open(storage.stored_name("css/tokens.css")).read().decode()
    )


def names_below(folder: Path) -> list[str]:
    """Every file below a folder, by its path inside."""
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]


def test_pages_when_served_then_the_content_policy_is_self_only(client: Client, shop: Shop) -> None:
    policy = client.get("/small-shop/").headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
