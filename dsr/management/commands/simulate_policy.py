"""Say what a draft of a policy would change for everybody in a shop's databases."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dsr.clocks.arithmetic import day_of
from dsr.management.json_command import FOR_PEOPLE, the_day, the_shop
from dsr.management.text_file import text_of
from dsr.policy import simulation_words as words
from dsr.policy.loader import parse_profile
from dsr.policy.simulation import Broken, Tally
from dsr.workflow.simulation import Simulated, simulate


class Command(BaseCommand):
    """``simulate_policy SHOP --profile draft.yaml [--today ISO] [--json]``; reads the shop's databases and writes nothing."""

    help = (
        "Lay a draft of a policy over all people of a shop: what would become of which records, which promises break."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("shop")
        parser.add_argument("--profile", type=Path, required=True, help="the draft (YAML)")
        parser.add_argument("--today", type=the_day, help="judge as of this day, such as 2027-01-31")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        shop = the_shop(options["shop"])
        try:
            draft = parse_profile(text_of(options["profile"]), options["profile"].name)
            today = options["today"] or day_of(timezone.now(), draft.time_zone)
            found = simulate(shop, draft, today=today, tell=self._tell)
            self._tell_no_more()
        except FOR_PEOPLE as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps(content(shop.slug, today, found), indent=2, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(lines(found)))

    def _tell(self, people: int, records: int) -> None:
        """On a terminal one line that changes, elsewhere a line each time."""
        what = f"judged {words.concerned(records, people)}" if people else "asking the shop's databases"
        self._write(f"{what:<60}", "\r" if self.stderr.isatty() else "\n")

    def _tell_no_more(self) -> None:
        if self.stderr.isatty():
            self._write("", "\n")

    def _write(self, text: str, ending: str) -> None:
        self.stderr.write(text, style_func=str, ending=ending)
        self.stderr.flush()


def content(shop: str, today: date, found: Simulated) -> dict[str, Any]:
    """For machines."""
    report = found.report
    return {
        "shop": shop,
        "today": today.isoformat(),
        "version_in_force": found.version,
        "spares_the_past": found.spares_the_past,
        "sources": list(found.sources),
        "not_counted": list(found.unasked),
        "people": report.people,
        "records": report.records,
        "changed_records": report.changed_records,
        "touched_people": report.touched_people,
        "changes": [{**asdict(each.change), "records": each.records, "people": each.people} for each in report.tallies],
        "broken_promises": [asdict(each) for each in report.broken],
        "record_classes_without_rule": list(report.unruled),
    }


def lines(found: Simulated) -> list[str]:
    """For people: the sums, each change, each promise."""
    report = found.report
    told = [
        f"{words.concerned(report.records, report.people)} in {', '.join(found.sources) or 'no source'}.",
        f"Another outcome than by version {found.version}: {words.concerned(report.changed_records, report.touched_people)}.",
    ]
    if found.spares_the_past:
        told.append(
            "The shop promised that changes concern only what is collected after them; older records are spared."
        )
    told += [_change(each) for each in report.tallies]
    told += [line for each in report.broken for line in _broken(each)] or ["No promise breaks."]
    if report.unruled:
        told.append(f"The draft has no retention rule for: {', '.join(map(words.record_class, report.unruled))}.")
    if found.unasked:
        told.append(f"Not counted, because a person is asked: {', '.join(found.unasked)}.")
    return told


def _change(tally: Tally) -> str:
    change = tally.change
    outcomes = f"{words.record_class(change.record_class)}: {words.before(change)} → {words.after(change)}"
    return f"  {outcomes}, {words.MOVES[change.how]}: {words.concerned(tally.records, tally.people)}"


def _broken(broken: Broken) -> list[str]:
    return [words.broken(broken), *(f"      Customers read: {sentence}" for sentence in broken.sentences)]
