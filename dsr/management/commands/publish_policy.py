"""Publish a new version of what a shop promises."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dsr.management.json_command import the_owner, the_shop
from dsr.management.text_file import text_of
from dsr.models import PolicyVersion
from dsr.policy.loader import ProfileError, parse_profile
from dsr.web.policy_changes import changes
from dsr.workflow import policies, shops
from dsr.workflow.actors import COMMAND, by_command
from dsr.workflow.policy_lint import findings_of


class Command(BaseCommand):
    """``publish_policy FILE [--shop SLUG] [--from ISO] [--material --notice PLACE=DAY ...] [--as STAFF] [--json]``."""

    help = "Put a profile in force as a shop's next policy version, and say what it changes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--shop", help="the shop; without it the one that the file names")
        parser.add_argument(
            "--from", dest="begins", help="ISO 8601; without an offset in the shop's zone; now by default"
        )
        parser.add_argument("--material", action="store_true", help="customers had to be told of the change")
        parser.add_argument(
            "--notice",
            action="append",
            default=[],
            metavar="PLACE=DAY",
            help=f"where customers were told ({', '.join(policies.PLACEMENTS)}) and on which day",
        )
        parser.add_argument("--as", dest="username", help="the member of staff, an owner, who publishes")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            content = _publish(now, **options)
        except (ProfileError, policies.NotPublished) as error:
            raise CommandError(str(error)) from None
        text = json.dumps(content, indent=2, ensure_ascii=False) if options["json"] else "\n".join(lines(content))
        self.stdout.write(text)


def lines(content: dict[str, Any]) -> list[str]:
    """The outcome for people."""
    if not content["is_new"]:
        return [f"{content['shop']}: version {content['number']} says the same already; nothing was published."]
    material = ", material" if content["is_material"] else ""
    begins = f"{content['shop']}: version {content['number']}, in force from {content['in_force_from']}{material}"
    return [begins, *content["changes"], *content["warnings"]]


def _publish(now: datetime, **options: Any) -> dict[str, Any]:
    text = text_of(options["file"])
    profile = parse_profile(text, str(options["file"]))
    shop = the_shop(options["shop"] or profile.shop)
    actor = by_command(the_owner(options["username"], shop)) if options["username"] else COMMAND
    newest = shop.policy_versions.order_by("-number").first()
    version = policies.publish(
        shop,
        profile_text=text,
        actor=actor,
        now=now,
        in_force_from=_moment(options["begins"], profile.time_zone),
        is_material=options["material"],
        proofs=tuple(_proof(each) for each in options["notice"]),
    )
    return _shown(version) | {
        "is_new": newest is None or version.number > newest.number,
        "changes": [str(each) for each in changes(shops.profile_in(newest), profile)] if newest else [],
        "warnings": [str(each) for each in findings_of(profile, shop)],
    }


def _shown(version: PolicyVersion) -> dict[str, Any]:
    return {
        "shop": version.shop.slug,
        "number": version.number,
        "digest": version.digest,
        "in_force_from": version.in_force_from.isoformat(),
        "published_by": version.published_by,
        "is_material": version.is_material,
        "notices": version.notice_proofs,
    }


def _moment(text: str | None, time_zone: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--from {text!r} is not a moment such as 2026-12-01 or 2026-12-01T09:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(time_zone))


def _proof(text: str) -> policies.NoticeProof:
    placement, _, day = text.partition("=")
    try:
        return policies.NoticeProof(placement, date.fromisoformat(day))
    except ValueError:
        raise CommandError(f"--notice {text!r} is not a place and a day such as home_page=2026-11-20.") from None
