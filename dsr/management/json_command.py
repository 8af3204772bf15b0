"""What the command-line twins share: JSON out, errors for people, the clock read once."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentTypeError
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dsr.keyring import KeyRingProblem
from dsr.ledger import LedgerProblem
from dsr.models import Membership, Shop, Source, SubjectRequest
from dsr.policy.loader import ProfileError
from dsr.sources.base import SourceError
from dsr.web.access import shops_for
from dsr.workflow.actors import COMMAND, Actor, by_command
from dsr.workflow.backups import TrialRefused
from dsr.workflow.clocks import ClockRefused
from dsr.workflow.connections import AlreadyThere, NotDescribed, Outdated, Refused
from dsr.workflow.correction_places import CorrectionRefused
from dsr.workflow.erasure_approval import PlanRefused
from dsr.workflow.erasure_files import NoSuchFolder
from dsr.workflow.erasure_rows import FurtherIdentities
from dsr.workflow.holds import HoldRefused
from dsr.workflow.identities import BadIdentity
from dsr.workflow.intake import BadIdentities, NotOffered
from dsr.workflow.manual_places import BadPlace
from dsr.workflow.plans import NoPlan
from dsr.workflow.reckoning import BadResidence
from dsr.workflow.review import CannotFulfil, Undecided
from dsr.workflow.transitions import WrongState

WRITTEN = {"username": "--as", "staff": "--as", "file": "FILE"}
"""How arguments are written of which ``options`` has another name."""

FOR_PEOPLE = (
    AlreadyThere,
    BadIdentities,
    BadIdentity,
    BadPlace,
    BadResidence,
    CannotFulfil,
    ClockRefused,
    CorrectionRefused,
    FurtherIdentities,
    HoldRefused,
    KeyRingProblem,
    LedgerProblem,
    NoPlan,
    NoSuchFolder,
    NotDescribed,
    NotOffered,
    Outdated,
    PlanRefused,
    ProfileError,
    Refused,
    SourceError,
    TrialRefused,
    Undecided,
    WrongState,
)


class JsonCommand(BaseCommand):
    """Subclasses write ``answer``; what it returns is printed as JSON. Known faults become one clear message.

    Where something could not be done or looked at, which the JSON names, ``answer`` sets ``is_left``: the exit code is 1 then.
    """

    is_left = False

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            content = self.answer(timezone.now(), **options)
        except FOR_PEOPLE as error:
            raise CommandError(str(error)) from None
        self.stdout.write(json.dumps(content, indent=2, ensure_ascii=False, default=_moment))
        if self.is_left:
            sys.exit(1)

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        """Do the command's work and say what came of it."""
        raise NotImplementedError


def the_shop(slug: str) -> Shop:
    """The shop, or an error that names those there are."""
    shop = Shop.objects.filter(slug=slug).first()
    if shop is None:
        known = ", ".join(Shop.objects.values_list("slug", flat=True)) or "none yet; make one with add_shop"
        raise CommandError(f"There is no shop {slug!r}. There are: {known}.")
    return shop


def the_source(shop: Shop, name: str) -> Source:
    """The shop's source, or an error that names those there are."""
    source = shop.sources.select_related("shop").filter(name=name).first()
    if source is None:
        known = ", ".join(shop.sources.values_list("name", flat=True)) or "none yet; connect one with add_source"
        raise CommandError(f"{shop.slug} has no source {name!r}. There are: {known}.")
    return source


def the_request(reference: str) -> SubjectRequest:
    """The request, or an error."""
    requests = SubjectRequest.objects.select_related("shop", "policy_version__shop")
    found = requests.filter(reference=reference.strip().upper()).first()
    if found is None:
        raise CommandError(f"There is no request {reference!r}.")
    return found


def the_staff(username: str) -> User:
    """The member of staff, or an error."""
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no member of staff {username!r}.")
    return user


def the_releaser(username: str, subject_request: SubjectRequest) -> Actor:
    """A command that acts with the permission of a member of staff of the request's shop, or an error."""
    user = the_staff(username)
    if not shops_for(user).filter(pk=subject_request.shop_id).exists():
        raise CommandError(f"{username} may not decide about requests of {subject_request.shop.slug}.")
    return by_command(user)


def the_actor(username: str | None, subject_request: SubjectRequest) -> Actor:
    """The member of staff for whom a command acts, or without one the command itself."""
    return COMMAND if username is None else the_releaser(username, subject_request)


def the_owner(username: str, shop: Shop) -> User:
    """A member of staff who may change the shop's sources, or an error."""
    user = the_staff(username)
    if not shops_for(user, Membership.Role.OWNER).filter(pk=shop.pk).exists():
        raise CommandError(f"{username} may not change the sources of {shop.slug}.")
    return user


def refuse_unheeded(options: Mapping[str, Any], names: str, why: str) -> None:
    """Raise CommandError when arguments were given that cannot be heeded as the command is used: nothing is passed over.

    ``names``: theirs in ``options``, apart by spaces. ``why``: the end of the sentence, which says what to do.
    """
    given = [WRITTEN.get(each, f"--{each.replace('_', '-')}") for each in names.split() if options[each]]
    if given:
        raise CommandError(f"{' and '.join(given)} {'is' if len(given) == 1 else 'are'} not heeded {why}")


def the_day(text: str) -> date:
    """A day as people write it on the command line; for argparse."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no day; write it as 2027-03-01.") from None


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)
