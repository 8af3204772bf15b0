"""Erase what earlier erasures had to keep and whose time is over now."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from dsr.management.json_command import JsonCommand, the_shop
from dsr.models import Shop
from dsr.workflow import finishing
from dsr.workflow.finishing import Report


class Command(JsonCommand):
    """``finish_due_erasures [SHOP] [--execute] [--over-ceiling]``. Without ``--execute`` it only says what it would do."""

    help = "Finish erasures whose kept records have had their time; a dry run unless --execute is given."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("shop", nargs="?", default="")
        parser.add_argument("--execute", action="store_true", help="do it; without this nothing is changed")
        parser.add_argument(
            "--over-ceiling", action="store_true", help="also where it is more than a twentieth of a table"
        )

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        shops = [the_shop(options["shop"])] if options["shop"] else list(Shop.objects.order_by("slug"))
        execute, over_ceiling = options["execute"], options["over_ceiling"]
        reports = {
            shop.slug: finishing.finish(shop, now=now, execute=execute, over_ceiling=over_ceiling) for shop in shops
        }
        return {"executed": execute, "shops": {slug: _shown(report) for slug, report in reports.items()}}


def _shown(report: Report) -> dict[str, Any]:
    groups = {"erased": report.erased, "moved_on": report.moved_on, "stays": report.stays, "gone": report.gone}
    said: dict[str, Any] = {
        name: [
            {"source": source, "collection": collection, "records": count}
            for (source, collection), count in found.items()
        ]
        for name, found in groups.items()
    }
    return said | {"refused": report.refused}
