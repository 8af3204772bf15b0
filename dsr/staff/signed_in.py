"""Who is at the screen."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


def staff_of(request: HttpRequest) -> User:
    """The member of staff; the access rule of the view has let nobody else in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
