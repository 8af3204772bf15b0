"""Connect a source again that was disconnected."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from dsr.management.json_command import JsonCommand, the_shop, the_source
from dsr.workflow import connections
from dsr.workflow.actors import COMMAND


class Command(JsonCommand):
    """``reconnect_source SHOP SOURCE``: it is compared with its newest version first; old versions are kept."""

    help = "Ask a disconnected source again, as its newest version describes it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("shop")
        parser.add_argument("source")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        source = the_source(the_shop(options["shop"]), options["source"])
        connections.reconnect_source(source, actor=COMMAND, now=now)
        return {"shop": source.shop.slug, "source": source.name, "versions": source.versions.count()}
