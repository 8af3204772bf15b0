"""Do in the foreground what the jobs would do for one request, until a person is needed."""

from __future__ import annotations

import os
import time
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from dsr import jobs
from dsr.lifecycle import State
from dsr.management.commands.show_request import shown
from dsr.management.json_command import JsonCommand, the_releaser, the_request
from dsr.models import Job, SubjectRequest
from dsr.workflow import fulfilment, review
from dsr.workflow.actors import COMMAND, Actor
from dsr.workflow.fulfilment import NotThere
from dsr.workflow.queue import Work

PAUSE_SECONDS = 0.05


class Command(JsonCommand):
    """``run_request REF [--approve-as STAFF] [--out DIR] [--wait SECONDS]``; exit code 1 when something was given up."""

    help = "Run a request's jobs here and now; with --approve-as also release the answer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference")
        parser.add_argument("--approve-as", help="release the answer with this member of staff's permission")
        parser.add_argument("--out", type=Path, help="write the unpacked package to this new folder, mode 0700")
        parser.add_argument("--wait", type=float, default=120, help="seconds to wait for a source that does not answer")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        subject_request = the_request(options["reference"])
        releaser = options["approve_as"]
        releasing = the_releaser(releaser, subject_request) if releaser is not None else None
        until = time.monotonic() + options["wait"]
        work_off(subject_request, until)
        if subject_request.state == State.REVIEW and releasing is not None:
            review.approve(subject_request, actor=releasing, now=timezone.now())
            work_off(subject_request, until)
        content = {**shown(subject_request), "jobs": _unfinished(subject_request)}
        if options["out"]:
            try:
                content["package"] = self._write_out(subject_request, options["out"], releasing or COMMAND)
            except OSError as error:
                raise CommandError(f"{options['out']} cannot be written: {error.strerror}.") from None
        self.is_left = any(each["state"] == Job.State.PARKED for each in content["jobs"])
        return content

    def _write_out(self, subject_request: SubjectRequest, folder: Path, actor: Actor) -> str:
        if subject_request.state != State.FULFILLED:
            raise CommandError(f"{subject_request.reference} is {subject_request.state}: there is no package to write.")
        try:
            files = fulfilment.open_folder(subject_request.package, actor=actor, now=timezone.now())
        except NotThere:
            raise CommandError(f"The time of {subject_request.reference}'s files is over.") from None
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        for name, content in files:
            target = folder / name
            for between in reversed(target.relative_to(folder).parents[:-1]):
                (folder / between).mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(content)
        return str(folder)


def _unfinished(subject_request: SubjectRequest) -> list[dict[str, Any]]:
    """What is still to be done or was given up: since when or from when, and why."""
    left = Job.objects.filter(subject_request=subject_request).exclude(state=Job.State.DONE).order_by("pk")
    return [
        {"kind": each.kind, "state": each.state, "runs_from": each.run_after, "why": each.error_text or None}
        for each in left
    ]


def work_off(subject_request: SubjectRequest, until: float) -> None:
    """Claim and do the request's jobs, or wait for whoever is at them, until none is left or the time is over.

    A mail that the server does not take is tried, and not waited for: nothing that follows depends on it.
    """
    unfinished = Job.objects.filter(subject_request=subject_request).unfinished()
    # The person may still stop an erasure: that is not waited for.
    unfinished = unfinished.exclude(kind=Work.ERASE, run_after__gt=timezone.now())
    while True:
        for job in unfinished.all():
            getattr(jobs, job.kind)(job.pk)
        if not unfinished.exclude(kind=Work.SEND_NOTICE).exists() or time.monotonic() >= until:
            break
        time.sleep(PAUSE_SECONDS)
    subject_request.refresh_from_db()
