"""Make the five demo shops: their databases, and their places in the app."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError

from dsr.demo.build import DEFAULT_PEOPLE, DemoServerError, build_shops, newsletter_url
from dsr.demo.registration import register
from dsr.demo.shops import SHOPS
from dsr.management.json_command import JsonCommand
from dsr.workflow.actors import COMMAND


class Command(JsonCommand):
    """``seed_demo [--people N] [--fresh]``; a second call finds everything there and takes a moment."""

    help = "Create the demo shops' databases on DEMO_SHOPS_URL and register the shops with their sources."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--people", type=int, default=DEFAULT_PEOPLE, help="invented people a shop")
        parser.add_argument("--fresh", action="store_true", help="drop the demo shops' databases first")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        admin_url, people = os.environ.get("DEMO_SHOPS_URL", ""), options["people"]
        if not admin_url:
            raise CommandError(
                "DEMO_SHOPS_URL is not set. It names a PostgreSQL role with CREATEDB that is no superuser; without a"
                " DATABASE_URL the embedded database sets it by itself."
            )
        if people < 0:
            raise CommandError("--people must be 0 or more.")
        try:
            urls = build_shops(admin_url, people, now.date(), self._say, fresh=options["fresh"])
        except DemoServerError as error:
            raise CommandError(str(error)) from None
        for demo in SHOPS:
            register(
                demo,
                shop_url=urls[demo.slug],
                newsletter_url=newsletter_url(admin_url, demo.slug),
                actor=COMMAND,
                now=now,
            )
        return {"shops": [demo.slug for demo in SHOPS], "people": people}

    def _say(self, line: str) -> None:
        """Progress goes beside the answer: standard output holds JSON only."""
        self.stderr.write(line, style_func=str)
