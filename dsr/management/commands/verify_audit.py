"""Verify the audit log, or export chains with the checker that verifies them anywhere."""

from __future__ import annotations

import json
import shutil
import sys
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from dsr.exports import check_audit
from dsr.management.json_command import JsonCommand, the_request
from dsr.models import AuditStream, AuditTombstone
from dsr.workflow import anchors, tombstones
from dsr.workflow.queue import FinalFault


class Command(JsonCommand):
    """``verify_audit [REF] [--export DIR]``; exit code 1 when something was changed."""

    help = "Check that no entry of the audit log was changed, moved or removed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference", nargs="?")
        parser.add_argument("--export", type=Path, help="write chain.json and check_audit.py into this folder")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        streams = None
        if options["reference"]:
            streams = [AuditStream.objects.get(subject_request=the_request(options["reference"]))]
        try:
            found = list(anchors.faults(streams))
        except FinalFault as fault:
            raise CommandError(str(fault)) from None
        chosen = AuditStream.objects.all() if streams is None else streams
        if options["export"]:
            _export(options["export"], list(chosen), list(AuditTombstone.objects.all()) if streams is None else [])
        content = {
            "streams": len(chosen),
            "entries": sum(stream.length for stream in chosen),
            "removed": AuditTombstone.objects.count() if streams is None else 0,
            "faults": [{"stream": each.stream, "entry": each.number, "fault": each.message} for each in found],
        }
        if found:
            self.stdout.write(json.dumps(content, indent=2))
            sys.exit(1)
        return content


def _export(folder: Path, streams: list[AuditStream], stones: list[AuditTombstone]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    content = {"streams": [anchors.statement_of(stream) for stream in streams]}
    if stones:
        content["tombstones"] = [tombstones.statement_of(stone) for stone in stones]
    (folder / "chain.json").write_text(json.dumps(content, indent=1, ensure_ascii=False))
    shutil.copy(Path(check_audit.__file__), folder / "check_audit.py")
