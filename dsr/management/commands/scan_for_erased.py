"""Look for erased people who came back into a shop's databases."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from dsr.management.json_command import JsonCommand, the_shop
from dsr.workflow import comebacks
from dsr.workflow.actors import COMMAND


class Command(JsonCommand):
    """``scan_for_erased SHOP``: numbers only; nobody is named. Exit code 1 when a source could not be read."""

    help = "Look for erased people who are in a shop's databases again, by a restore, an import or a new account."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("shop")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        shop = the_shop(options["shop"])
        found, failed = comebacks.scan(shop, actor=COMMAND, now=now)
        self.is_left = bool(failed)
        return {"shop": shop.slug, "back": found, "not_read": failed}
