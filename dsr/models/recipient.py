"""Who got the person's data from the shop, and is told that it must go or be put right."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from django.db import models

from dsr.models.notice import Notice
from dsr.models.subject_request import SubjectRequest


class RecipientInstructionQuerySet(models.QuerySet["RecipientInstruction"]):
    """The questions of letters, reminders and screens."""

    def pending(self) -> RecipientInstructionQuerySet:
        """Not told yet, or told and silent; and somebody still knows whom it is about."""
        return self.exclude(state=RecipientInstruction.State.ANSWERED).filter(subject_request__forgotten_at=None)


class RecipientInstruction(models.Model):
    """One recipient is told once for one request, and once more whenever more of the person is erased at its time.

    Reasons and corrected values are sealed under the request's key.
    """

    class Kind(models.TextChoices):
        """What the recipient has to do with what it got."""

        ERASE = "erase", "Erase"
        CORRECT = "correct", "Correct"
        DISPUTE = "dispute", "Keep what the person holds against it"

    class Way(models.TextChoices):
        """How it is told; the words of the profile."""

        EMAIL = "email", "By e-mail"
        WEBHOOK = "webhook", "By a message to its program"
        TASK = "task", "By hand"

    class State(models.TextChoices):
        """Overdue is no state: it is a comparison with ``due_on``."""

        TO_SEND = "to_send", "To be told"
        SENT = "sent", "Told, no answer yet"
        ANSWERED = "answered", "Answered"

    class Answer(models.TextChoices):
        """What it said. Only the first two end it well."""

        DONE = "done", "Done"
        NOTHING_HELD = "nothing_held", "Holds nothing"
        CANNOT = "cannot", "Cannot"

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="recipient_instructions")
    recipient = models.CharField(max_length=60, help_text="Its key in the request's policy version.")
    name = models.TextField(help_text="Its name there.")
    kind = models.CharField(max_length=10, choices=Kind)
    number = models.PositiveSmallIntegerField(
        default=1, help_text="1 as the plan was carried out; more as what had been kept was erased."
    )
    way = models.CharField(max_length=10, choices=Way)
    state = models.CharField(max_length=10, choices=State, default=State.TO_SEND)
    answer = models.CharField(max_length=12, choices=Answer, blank=True)
    sealed_reason = models.BinaryField(null=True, help_text="Why it cannot, in its own words.")
    sealed_changes = models.BinaryField(
        null=True, help_text="Of a correction: what shall say what, or what is held against it."
    )
    due_on = models.DateField()
    made_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    reminded = models.PositiveSmallIntegerField(default=0)
    reminded_on = models.DateField(null=True)
    opened_at = models.DateTimeField(null=True, help_text="When the button behind a mailed link was first pressed.")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=40, blank=True, help_text="As the audit log names who acted.")
    notice = models.ForeignKey(Notice, on_delete=models.SET_NULL, null=True, help_text="The newest mail to it.")

    objects: ClassVar[RecipientInstructionQuerySet] = RecipientInstructionQuerySet.as_manager()  # type: ignore[assignment]  # django-stubs widens it to Manager

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=("subject_request", "recipient", "kind", "number"), name="one_instruction_per_recipient"
            ),
            models.CheckConstraint(
                condition=models.Q(state="answered", answered_at__isnull=False) & ~models.Q(answer="")
                | ~models.Q(state="answered") & models.Q(answer=""),
                name="answered_says_what",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.recipient}"

    @property
    def closed_at(self) -> datetime | None:
        """When the request was forgotten without its answer: from then on it never answers, as nobody knows whom it was about."""
        return None if self.state == self.State.ANSWERED else self.subject_request.forgotten_at

    @property
    def is_pending(self) -> bool:
        """True while it owes its answer."""
        return self.state != self.State.ANSWERED and self.closed_at is None

    def is_overdue(self, today: date) -> bool:
        """True when it has not answered by its date."""
        return self.is_pending and self.due_on < today


class InstructionLink(models.Model):
    """A link that was mailed to a recipient; only its digest is kept. Earlier ones go on working."""

    instruction = models.ForeignKey(RecipientInstruction, on_delete=models.CASCADE, related_name="links")
    token_digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"link of instruction {self.instruction_id}"

    def is_expired(self, now: datetime) -> bool:
        """True when a new one must be sent."""
        return now >= self.expires_at
