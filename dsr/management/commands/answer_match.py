"""Say whether a record that agrees only weakly is the same person's."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError

from dsr.management.commands.show_request import shown
from dsr.management.json_command import JsonCommand, the_releaser, the_request, the_staff
from dsr.models import MatchQuestion
from dsr.workflow import review


class Command(JsonCommand):
    """``answer_match REF NUMBER same|other --as STAFF``; without an answer it shows what agrees and what differs."""

    help = "Answer 'same person?' for a request in review; the numbers stand in show_request."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference")
        parser.add_argument("number", type=int)
        parser.add_argument("answer", nargs="?", choices=MatchQuestion.Answer.values)
        parser.add_argument("--as", dest="staff", required=True, help="the member of staff who decides")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        subject_request = the_request(options["reference"])
        user, actor = the_staff(options["staff"]), the_releaser(options["staff"], subject_request)
        row = subject_request.match_questions.filter(pk=options["number"]).first()
        if row is None:
            numbers = ", ".join(str(each.pk) for each in subject_request.match_questions.all()) or "none"
            raise CommandError(
                f"{subject_request.reference} has no question {options['number']}. There are: {numbers}."
            )
        if options["answer"]:
            given = MatchQuestion.Answer(options["answer"])
            review.answer_match(row, given, user=user, actor=actor, now=now)
            subject_request.refresh_from_db()
            return shown(subject_request)
        question = review.open_match(row, user=user, now=now)
        adds = [each.kind.value for each in question.reveals]
        return {"agrees": dict(question.agrees), "differs": dict(question.differs), "same_adds": adds}
