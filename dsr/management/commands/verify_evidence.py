"""Check an evidence pack as anybody may, with our own public keys; or say which these are."""

from __future__ import annotations

import base64
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError

from dsr.exports import check_audit
from dsr.management.json_command import JsonCommand
from dsr.workflow import signatures


class Command(JsonCommand):
    """``verify_evidence [FILE]``; exit code 1 when something in it does not hold. Without a file: the keys to publish."""

    help = (
        "Check that everything in an evidence pack agrees and was signed here; without a pack, print our public keys."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", nargs="?", help="the ZIP that evidence wrote; without one, our public keys are shown"
        )

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        keys = signatures.public_keys()
        if options["file"] is None:
            return {"public_keys": {version: base64.b64encode(key).decode() for version, key in keys.items()}}
        try:
            lines, bad = check_audit.pack_lines(options["file"], keys.values())
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror or error}.") from None
        except check_audit.UNREADABLE:
            raise CommandError(f"{options['file']} is no evidence pack, or it is damaged. Ask for it again.") from None
        if bad:
            raise CommandError("\n".join(lines))
        return {"file": options["file"], "holds": True, "says": lines[0]}
