"""The first member of staff, so that somebody can sign in."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User

from dsr.management.json_command import JsonCommand
from dsr.models import Membership
from dsr.workflow.shops import give_role

DEMO_PASSWORDS = {name: f"{name}-of-the-demo" for name in ("owner", "reviewer", "accounts")}
"""Printed by ``make run``; demo mode runs on loopback, on invented people, and nowhere else."""


class Command(JsonCommand):
    """``owner`` for every shop; in demo mode also ``reviewer`` and ``accounts``, with the passwords of the demo."""

    help = "Make the staff account 'owner' when there is none; its password is shown once."

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        roles = {"owner": Membership.Role.OWNER}
        if settings.DSR_DEMO:
            roles |= {"reviewer": Membership.Role.REVIEWER, "accounts": Membership.Role.ACCOUNTS}
        return {"staff": [self._seed(name, role) for name, role in roles.items()]}

    def _seed(self, name: str, role: Membership.Role) -> dict[str, str]:
        user, is_new = User.objects.get_or_create(username=name)
        shown = {"username": name}
        if settings.DSR_DEMO or is_new:
            password = DEMO_PASSWORDS[name] if settings.DSR_DEMO else secrets.token_urlsafe(12)
            user.set_password(password)
            user.save()
            shown["password"] = password
        give_role(user, role)
        return shown
