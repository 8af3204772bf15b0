"""Answer a manual task in the colleague's place."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from dsr.management.json_command import JsonCommand, the_request, the_staff
from dsr.models import ManualTask
from dsr.workflow import manual_answers
from dsr.workflow.actors import by_command
from dsr.workflow.file_kinds import FileRefused
from dsr.workflow.manual_answers import Draft, NothingSaid
from dsr.workflow.manual_tasks import TaskClosed


class Command(JsonCommand):
    """``answer_task REF SOURCE --name NAME --staff STAFF [--file FILE ...] [--note TEXT] [--nothing]``."""

    help = "Say what a colleague found, or that it was nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference")
        parser.add_argument("source")
        parser.add_argument("--name", required=True, help="who looked")
        parser.add_argument("--staff", required=True, help="the member of staff who answers")
        parser.add_argument("--file", type=Path, action="append", default=[], help="what was found")
        parser.add_argument("--note", default="", help="what was found, in words; the person reads it")
        parser.add_argument("--nothing", action="store_true", help="nothing was found")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        task, files = _the_task(options["reference"], options["source"]), options["file"]
        actor = by_command(the_staff(options["staff"]))
        manual_answers.keep_draft(task, Draft(options["name"], options["note"], options["nothing"]))
        try:
            for file in files:
                manual_answers.add_file(task, name=file.name, content=file.read_bytes(), now=now)
            manual_answers.answer(task, actor=actor, now=now)
        except FileRefused as refused:
            raise CommandError(f"{file.name} {refused}") from None
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from None
        except NothingSaid:
            raise CommandError("Say what was found with --file or --note, or --nothing; never both.") from None
        except TaskClosed:
            raise CommandError("Somebody answered it meanwhile.") from None
        result = "nothing" if options["nothing"] else "found"
        return {
            "request": options["reference"].upper(),
            "source": options["source"],
            "result": result,
            "files": len(files),
        }


def _the_task(reference: str, source: str) -> ManualTask:
    subject_request = the_request(reference)
    tasks = ManualTask.objects.of_request(subject_request).open().filter(source_run__source__name=source)
    task = tasks.select_related("source_run__source__shop", "source_run__dataset_version").first()
    if task is None:
        raise CommandError(f"The source {source!r} waits for no answer of a person in {subject_request.reference}.")
    task.source_run.subject_request = subject_request
    return task
