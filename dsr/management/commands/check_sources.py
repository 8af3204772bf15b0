"""Say where the shops' databases are no longer as they were described."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dsr.management.json_command import the_shop
from dsr.models import SourceCheck
from dsr.workflow import source_checks
from dsr.workflow.actors import COMMAND

ALARMS, COULD_NOT_CHECK = 1, 2


class Command(BaseCommand):
    """``check_sources [--shop SLUG] [--source NAME] [--json]``; the exit code is 0 without alarms, 1 with some, and 2 when a
    source could not be checked."""

    help = "Compare every source with its description; each alarm comes with the line that would settle it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shop", help="of one shop alone")
        parser.add_argument("--source", default="", help="of this name alone")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        shop = the_shop(options["shop"]) if options["shop"] else None
        checks = source_checks.check_sources(shop, options["source"], actor=COMMAND, now=timezone.now())
        if options["source"] and not checks:
            raise CommandError(f"There is no described source {options['source']!r}.", returncode=COULD_NOT_CHECK)
        if options["json"]:
            self.stdout.write(json.dumps(content(checks), indent=2, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(line for check in checks for line in lines(check)))
        code = max((exit_code(check) for check in checks), default=0)
        if code:
            sys.exit(code)


def exit_code(check: SourceCheck) -> int:
    """Of one source."""
    return COULD_NOT_CHECK if check.error_code else ALARMS if check.alarms or check.came_back else 0


def content(checks: list[SourceCheck]) -> dict[str, Any]:
    """For machines. Of a source that could not be checked, the alarms are those of the last check that could."""
    return {
        "alarms": sum(len(check.alarms) for check in checks),
        "sources": [
            {
                "shop": check.source.shop.slug,
                "source": check.source.name,
                "checked_at": check.checked_at.isoformat(),
                "error": {"code": check.error_code, "message": check.error_text} if check.error_code else None,
                "alarms": check.alarms,
                "advice": check.advice,
                "came_back": check.came_back,
            }
            for check in checks
        ],
    }


def lines(check: SourceCheck) -> list[str]:
    """For people: each alarm with its place, and below it the line that would settle it."""
    told = [f"{check.source}: {source_checks.summary(check)}"]
    for each in (*check.alarms, *check.advice):
        where = each["file"] + (f":{each['line']}" if each["line"] else "")
        told += [f"  {where}: {each['place']}: {each['message']}", f"      {each['cure']}"]
    return told
