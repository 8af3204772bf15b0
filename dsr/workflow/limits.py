"""How much one source may give for one person. A limit that is reached is an error with its name, never a silent cut."""

from __future__ import annotations

import time

from django.conf import settings

from dsr.sources.base import SourceError


class Meter:
    """Measures one source's answer while it arrives; made when the source is opened."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._began = time.monotonic()
        self._rows = 0

    def take(self, sealed_bytes: int) -> None:
        """One more row; ``sealed_bytes`` is the size of all so far, as it is stored. Raises a final SourceError."""
        self._rows += 1
        megabytes, seconds = sealed_bytes / 1_000_000, time.monotonic() - self._began
        if self._rows > settings.DSR_MOST_ROWS:
            raise self._reached("DSR_MOST_ROWS", f"more than {settings.DSR_MOST_ROWS:,} rows")
        if megabytes > settings.DSR_MOST_MEGABYTES:
            raise self._reached("DSR_MOST_MEGABYTES", f"more than {settings.DSR_MOST_MEGABYTES:,} MB")
        if seconds > settings.DSR_MOST_SECONDS:
            raise self._reached("DSR_MOST_SECONDS", f"an answer that took more than {settings.DSR_MOST_SECONDS:,} s")

    def _reached(self, name: str, what: str) -> SourceError:
        message = (
            f"{self._source} has {what} for this person, and {name} allows no more. Nothing of it was left out in silence:"
            f" the source has not answered. Look whether its description reaches too far, or raise {name} and ask again."
        )
        return SourceError(message, code="limit_reached", permanent=True)
