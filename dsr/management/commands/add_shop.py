"""Add a shop."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from dsr.management.json_command import JsonCommand
from dsr.workflow import shops
from dsr.workflow.actors import COMMAND


class Command(JsonCommand):
    """``add_shop SLUG --name NAME [--profile FILE]``."""

    help = "Add a shop, with its policy profile or the plain default one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--name", required=True)
        parser.add_argument("--profile", type=Path, help="a policy profile (YAML)")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        text = options["profile"].read_text() if options["profile"] else ""
        shop = shops.add_shop(slug=options["slug"], name=options["name"], profile_text=text, actor=COMMAND, now=now)
        return {"shop": shop.slug, "name": shop.name, "policy_version": 1}
