"""Who is at the screen, and what they sent."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict

LONGEST_PAGE_NUMBER = 9
"""Digits; what is longer is no page, and too large for the database."""


def staff_of(request: HttpRequest) -> User:
    """The member of staff; the access rule of the view has let nobody else in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def posted(request: HttpRequest) -> tuple[QueryDict | None, MultiValueDict[str, UploadedFile[bytes]] | None]:
    """A form's data and files; None for both when nothing was sent. An empty form that was sent is still sent."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def page_of(sent: QueryDict) -> int:
    """The page that was asked for, from 1 on; the first when the number is none."""
    text = sent.get("page", "")
    is_number = text.isascii() and text.isdigit() and len(text) <= LONGEST_PAGE_NUMBER
    return max(1, int(text)) if is_number else 1
