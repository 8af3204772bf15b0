"""Have a person asked in every request of a shop."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from dsr.management.commands.add_source import read
from dsr.management.json_command import JsonCommand, the_shop
from dsr.records import IdentityKind
from dsr.workflow import manual_places
from dsr.workflow.actors import COMMAND
from dsr.workflow.manual_places import Assignee, Place


class Command(JsonCommand):
    """``add_manual_source SHOP NAME --title TEXT --instructions TEXT|@FILE --assignee-email ADDRESS``."""

    help = "Add a place that only a person can search: a card index, a workshop, an outside firm."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("shop")
        parser.add_argument("name")
        parser.add_argument("--title", required=True, help="what the place is called")
        parser.add_argument("--instructions", required=True, help="where and how to look; @file reads a file")
        parser.add_argument("--assignee-email", required=True, help="who is asked")
        parser.add_argument("--assignee-name", default="", help="by default the part before the @")
        parser.add_argument("--days", type=int, default=7, help="to answer in (default 7)")
        kinds = [kind.value for kind in IdentityKind]
        parser.add_argument("--needs", nargs="*", default=[], choices=kinds, help="what it can be searched by")
        parser.add_argument("--record-class", default="", help="the word of the shop's policy for what it holds")
        parser.add_argument("--replace", action="store_true", help="change an existing manual source")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        shop, name, place = the_shop(options["shop"]), options["name"], _place(options)
        existing = shop.sources.filter(name=name, kind="manual").first()
        if existing and options["replace"]:
            version = manual_places.change_manual_source(existing, place=place, actor=COMMAND, now=now)
            return {"shop": shop.slug, "source": name, "version": version.number}
        manual_places.add_manual_source(shop, name=name, place=place, actor=COMMAND, now=now)
        return {"shop": shop.slug, "source": name, "version": 1}


def _place(options: dict[str, Any]) -> Place:
    instructions, email = options["instructions"], options["assignee_email"]
    if instructions.startswith("@"):
        instructions = read(Path(instructions[1:]))
    return Place(
        title=options["title"],
        instructions=instructions,
        assignee=Assignee(options["assignee_name"] or email.partition("@")[0], email),
        days=options["days"],
        needs=tuple(options["needs"]),
        record_class=options["record_class"],
    )
