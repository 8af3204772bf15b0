"""Make the key ring and Django's secret key where there are none."""

from __future__ import annotations

import os
import secrets
from datetime import datetime
from typing import Any

from django.conf import settings

from dsr import embedded
from dsr.keyring import KeyRing
from dsr.management.json_command import JsonCommand


class Command(JsonCommand):
    """Existing keys are left as they are. Keys made beside the embedded database are marked as the demo's."""

    help = "Make the key ring and the secret key, unless they exist."
    requires_system_checks: list[str] = []

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        made = []
        if not settings.DSR_KEYRING.exists():
            is_demo = embedded.is_ours(settings.BASE_DIR, os.environ.get("DATABASE_URL", ""))
            KeyRing.create(settings.DSR_KEYRING, demo=is_demo)
            made.append(str(settings.DSR_KEYRING))
        secret = settings.VAR / "keys" / "secret_key"
        if not secret.exists():
            secret.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(50))
            made.append(str(secret))
        return {"made": made}
