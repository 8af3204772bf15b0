"""Forbid any change of records that were found for a request, see what is forbidden, and lift it."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError

from dsr.management.json_command import JsonCommand, refuse_unheeded, the_actor, the_day, the_request
from dsr.models import Hold
from dsr.workflow import holds
from dsr.workflow.holds import HoldRefused


class Command(JsonCommand):
    """``hold place|lift|show REF …``."""

    help = "Place, lift or show holds: records that nobody may change."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=("place", "lift", "show"))
        parser.add_argument("reference", help="of the request for which the records were found")
        parser.add_argument("--source", default="", help="the source that holds them, by its name")
        parser.add_argument("--collection", default="", help="the table, as the dataset calls it")
        parser.add_argument("--record", action="append", default=[], help="its digest; without one, every record")
        parser.add_argument("--ground", default="", help="who forbade it: a court's file number, a claim")
        parser.add_argument("--until", type=the_day, help="its last day; without one, until it is lifted")
        parser.add_argument("--as", dest="username", help="the member of staff who places or lifts it; needed for both")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        subject_request = the_request(options["reference"])
        if options["what"] != "place":
            refuse_unheeded(options, "ground until", f"with {options['what']}, only with place.")
        if options["what"] == "show":
            refuse_unheeded(options, "username", "with show: to look needs nobody's name.")
        if options["what"] != "show" and not options["username"]:
            raise CommandError(f"Say who {options['what']}s it: --as STAFF. A hold has an author.")
        actor = the_actor(options["username"], subject_request)
        if options["what"] == "place":
            made = holds.place(
                subject_request,
                source_name=options["source"],
                collection=options["collection"],
                ground=options["ground"],
                digests=options["record"],
                until=options["until"],
                actor=actor,
                now=now,
            )
            return {"reference": subject_request.reference, "placed": [_shown(hold) for hold in made]}
        chosen = Hold.objects.filter(subject_request=subject_request, lifted_at=None).select_related(
            "source", "subject_request"
        )
        if options["source"]:
            chosen = chosen.filter(source__name=options["source"])
        if options["collection"]:
            chosen = chosen.filter(collection=options["collection"])
        if options["record"]:
            chosen = chosen.filter(digest__in=options["record"])
        if options["what"] == "show":
            return {"reference": subject_request.reference, "holds": [_shown(hold) for hold in chosen]}
        if not chosen:
            raise HoldRefused(f"{subject_request.reference} has no such hold.")
        return {"reference": subject_request.reference, "lifted": holds.lift(list(chosen), actor=actor, now=now)}


def _shown(hold: Hold) -> dict[str, Any]:
    return {
        "source": hold.source.name,
        "collection": hold.collection,
        "record": hold.digest,
        "ground": holds.ground_of(hold),
        "until": hold.until,
        "placed_by": hold.made_by,
    }
