"""Say what a careful reader would mend in a policy profile."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dsr.management.json_command import refuse_unheeded, the_shop
from dsr.management.text_file import text_of
from dsr.policy.json_schema import json_schema
from dsr.policy.lint import Finding, Severity
from dsr.workflow.policy_lint import findings_in


class Command(BaseCommand):
    """``lint_policy FILE [--shop SLUG] [--json]``, or ``--schema`` alone. An error keeps it unpublished: the exit code is 1."""

    help = "Read a profile and say every mistake in it, and what a careful reader would mend; publishes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?")
        parser.add_argument(
            "--schema", action="store_true", help="print the form of a profile as JSON Schema, for editors"
        )
        parser.add_argument("--shop", help="compare it with what this shop's connected sources hold")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["schema"]:
            refuse_unheeded(options, "file shop json", "with --schema, which reads no profile. Leave it out.")
            self.stdout.write(json.dumps(json_schema(), indent=2))
            return
        if options["file"] is None:
            raise CommandError("Name the file of a profile, or ask for --schema.")
        shop = the_shop(options["shop"]) if options["shop"] else None
        found = findings_in(text_of(options["file"]), options["file"].name, shop)
        if options["json"]:
            self.stdout.write(json.dumps(content(found), indent=2, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(lines(options["file"].name, found)))
        if errors_of(found):
            sys.exit(1)


def errors_of(found: Sequence[Finding]) -> int:
    """How many keep the profile from being published."""
    return sum(each.severity is Severity.ERROR for each in found)


def content(found: Sequence[Finding]) -> dict[str, Any]:
    """For machines."""
    errors = errors_of(found)
    return {"errors": errors, "warnings": len(found) - errors, "findings": [asdict(each) for each in found]}


def lines(file: str, found: Sequence[Finding]) -> list[str]:
    """For people."""
    errors = errors_of(found)
    return [*map(str, found), f"{file}: {_counted(errors, 'error')}, {_counted(len(found) - errors, 'warning')}"]


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
