"""Values in a shop's database that may be wrong, old or missing, as its description tells (*data-quality issues*)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models

from dsr.models.source import Source
from dsr.models.subject_request import SubjectRequest


class DoubtQuerySet(models.QuerySet["Doubt"]):
    """Questions about doubts."""

    def open(self) -> DoubtQuerySet:
        """Those that wait for staff, in sources that are asked."""
        return self.filter(state=Doubt.State.OPEN, source__is_active=True)

    def sealed_before(self, month: date) -> DoubtQuerySet:
        """Those sealed by a month before that one."""
        return self.filter(key_month__lt=month)


class Doubt(models.Model):
    """One field of one record that is in doubt. It goes when the record does, or when nothing tells of a doubt any more.

    The record is known by its digest; its key and what staff are shown of the value are sealed by the month, anew as long as
    the doubt stays. The prints are keyed hashes of the value and of what tells: by them is seen whether they are as they were.
    """

    class State(models.TextChoices):
        """Mended: the shop changed the value itself, and what told of the doubt still stands there."""

        OPEN = "open", "Waits for somebody to look"
        TAKEN_UP = "taken_up", "Looked into"
        DISMISSED = "dismissed", "Left as it is"
        MENDED = "mended", "Mended by the shop itself"

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="doubts")
    collection = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    field = models.CharField(max_length=200)
    because = models.CharField(max_length=12, help_text="wrong, outdated or incomplete")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    value_print = models.CharField(max_length=80)
    sign_print = models.CharField(max_length=80)
    sealed = models.BinaryField()
    key_month = models.DateField(help_text="The month by whose key it is sealed.")
    found_at = models.DateTimeField()
    looked_at = models.DateTimeField()
    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.SET_NULL, null=True, related_name="doubts")
    ground = models.CharField(max_length=40, blank=True, help_text="Why it was left as it is.")
    decided_by = models.CharField(max_length=40, blank=True, help_text="Who, as the audit log says it: staff:7.")
    decided_at = models.DateTimeField(null=True)

    objects: ClassVar[DoubtQuerySet] = DoubtQuerySet.as_manager()  # type: ignore[assignment]  # django-stubs widens it to Manager

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=("source", "collection", "digest", "field", "because"), name="one_doubt_per_field"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.collection}.{self.field} {self.because} {self.digest[:12]}"


class DoubtPosition(models.Model):
    """How far a table was looked through for one kind of doubt: the key of the last row passed, sealed by the month, and empty
    where the next look begins at the first row. Looking on once more from the beginning does no harm."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="doubt_positions")
    collection = models.CharField(max_length=200)
    field = models.CharField(max_length=200)
    because = models.CharField(max_length=12)
    sealed = models.BinaryField(default=bytes)
    key_month = models.DateField(null=True)
    looked_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=("source", "collection", "field", "because"), name="one_position_per_doubt"),
        ]

    def __str__(self) -> str:
        return f"{self.collection}.{self.field} {self.because}"
