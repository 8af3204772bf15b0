"""Background work as a row. The queue only rings a bell; this table is what is true."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models

from dsr.models.subject_request import SubjectRequest


class JobQuerySet(models.QuerySet["Job"]):
    """The questions of the sweeper and the staff."""

    def claimable(self, now: datetime, stale_before: datetime) -> JobQuerySet:
        """Due and waiting, or running under a worker that stopped breathing."""
        due = models.Q(state=Job.State.READY, run_after__lte=now)
        return self.filter(due | models.Q(state=Job.State.RUNNING, heartbeat_at__lt=stale_before))

    def unfinished(self) -> JobQuerySet:
        """Still to be done."""
        return self.filter(state__in=(Job.State.READY, Job.State.RUNNING))

    def parked(self) -> JobQuerySet:
        """Given up after the last try; a person must look."""
        return self.filter(state=Job.State.PARKED)


class Job(models.Model):
    """One piece of work, done once however often it is delivered."""

    class State(models.TextChoices):
        """Parked is shown to staff with its reason."""

        READY = "ready", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        PARKED = "parked", "Parked"

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120, unique=True, help_text="Two jobs with one key are one job.")
    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, null=True, related_name="jobs")
    target_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.READY)
    attempts = models.PositiveIntegerField(default=0)
    delays = models.PositiveIntegerField(default=0, help_text="Tries that ended in a temporary fault elsewhere.")
    fence = models.PositiveIntegerField(default=0)
    run_after = models.DateTimeField()
    queued_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    error_text = models.TextField(blank=True)

    objects: ClassVar[JobQuerySet] = JobQuerySet.as_manager()  # type: ignore[assignment]  # django-stubs widens it to Manager

    class Meta:
        ordering = ("id",)
        indexes = [
            models.Index(
                fields=("state", "run_after"),
                name="unfinished_jobs",
                condition=models.Q(state__in=("ready", "running")),
            ),
        ]

    def __str__(self) -> str:
        return self.key
