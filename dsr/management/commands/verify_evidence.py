"""Check an evidence pack as anybody may, with our own public key."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError

from dsr import crypto
from dsr.exports import check_audit
from dsr.management.json_command import JsonCommand
from dsr.workflow import sealing


class Command(JsonCommand):
    """``verify_evidence FILE``; exit code 1 when something in it does not hold."""

    help = "Check that plan, run, proof, letter and audit chain of an evidence pack agree and were signed here."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the ZIP that evidence wrote")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        _, seed = sealing.ring().latest("signing")
        try:
            lines, bad = check_audit.pack_lines(options["file"], crypto.public_key(seed))
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror or error}.") from None
        except check_audit.UNREADABLE:
            raise CommandError(f"{options['file']} is no evidence pack, or it is damaged. Ask for it again.") from None
        if bad:
            raise CommandError("\n".join(lines))
        return {"file": options["file"], "holds": True, "says": lines[0]}
