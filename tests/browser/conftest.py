"""A real browser on a real server: every page that is looked at is photographed, checked by axe and must keep to its frame."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "var" / "screenshots"
AXE = Path(__file__).parent / "vendor" / "axe" / "axe.min.js"
AXE_OPTIONS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
WIDTHS = {390: 844, 1280: 900}
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
]

# Playwright runs an event loop in this thread, and Django would take our own queries for asynchronous ones.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@dataclass
class Visit:
    """One person at one browser window."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Go to a path of the site under test."""
        self.page.goto(self.base + path)

    def heading(self) -> str:
        """The words of the page's heading."""
        return self.page.locator("h1").first.inner_text().strip()

    def press(self, words: str) -> None:
        """Press the button or link with exactly these words, and wait for the page it leads to."""
        with self.page.expect_navigation():
            self.control(words).click()

    def control(self, words: str) -> Locator:
        """The button or link with exactly these words."""
        buttons = self.page.get_by_role("button", name=words, exact=True)
        return buttons.or_(self.page.get_by_role("link", name=words, exact=True)).first

    def look(self, name: str) -> None:
        """Photograph the page at both widths in both schemes; axe finds nothing, and nothing sticks out of the frame."""
        for (width, height), schemes in zip(WIDTHS.items(), (("light", "dark"), ("dark", "light")), strict=True):
            self.page.set_viewport_size({"width": width, "height": height})
            for scheme in schemes:
                self.dress(scheme)
                self.page.screenshot(path=SCREENSHOTS / f"{name}-{width}-{scheme}.png", full_page=True)
            assert self.page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than {width}"
            assert self.findings() == [], f"{name} at {width} px, {schemes[-1]}"

    def dress(self, scheme: str) -> None:
        """Ask for light or dark, and wait until every colour has arrived."""
        self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]  # light or dark
        # A change of colour that the new scheme called off while it ran can stay unfinished for ever.
        arrived = "Promise.allSettled(document.getAnimations().map(each => each.finished))"
        self.page.evaluate(f"Promise.race([{arrived}, new Promise(done => setTimeout(done, 2000))])")

    def findings(self) -> list[str]:
        """What axe finds on the page as it is shown now."""
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(AXE.read_text())
        late = "new Promise((_, fail) => setTimeout(() => fail(new Error('axe took a minute')), 60000))"
        script = f"options => Promise.race([axe.run(document, options), {late}])"
        found: dict[str, Any] = self.page.evaluate(script, AXE_OPTIONS)
        return [f"{each['id']}: {node['html'][:160]}" for each in found["violations"] for node in each["nodes"]]

    def small_targets(self, least: int) -> list[str]:
        """Controls lower than so many pixels, links within a sentence apart (WCAG 2.5.8 excepts them)."""
        script = """least => [...document.querySelectorAll('a, button, summary, input:not([type=hidden]), textarea')]
            .filter(each => each.getClientRects().length && !each.closest('p') && !each.closest('.skip-link')
                && !each.classList.contains('skip-link') && each.getBoundingClientRect().height < least
                && !(each.closest('.door') || each.closest('.mail-list')))
            .map(each => each.outerHTML.slice(0, 100))"""
        found: list[str] = self.page.evaluate(script, least)
        return found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. A machine without one fails with the line that installs it."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program is not None, "There is no chromium: apt-get install -y chromium"
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, live_server: Any) -> Iterator[Visit]:
    """A visitor whose browser complained about nothing (refused styles, scripts or files) when the test ends."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    visit = _visit(context, live_server.url)
    yield visit
    context.close()
    assert visit.complaints == []


@pytest.fixture
def visit_without_script(chromium: Browser, live_server: Any) -> Iterator[Visit]:
    """A visitor whose browser runs no script."""
    context = chromium.new_context(java_script_enabled=False)
    yield _visit(context, live_server.url)
    context.close()


def _visit(context: BrowserContext, base: str) -> Visit:
    page = context.new_page()
    page.set_default_timeout(10_000)
    visit = Visit(page, base)
    page.on("console", lambda message: visit.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    return visit
