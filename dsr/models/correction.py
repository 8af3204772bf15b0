"""What a person, or the shop by itself, wants corrected, and what was decided about it."""

from __future__ import annotations

from django.db import models

from dsr.models.source import Source
from dsr.models.subject_request import SubjectRequest


class CorrectionItem(models.Model):
    """One thing that is said to be wrong. ``source``, ``collection``, ``digest`` and ``field`` tell where, if that is known.

    ``sealed`` is what was asked, ``sealed_decision`` what was decided and what the person is told, both under the request's
    key. ``revision`` counts the decisions, so that a plan tells by which of them it was made.
    """

    class Kind(models.TextChoices):
        """What it is about, as one would say it; the value stands for a data category (``workflow/corrections.py``)."""

        NAME = "name", "My name"
        EMAIL = "email", "My email address"
        PHONE = "phone", "My telephone number"
        ADDRESS = "address", "My postal address"
        BIRTH = "birth", "My date of birth"
        OTHER = "other", "Something else"

    class State(models.TextChoices):
        """Open until somebody decided."""

        OPEN = "open", "Not decided yet"
        ACCEPTED = "accepted", "Accepted"
        PARTLY = "partly", "Accepted in part"
        REFUSED = "refused", "Refused"

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="correction_items")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True)
    collection = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    field = models.CharField(max_length=100, blank=True)
    sealed = models.BinaryField()
    asked_by = models.CharField(max_length=40, help_text="Who, as the audit log says it: customer, staff:7, system.")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    revision = models.PositiveSmallIntegerField(default=0)
    ground = models.CharField(max_length=40, blank=True)
    sealed_decision = models.BinaryField(null=True)
    sealed_statement = models.BinaryField(null=True, help_text="What the person holds against a refusal.")
    decided_by = models.CharField(max_length=40, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("subject_request", "number")
        constraints = [
            models.UniqueConstraint(fields=("subject_request", "number"), name="one_correction_item_per_number"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_request} wish {self.number}"


class CorrectionFile(models.Model):
    """A proof that the person handed in with a wish, sealed under the request's key; its name is sealed with it."""

    item = models.ForeignKey(CorrectionItem, on_delete=models.CASCADE, related_name="files")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    sealed_name = models.BinaryField()
    sealed = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=("item", "sha256"), name="one_correction_file_per_hash")]

    def __str__(self) -> str:
        return f"file of {self.item}"
