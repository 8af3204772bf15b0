"""Files that are handed in: kept in memory until they are sealed, so that none lies on a disk in the clear."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest

from dsr.workflow.file_kinds import LARGEST_ANSWER

ROOM_FOR_THE_FORM = 2_000_000
MOST_READ_IN_VAIN = 300_000_000
PIECE = 64 * 1024


class InMemory(MemoryFileUploadHandler):
    """Django's own, for a form of any size: the whole of it has been measured before."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        """Take every file of the form."""
        self.activated = True


def keep_in_memory(request: HttpRequest) -> bool:
    """Prepare to read the form; False when it is too large, and then it has been read and thrown away.

    To be called before anything looks at ``request.POST``, the check of the form's token included.
    """
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    if length <= LARGEST_ANSWER + ROOM_FOR_THE_FORM:
        request.upload_handlers = [InMemory(request)]
        return True
    # A browser shows our answer only after it could send everything.
    left = min(length, MOST_READ_IN_VAIN)
    while left > 0 and (piece := request.read(min(PIECE, left))):
        left -= len(piece)
    return False
