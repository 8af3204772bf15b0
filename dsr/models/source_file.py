"""Files that staff handed in as a source, instead of an address to read from."""

from __future__ import annotations

import uuid
from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models

from dsr.models.source import Source


class SourceFileQuerySet(models.QuerySet["SourceFile"]):
    """Questions about files."""

    def expired(self, month: date) -> SourceFileQuerySet:
        """Their key's month lies before ``month``, or they have no key of their own yet."""
        return self.filter(models.Q(key_month__lt=month) | models.Q(key_month=None))


class SourceFile(models.Model):
    """One exported table or workbook, sealed under a key of its own. A newer one of the same name takes its place.

    Its key is wrapped anew every month: an old dump of ours holds no customer list that can still be opened.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="files", null=True)
    place = models.UUIDField(default=uuid.uuid4, help_text="Stands in the source's address; all its files share it.")
    name = models.CharField(max_length=120)
    size = models.PositiveIntegerField()
    sealed = models.BinaryField()
    key_month = models.DateField(
        null=True, help_text="The month whose key wraps the file's own. None: not wrapped yet."
    )
    wrapped_key = models.BinaryField(null=True)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True)

    objects: ClassVar[SourceFileQuerySet] = SourceFileQuerySet.as_manager()  # type: ignore[assignment]  # django-stubs widens it to Manager

    class Meta:
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=("place", "name"), name="one_file_of_a_source_per_name")]

    def __str__(self) -> str:
        return f"file of {self.source_id}"
