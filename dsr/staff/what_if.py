"""What a draft of a policy would change for the people in a shop's databases, as the publishing page shows it."""

from __future__ import annotations

import time
from datetime import datetime

from dsr.clocks.arithmetic import day_of
from dsr.models import Shop
from dsr.policy import simulation_words as words
from dsr.policy.schema import Profile
from dsr.sources.base import SourceError
from dsr.workflow.connections import Refused
from dsr.workflow.simulation import Simulated, Tell, simulate

PATIENCE_SECONDS = 15.0
"""Somebody waits for the page; a hundred thousand people take a fifth of that."""


class TooLong(Exception):
    """More people than can be judged while somebody waits."""


def what_if(shop: Shop, draft: Profile, now: datetime) -> dict[str, object]:
    """The report for the page, or why there is none."""
    try:
        found = simulate(shop, draft, today=day_of(now, draft.time_zone), tell=_patient(), seconds=PATIENCE_SECONDS)
    except TooLong:
        return {"what_if_failed": "There are more people than can be judged while you wait. The command does it:"}
    except (Refused, SourceError) as error:
        return {"what_if_failed": f"{error} The command gives the databases more time:"}
    return shown(found)


def _patient() -> Tell:
    ends = time.monotonic() + PATIENCE_SECONDS

    def tell(_people: int, _records: int) -> None:
        if time.monotonic() > ends:
            raise TooLong

    return tell


def shown(found: Simulated) -> dict[str, object]:
    """A report as the page tells it."""
    report = found.report
    rows = [
        {
            "record_class": words.record_class(tally.change.record_class),
            "before": words.before(tally.change),
            "after": words.after(tally.change),
            "move": words.MOVES[tally.change.how],
            "records": tally.records,
            "people": tally.people,
        }
        for tally in report.tallies
    ]
    broken = [{"told": words.broken(each), "sentences": each.sentences} for each in report.broken]
    return {
        "what_if": found,
        "judged": words.concerned(report.records, report.people),
        "changes_of_records": rows,
        "broken": broken,
        "unruled": [*map(words.record_class, report.unruled)],
    }
