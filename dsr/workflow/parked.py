"""Jobs that were given up: what staff see of them, and trying again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from dsr.models import Job, SourceRun
from dsr.workflow import audit, gathering, queue
from dsr.workflow.actors import Actor
from dsr.workflow.queue import Work


def try_again(job: Job, *, actor: Actor, now: datetime) -> None:
    """Give a parked job all its tries back. A source's job goes the source's own way, so that its run shows it."""
    if job.kind == Work.GATHER_SOURCE:
        gathering.retry(SourceRun.objects.get(pk=job.target_id or 0), actor=actor, now=now)
        return
    with transaction.atomic(durable=True):
        queue.again(job, now)
        if job.subject_request is not None:
            audit.record(job.subject_request, "job.retried", actor=actor, now=now, facts={"kind": job.kind})
