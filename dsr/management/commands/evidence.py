"""Write the evidence pack of an erasure or a correction."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from dsr.management.json_command import JsonCommand, the_request
from dsr.workflow import evidence


class Command(JsonCommand):
    """``evidence REF [--out FILE]``. The pack checks itself anywhere: ``python3 check_audit.py FILE``."""

    help = "Write plan, proof, letter and audit chain of a fulfilled erasure or correction as one ZIP without personal data."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference", help="of the request: SJ-4K2P-90TR")
        parser.add_argument("--out", type=Path, help="the file to write; default REF-evidence.zip")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        subject_request = the_request(options["reference"])
        out: Path = options["out"] or Path(f"{subject_request.reference}-evidence.zip")
        pieces = list(evidence.pack(subject_request, now=now))
        try:
            descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(pieces)
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}.") from None
        return {"reference": subject_request.reference, "written": str(out), "bytes": out.stat().st_size}
