"""Rules that hold in every page: nothing inline that the content policy would refuse, no library that is not ours to serve."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

from dsr.models import Shop

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
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


def test_pages_when_served_then_the_content_policy_is_self_only(client: Client, shop: Shop) -> None:
    policy = client.get("/small-shop/").headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
