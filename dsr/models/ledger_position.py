"""How far our database knows the erasure ledger."""

from __future__ import annotations

from django.db import models


class LedgerPosition(models.Model):
    """One row: the last number that was written. A database that was put back from a backup knows an older one.

    ``number`` is None in a database from before this was noted: it takes the ledger as it is.
    """

    number = models.PositiveBigIntegerField(null=True)

    def __str__(self) -> str:
        return str(self.number)
