"""Forget what requests held when their time is over, and destroy the keys of those months."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from datetime import datetime
from typing import Any

from dsr.management.json_command import JsonCommand
from dsr.workflow import forgetting, log_expiry


class Command(JsonCommand):
    """``forget_expired [--execute]``: without ``--execute`` it only says what would be done."""

    help = "Forget the requests whose time is over. A dry run, unless told otherwise; also done every night."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--execute", action="store_true", help="do it; what is forgotten cannot be brought back")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        is_done = bool(options["execute"])
        told = forgetting.forget_expired(now) if is_done else forgetting.would_forget(now)
        logs = log_expiry.remove_expired(now) if is_done else log_expiry.would_remove(now)
        return {
            "executed": is_done,
            "kept_because_needed": list(told.postponed),
            "forgotten": list(told.forgotten),
            "month_keys_destroyed": list(told.months),
            "lookup_keys_destroyed": list(told.lookups),
            "logs_removed": dict(Counter(logs)),
        }
