"""When somebody tried whether a shop's backups can be put back."""

from __future__ import annotations

from django.db import models

from dsr.models.shop import Shop


class BackupTrial(models.Model):
    """One try. ``key`` is that of the policy's backup set; what a shop backs up, how often and for how long stands there."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="backup_trials")
    key = models.CharField(max_length=80)
    tried_on = models.DateField()
    has_worked = models.BooleanField()
    sealed_note = models.BinaryField(null=True, help_text="What was met, in somebody's own words.")
    made_by = models.CharField(max_length=40)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("-tried_on", "-id")

    def __str__(self) -> str:
        return f"{self.shop_id} {self.key} {self.tried_on}"
