"""Look for values in a shop's databases that may be wrong, old or missing."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from dsr.management.json_command import JsonCommand, the_shop, the_source
from dsr.models import Doubt
from dsr.workflow import doubt_looks
from dsr.workflow.actors import COMMAND


class Command(JsonCommand):
    """``look_for_doubts SHOP [--source NAME]``: numbers only; nobody is named. Exit code 1 when a source could not be read."""

    help = "Look for values in a shop's databases that may be wrong, old or missing, as the worker does every night."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("shop")
        parser.add_argument("--source", metavar="NAME", help="only in this one")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        shop = the_shop(options["shop"])
        only = the_source(shop, options["source"]).name if options["source"] else ""
        looked = doubt_looks.look(shop, only=only, actor=COMMAND, now=now)
        self.is_left = bool(looked.failed)
        return {
            "shop": shop.slug,
            "found": looked.found,
            "settled": looked.settled,
            "waiting": Doubt.objects.open().filter(source__shop=shop).count(),
            "not_read": looked.failed,
        }
