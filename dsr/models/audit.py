"""The evidence: one chain of facts per request, append-only, without personal data by construction."""

from __future__ import annotations

from django.db import models

from dsr.models.subject_request import SubjectRequest


class AuditStream(models.Model):
    """One chain and its head. The head row is the lock under which the chain grows."""

    name = models.CharField(max_length=60, unique=True)
    subject_request = models.OneToOneField(
        SubjectRequest, on_delete=models.SET_NULL, null=True, related_name="audit_stream"
    )
    length = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return self.name


class AuditTombstone(models.Model):
    """What is left of a chain that was removed whole at the end of its time: how long it was, how it ended, signed.

    It names the chain by a hash, so that it says nothing to who does not know the name already.
    """

    stream_digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the chain's name.")
    entries = models.PositiveIntegerField()
    head = models.CharField(max_length=64)
    last_at = models.DateTimeField(help_text="When the last fact was written.")
    removed_at = models.DateTimeField()
    public_key = models.CharField(max_length=44)
    signature = models.CharField(max_length=88)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.stream_digest[:12]


class AuditEntry(models.Model):
    """One fact. ``digest`` covers everything in the row and the digest before it."""

    stream = models.ForeignKey(AuditStream, on_delete=models.PROTECT, related_name="entries")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    action = models.CharField(max_length=60)
    actor = models.CharField(max_length=60)
    facts = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("stream", "number")
        constraints = [models.UniqueConstraint(fields=("stream", "number"), name="one_entry_per_number")]

    def __str__(self) -> str:
        return f"{self.stream_id}#{self.number} {self.action}"
