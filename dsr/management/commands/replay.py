"""Erase and correct again what a backup brought back."""

from __future__ import annotations

import gc
from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from dsr.management.json_command import JsonCommand, refuse_unheeded, the_owner, the_shop, the_source, the_staff
from dsr.workflow import replay, restores
from dsr.workflow.actors import COMMAND, by_command
from dsr.workflow.replay_batches import Report

ANEW = (
    "Everything that was ever erased is looked for. Who signed up again since, under the same e-mail address, would be erased "
    "again: say with --snapshot-taken when the backup began."
)
OLDER = (
    "Rows are there that were erased before our own backup began. Is a shop's backup older than ours? Then say with "
    "--snapshot-taken when it began. Did people come anew? Then name the moment at which ours began. Until then the site stays "
    "closed."
)


STRANGERS = (
    "Rows stand under the number of an erased one and name somebody else. Either the number was given to a new customer, or it "
    "is the same person under what they were called when the backup was made. They were left as they are: look each of them up "
    "in the shop, and open a request for whoever is back."
)
EXPIRED = (
    "Our backup is older than the ledger: {count} entries that it does not know have expired. No shop's backup may be so old; "
    "who was erased then is not known here any more if they come back."
)


class Command(JsonCommand):
    """``replay SHOP|--ours [--source NAME] [--gone NAME] [--snapshot-taken ISO] [--execute] [--as STAFF]``.

    Without ``--execute`` it only counts.
    """

    help = "After a backup was put back: do again what was erased and corrected since; a dry run unless --execute is given."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("shop", nargs="?", default="")
        parser.add_argument(
            "--ours", action="store_true", help="our own database was put back: make it good, and every shop's"
        )
        parser.add_argument("--source", default="", help="only in this one of the shop's sources")
        parser.add_argument(
            "--gone",
            action="append",
            default=[],
            metavar="NAME",
            help="a source that exists no more, so that nothing can be back there; may be given several times",
        )
        parser.add_argument(
            "--snapshot-taken",
            type=_moment,
            help="when the backup began (2026-03-01T02:00+00:00); only what was done from then on is done again",
        )
        parser.add_argument("--execute", action="store_true", help="do it; without this nothing is changed")
        parser.add_argument("--as", dest="username", help="the owner in whose name it is done")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        with _seldom_collecting():
            return self._answer(now, **options)

    def _answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        if options["ours"] == bool(options["shop"]):
            raise CommandError("Name a shop whose backup was put back, or --ours when it was our own database.")
        if options["ours"]:
            refuse_unheeded(options, "source", "with --ours: every shop is replayed whole. Leave it out.")
            return self._ours(now, **options)
        shop = the_shop(options["shop"])
        if options["source"]:
            the_source(shop, options["source"])
        if there := shop.sources.filter(name__in=options["gone"]).values_list("name", flat=True):
            raise CommandError(f"--gone: {', '.join(there)} is connected, so it is looked through like the others.")
        actor = by_command(the_owner(options["username"], shop)) if options["username"] else COMMAND
        execute: bool = options["execute"]
        report = replay.replay(
            shop,
            source=options["source"],
            gone=options["gone"],
            snapshot_taken=options["snapshot_taken"],
            execute=execute,
            actor=actor,
            now=now,
            say=self.stderr.write,
        )
        if not options["snapshot_taken"]:
            self.stderr.write(ANEW)
        if self._is_whole(report) and execute:
            self.stderr.write(f"Was that a backup? Then it is proved: backups {shop.slug} --proved KEY --on DAY")
        return {"shop": shop.slug, "executed": execute, **_shown(report)}

    def _is_whole(self, report: Report) -> bool:
        if report.strangers:
            self.stderr.write(STRANGERS)
        is_left = bool(report.refused or report.unreachable or report.strangers)
        self.is_left |= is_left
        return not is_left

    def _ours(self, now: datetime, **options: Any) -> dict[str, Any]:
        actor = by_command(the_staff(options["username"])) if options["username"] else COMMAND
        recovery = restores.recover(
            gone=options["gone"],
            snapshot_taken=options["snapshot_taken"],
            execute=options["execute"],
            actor=actor,
            now=now,
            say=self.stderr.write,
        )
        for report in recovery.shops.values():
            self._is_whole(report)
        if recovery.older:
            self.stderr.write(OLDER)
        if recovery.expired:
            self.stderr.write(EXPIRED.format(count=recovery.expired))
        if not options["snapshot_taken"] and any(report.back for report in recovery.shops.values()):
            self.stderr.write(ANEW)
        return {
            "executed": options["execute"],
            "known": recovery.known,
            "last": recovery.last,
            "requests": recovery.requests,
            "unknown_requests": recovery.unknown_requests,
            "kept": recovery.kept,
            "older": recovery.older,
            "expired": recovery.expired,
            "shops": {slug: _shown(report) for slug, report in recovery.shops.items()},
            "settled": recovery.is_settled,
        }


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """A replay makes a million small objects and no cycles: looking for some again and again would take half of its time."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(200_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _shown(report: Report) -> dict[str, Any]:
    return {
        "entries": report.entries,
        "back": _rows(report.back),
        "done": _rows(report.done),
        "held": [
            {"source": source, "collection": collection, "records": count}
            for (source, collection), count in sorted(report.held.items())
        ],
        "files": [
            {"source": source, "fate": fate, "files": count} for (source, fate), count in sorted(report.files.items())
        ],
        "unfinished": sorted(set(report.unfinished)),
        "suppressions": report.suppressions,
        "strangers": report.strangers,
        "refused": report.refused,
        "unreachable": report.unreachable,
    }


def _rows(counted: Counter[tuple[str, str, str]]) -> list[dict[str, Any]]:
    return [
        {"source": source, "collection": collection, "action": action, "records": count}
        for (source, collection, action), count in sorted(counted.items())
    ]


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no moment; write it as 2026-03-01T02:00+00:00.") from None
    if moment.tzinfo is None:
        told = moment.isoformat(timespec="minutes")
        raise ArgumentTypeError(f"{text!r} says no time zone; write it as {told}+00:00 when it is in UTC.")
    if moment > timezone.now():
        raise ArgumentTypeError(f"{text!r} is still to come: no backup was begun then.")
    return moment
