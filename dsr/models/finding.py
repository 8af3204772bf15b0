"""What was gathered, sealed, and what the reviewer decided about it."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from dsr.models.source import SourceRun


class FindingChunk(models.Model):
    """Up to 500 rows of one collection, sealed together under the request's key."""

    source_run = models.ForeignKey(SourceRun, on_delete=models.CASCADE, related_name="chunks")
    collection = models.CharField(max_length=200)
    number = models.PositiveIntegerField()
    first_row = models.PositiveIntegerField()
    rows = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        ordering = ("source_run", "collection", "number")
        constraints = [
            models.UniqueConstraint(fields=("source_run", "collection", "number"), name="one_chunk_per_number"),
        ]

    def __str__(self) -> str:
        return f"{self.collection} {self.number}"


class SealedBlob(models.Model):
    """A value too large for a chunk, named by the SHA-256 of its plain bytes."""

    source_run = models.ForeignKey(SourceRun, on_delete=models.CASCADE, related_name="blobs")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("source_run", "sha256"), name="one_blob_per_hash")]

    def __str__(self) -> str:
        return self.sha256


class FindingMark(models.Model):
    """A reviewer's decision about rows of a collection.

    ``digest`` empty means every row; ``field`` empty means the whole row.
    """

    class Kind(models.TextChoices):
        """Redact hides a field, withhold leaves rows out; both need a ground."""

        REDACT = "redact", "Redacted"
        WITHHOLD = "withhold", "Withheld"

    source_run = models.ForeignKey(SourceRun, on_delete=models.CASCADE, related_name="marks")
    collection = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, blank=True)
    field = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=10, choices=Kind)
    ground = models.CharField(max_length=40)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=("source_run", "collection", "digest", "field"), name="one_mark_per_row_and_field"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.collection}"


class Mention(models.Model):
    """A free text among the findings that names a second person whom the shop knows. The reviewer decides about it."""

    source_run = models.ForeignKey(SourceRun, on_delete=models.CASCADE, related_name="mentions")
    collection = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    field = models.CharField(max_length=200)
    kinds = models.JSONField(default=list, help_text="By what: email, phone_number, name.")

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=("source_run", "collection", "digest", "field"), name="one_mention_per_row_and_field"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.collection} {self.field}"


class Viewing(models.Model):
    """Somebody opened a collection's findings: the review's 'seen', and the answer to 'who looked?'."""

    source_run = models.ForeignKey(SourceRun, on_delete=models.CASCADE, related_name="viewings")
    collection = models.CharField(max_length=200)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    first_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("source_run", "collection", "user"), name="one_viewing_per_person"),
        ]

    def __str__(self) -> str:
        return f"{self.collection} by {self.user_id}"
