"""While our database is one that was put back from a backup, nobody is shown what it says."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import path
from django.views.decorators.http import require_safe

from dsr.keyring import KeyRingProblem
from dsr.ledger import LedgerProblem
from dsr.web.access import anyone
from dsr.workflow import restores

logger = logging.getLogger("dsr.web")

HEALTH = "/health/"
WHILE_GOOD, WHILE_BAD = 60.0, 2.0
"""For so many seconds an answer counts. A restored database is noticed at the first page after the start."""


class ClosedWhileRestored:
    """Every page but ``/health/`` says that the site is being repaired, until ``replay --ours`` was run."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._is_closed = False
        self._look_again_at = 0.0

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == HEALTH or not self._must_stay_closed():
            return self.get_response(request)
        return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "600"})

    def _must_stay_closed(self) -> bool:
        now = time.monotonic()
        if now >= self._look_again_at:
            self._is_closed = _is_restored()
            self._look_again_at = now + (WHILE_BAD if self._is_closed else WHILE_GOOD)
        return self._is_closed


def _is_restored() -> bool:
    try:
        return restores.is_restored()
    except (
        LedgerProblem,
        KeyRingProblem,
    ) as problem:  # Staff see it from the nightly job; nothing is erased meanwhile.
        logger.error("the erasure ledger cannot be read: %s", problem)
    except (DatabaseError, InterfaceError):  # Each page says so itself.
        pass
    return False


@anyone
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 when the site may be used, else 503 with the fault's name: ``database``, ``ledger`` or ``restored``."""
    fault = _fault()
    return JsonResponse({"status": "red" if fault else "green", "fault": fault}, status=503 if fault else 200)


def _fault() -> str:
    try:
        connection.ensure_connection()
        if restores.is_restored():
            return "restored"
        return "ledger" if restores.is_ledger_short() else ""
    except (DatabaseError, InterfaceError):
        return "database"
    except (LedgerProblem, KeyRingProblem, OSError):
        return "ledger"


urlpatterns = [path(HEALTH.removeprefix("/"), health, name="health")]
