"""What every template may use."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """``is_demo`` tells templates whether the outbox may be linked."""
    return {"is_demo": settings.DSR_DEMO}
