"""Decide about a wish to have something corrected."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError

from dsr.lifecycle import RequestType
from dsr.management.json_command import JsonCommand, refuse_unheeded, the_releaser, the_request
from dsr.models import CorrectionItem, SubjectRequest
from dsr.workflow import correction_places, corrections, disputes
from dsr.workflow.actors import Actor
from dsr.workflow.correction_places import Candidate
from dsr.workflow.corrections import GROUNDS, Asked, Item, Place

Kind = CorrectionItem.Kind


class Command(JsonCommand):
    """``correct REF [--wish N] [--field SOURCE.COLLECTION.FIELD --to TEXT [--record DIGEST]] [--refuse GROUND]
    [--statement TEXT] --as STAFF``.

    Without a decision it shows the wishes, and of one wish the records that it may mean. ``--field`` without ``--wish`` notes
    the wish as well.
    """

    help = "Show what shall be corrected and decide about it; plan_erasure and approve_erasure then carry it out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference")
        parser.add_argument("--wish", type=int, help="the number of the wish; a new one is noted without it")
        parser.add_argument("--field", help="where: source.collection.field")
        parser.add_argument("--to", help="what it shall say; an empty text empties it")
        parser.add_argument(
            "--record", default="", help="the first digits of the record's digest, where several have that field"
        )
        parser.add_argument("--partly", default="", help="what was not followed and why; the person reads it")
        parser.add_argument("--partly-ground", choices=sorted(GROUNDS), default="", help="the ground of that part")
        parser.add_argument("--proved-otherwise", action="store_true", help="the person was proved by something else")
        parser.add_argument("--refuse", choices=sorted(GROUNDS), help="do not follow the wish, on this ground")
        parser.add_argument("--reason", default="", help="in further words; the person reads it")
        parser.add_argument("--statement", help="what the person holds against a refusal; it stands beside the answer")
        parser.add_argument("--as", dest="username", help="the member of staff who decides")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        subject_request = the_request(options["reference"])
        if subject_request.type != RequestType.CORRECTION:
            raise CommandError(f"{subject_request.reference} is no request for correction: it has no wishes.")
        if _is_decided(options):
            if not options["username"]:
                raise CommandError("Say who decides: --as STAFF.")
            _decide(subject_request, options, the_releaser(options["username"], subject_request), now)
            subject_request.refresh_from_db()
        return _shown(subject_request, options["wish"])


FOLLOWING = "field to record partly partly_ground proved_otherwise"
"""What is said of a wish that is followed."""


def _is_decided(options: dict[str, Any]) -> bool:
    """Whether a decision is asked for, and not a look. Raises CommandError for what does not go with it."""
    if options["refuse"] or options["statement"] is not None:
        what = "--refuse" if options["refuse"] else "--statement"
        refuse_unheeded(options, FOLLOWING, f"with {what}, as nothing is followed then. Do one after the other.")
    if not options["refuse"]:
        refuse_unheeded(options, "reason", "without --refuse; what is not followed of a wish is said with --partly.")
    if options["field"] or options["refuse"] or options["statement"] is not None:
        return True
    refuse_unheeded(options, FOLLOWING, "without --field SOURCE.COLLECTION.FIELD: nothing was decided.")
    refuse_unheeded(options, "username", "without --field, --refuse or --statement: nothing was decided.")
    return False


def _decide(subject_request: SubjectRequest, options: dict[str, Any], actor: Actor, now: datetime) -> None:
    if options["refuse"]:
        row, said = _wish(subject_request, options["wish"]).row, options["statement"] or ""
        ground, reason = options["refuse"], options["reason"]
        corrections.refuse(subject_request, row, ground=ground, reason=reason, statement=said, actor=actor, now=now)
        return
    if options["statement"] is not None:
        row = _wish(subject_request, options["wish"]).row
        disputes.attach(subject_request, row, options["statement"], actor=actor, now=now)
        return
    source, _, rest = options["field"].partition(".")
    collection, _, field = rest.rpartition(".")
    if options["to"] is None or not collection:
        raise CommandError("Write --field SOURCE.COLLECTION.FIELD and --to TEXT.")
    is_noted = options["wish"] is not None
    row = _wish(subject_request, options["wish"]).row if is_noted else CorrectionItem(kind=Kind.OTHER)
    meant = [
        each
        for each in correction_places.candidates(subject_request, row)
        if (each.source.name, each.collection) == (source, collection)
        and field in [name for name, _, _ in each.fields]
        and each.digest.startswith(options["record"])
    ]
    if len(meant) != 1:
        raise CommandError(_which(meant, options["field"]))
    one = meant[0]
    changes = {(one.source.pk, collection, one.digest): {field: options["to"]}}
    if not is_noted:
        corrections.try_out(subject_request, row, changes, proved_otherwise=options["proved_otherwise"])
        asked = Asked(Kind.OTHER, options["to"], place=Place(one.source, collection, one.digest, field))
        row = corrections.add_in_review(subject_request, asked, actor=actor, now=now)
    corrections.accept(
        subject_request,
        row,
        changes,
        partly_because=options["partly"],
        partly_ground=options["partly_ground"],
        proved_otherwise=options["proved_otherwise"],
        actor=actor,
        now=now,
    )


def _which(meant: list[Candidate], field: str) -> str:
    if not meant:
        return f"No record that was found has {field}, or it may not be corrected."
    digests = ", ".join(each.digest[:12] for each in meant)
    return f"{len(meant)} records have {field}: add --record with the first digits of one of {digests}."


def _wish(subject_request: SubjectRequest, number: int | None) -> Item:
    there = corrections.items(subject_request)
    found = [each for each in there if each.row.number == number]
    if not found:
        known = ", ".join(str(each.row.number) for each in there) or "none"
        lack = (
            "Say which wish is meant: --wish N."
            if number is None
            else f"{subject_request.reference} has no wish {number}."
        )
        raise CommandError(f"{lack} There are: {known}.")
    return found[0]


def _shown(subject_request: SubjectRequest, number: int | None) -> dict[str, Any]:
    said: dict[str, Any] = {
        "reference": subject_request.reference,
        "state": subject_request.state,
        "wishes": [
            {
                "number": each.row.number,
                "kind": each.row.kind,
                "says": each.says,
                "wanted": each.wanted,
                "why": each.why,
                "state": each.row.state,
                "ground": each.row.ground or None,
                "statement": each.statement or None,
            }
            for each in corrections.items(subject_request)
        ],
    }
    if number is not None:
        item = _wish(subject_request, number)
        said["records"] = [
            {
                "source": each.source.name,
                "collection": each.collection,
                "digest": each.digest,
                "fields": {name: value for name, _, value in each.fields},
                "is_shared": each.is_shared,
                "is_history": each.is_history,
            }
            for each in correction_places.candidates(subject_request, item.row, item.says)
        ]
    return said
