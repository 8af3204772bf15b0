"""Log a request that came by telephone, letter, e-mail or at the counter."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import CommandError

from dsr.lifecycle import RequestType
from dsr.management.json_command import JsonCommand, the_shop, the_staff
from dsr.models import Shop, SubjectRequest
from dsr.records import Identity, IdentityKind
from dsr.web.access import shops_for
from dsr.workflow import identities, intake, shops
from dsr.workflow.actors import COMMAND, Actor, by_command


class Command(JsonCommand):
    """``open_request SHOP TYPE --email E [--phone P] [--channel C] [--residence CODE] [--received ISO] ...``."""

    help = "Open a request for a person."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("shop")
        parser.add_argument("type", choices=[each.value for each in RequestType])
        parser.add_argument("--email", action="append", default=[])
        parser.add_argument("--phone", action="append", default=[])
        parser.add_argument("--customer-number", action="append", default=[])
        parser.add_argument("--channel", choices=SubjectRequest.Channel.values, default="portal")
        parser.add_argument(
            "--residence", default="", help="where the person lives: DE, GB, US-CA; empty when not known"
        )
        parser.add_argument("--received", help="when the shop got it, ISO 8601; without an offset in the shop's zone")
        parser.add_argument("--identity-proved-by", help="the member of staff to whom the person proved who they are")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        shop = the_shop(options["shop"])
        profile = shops.profile_of(shop, now)
        found = tuple(
            identities.read(kind, text, profile.country)
            for kind, texts in (
                (IdentityKind.EMAIL, options["email"]),
                (IdentityKind.PHONE, options["phone"]),
                (IdentityKind.CUSTOMER_NUMBER, options["customer_number"]),
            )
            for text in texts
        )
        proved_to = _vouching(options["identity_proved_by"], shop)
        _refuse_unreachable(found, proved_to)
        subject_request = intake.open_request(
            shop=shop,
            request_type=RequestType(options["type"]),
            identities=found,
            channel=SubjectRequest.Channel(options["channel"]),
            received_at=_moment(options["received"], profile.time_zone, now),
            proved_to=proved_to,
            residence=options["residence"],
            actor=COMMAND,
            now=now,
        )
        return {
            "reference": subject_request.reference,
            "state": subject_request.state,
            "regime": subject_request.regime,
            "due_on": subject_request.due_on.isoformat(),
        }


def _refuse_unreachable(found: tuple[Identity, ...], proved_to: Actor | None) -> None:
    if proved_to is None and not any(each.kind == IdentityKind.EMAIL for each in found):
        raise CommandError("Without an e-mail address nobody can confirm: give --email or --identity-proved-by.")


def _vouching(username: str | None, shop: Shop) -> Actor | None:
    if username is None:
        return None
    user = the_staff(username)
    if not shops_for(user).filter(pk=shop.pk).exists():
        raise CommandError(f"{username} has no role in {shop.slug}.")
    return by_command(user)


def _moment(text: str | None, time_zone: str, now: datetime) -> datetime:
    if text is None:
        return now
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--received {text!r} is not a moment such as 2026-11-23T09:30.") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(time_zone))
    if moment > now:
        raise CommandError("--received lies in the future.")
    return moment
