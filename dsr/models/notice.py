"""Mail about a request, to its person, to a colleague or to a recipient, sealed while we hold it."""

from __future__ import annotations

from django.db import models

from dsr.models.subject_request import SubjectRequest


class Notice(models.Model):
    """One message. Who it goes to and what it says is sealed under the request's key."""

    class Kind(models.TextChoices):
        """What the message is for."""

        CONFIRM = "confirm", "Please confirm"
        CONFIRMED = "confirmed", "We have your request"
        READY = "ready", "Your copy is ready"
        REFUSED = "refused", "Refused"
        ACCESS_LINK = "access_link", "New link"
        EXTENDED = "extended", "It takes longer"
        QUESTION = "question", "We have a question"
        COOLING_OFF = "cooling_off", "You may still stop it"
        ERASED = "erased", "What became of your data"
        PROPOSED = "proposed", "The shop wants to correct something"
        CORRECTED = "corrected", "What became of a correction"
        ALL_ANSWERED = "all_answered", "Everybody who got the data has answered"
        FINISHED = "finished", "What was kept is erased too"
        DUE_REMINDER = "due_reminder", "The owners are reminded of a date"
        TASK = "task", "A colleague is asked"
        TASK_REMINDER = "task_reminder", "A colleague is reminded"
        INSTRUCTION = "instruction", "A recipient is told"
        INSTRUCTION_REMINDER = "instruct_reminder", "A recipient is reminded"
        RECIPIENT_TASK = "recipient_task", "The owners are to tell a recipient"

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=20, choices=Kind)
    sealed = models.BinaryField()
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject_request_id}"
