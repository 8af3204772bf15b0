"""List the published descriptions of a source, compare two, or publish one again."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError

from dsr.management.json_command import JsonCommand, the_shop, the_source
from dsr.models import DatasetVersion, Source
from dsr.workflow import versions
from dsr.workflow.actors import COMMAND


class Command(JsonCommand):
    """``show_versions SHOP SOURCE [--diff A B | --again N]``."""

    help = "The versions of a source's description: list them, compare two, publish an older one again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("shop")
        parser.add_argument("source")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--diff", nargs=2, type=int, metavar=("BEFORE", "AFTER"), help="what differs between two")
        what.add_argument("--again", type=int, metavar="NUMBER", help="make a new version that says what this one said")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        source = the_source(the_shop(options["shop"]), options["source"])
        if options["diff"]:
            before, after = (_version(source, number) for number in options["diff"])
            differences, unified = versions.difference(before, after)
            return {"differences": [asdict(each) for each in differences], "unified": unified.splitlines()}
        if options["again"] is not None:
            versions.publish_again(_version(source, options["again"]), actor=COMMAND, now=now)
        return {"source": source.name, "is_active": source.is_active, "versions": _listed(source)}


def _listed(source: Source) -> list[dict[str, Any]]:
    rows = source.versions.select_related("made_by", "repeats").order_by("-number")
    return [
        {
            "version": each.number,
            "made_at": each.made_at,
            "made_by": each.made_by.get_username() if each.made_by else "a command",
            "origin": each.origin,
            "repeats": each.repeats.number if each.repeats else None,
            "collections": len(each.collections),
        }
        for each in rows
    ]


def _version(source: Source, number: int) -> DatasetVersion:
    found = source.versions.select_related("source__shop").filter(number=number).first()
    if found is None:
        known = ", ".join(str(each) for each in source.versions.values_list("number", flat=True)) or "none"
        raise CommandError(f"{source.name} has no version {number}. There are: {known}.")
    return found
