"""What every template may use."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from dsr.web import access


def site(request: HttpRequest) -> dict[str, object]:
    """``is_demo`` tells templates whether the outbox may be linked, ``is_owner`` whether the owner's pages may, ``sees_doubts``
    whether the page of data in doubt may."""
    return {
        "is_demo": settings.DSR_DEMO,
        "is_owner": SimpleLazyObject(lambda: access.is_owner(request.user)),
        "sees_doubts": SimpleLazyObject(lambda: access.sees_doubts(request.user)),
    }
