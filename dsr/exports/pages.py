"""A report as one HTML file that needs nothing else: the input of the PDF, and the fallback when there can be none.

Django's template engine is used alone, without Django's settings; this is the one place in ``exports`` that knows it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.template import Context, Engine

from dsr.exports.documents import Report

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "pdf"


@cache
def _engine() -> Engine:
    return Engine(dirs=[str(TEMPLATES)], autoescape=True)


@cache
def _stylesheet(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def paper_html(report: Report) -> str:
    """The report for the PDF renderer. Every value in it is escaped."""
    return _render(report, _stylesheet("paper.css"), on_paper=True)


def screen_html(report: Report) -> str:
    """The report for a browser."""
    return _render(report, _stylesheet("screen.css"), on_paper=False)


def page(template: str, stylesheet: str, **context: object) -> str:
    """Another page made of one template and one stylesheet."""
    values = Context({**context, "stylesheet": _stylesheet(stylesheet)}, use_l10n=False, use_tz=False)
    return _engine().get_template(template).render(values)


def _render(report: Report, stylesheet: str, *, on_paper: bool) -> str:
    context = Context(
        {"report": report, "stylesheet": stylesheet, "on_paper": on_paper},
        use_l10n=False,  # Without these two the engine would ask Django's settings, which need not exist here.
        use_tz=False,
    )
    return _engine().get_template("copy.html").render(context)
