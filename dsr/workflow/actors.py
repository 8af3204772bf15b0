"""Who did it, as the audit log may say it: a kind and at most a staff number, never a name."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class Actor:
    """``str()`` gives the word that stands in an audit entry."""

    kind: str
    staff_id: int | None = None

    def __str__(self) -> str:
        return self.kind if self.staff_id is None else f"{self.kind}:{self.staff_id}"


SYSTEM = Actor("system")
CUSTOMER = Actor("customer")
COMMAND = Actor("command")
COLLEAGUE = Actor("colleague")
"""Who was asked by a manual task: whoever holds the link that was mailed to them."""
RECIPIENT = Actor("recipient")
"""Who got the person's data from the shop: whoever holds the link that was mailed to it, or its program."""


def staff(user: User) -> Actor:
    """A member of staff at a screen."""
    return Actor("staff", user.pk)


def by_command(user: User) -> Actor:
    """A command that acts with a member of staff's permission."""
    return Actor("command", user.pk)
