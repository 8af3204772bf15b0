"""Erase what earlier erasures had to keep and whose time is over now."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from dsr.management.json_command import JsonCommand, the_shop
from dsr.models import Shop
from dsr.workflow import finishing
from dsr.workflow.finishing_report import Report


class Command(JsonCommand):
    """``finish_due_erasures [SHOP] [--execute] [--over-ceiling] [--let-go]``.

    Without ``--execute`` it only says what it would do. Exit code 1 when something was refused.
    """

    help = "Finish erasures whose kept records have had their time; a dry run unless --execute is given."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("shop", nargs="?", default="")
        parser.add_argument("--execute", action="store_true", help="do it; without this nothing is changed")
        parser.add_argument(
            "--over-ceiling",
            action="store_true",
            help="also where it is more of a table than DSR_MOST_FINISHED_PERCENT",
        )
        parser.add_argument(
            "--let-go",
            action="store_true",
            help="records that name somebody else by now, or cannot be read any more: forget them",
        )

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        shops = [the_shop(options["shop"])] if options["shop"] else list(Shop.objects.order_by("slug"))
        said: dict[str, bool] = {name: options[name] for name in ("execute", "over_ceiling", "let_go")}
        reports = {shop.slug: finishing.finish(shop, now=now, **said) for shop in shops}
        self.is_left = any(report.refused for report in reports.values())
        return {"executed": said["execute"], "shops": {slug: _shown(report) for slug, report in reports.items()}}


def _shown(report: Report) -> dict[str, Any]:
    groups = {
        name: getattr(report, name)
        for name in ("erased", "emptied", "moved_on", "stays", "gone", "given_away", "unreadable")
    }
    said: dict[str, Any] = {
        name: [
            {"source": source, "collection": collection, "records": count}
            for (source, collection), count in found.items()
        ]
        for name, found in groups.items()
    }
    return said | {"refused": report.refused}
