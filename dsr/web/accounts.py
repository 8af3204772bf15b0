"""Staff accounts: nobody signs up; an owner or a command makes them."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedAccounts(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """allauth with its sign-up door closed."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False
