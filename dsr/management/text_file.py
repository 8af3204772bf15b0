"""A text file that was named on the command line."""

from __future__ import annotations

from pathlib import Path

from django.core.management.base import CommandError


def text_of(path: Path) -> str:
    """What stands in it, or an error for people."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise CommandError(f"{path} is not a text in UTF-8.") from None
