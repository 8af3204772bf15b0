"""A place that only a person can search, and what that person is asked for one request."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from django.db import models

from dsr.models.source import Source, SourceRun
from dsr.models.subject_request import SubjectRequest


class ManualPlace(models.Model):
    """How a manual source is asked: a card index, a workshop, an outside firm."""

    source = models.OneToOneField(Source, on_delete=models.CASCADE, related_name="manual_place")
    instructions = models.TextField()
    sealed_assignee = models.BinaryField(help_text="Name and e-mail address of who is asked.")
    days = models.PositiveSmallIntegerField(help_text="To answer in, never past the request's own date.")
    needs = models.JSONField(default=list, help_text="Kinds of identifiers that can be searched by; empty for all.")

    def __str__(self) -> str:
        return f"place of {self.source}"


class ManualTaskQuerySet(models.QuerySet["ManualTask"]):
    """The questions of reminders and screens."""

    def open(self) -> ManualTaskQuerySet:
        """Neither answered nor called off."""
        return self.filter(state=ManualTask.State.OPEN)

    def of_request(self, subject_request: SubjectRequest) -> ManualTaskQuerySet:
        """All that was ever asked for one request, newest first."""
        return self.filter(source_run__subject_request=subject_request)


class ManualTask(models.Model):
    """One colleague is asked once for one request. Who that is and what they prepare is sealed under its key."""

    class State(models.TextChoices):
        """Overdue is no state: it is a comparison with ``due_on``."""

        OPEN = "open", "Waiting for an answer"
        ANSWERED = "answered", "Answered"
        CALLED_OFF = "called_off", "Called off"

    source_run = models.ForeignKey(SourceRun, on_delete=models.CASCADE, related_name="tasks")
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    sealed_assignee = models.BinaryField()
    sealed_draft = models.BinaryField(null=True, help_text="What was typed and not yet sent.")
    shown = models.JSONField(default=list, help_text="Hashes of the identifiers that the page has shown.")
    due_on = models.DateField()
    made_at = models.DateTimeField()
    reminded_on = models.DateField(null=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    has_found = models.BooleanField(null=True)

    objects: ClassVar[ManualTaskQuerySet] = ManualTaskQuerySet.as_manager()  # type: ignore[assignment]  # django-stubs widens it to Manager

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=("source_run",), condition=models.Q(state="open"), name="one_open_task_per_run"
            ),
        ]

    def __str__(self) -> str:
        return f"task of {self.source_run_id}"

    def is_overdue(self, today: date) -> bool:
        """True when it is unanswered past its date."""
        return self.state == self.State.OPEN and self.due_on < today


class TaskLink(models.Model):
    """A link that was mailed; only its digest is kept. An earlier one goes on working until the task is another's."""

    task = models.ForeignKey(ManualTask, on_delete=models.CASCADE, related_name="links")
    token_digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"link of task {self.task_id}"

    def is_expired(self, now: datetime) -> bool:
        """True when a new one must be sent."""
        return now >= self.expires_at


class TaskFile(models.Model):
    """A file that waits until the answer is confirmed. Its name is sealed with it."""

    task = models.ForeignKey(ManualTask, on_delete=models.CASCADE, related_name="files")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    sealed_name = models.BinaryField()
    sealed = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=("task", "sha256"), name="one_task_file_per_hash")]

    def __str__(self) -> str:
        return f"file of task {self.task_id}"
