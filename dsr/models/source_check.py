"""What the last comparison of a source with its description came to."""

from __future__ import annotations

from typing import Any

from django.db import models

from dsr.models.source import Source


class SourceCheck(models.Model):
    """The alarms of one source as of ``checked_at``. An alarm that was cured is gone with the next check.

    Alarms and advice are lists of objects: code, place, message, cure, file, line, and ``since``, the moment of the check
    that met it first. They name tables and columns, never a value. ``came_back`` is no alarm of a description: it keeps nobody
    from being erased.
    """

    source = models.OneToOneField(Source, on_delete=models.CASCADE, related_name="last_check")
    checked_at = models.DateTimeField()
    alarms = models.JSONField(default=list)
    came_back = models.PositiveIntegerField(
        default=0, help_text="Addresses of erased people, by the last scan for them."
    )
    advice = models.JSONField(default=list, help_text="Look-ups that would be slow. They need no answer.")
    error_code = models.CharField(max_length=40, blank=True, help_text="Why the source could not be checked.")
    error_text = models.TextField(blank=True)

    class Meta:
        ordering = ("source",)

    def __str__(self) -> str:
        return f"check of {self.source_id}"

    @property
    def fresh_alarms(self) -> list[dict[str, Any]]:
        """The alarms that the last check met first."""
        return [alarm for alarm in self.alarms if alarm["since"] == self.checked_at.isoformat()]
