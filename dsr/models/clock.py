"""What moves a request's dates: that its clock stood still, that it was extended, that its owners were reminded."""

from __future__ import annotations

from django.db import models

from dsr.models.notice import Notice
from dsr.models.subject_request import SubjectRequest


class ClockPause(models.Model):
    """The person was asked for something without which the shop cannot answer. What was asked is sealed."""

    class Why(models.TextChoices):
        """For what a clock may stand still; which statute allows it is said by the clocks, not here."""

        CLARIFICATION = "clarification", "What is asked for is not clear"
        IDENTITY = "identity", "Who asks is in doubt"
        FEE = "fee", "A fee was asked for"
        AUTHORITY = "authority", "Whether somebody may ask for another is in doubt"

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="pauses")
    why = models.CharField(max_length=20, choices=Why)
    sealed_reason = models.BinaryField()
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("asked_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=("subject_request",), condition=models.Q(answered_at=None), name="one_open_pause_per_request"
            ),
        ]

    def __str__(self) -> str:
        return f"pause of {self.subject_request_id}"


class Extension(models.Model):
    """The person was told, before the first date passed, that the answer takes longer. Once per request; the reason is sealed."""

    subject_request = models.OneToOneField(SubjectRequest, on_delete=models.CASCADE, related_name="extension")
    sealed_reason = models.BinaryField()
    extended_at = models.DateTimeField()
    from_on = models.DateField(help_text="The date before.")
    until_on = models.DateField(help_text="The date that the person was told.")
    notice = models.OneToOneField(Notice, on_delete=models.SET_NULL, null=True, related_name="extension")

    def __str__(self) -> str:
        return f"extension of {self.subject_request_id}"


class ClockReminder(models.Model):
    """The shop's owners were mailed about a date, once per step; a date that moved is reminded of anew."""

    class Step(models.TextChoices):
        """What is told."""

        NEARLY_LATE = "nearly_late", "Nearly late"
        LATE = "late", "Late"
        ACKNOWLEDGEMENT_LATE = "ack_late", "Not acknowledged in time"

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="clock_reminders")
    step = models.CharField(max_length=20, choices=Step)
    about_on = models.DateField(help_text="The date that is near or has passed.")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("subject_request", "step", "about_on"), name="one_reminder_per_step"),
        ]

    def __str__(self) -> str:
        return f"{self.step} of {self.subject_request_id}"
