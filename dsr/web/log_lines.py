"""What a line of the log may say. Logs are read by more people, and kept for longer, than what they are about."""

from __future__ import annotations

import logging
import re
import traceback
from types import TracebackType

TOKEN = re.compile(r"(/(?:confirm|task|partner)/)[^/\s'\"]+")


class WithoutSecrets(logging.Formatter):
    """No link that opens a request, and no words of an exception: they may quote a row or what somebody typed."""

    def format(self, record: logging.LogRecord) -> str:
        """The whole line, every link's token left out."""
        record.exc_text = None  # Another handler may have left its own words there.
        return TOKEN.sub(r"\1…", super().format(record))

    def formatException(  # noqa: N802  logging's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        """Where it happened and of what kind, for each fault of the chain, the newest first."""
        parts, error = [], ei[1]
        while error is not None:
            parts.append("".join(traceback.format_tb(error.__traceback__)) + type(error).__qualname__)
            error = error.__cause__ or error.__context__
        return "\nafter\n".join(parts)
