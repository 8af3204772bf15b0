"""Who works here, and what they may do."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandParser
from django.db import transaction

from dsr.management.json_command import JsonCommand, the_shop
from dsr.models import Membership
from dsr.workflow import shops


class Command(JsonCommand):
    """An account that is not there yet is made, and its password shown this once."""

    help = "Give a member of staff a role in one shop or in all; in each shop it replaces the one they had."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("role", choices=Membership.Role.values)
        parser.add_argument("--shop", help="without it: in every shop")

    @transaction.atomic
    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        shop = the_shop(options["shop"]) if options["shop"] else None
        user, is_new = User.objects.get_or_create(username=options["username"])
        shops.give_role(user, Membership.Role(options["role"]), shop)
        said = {"username": user.username, "role": options["role"], "shop": options["shop"] or "all"}
        if not is_new:
            return said
        password = secrets.token_urlsafe(12)
        user.set_password(password)
        user.save()
        return {**said, "password": password}
