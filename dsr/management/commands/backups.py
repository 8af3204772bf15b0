"""The register of a shop's backups."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError

from dsr.management.json_command import JsonCommand, refuse_unheeded, the_day, the_owner, the_shop
from dsr.workflow import backups
from dsr.workflow.actors import COMMAND, by_command


class Command(JsonCommand):
    """``backups SHOP [--proved KEY | --failed KEY --note TEXT] [--on DAY] [--as STAFF]``."""

    help = "A shop's backups: what, how often, how long kept, last proved; or write down that one was put back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("shop")
        tried = parser.add_mutually_exclusive_group()
        tried.add_argument("--proved", default="", help="the backup's key: it was put back, and the data was there")
        tried.add_argument("--failed", default="", help="the backup's key: it was tried and did not work")
        parser.add_argument("--on", type=the_day, help="the day of the try")
        parser.add_argument("--note", default="", help="what was met; no names of customers")
        parser.add_argument("--as", dest="username", help="the owner in whose name it is written down")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        shop = the_shop(options["shop"])
        if key := options["proved"] or options["failed"]:
            if options["on"] is None:
                raise CommandError("Say with --on on which day it was tried, as 2026-03-01.")
            actor = by_command(the_owner(options["username"], shop)) if options["username"] else COMMAND
            said = {"tried_on": options["on"], "has_worked": bool(options["proved"]), "words": options["note"]}
            backups.note(shop, key, **said, actor=actor, now=now)
        else:
            refuse_unheeded(
                options, "on note username", "without --proved KEY or --failed KEY: say which backup was tried."
            )
        return {
            "shop": shop.slug,
            "backups": [
                {
                    "key": each.backup.key,
                    "what": each.backup.what,
                    "every_days": each.backup.every_days,
                    "kept_days": each.backup.kept_days,
                    "last_proved": each.proved.tried_on if each.proved else None,
                    "by": each.proved.made_by if each.proved else None,
                    "is_due": each.is_due,
                }
                for each in backups.register(shop, now)
            ],
        }
