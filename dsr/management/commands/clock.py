"""The dates that a statute sets for one request, and why: nothing is stored and no database is asked."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dsr.clocks.arithmetic import UnknownTimeZone, day_of, zone_of
from dsr.clocks.deadlines import BadCourse, Course, Deadlines, Pause, PauseReason, reckon
from dsr.clocks.holidays import UnknownCalendar, calendar_of
from dsr.clocks.regimes import NotCovered, UnknownRegime, codes, rule_for, time_zone_of
from dsr.clocks.words import RightCode

QUESTIONS = {
    PauseReason.CLARIFICATION: ("--paused-from", "--paused-to"),
    PauseReason.IDENTITY: ("--id-asked", "--id-received"),
    PauseReason.FEE: ("--fee-asked", "--fee-paid"),
    PauseReason.AUTHORITY: ("--authority-asked", "--authority-received"),
}
DATES = ("acknowledge_by", "respond_by", "latest_lawful", "extended_to", "appeal_by")


class Command(BaseCommand):
    """``clock --regime R --right T --received ISO``."""

    help = "Say by when a request must be answered under a statute, and why that day."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--regime", required=True, help="such as " + ", ".join(codes()[:4]))
        parser.add_argument("--right", required=True, help=", ".join(RightCode))
        parser.add_argument(
            "--received", required=True, metavar="ISO", help="a day, or a moment; without an offset there"
        )
        parser.add_argument("--extended", action="store_true", help="the person was told in time that it takes longer")
        for reason, (asked, answered) in QUESTIONS.items():
            parser.add_argument(asked, action="append", metavar="DAY", help=f"the person was asked: {reason}")
            parser.add_argument(answered, action="append", metavar="DAY", help="and answered; without it, not yet")
        parser.add_argument("--appealed", metavar="DAY", help="the person appealed against the answer")
        parser.add_argument("--holidays", metavar="CODE", help="FR, DE-BY, EW, US; without it the regime's own")
        parser.add_argument("--time-zone", metavar="NAME", help="where the shop is; without it the regime's own")
        parser.add_argument("--json", action="store_true", help="as data")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = _reckoned(options)
        except (BadCourse, NotCovered, UnknownCalendar, UnknownRegime, UnknownTimeZone) as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            content: dict[str, object] = {name: _iso(getattr(found, name)) for name in DATES}
            self.stdout.write(json.dumps({**content, "explanation": list(found.explanation)}, indent=2))
            return
        for name in DATES:
            if day := _iso(getattr(found, name)):
                self.stdout.write(f"{name.replace('_', ' '):15} {day}")
        self.stdout.write("\n".join(["", *found.explanation]))


def _reckoned(options: dict[str, Any]) -> Deadlines:
    zone = options["time_zone"] or time_zone_of(options["regime"])
    received_at = _moment(options["received"], zone)
    rule = rule_for(options["regime"], _right(options["right"]), day_of(received_at, zone))
    course = Course(
        received_at,
        extended=options["extended"],
        pauses=tuple(_pauses(options)),
        appealed_on=_day(options["appealed"], "--appealed") if options["appealed"] else None,
    )
    calendar = calendar_of(rule.holidays if options["holidays"] is None else options["holidays"])
    return reckon(rule, course, time_zone=zone, calendar=calendar)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _right(code: str) -> RightCode:
    try:
        return RightCode(code)
    except ValueError:
        raise CommandError(f"There is no right {code!r}. There are: {', '.join(RightCode)}.") from None


def _pauses(options: dict[str, Any]) -> Iterator[Pause]:
    for reason, (asked, answered) in QUESTIONS.items():
        asked_on = options[asked.strip("-").replace("-", "_")] or []
        answered_on = options[answered.strip("-").replace("-", "_")] or []
        if len(answered_on) > len(asked_on):
            raise CommandError(f"{answered} needs {asked}: on which day was the person asked?")
        for number, day in enumerate(asked_on):
            reply = _day(answered_on[number], answered) if number < len(answered_on) else None
            yield Pause(_day(day, asked), reply, reason)


def _moment(text: str, zone: str) -> datetime:
    """A day alone is its noon, which is that day almost everywhere."""
    try:
        moment = datetime.fromisoformat(f"{text}T12:00" if len(text) == len("2026-11-23") else text)
    except ValueError:
        raise CommandError(_no_date(text, "--received")) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone_of(zone))


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(_no_date(text, option)) from None


def _no_date(text: str, option: str) -> str:
    return f"{option}: {text!r} is no date. Write it like 2026-11-23, or with a time 2026-11-23T23:59+01:00."
