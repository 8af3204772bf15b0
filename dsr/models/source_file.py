"""Files that staff handed in as a source, instead of an address to read from."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from dsr.models.source import Source


class SourceFile(models.Model):
    """One exported table or workbook, sealed. A newer one of the same name takes its place."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="files", null=True)
    place = models.UUIDField(default=uuid.uuid4, help_text="Stands in the source's address; all its files share it.")
    name = models.CharField(max_length=120)
    size = models.PositiveIntegerField()
    sealed = models.BinaryField()
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True)

    class Meta:
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=("place", "name"), name="one_file_of_a_source_per_name")]

    def __str__(self) -> str:
        return f"file of {self.source_id}"
