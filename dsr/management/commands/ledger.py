"""Verify the erasure ledger, or write anew what it has lost."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import datetime
from typing import Any

from dsr.ledger import LedgerTampered
from dsr.management.json_command import JsonCommand, refuse_unheeded
from dsr.workflow import ledger_mending, ledger_upkeep, ledgers


class Command(JsonCommand):
    """``ledger verify|mend [--execute]``; exit code 1 when something was changed or taken away, or cannot be read."""

    help = "Check that every entry of the erasure ledger stands as it was written, and that none is missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["verify", "mend"])
        parser.add_argument(
            "--execute", action="store_true", help="with mend: write it; without, only say what is missing"
        )

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        folder = {"folder": str(ledgers.ledger().folder)}
        if options["action"] == "mend":
            mended = ledger_mending.mend(execute=options["execute"], now=now)
            return {**folder, "executed": options["execute"], **asdict(mended)}
        refuse_unheeded(options, "execute", "with verify, which only reads. Leave it out, or say mend.")
        try:
            return {**folder, **asdict(ledger_upkeep.verify()), "faults": []}
        except LedgerTampered as tampered:
            self.stdout.write(json.dumps({**folder, "faults": [str(tampered)]}, indent=2, ensure_ascii=False))
            sys.exit(1)
